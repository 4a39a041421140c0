"""Decide which counterbalancing list the next person gets. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One seat of the study: places are filled in order, each round holds every list once."""

    ordinal: int
    round: int
    list_number: int


def places(*, n_lists: int, n_places: int, seed: int, first: int = 0) -> tuple[Place, ...]:
    """Places ``first`` .. ``first + n_places - 1`` of a study.

    Whoever comes next takes the lowest free ordinal, so a place given back by a dropout is refilled before
    a new round begins: completed lists never differ by more than the people still under way.
    """
    return tuple(
        Place(ordinal, ordinal // n_lists, _order(n_lists, ordinal // n_lists, seed)[ordinal % n_lists])
        for ordinal in range(first, first + n_places)
    )


def session_seed(*, study_seed: int, namespace: str, ordinal: int) -> int:
    """Seed of the session at a place: a replay needs nothing but the protocol and the place."""
    digest = hashlib.sha256(f"session:{study_seed}:{namespace}:{ordinal}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def _order(n_lists: int, round_number: int, seed: int) -> list[int]:
    return sorted(
        range(n_lists), key=lambda number: hashlib.sha256(f"{seed}:{round_number}:{number}".encode()).digest()
    )
