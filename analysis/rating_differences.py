"""Are made faces rated differently from real ones? Differences on any scale, and equivalence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from analysis.dataset import Dataset
from analysis.estimate import Estimate, Floats, sample_of
from analysis.face_ratings import face_ratings
from analysis.intervals import Resampling, ratio
from analysis.pairs import TRIAL_KEY, mixed_pairs

_METHODS: Mapping[str, str] = {
    "pair": "mean difference made minus real, within pairs",
    "single": "mean rating of made minus mean rating of real faces, shown one at a time",
}


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests of ``smallest_effect``, read off an interval (Schuirmann 1987).

    ``low`` and ``high`` bound the 1 - 2 alpha interval; ``equivalent`` when it lies inside
    -smallest_effect ... smallest_effect. ``p_value`` is the larger p of the two tests.
    """

    smallest_effect: float
    level: float
    low: float
    high: float
    p_value: float = float("nan")

    @property
    def equivalent(self) -> bool:
        return -self.smallest_effect < self.low and self.high < self.smallest_effect


@dataclass(frozen=True)
class RatingDifference:
    """Ratings at one exposure (``None``: all together; infinity: unlimited), in points of the scale.

    ``difference`` is made (AI or edited) minus real: within the same pair and trial, or, of faces shown one
    at a time, between the two means.
    """

    exposure_ms: float | None
    difference: Estimate
    real: Estimate
    made: Estimate
    equivalence: Equivalence


@dataclass(frozen=True)
class RatingResults:
    """``trend`` is the change of the difference per doubling of the exposure, if there were several.

    ``participants``: participant, exposure_ms (NaN: all), difference, n_trials.
    """

    overall: RatingDifference
    by_exposure: tuple[RatingDifference, ...]
    trend: Estimate | None
    participants: pd.DataFrame


def equivalence(estimate: Estimate, *, smallest_effect: float, alpha: float = 0.05) -> Equivalence:
    """Test whether an effect as large as ``smallest_effect`` can be ruled out in both directions."""
    level = 1 - 2 * alpha
    if not np.isfinite(estimate.low):
        return Equivalence(smallest_effect=smallest_effect, level=level, low=np.nan, high=np.nan)
    low, high = estimate.interval(level)
    p_value = max(_p_not_above(estimate, -smallest_effect), _p_not_below(estimate, smallest_effect))
    return Equivalence(smallest_effect=smallest_effect, level=level, low=low, high=high, p_value=p_value)


def rating_pairs(dataset: Dataset, question: str) -> pd.DataFrame:
    """One row per pair of a real and a made face in which both were given this rating.

    Columns: participant, session, position, pair, left, right, exposure_ms (infinity: unlimited),
    made_left, cell, rating_real, rating_made, difference (made minus real). Trials with one of the two
    ratings missing or excluded are left out: a difference needs both.
    """
    asked = dataset.ratings[dataset.ratings["question"] == question]
    rated = mixed_pairs(dataset.trials).merge(dataset.trials[[*TRIAL_KEY, "cell"]], on=TRIAL_KEY)
    for side in ("left", "right"):
        answers = asked.loc[asked["target"] == side, [*TRIAL_KEY, "value_number"]].dropna()
        rated = rated.merge(answers.rename(columns={"value_number": side + "_rating"}), on=TRIAL_KEY)
    left, right = rated.pop("left_rating"), rated.pop("right_rating")
    made = left.where(rated["made_left"], right)
    real = right.where(rated["made_left"], left)
    return rated.assign(rating_real=real, rating_made=made, difference=made - real)


def single_ratings(dataset: Dataset, question: str) -> pd.DataFrame:
    """One row per rating of a face that was shown alone.

    Columns: participant, session, position, pair (the one the face belongs to), left (the face), right
    (empty), exposure_ms (infinity: unlimited), cell, made, rating.
    """
    faces = face_ratings(dataset, question)
    alone = faces[faces["layout"] == "single"].rename(columns={"stimulus": "left"})
    kept = [*TRIAL_KEY, "pair", "left", "right", "exposure_ms", "cell", "made", "rating"]
    return alone.assign(right=np.nan)[kept].reset_index(drop=True)


def rating_difference(
    rated: pd.DataFrame, resampling: Resampling, *, smallest_effect: float, alpha: float = 0.05
) -> RatingResults:
    """Mean difference over all exposures and at each, with intervals and equivalence tests.

    Needs the columns of ``rating_pairs`` or of ``single_ratings``. Every trial counts the same. Ratings are
    treated as numbers; ``rating_models`` has the ordinal model, for where the scale's ends are crowded. Of
    single faces the two means are of different faces, and people who saw more of one kind than of the other
    bring their own level into the difference; the mixed models take it out.
    """
    levels = np.sort(rated["exposure_ms"].unique())
    parts = {float(level): rated[rated["exposure_ms"] == level] for level in levels}
    tables = [participant_differences(rated).assign(exposure_ms=np.nan)]
    tables += [participant_differences(part).assign(exposure_ms=level) for level, part in parts.items()]
    options = {"smallest_effect": smallest_effect, "alpha": alpha}
    return RatingResults(
        overall=mean_difference(rated, resampling, **options),
        by_exposure=tuple(
            mean_difference(part, resampling, exposure_ms=level, **options) for level, part in parts.items()
        ),
        trend=_trend(rated[np.isfinite(rated["exposure_ms"])], resampling),
        participants=pd.concat(tables, ignore_index=True),
    )


