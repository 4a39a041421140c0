"""How well one number alone tells two groups of pictures apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

N_PERMUTATIONS = 4999
LEVEL = 0.95

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Separation:
    """``auc``: chance that a random picture of the other group has the larger number (ties count
    half). 0.5 tells nothing; 0 and 1 tell everything. ``low`` and ``high`` bound it at 95 %.

    ``p``: chance of an AUC at least as far from 0.5 if groups were drawn by lot. ``p_adjusted``: the
    chance that any of the measures compared with it would be as far off. ``n_real`` and ``n_other``
    count the pictures that have the measure, medians are over them; ``varies`` is false where it is
    the same in all of them.
    """

    measure: str
    auc: float
    low: float
    high: float
    n_real: int
    n_other: int
    median_real: float
    median_other: float
    varies: bool = True
    p: float = math.nan
    p_adjusted: float = math.nan

    @property
    def tells(self) -> float:
        """The AUC with its direction folded away, 0.5 to 1."""
        return max(self.auc, 1 - self.auc)

    @property
    def tells_between(self) -> tuple[float, float]:
        """The interval of ``tells``; it does not go below 0.5."""
        low, high = (self.low, self.high) if self.auc >= 0.5 else (1 - self.high, 1 - self.low)
        return max(low, 0.5), high

    @property
    def direction(self) -> str:
        return "higher" if self.auc > 0.5 else "lower"


def separation(measure: str, real: Sequence[float], other: Sequence[float]) -> Separation:
    """The area under the ROC curve from the rank sum (Hanley & McNeil 1982), without p.

    >>> separation("luminance", [1, 2, 3], [2, 3, 4]).auc
    0.7777777777777778
    """
    if not len(real) or not len(other):
        raise ValueError(f"expected pictures of both groups, found {len(real)} real and {len(other)} other")
    auc = auc_of(real, other)
    low, high = auc_interval(auc, len(real), len(other))
    medians = float(np.median(real)), float(np.median(other))
    varies = bool(np.ptp([*real, *other]) > 0)
    return Separation(measure, auc, low, high, len(real), len(other), *medians, varies)


def auc_of(real: Sequence[float] | Floats, other: Sequence[float] | Floats) -> float:
    """Chance that a random one of ``other`` is larger than one of ``real``, ties counting half."""
    ranks: Floats = rankdata([*real, *other])
    wins = float(ranks[len(real) :].sum()) - len(other) * (len(other) + 1) / 2
    return wins / (len(real) * len(other))


def auc_interval(auc: float, n_real: float, n_other: float, *, level: float = LEVEL) -> tuple[float, float]:
    """Newcombe's (2006) method 5: the AUCs from which the found one lies within z standard errors.

    The variance is Hanley & McNeil's for exponential distributions at the bounding AUC, with both
    numbers replaced by their mean. Unlike DeLong's interval it stays inside 0-1, has a width at 0 and
    1, and keeps its level in small and uneven groups.

    >>> [round(bound, 3) for bound in auc_interval(1.0, 20, 20)]
    [0.899, 1.0]
    """
    z = float(norm.ppf((1 + level) / 2))
    extra = (n_real + n_other) / 2 - 1

    def beyond(bound: float) -> float:
        spread = 1 + extra * ((1 - bound) / (2 - bound) + bound / (1 + bound))
        return (bound - auc) ** 2 - z**2 * bound * (1 - bound) * spread / (n_real * n_other)

    # 0 and 1 themselves have no variance and would solve the equation for an AUC of 0 or 1.
    edge = 1e-9
    low = brentq(beyond, 0.0, min(auc, 1 - edge)) if auc > 0 else 0.0
    high = brentq(beyond, max(auc, edge), 1.0) if auc < 1 else 1.0
    return float(low), float(high)


def separations(values: Mapping[str, Sequence[float]], is_real: Sequence[bool]) -> list[Separation]:
    """One separation per measure, the most telling first. Values are in the order of ``is_real``.

    nan is left out, and so is a measure that only one group has. p comes from drawing the groups by
    lot 4,999 times (always the same draws); p_adjusted from the largest of all measures in each draw,
    stepping down (Westfall & Young 1993), which allows for measures that go together.
    """
    real = np.asarray(is_real, dtype=bool)
    usable = {name: column for name, raw in values.items() if _compares(column := _floats(raw), real)}
    found = [
        separation(name, column[real & ~np.isnan(column)], column[~real & ~np.isnan(column)])  # type: ignore[arg-type]
        for name, column in usable.items()
    ]
    if found:
        scores = np.stack([centred_ranks(column) for column in usable.values()], axis=1)
        p, adjusted = _by_lot(scores, ~real)
        found = [replace(s, p=p[i], p_adjusted=adjusted[i]) for i, s in enumerate(found)]
    return sorted(found, key=lambda s: (-s.tells, s.measure))


def _floats(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype=float)


def _compares(column: Floats, real: npt.NDArray[np.bool_]) -> bool:
    there = ~np.isnan(column)
    return bool((there & real).any() and (there & ~real).any())


def centred_ranks(column: Floats) -> Floats:
    """Ranks less their mean; 0 for what is missing, so that it counts for neither group."""
    there = ~np.isnan(column)
    scores = np.zeros(len(column))
    ranks = rankdata(column[there])
    scores[there] = ranks - ranks.mean()
    return scores


def _by_lot(scores: Floats, other: npt.NDArray[np.bool_]) -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(1)
    draws = np.tile(other, (N_PERMUTATIONS, 1))
    drawn = np.abs(rng.permuted(draws, axis=1).astype(np.float32) @ scores.astype(np.float32))
    spread = np.sqrt((scores**2).sum(axis=0))
    spread[spread == 0] = 1  # a measure that never varies scores 0 in every draw
    return p_values(np.abs(other @ scores) / spread, drawn / spread)


def p_values(found: Floats, drawn: Floats) -> tuple[list[float], list[float]]:
    """p and step-down maximum p of statistics, given the same under chance (draws x measures)."""
    # Ranks are halves and sums of them exact to the seventh digit; equal ones must count as equal.
    slack = 1e-5 * np.maximum(found, 1e-12)
    p = (1 + (drawn >= found - slack).sum(axis=0)) / (1 + len(drawn))
    order = np.argsort(-found)
    highest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    stepped = (1 + (highest >= (found - slack)[order]).sum(axis=0)) / (1 + len(drawn))
    adjusted = np.empty(len(found))
    adjusted[order] = np.maximum.accumulate(stepped)
    return p.tolist(), adjusted.tolist()
