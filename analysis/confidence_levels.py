"""How confident people are: right or wrong, at each exposure, against how often they are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.confidence_scale import ConfidenceScale
from analysis.estimate import Estimate, Floats, sample_of
from analysis.intervals import Resampling, ratio

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit

_NEEDED = {
    "confidence": "confidence never varies",
    "correct": "all choices were right, or all were wrong",
    "participant": "it needs at least 2 participants",
    "picture": "it needs at least 2 pictures or pairs",
}


def mean_confidence(
    choices: pd.DataFrame, resampling: Resampling
) -> list[tuple[float, bool | None, Estimate]]:
    """Mean confidence at each exposure of right (True) and of wrong choices, and right minus wrong (None).

    Exposures in ms, infinite where unlimited; NaN: all together, first. Needs participant, pair, left, right,
    exposure_ms, correct and confidence. Points of the scale; every choice counts the same.
    """
    found: list[tuple[float, bool | None, Estimate]] = []
    levels = np.sort(choices["exposure_ms"].unique())
    parts = [(np.nan, choices), *((float(ms), choices[choices["exposure_ms"] == ms]) for ms in levels)]
    for exposure_ms, part in parts if len(levels) > 1 else parts[:1]:
        means = {right: _mean(part[part["correct"] == right], resampling) for right in (True, False)}
        for right, draws in means.items():
            sample = sample_of(part[part["correct"] == right])
            words = f"mean confidence of {'right' if right else 'wrong'} choices"
            if sample.n_trials:
                found.append(
                    (exposure_ms, right, resampling.estimate(draws, sample, unit="points", method=words))
                )
        if part["correct"].nunique() == 2:
            one = resampling.estimate(
                means[True] - means[False],
                sample_of(part),
                unit="points",
                method="mean confidence of right minus that of wrong choices",
            )
            found.append((exposure_ms, None, one))
    return found


def overconfidence(choices: pd.DataFrame, scale: ConfidenceScale, resampling: Resampling) -> Estimate | None:
    """Mean stated probability of being right minus the share that was right; above 0: too sure.

    Lichtenstein, Fischhoff & Phillips (1982). None where the scale tells no probability.
    """
    if scale.certain is None:
        return None
    gap = choices["confidence"] / scale.certain - choices["correct"].astype(float)
    total, n = resampling.totals(resampling.sums(choices, [gap, np.ones(len(choices))]))
    return resampling.estimate(
        ratio(total, n), sample_of(choices), unit="share", method="mean confidence minus share correct"
    )


def people_correlation(choices: pd.DataFrame, resampling: Resampling) -> Estimate:
    """Over participants: correlation of mean confidence with share correct; are those who are surer better?

    Pearson's; participants are drawn, pictures are not. NaN where either does not differ between people.
    """
    cells = resampling.sums(choices, [choices["confidence"], choices["correct"], np.ones(len(choices))])
    people = resampling.participants_only()
    confidence, correct, n = people.totals_by_participant(cells)[:, 0]
    there = n > 0
    x, y = (each[there] / n[there] for each in (confidence, correct))
    values = _weighted_correlation(x, y, people.participant_weights[:, there])
    return people.estimate(
        values,
        sample_of(choices),
        unit="r",
        method="correlation over participants of confidence and accuracy",
    )


def confidence_model(choices: pd.DataFrame, *, picture: str) -> DeclaredFit:
    """Linear mixed model of confidence on being right, and on exposure where there are several.

    ``correct_c`` is -.5 (wrong) or .5 (right), so that its estimate is right minus wrong in points.
    ``doublings_c`` counts doublings of the exposure from their mean; with unlimited exposures among them,
    exposure is a category with sum contrasts. Random: intercept and slope of being right by participant,
    intercept by ``picture`` (a column: pair, or the face). ``ValueError`` where nothing varies.
    """
    from analysis.mixed import fit_declared

    for column, reason in _NEEDED.items():
        if choices[picture if column == "picture" else column].nunique() < 2:
            raise ValueError(reason)
    table = choices.assign(correct_c=choices["correct"].astype(float) - 0.5)
    fixed = "correct_c"
    exposures = choices["exposure_ms"]
    if exposures.nunique() > 1 and np.isfinite(exposures).all():
        doublings = np.log2(exposures)
        table, fixed = table.assign(doublings_c=doublings - doublings.mean()), "correct_c * doublings_c"
    elif exposures.nunique() > 1:
        words = exposures.map(lambda ms: f"{ms:g} ms" if np.isfinite(ms) else "unlimited")
        table, fixed = table.assign(exposure=words), "correct_c * C(exposure, contr.sum)"
    formula = f"confidence ~ {fixed} + (1 + correct_c | participant) + (1 | {picture})"
    return fit_declared(formula, table, protected=[("participant", "correct_c")])


def _mean(part: pd.DataFrame, resampling: Resampling) -> Floats:
    return ratio(*resampling.totals(resampling.sums(part, [part["confidence"], np.ones(len(part))])))


def _weighted_correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    n = weights.sum(axis=1)
    # Centring changes no correlation, and keeps differences of large sums exact.
    x, y = x - x.mean(), y - y.mean()
    sx, sy, sxy, sxx, syy = (weights @ each for each in (x, y, x * y, x * x, y * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (sxx - sx * sx / n) * (syy - sy * sy / n)
        return np.asarray(np.where(spread > 1e-15, (sxy - sx * sy / n) / np.sqrt(spread), np.nan))
