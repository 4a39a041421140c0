"""Are fast answers right? Accuracy by response time within people and exposures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimate import Estimate, model_estimate
from analysis.fitted import FittedModel, fitted_model
from analysis.intervals import Resampling, ratio
from analysis.speed import exposure_names, sample_of_times


@dataclass(frozen=True)
class ConditionalAccuracy:
    """Share correct of one fifth of each person's answers, 1 the fastest.

    ``relative_time``: geometric mean of the times, in multiples of the person's own at the same exposure;
    ``typical_ms``: geometric mean in ms.
    """

    fifth: int
    relative_time: float
    typical_ms: float
    share_correct: Estimate


@dataclass(frozen=True)
class SpeedAccuracy:
    """``slope``: change of z(correct) per doubling of the response time; None with ``note`` saying why."""

    fifths: tuple[ConditionalAccuracy, ...]
    slope: Estimate | None
    model: FittedModel | None
    note: str = ""


def speed_accuracy(times: pd.DataFrame, resampling: Resampling, *, level: float = 0.95) -> SpeedAccuracy:
    """Conditional accuracy and the trial-level probit of one question that has right answers.

    Times are compared within person and exposure: a fifth is one of the person's log times minus the mean of
    that person at that exposure, so that neither slow people nor long exposures make a difference. The probit
    is ``right ~ doublings + exposure + (1 + doublings | participant) + (1 | item)``. It says how accuracy
    goes with time, not that more time makes accurate: hard pairs take long and come out wrong.
    """
    known = times[times["correct"].notna() & times["log_rt"].notna()]
    if known.empty:
        return SpeedAccuracy((), None, None, "no timed answers that could be right")
    own = known.groupby(["participant", "exposure_ms"])["log_rt"].transform("mean")
    doublings = (known["log_rt"] - own) / np.log(2)
    data = known.assign(right_answer=(known["correct"] > 0).astype(int), doublings=doublings)
    rank = data.groupby("participant")["doublings"].rank(method="first")
    n = data.groupby("participant")["doublings"].transform("size")
    fifth = np.ceil(5 * rank / n).astype(int)
    fifths = tuple(_fifth(data[fifth == k], k, resampling) for k in range(1, 6) if (fifth == k).any())
    if data["doublings"].abs().max() == 0:
        fifths = ()
    slope, model, note = _slope(data, level)
    return SpeedAccuracy(fifths, slope, model, note)


def _fifth(data: pd.DataFrame, fifth: int, resampling: Resampling) -> ConditionalAccuracy:
    right, n = resampling.totals(resampling.sums(data, [data["right_answer"], np.ones(len(data))]))
    estimate = resampling.estimate(
        ratio(right, n), sample_of_times(data), unit="share", method="share correct"
    )
    relative, typical = 2.0 ** data["doublings"].mean(), np.exp(data["log_rt"].mean())
    return ConditionalAccuracy(fifth, float(relative), float(typical), estimate)


def _slope(data: pd.DataFrame, level: float) -> tuple[Estimate | None, FittedModel | None, str]:
    from analysis.mixed import fit_declared

    if data["right_answer"].nunique() < 2:
        return None, None, "all answers are correct, or all are wrong"
    if data["doublings"].nunique() < 2:
        return None, None, "response times do not differ within people"
    fixed, random, data = _accuracy_formula(data)
    if not random:
        return None, None, "one person and one picture: nothing varies that could be a sample"
    try:
        declared = fit_declared(f"right_answer ~ {fixed} + {random}", data, family="bernoulli", link="probit")
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return None, None, str(error)
    doubtful = [m for m in declared.fit.messages if m.startswith(("Separation", "The search did not"))]
    if doubtful:
        return None, None, " ".join(doubtful)
    row: Any = declared.fit.fixed.loc["doublings"]
    slope = model_estimate(
        float(row["estimate"]),
        float(row["se"]),
        np.inf,
        sample_of_times(data),
        level=level,
        unit="z per doubling",
        method="probit mixed model of correct on log response time within person and exposure",
    )
    question = "Are slower answers of the same person more often right?"
    return (
        slope,
        fitted_model(f"speed-accuracy-{data['question'].iloc[0]}", question, declared, level=level),
        "",
    )


def _accuracy_formula(data: pd.DataFrame) -> tuple[str, str, pd.DataFrame]:
    item = "stimulus" if data["stimulus"].notna().all() else "pair"
    data = data.assign(exposure=data["exposure_ms"].map(exposure_names(data)))
    terms = ["doublings"]
    if data["exposure"].nunique() > 1:
        terms.append("exposure")
    if (data["made"] != 0).all() and data["made"].nunique() > 1:
        terms.append("made")
    parts = []
    if data["participant"].nunique() > 1:
        parts.append("(1 + doublings | participant)")
    if data[item].nunique() > 1:
        parts.append(f"(1 | {item})")
    return " + ".join(terms), " + ".join(parts), data
