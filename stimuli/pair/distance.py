"""How far apart pictures are under a rule, attribute by attribute, and which may be a pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimuli.manifest import Stimulus
from stimuli.pair.rule import PairingRule
from stimuli.pair.traits import Matrix, Trait

# Rounding must not make a pair that is exactly at a limit miss it.
_SLACK = 1e-9


@dataclass(frozen=True)
class Distances:
    """Every combination of ``first`` (rows) and ``second`` (columns).

    ``by_column``: what each attribute adds. ``allowed``: whether the two may be a pair.
    """

    first: tuple[Stimulus, ...]
    second: tuple[Stimulus, ...]
    total: Matrix
    by_column: Mapping[str, Matrix]
    allowed: npt.NDArray[np.bool_]

    def parts(self, i: int, j: int) -> dict[str, float]:
        """What each attribute adds to the distance of one combination, to six decimals."""
        return {column: round(float(values[i, j]), 6) for column, values in self.by_column.items()}


def distances(
    first: Sequence[Stimulus],
    second: Sequence[Stimulus],
    *,
    rule: PairingRule,
    traits: Mapping[str, Trait],
    same_identity: bool,
) -> Distances:
    """The distance is the sum of the weighted differences of all attributes that are not exact.

    ``same_identity``: whether a pair must show one person; otherwise it must not, as far as
    identities are stated.
    """
    by_column = {c: w * traits[c].differences(first, second) for c, w in rule.weights.items()}
    total = np.zeros((len(first), len(second)))
    for part in by_column.values():
        total = total + part
    allowed = _identities_fit(first, second, same=same_identity)
    # What is not stated is NaN here: neither equal to anything nor within any limit.
    for column in rule.exact:
        allowed &= traits[column].raw_differences(first, second) == 0
    for column, limit in rule.within.items():
        allowed &= traits[column].raw_differences(first, second) <= limit + _SLACK
    if rule.max_distance is not None:
        allowed &= total <= rule.max_distance + _SLACK
    return Distances(tuple(first), tuple(second), total, by_column, allowed)


def _identities_fit(
    first: Sequence[Stimulus], second: Sequence[Stimulus], *, same: bool
) -> npt.NDArray[np.bool_]:
    fits = [
        [(a.identity == b.identity) is same if a.identity and b.identity else not same for b in second]
        for a in first
    ]
    return np.array(fits, dtype=bool).reshape(len(first), len(second))
