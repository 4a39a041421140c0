"""A number, its interval and what it rests on, from a bootstrap or from a model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

Floats = NDArray[np.float64]
#: Resamples in which a statistic does not exist are left out; with more than this share of them the
#: interval would no longer mean what it says, and is not given.
_MAX_UNDEFINED_SHARE = 0.05


def _no_draws() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class Sample:
    """What an estimate rests on: participants, pairs, pictures and trials."""

    n_participants: int
    n_pairs: int
    n_stimuli: int
    n_trials: int


@dataclass(frozen=True)
class Estimate:
    """A number, its interval, and what it rests on.

    ``unit`` is the unit of estimate, low and high. ``n_pairs`` and ``n_stimuli`` count the pairs and
    the pictures in them. A bootstrap leaves its replicates in ``draws``; a model leaves none, but a
    standard error ``se`` and its degrees of freedom ``df`` (infinite: normal). ``low`` and ``high`` are
    NaN where fewer than two units could be resampled, or where the model gave no standard error.
    """

    estimate: float
    low: float
    high: float
    level: float
    unit: str
    n_participants: int
    n_pairs: int
    n_stimuli: int
    n_trials: int
    method: str
    draws: Floats = field(default_factory=_no_draws, repr=False, compare=False)
    se: float = float("nan")
    df: float = float("inf")

    @property
    def from_model(self) -> bool:
        return not len(self.draws) and bool(np.isfinite(self.se))

    def interval(self, level: float) -> tuple[float, float]:
        """The interval at another level, for example 0.90 for two one-sided tests.

        Percentiles of the replicates of a bootstrap; Student's t with ``df`` for a model.
        """
        if self.from_model:
            return wald_interval(self.estimate, self.se, self.df, level)
        return percentile_interval(self.draws, level)

    def p_value(self, null: float = 0.0) -> float:
        """Two-sided p of ``null``; it agrees with the interval.

        Of a model: Student's t with ``df``. Of a bootstrap: twice the smaller share of replicates on either
        side of ``null``, and never 0: one replicate is added (Davison & Hinkley 1997, ch. 4).
        """
        if self.from_model:
            return float(2 * student.sf(abs(self.estimate - null) / self.se, self.df))
        defined = self.draws[np.isfinite(self.draws)]
        if not len(defined) or not np.isfinite(self.low):
            return float("nan")
        tail = min((defined <= null).sum(), (defined >= null).sum())
        return float(min(1.0, 2 * (tail + 1) / (len(defined) + 1)))


def model_estimate(
    estimate: float, se: float, df: float, sample: Sample, *, level: float, unit: str, method: str
) -> Estimate:
    """An estimate of a fitted model with its Wald interval; without a standard error it has none."""
    usable = float(se) if np.isfinite(se) and se > 0 else float("nan")
    low, high = wald_interval(estimate, usable, df, level)
    return Estimate(
        estimate=float(estimate),
        low=low,
        high=high,
        level=level,
        unit=unit,
        n_participants=sample.n_participants,
        n_pairs=sample.n_pairs,
        n_stimuli=sample.n_stimuli,
        n_trials=sample.n_trials,
        method=method,
        se=usable,
        df=float(df),
    )


def wald_interval(estimate: float, se: float, df: float, level: float) -> tuple[float, float]:
    """estimate ± t se, with Student's t of ``df`` degrees of freedom (infinite: the normal quantile)."""
    half = float(student.ppf(0.5 + level / 2, df)) * se
    return float(estimate - half), float(estimate + half)


def percentile_interval(draws: Floats, level: float) -> tuple[float, float]:
    """The middle ``level`` of the bootstrap replicates; NaN when too many of them are undefined.

    Percentiles, because they respect the range of the statistic and any monotone scale of it. The
    basic interval does neither, and the acceleration of BCa has no agreed jackknife when participants
    and pairs are resampled at once.
    """
    defined = draws[np.isfinite(draws)]
    if not len(defined) or len(defined) < (1 - _MAX_UNDEFINED_SHARE) * len(draws):
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def sample_of(table: pd.DataFrame) -> Sample:
    """Count what a tidy table of pair trials rests on. Needs participant, pair, left, right."""
    return Sample(
        n_participants=int(table["participant"].nunique()),
        n_pairs=int(table["pair"].nunique()),
        n_stimuli=int(pd.concat([table["left"], table["right"]]).nunique()),
        n_trials=len(table),
    )
