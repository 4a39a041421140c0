"""Are made faces trusted differently from real ones? Differences within pairs, and equivalence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.estimate import Estimate, sample_of
from analysis.intervals import Resampling, ratio
from analysis.pairs import TRIAL_KEY, mixed_pairs


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of ``smallest_effect``, read off an interval (Schuirmann 1987).

    ``low`` and ``high`` bound the 1 - 2 alpha interval; ``equivalent`` when it lies inside
    -smallest_effect ... smallest_effect.
    """

    smallest_effect: float
    level: float
    low: float
    high: float

    @property
    def equivalent(self) -> bool:
        return -self.smallest_effect < self.low and self.high < self.smallest_effect


@dataclass(frozen=True)
class TrustDifference:
    """Trust at one exposure (``None``: all together; infinity: unlimited), in points of the scale.

    ``difference`` is made (AI or edited) minus real within the same pair and trial.
    """

    exposure_ms: float | None
    difference: Estimate
    real: Estimate
    made: Estimate
    equivalence: Equivalence


@dataclass(frozen=True)
class TrustResults:
    """``trend`` is the change of the difference per doubling of the exposure, if there were several.

    ``participants``: participant, exposure_ms (NaN: all), difference, n_trials.
    """

    overall: TrustDifference
    by_exposure: tuple[TrustDifference, ...]
    trend: Estimate | None
    participants: pd.DataFrame


def equivalence(estimate: Estimate, *, smallest_effect: float, alpha: float = 0.05) -> Equivalence:
    """Test whether an effect as large as ``smallest_effect`` can be ruled out in both directions."""
    level = 1 - 2 * alpha
    low, high = estimate.interval(level) if np.isfinite(estimate.low) else (np.nan, np.nan)
    return Equivalence(smallest_effect=smallest_effect, level=level, low=low, high=high)


def trust_pairs(dataset: Dataset) -> pd.DataFrame:
    """One row per pair of a real and a made face in which both were rated for trust.

    Columns: participant, session, position, pair, left, right, exposure_ms (infinity: unlimited),
    made_left, trust_real, trust_made, difference (made minus real). Trials with one of the two
    ratings missing or excluded are left out: a difference needs both.
    """
    asked = dataset.ratings[dataset.ratings["question"] == "trust"]
    rated = mixed_pairs(dataset.trials)
    for side in ("left", "right"):
        answers = asked.loc[asked["target"] == side, [*TRIAL_KEY, "value_number"]].dropna()
        rated = rated.merge(answers.rename(columns={"value_number": side + "_trust"}), on=TRIAL_KEY)
    left, right = rated.pop("left_trust"), rated.pop("right_trust")
    made = left.where(rated["made_left"], right)
    real = right.where(rated["made_left"], left)
    return rated.assign(trust_real=real, trust_made=made, difference=made - real)


def trust_difference(
    pairs: pd.DataFrame, resampling: Resampling, *, smallest_effect: float, alpha: float = 0.05
) -> TrustResults:
    """Mean trust difference over all exposures and at each, with intervals and equivalence tests.

    Needs the columns of ``trust_pairs``. Every trial counts the same. Ratings are treated as
    numbers; an ordinal model is the check to make where the scale's ends are crowded.
    """
    levels = np.sort(pairs["exposure_ms"].unique())
    tables = [_by_participant(pairs, np.nan)]
    tables += [_by_participant(pairs[pairs["exposure_ms"] == level], float(level)) for level in levels]
    options = {"smallest_effect": smallest_effect, "alpha": alpha}
    return TrustResults(
        overall=_at(pairs, resampling, None, **options),
        by_exposure=tuple(
            _at(pairs[pairs["exposure_ms"] == level], resampling, float(level), **options) for level in levels
        ),
        trend=_trend(pairs[np.isfinite(pairs["exposure_ms"])], resampling),
        participants=pd.concat(tables, ignore_index=True),
    )


def _at(
    pairs: pd.DataFrame,
    resampling: Resampling,
    exposure_ms: float | None,
    *,
    smallest_effect: float,
    alpha: float,
) -> TrustDifference:
    sample = sample_of(pairs)
    values = [pairs["difference"], pairs["trust_real"], pairs["trust_made"], np.ones(len(pairs))]
    difference, real, made, n = resampling.totals(resampling.sums(pairs, values))
    estimate = resampling.estimate(
        ratio(difference, n), sample, unit="points", method="mean difference made minus real, within pairs"
    )
    return TrustDifference(
        exposure_ms=exposure_ms,
        difference=estimate,
        real=resampling.estimate(ratio(real, n), sample, unit="points", method="mean trust in real faces"),
        made=resampling.estimate(ratio(made, n), sample, unit="points", method="mean trust in made faces"),
        equivalence=equivalence(estimate, smallest_effect=smallest_effect, alpha=alpha),
    )


def _trend(pairs: pd.DataFrame, resampling: Resampling) -> Estimate | None:
    """Least-squares slope of the difference on log2 exposure, from weighted sums."""
    if pairs["exposure_ms"].nunique() < 2:
        return None
    x = np.log2(pairs["exposure_ms"].to_numpy())
    # Centred on the sample's own mean for numerical accuracy only; a slope does not depend on it.
    x = x - x.mean()
    y = pairs["difference"].to_numpy()
    sx, sy, sxy, sxx, n = resampling.totals(resampling.sums(pairs, [x, y, x * y, x * x, np.ones(len(x))]))
    slope = ratio(sxy - ratio(sx * sy, n), sxx - ratio(sx * sx, n))
    return resampling.estimate(
        slope, sample_of(pairs), unit="points per doubling", method="slope on log2 exposure"
    )


def _by_participant(pairs: pd.DataFrame, exposure_ms: float) -> pd.DataFrame:
    grouped = pairs.groupby("participant")["difference"].agg(["mean", "size"]).reset_index()
    grouped.columns = pd.Index(["participant", "difference", "n_trials"])
    return grouped.assign(exposure_ms=exposure_ms)