def mean_difference(
    rated: pd.DataFrame,
    resampling: Resampling,
    *,
    smallest_effect: float,
    alpha: float = 0.05,
    exposure_ms: float | None = None,
) -> RatingDifference:
    """The mean difference of all rows of ``rated``, and the two means."""
    sample = sample_of(rated)
    layout = "pair" if "difference" in rated else "single"
    difference, real, made = mean_ratings(rated, resampling)
    estimate = resampling.estimate(difference, sample, unit="points", method=_METHODS[layout])
    return RatingDifference(
        exposure_ms=exposure_ms,
        difference=estimate,
        real=resampling.estimate(real, sample, unit="points", method="mean rating of real faces"),
        made=resampling.estimate(made, sample, unit="points", method="mean rating of made faces"),
        equivalence=equivalence(estimate, smallest_effect=smallest_effect, alpha=alpha),
    )


def participant_differences(rated: pd.DataFrame) -> pd.DataFrame:
    """Per participant: difference (NaN for who saw single faces of one kind only), n_trials."""
    people = rated.groupby("participant")
    if "difference" in rated:
        difference = people["difference"].mean()
    else:
        means = rated.groupby(["participant", "made"])["rating"].mean().unstack()
        means = means.reindex(columns=[False, True])
        difference = means[True] - means[False]
    return pd.DataFrame({"difference": difference, "n_trials": people.size()}).reset_index()


def mean_ratings(rated: pd.DataFrame, resampling: Resampling) -> tuple[Floats, Floats, Floats]:
    """Difference, mean of real, mean of made: of the sample itself first, then of each resample."""
    if "difference" in rated:
        values = [rated["difference"], rated["rating_real"], rated["rating_made"], np.ones(len(rated))]
        difference, real, made, n = resampling.totals(resampling.sums(rated, values))
        return ratio(difference, n), ratio(real, n), ratio(made, n)
    is_made = rated["made"].to_numpy(dtype=float)
    values = [rated["rating"] * (1 - is_made), 1 - is_made, rated["rating"] * is_made, is_made]
    real, n_real, made, n_made = resampling.totals(resampling.sums(rated, values))
    real, made = ratio(real, n_real), ratio(made, n_made)
    return made - real, real, made


def _trend(rated: pd.DataFrame, resampling: Resampling) -> Estimate | None:
    """Least-squares slope of the difference on log2 exposure, from weighted sums."""
    if rated["exposure_ms"].nunique() < 2:
        return None
    if "difference" in rated:
        slope = _slope(rated, rated["difference"], np.ones(len(rated)), resampling)
    else:
        made = rated["made"].to_numpy(dtype=float)
        slope = _slope(rated, rated["rating"], made, resampling)
        slope = slope - _slope(rated, rated["rating"], 1 - made, resampling)
    return resampling.estimate(
        slope, sample_of(rated), unit="points per doubling", method="slope on log2 exposure"
    )


def _slope(rated: pd.DataFrame, values: pd.Series[float], use: Floats, resampling: Resampling) -> Floats:
    """Slope among the rows that ``use`` counts (1 or 0)."""
    x = np.log2(rated["exposure_ms"].to_numpy())
    # Centred on the sample's own mean for numerical accuracy only; a slope does not depend on it.
    x = x - x.mean()
    y = values.to_numpy()
    columns = [use * x, use * y, use * x * y, use * x * x, use]
    sx, sy, sxy, sxx, n = resampling.totals(resampling.sums(rated, columns))
    return ratio(sxy - ratio(sx * sy, n), sxx - ratio(sx * sx, n))


def _p_not_above(estimate: Estimate, margin: float) -> float:
    """One-sided p of the null that the effect is ``margin`` or less."""
    if estimate.from_model:
        return float(student.sf((estimate.estimate - margin) / estimate.se, estimate.df))
    defined = estimate.draws[np.isfinite(estimate.draws)]
    return float(((defined <= margin).sum() + 1) / (len(defined) + 1))


def _p_not_below(estimate: Estimate, margin: float) -> float:
    if estimate.from_model:
        return float(student.cdf((estimate.estimate - margin) / estimate.se, estimate.df))
    defined = estimate.draws[np.isfinite(estimate.draws)]
    return float(((defined >= margin).sum() + 1) / (len(defined) + 1))
