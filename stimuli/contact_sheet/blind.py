"""Pairs for eyes that must not know which picture is real: sides drawn, nothing named."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from stimuli.manifest import StimulusSet
from stimuli.tables import csv_bytes

KEY_COLUMNS = ("number", "pair", "left", "right")


@dataclass(frozen=True)
class BlindPair:
    """``number`` is what raters see; ``left`` and ``right`` are stimuli, for the key."""

    number: int
    pair: str
    left: str
    right: str


def blind_pairs(stimulus_set: StimulusSet) -> tuple[BlindPair, ...]:
    """All pairs in an order, and with sides, that say nothing; the same set always gives the same.

    Both come from sha256 hashes over the set's own hash. Half of the pairs, give or take one, have
    their first picture on the left.
    """
    seed = stimulus_set.sha256()
    by_order = sorted(stimulus_set.pairs, key=lambda pair: _drawn(seed, "order", pair.pair))
    by_side = sorted(stimulus_set.pairs, key=lambda pair: _drawn(seed, "side", pair.pair))
    on_the_left = {pair.pair for pair in by_side[: len(by_side) // 2]}
    return tuple(
        BlindPair(number, p.pair, *((p.first, p.second) if p.pair in on_the_left else (p.second, p.first)))
        for number, p in enumerate(by_order, start=1)
    )


def key_csv(pairs: tuple[BlindPair, ...]) -> bytes:
    """Which picture is where on a blind sheet, for the researcher."""
    rows = [{"number": str(p.number), "pair": p.pair, "left": p.left, "right": p.right} for p in pairs]
    return csv_bytes(KEY_COLUMNS, rows)


def _drawn(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
