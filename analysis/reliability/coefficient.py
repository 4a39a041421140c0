"""A reliability with its interval, and how many raters would make it as high as wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Coefficient:
    """A reliability (at most 1), its interval, and what it rests on.

    ``n_targets`` are what differences are to be told between (pictures, or people), ``n_raters`` what
    they are measured by (people, or pictures); where targets have unequal numbers, the harmonic mean.
    """

    name: str
    estimate: float
    low: float
    high: float
    level: float
    n_targets: int
    n_raters: float
    method: str


@dataclass(frozen=True)
class RatersNeeded:
    """How many raters for a wanted reliability of their mean.

    ``fewest`` and ``most`` belong to the ends of the interval of the single rater's reliability; ``most`` is
    infinite where that reaches 0.
    """

    wanted: float
    n: float
    fewest: float
    most: float


def spearman_brown(reliability: float, factor: float) -> float:
    """Reliability of a mean over ``factor`` times as many raters or items.

    >>> spearman_brown(0.5, 2)
    0.6666666666666666
    """
    return factor * reliability / (1 + (factor - 1) * reliability)


def raters_needed(single: Coefficient, wanted: float) -> RatersNeeded:
    """Number of raters whose mean has the reliability ``wanted``, by the Spearman-Brown formula.

    ``single`` is the reliability of one rater, ICC(2,1) for raters drawn anew. Whole raters, rounded up;
    infinite where one rater's reliability is 0 or less.
    """
    if not 0 < wanted < 1:
        raise ValueError(f"wanted: expected a reliability above 0 and below 1, found {wanted:g}")
    return RatersNeeded(
        wanted=wanted,
        n=_whole_raters(single.estimate, wanted),
        fewest=_whole_raters(single.high, wanted),
        most=_whole_raters(single.low, wanted),
    )


def _whole_raters(single: float, wanted: float) -> float:
    if math.isnan(single):
        return math.nan
    if single <= 0:
        return math.inf
    if single >= 1:
        return 1
    exact = wanted * (1 - single) / (single * (1 - wanted))
    # An exact whole number must not become the next one by the last bit.
    return max(1, math.ceil(exact - 1e-9))
