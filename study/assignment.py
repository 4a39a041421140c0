"""Decide which cell and which counterbalancing list each place of a study has. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd


@dataclass(frozen=True)
class CellShare:
    """A cell's share of the places, relative to the other cells, and how many lists it has."""

    cell: str
    weight: int
    n_lists: int


@dataclass(frozen=True)
class Seat:
    """What a place stands for. ``number`` counts the places of its cell, from 0, and fixes the plan."""

    ordinal: int
    cell: str
    number: int
    round: int
    list_number: int


def seats(shares: Sequence[CellShare], *, n: int, seed: int, first: int = 0) -> Iterator[Seat]:
    """Seats ``first`` .. ``first + n - 1`` of a study.

    Cells come in blocks that hold each cell by its weight, in an order drawn for every block (permuted
    blocks); within a cell lists come one after another, so that a round holds every list once and any
    stretch of it is nearly balanced. Whoever comes next takes the lowest free place, so one given back by
    a dropout is refilled before a new round begins.
    """
    weights = _reduced(shares)
    size = sum(weights.values())
    lists = {share.cell: share.n_lists for share in shares}
    block, taken = -1, Counter[str]()
    order: tuple[str, ...] = ()
    for ordinal in range(first, first + n):
        if ordinal // size != block:
            block = ordinal // size
            order = _order(weights, block, seed)
            taken = Counter(order[: ordinal % size])
        cell = order[ordinal % size]
        number = block * weights[cell] + taken[cell]
        taken[cell] += 1
        yield Seat(ordinal, cell, number, number // lists[cell], number % lists[cell])


def seat_at(shares: Sequence[CellShare], ordinal: int, *, seed: int) -> Seat:
    """The seat with this ordinal."""
    return next(seats(shares, n=1, seed=seed, first=ordinal))


def places_of_cells(shares: Sequence[CellShare], *, target: int, seed: int) -> dict[str, int]:
    """How many of the first ``target`` places each cell has."""
    held = Counter(seat.cell for seat in seats(shares, n=target, seed=seed))
    return {share.cell: held[share.cell] for share in shares}


def session_seed(*, study_seed: int, namespace: str, ordinal: int) -> int:
    """Seed of the session at a place: a replay needs nothing but the protocol and the place."""
    digest = hashlib.sha256(f"session:{study_seed}:{namespace}:{ordinal}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def _reduced(shares: Sequence[CellShare]) -> dict[str, int]:
    common = reduce(gcd, (share.weight for share in shares))
    return {share.cell: share.weight // common for share in shares}


def _order(weights: dict[str, int], block: int, seed: int) -> tuple[str, ...]:
    """The cells of one block: each spread evenly over it, and moved by chance within its stretches."""
    drawn: list[tuple[Fraction, str]] = []
    for cell, weight in weights.items():
        for k in range(weight):
            digest = hashlib.sha256(f"{seed}:cells:{block}:{cell}:{k}".encode()).digest()
            drawn.append((Fraction(k * 2**64 + int.from_bytes(digest[:8], "big"), weight * 2**64), cell))
    return tuple(cell for _, cell in sorted(drawn))
