"""How often whoever goes by one number alone would be right about a pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from stimuli.confounds.separation import LEVEL, N_PERMUTATIONS, Floats, p_values


@dataclass(frozen=True)
class PairTally:
    """``share``: of the pairs, in how many the second picture has the larger number (equal ones count
    half), with a 95 % interval ``low`` to ``high`` (Wilson 1927).

    ``p`` from turning pairs round by lot (signed ranks, Wilcoxon 1945), ``p_adjusted`` over all measures.
    """

    measure: str
    share: float
    low: float
    high: float
    n_pairs: int
    p: float = math.nan
    p_adjusted: float = math.nan

    @property
    def tells(self) -> float:
        """Share of pairs told by the better of the two rules, larger or smaller is the second."""
        return max(self.share, 1 - self.share)

    @property
    def direction(self) -> str:
        return "higher" if self.share > 0.5 else "lower"

    @property
    def n_told(self) -> float:
        return self.tells * self.n_pairs


def pair_tallies(differences: Mapping[str, Sequence[float]]) -> list[PairTally]:
    """One tally per measure, the most telling first; ``differences`` are second minus first, by pair.

    Pairs without the measure (nan) are left out, and so is a measure that no pair differs in.
    """
    usable = {name: column for name, raw in differences.items() if _differs(column := np.asarray(raw, float))}
    if not usable:
        return []
    p, adjusted = _turned_by_lot(np.stack([signed_ranks(column) for column in usable.values()], axis=1))
    tallies = []
    for i, (name, column) in enumerate(usable.items()):
        there = column[~np.isnan(column)]
        share = float(((there > 0) + (there == 0) / 2).mean())
        low, high = share_interval(share, len(there))
        tallies.append(PairTally(name, share, low, high, len(there), p[i], adjusted[i]))
    return sorted(tallies, key=lambda t: (-t.tells, t.measure))


def share_interval(share: float, n: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's (1927) score interval of a share.

    >>> [round(bound, 3) for bound in share_interval(1.0, 10)]
    [0.722, 1.0]
    """
    z2 = float(norm.ppf((1 + level) / 2)) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * share * (1 - share) / n + (z2 / (2 * n)) ** 2) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def _differs(column: Floats) -> bool:
    return bool(np.nan_to_num(column).any())


def signed_ranks(column: Floats) -> Floats:
    """Ranks of the sizes of differences, with their signs; 0 for none and for missing ones."""
    there = np.nan_to_num(column) != 0
    scores = np.zeros(len(column))
    scores[there] = rankdata(np.abs(column[there])) * np.sign(column[there])
    return scores


def _turned_by_lot(scores: Floats) -> tuple[list[float], list[float]]:
    signs: npt.NDArray[np.float32] = np.random.default_rng(2).choice(
        np.array([-1, 1], np.float32), size=(N_PERMUTATIONS, len(scores))
    )
    spread = np.sqrt((scores**2).sum(axis=0))
    return p_values(np.abs(scores.sum(axis=0)) / spread, np.abs(signs @ scores.astype(np.float32)) / spread)
