"""Parts of the chapters on detection: psychometric curves and thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.detection_by import made_doses
from analysis.detection_figures import psychometric_figure
from analysis.detection_levels import LevelsOfDetection
from analysis.estimate import Estimate
from analysis.hierarchical_detection import HierarchicalDetection
from analysis.pairs import exposure_words
from analysis.psychometric import Psychometric, Threshold, psychometric
from analysis.report.content import Column, Figure, Paragraph, Part, Table
from analysis.report.detection_main import PAIRS, Wording
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number, p_words

Fitted = tuple[Psychometric, Mapping[float, Estimate]]
_CURVES_NOTE = (
    "d′ from the same mixed model, with the exposure (or dose) as a number: a straight line, and a curve "
    "that rises from 0 and saturates, d′ = top (1 − exp(−x / pace)), preferred only where its AIC is lower "
    "by more than 2. The threshold is where the average person would get 75 % of average pairs right (d′ = "
    "0.95), with the interval in which the band of the curve crosses it; nothing is said beyond what was "
    "shown. People and pictures may differ in d′, not in its growth. Answers given blindly (lapses) are "
    "taken as 0, since they cannot be told from a lower top with so few levels; the table of lapses "
    "says what some would change."
)


def curves_of(
    found: HierarchicalDetection, groups: Sequence[LevelsOfDetection], inputs: Inputs
) -> tuple[Fitted, ...]:
    """Over exposure, and over dose where pictures were edited; each with d' of its levels by themselves."""
    model, level = found.model, inputs.level
    over = psychometric(model, model.judgements.table["exposure_ms"], "exposure_ms", level=level)
    dose = psychometric(model, made_doses(model.judgements, inputs.kept.stimuli), "dose", level=level)
    by_dose = {
        float(one.level): one.d_prime
        for group in groups
        if group.name == "dose"
        for one in group.levels
        if not one.note
    }
    every = ((over, found.at_exposures()), (dose, by_dose))
    return tuple((one, levels) for one, levels in every if isinstance(one, Psychometric))


def curve_parts(curves: Sequence[Fitted], words: Wording) -> tuple[Part, ...]:
    """Of each curve a figure, its threshold in words, and folded tables of curves and lapses."""
    parts = [part for one, levels in curves for part in _curve_parts(one, levels, words)]
    return (*parts, Paragraph(_CURVES_NOTE, "note")) if parts else ()


def threshold_sentence(one: Psychometric, words: Wording) -> str:
    """Where 75 % of pairs are right, or that it is not reached within the range shown."""
    found, kind = one.threshold, "exposure" if one.over == "exposure_ms" else "dose"
    shown = f"{_unit_words(one, one.range[0])} to {_unit_words(one, one.range[1])}"
    if found.status == "reached":
        reached = (
            "The average person would get 75 % of average pairs right"
            if words is PAIRS
            else "Sensitivity to average faces is that of 75 % of pairs right (d′ = 0.95)"
        )
        return (
            f"{reached} at {'an exposure' if kind == 'exposure' else 'a dose'} of "
            f"{_unit_words(one, found.at)} ({_interval_words(one, found)})."
        )
    threshold = f"The threshold over {kind} (d′ = 0.95: 75 % of pairs right)"
    if found.status == "exceeded throughout":
        return f"{threshold} is exceeded throughout the range shown, {shown}."
    if found.status == "does not rise":
        return f"Sensitivity does not rise over the range shown, {shown}, so that there is no threshold."
    return f"{threshold} is not reached within the range shown, {shown}."


def _curve_parts(one: Psychometric, levels: Mapping[float, Estimate], words: Wording) -> tuple[Part, ...]:
    kind = "exposure" if one.over == "exposure_ms" else "dose"
    name = f"{words.prefix}-over-{kind}"
    unit = "Exposure (log scale)" if kind == "exposure" else "Dose of the defect"
    shown = f"{_unit_words(one, one.range[0])} to {_unit_words(one, one.range[1])}"
    svg = psychometric_figure(name, one, levels, unit=unit, range_label=shown)
    caption = (
        f"Sensitivity over {kind}: fitted curves with the {level_words(one.threshold.level)} band of the "
        "preferred one, and each level by itself with its interval."
    )
    return (
        Figure(name, caption, svg, _curve_data(one, levels)),
        Paragraph(f"{threshold_sentence(one, words)} {_trend_sentence(one)}".strip()),
        _aic_table(one, name),
        *([_lapse_table(one, name)] if len(one.lapses) else []),
        one.model,
    )


def _aic_table(one: Psychometric, name: str) -> Table:
    columns = (
        Column("model", "Model of d′"),
        Column("n_parameters", "Parameters", "count"),
        Column("loglik", "Log likelihood", "number", 1),
        Column("difference", "ΔAIC", "number", 1),
    )
    parameters = "; ".join(
        f"{curve.name}: "
        + ", ".join(f"{key} = {number(value, 2)}" for key, value in curve.parameters.items())
        + (f" ({curve.note})" if curve.note else "")
        for curve in one.curves
    )
    return Table(f"{name}-curves", "Curves compared.", one.aic, columns, note=f"{parameters}.", folded=True)


def _lapse_table(one: Psychometric, name: str) -> Table:
    unit = "ms" if one.over == "exposure_ms" else "dose"
    columns = (
        Column("share_lapses", "Answers given blindly (%)", "percent", 0),
        Column("threshold", f"Threshold ({unit})", "number", 0 if unit == "ms" else 2),
        Column("loglik", "Log likelihood", "number", 1),
    )
    return Table(
        f"{name}-lapses",
        "How lapses would move the threshold of the pooled answers.",
        one.lapses,
        columns,
        note="Straight line, everyone's answers together; a dash: not within the range shown.",
        folded=True,
    )


def _curve_data(one: Psychometric, levels: Mapping[float, Estimate]) -> pd.DataFrame:
    curves = [curve.points.assign(curve=curve.name) for curve in one.curves]
    rows = [
        {"x": x, "d_prime": level.estimate, "low": level.low, "high": level.high, "curve": "level"}
        for x, level in levels.items()
    ]
    return pd.concat([*curves, pd.DataFrame(rows)], ignore_index=True)


def _trend_sentence(one: Psychometric) -> str:
    if one.trend is None:
        return ""
    slope = next(iter(one.curves[0].parameters.items()))
    p = p_words(one.trend.p).replace("p", "*p*", 1)
    return (
        f"On the straight line it changes by {number(slope[1])} {slope[0]}, χ²(1) = "
        f"{number(one.trend.statistic)}, {p}."
    )


def _interval_words(one: Psychometric, found: Threshold) -> str:
    if not np.isfinite(found.low) and not np.isfinite(found.high):
        return f"its {level_words(found.level)} CI is wider than the range shown"
    low = _unit_words(one, found.low) if np.isfinite(found.low) else "below the range shown"
    high = _unit_words(one, found.high) if np.isfinite(found.high) else "beyond the range shown"
    return f"{level_words(found.level)} CI: {low} to {high}"


def _unit_words(one: Psychometric, value: float) -> str:
    if one.over == "dose":
        return number(value)
    return exposure_words(float(f"{value:.3g}"))
