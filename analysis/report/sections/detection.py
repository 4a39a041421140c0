"""Telling pairs apart: d', side bias and share correct at each exposure."""

from __future__ import annotations

import pandas as pd

from analysis import figures
from analysis.detection import Detection, DetectionResults, detect_pairs, pair_choices
from analysis.report.apa import estimate_words, sample_words, share_words
from analysis.report.content import Column, Figure, Paragraph, Section, Table, estimate_table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words
from analysis.wording import made_faces

_INTRODUCTION = (
    "Sensitivity d′ says how well the pictures are told apart, apart from any preference for a side: 0 is "
    "guessing, 1 is about 76 % correct, 2 about 92 %. Side bias c says which side people prefer when unsure: "
    "positive leans right, negative left."
)
_NOTE = (
    "d′ = (z(H for left) − z(F for left)) / √2 for pairs, with rates (k + 0.5) / (n + 1) (Hautus, 1995; "
    "Macmillan & Creelman, 2005). The pooled d′ treats everyone's answers as one person's; where people or "
    "pairs differ it lies nearer to 0 than the d′ of a typical person. The mean over participants is free of "
    "differences between people, but with few trials each it is pulled towards 0 by the correction; its "
    "interval is over participants only and says nothing about other pictures."
)


def section(inputs: Inputs) -> Section | None:
    choices = pair_choices(inputs.kept)
    if choices.empty or inputs.resampling is None:
        return None
    detection = detect_pairs(choices, inputs.resampling)
    parts = (
        Paragraph(_INTRODUCTION),
        *_figures(detection, inputs),
        _table(detection),
        Paragraph(_NOTE, "note"),
    )
    cited = ("hautus1995", "macmillan2005", "owen2007")
    return Section(
        "detection", "Telling them apart", parts, results=_results(detection, inputs), references=cited
    )


def _results(detection: DetectionResults, inputs: Inputs) -> tuple[str, ...]:
    one, made = detection.overall, made_faces(inputs.protocol.stimulus_kind)
    first = (
        f"Choosing between the two faces of a pair, participants found the {made} in "
        f"{share_words(one.share_correct)}, with a pooled {estimate_words('*d′*', one.d_prime)} "
        f"({sample_words(one.d_prime)})."
    )
    if detection.gain is None:
        return (first,)
    return (
        first,
        f"From the shortest to the longest exposure it changed by {estimate_words('Δ*d′*', detection.gain)}.",
    )


def _figures(detection: DetectionResults, inputs: Inputs) -> tuple[Figure, Figure]:
    level = level_words(inputs.level)
    points = detection.participants.dropna(subset=["exposure_ms"])
    sensitivity = f"Sensitivity by exposure: pooled d′ with {level} interval; grey points are participants."
    accuracy = f"Correct choices by exposure with {level} interval; grey points are participants."
    return (
        Figure(
            "sensitivity",
            sensitivity,
            figures.sensitivity_figure(detection),
            _shown(detection, points, "d_prime"),
        ),
        Figure(
            "accuracy",
            accuracy,
            figures.accuracy_figure(detection),
            _shown(detection, points, "share_correct"),
        ),
    )


def _shown(detection: DetectionResults, points: pd.DataFrame, name: str) -> pd.DataFrame:
    """Estimates with intervals first, then the points of the participants."""
    rows = [({"exposure_ms": one.exposure_ms}, getattr(one, name)) for one in detection.by_exposure]
    people = points[["participant", "exposure_ms", name]].rename(columns={name: "estimate"})
    return pd.concat([estimate_table(rows).assign(participant=None), people], ignore_index=True)


def _table(detection: DetectionResults) -> Table:
    data = pd.DataFrame([_row(one) for one in (*detection.by_exposure, detection.overall)])
    columns = (
        Column("exposure_ms", "Exposure", "exposure"),
        _with_interval("d_prime", "d′ pooled (z)"),
        _with_interval("mean_d_prime", "d′ mean of participants (z)"),
        _with_interval("side_bias", "Side bias c (z)"),
        Column("share_correct", "Correct (%)", "percent", 1, ("share_correct_low", "share_correct_high")),
        Column("n_participants", "Participants", "count"),
        Column("n_pairs", "Pairs", "count"),
        Column("n_trials", "Trials", "count"),
    )
    return Table("detection", "Detection by exposure.", data, columns, last_is_total=True)


def _with_interval(name: str, heading: str) -> Column:
    return Column(name, heading, "signed", interval=(f"{name}_low", f"{name}_high"))


def _row(one: Detection) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {"exposure_ms": one.exposure_ms}
    for name in ("d_prime", "mean_d_prime", "side_bias", "share_correct"):
        found = getattr(one, name)
        row |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
    sample = one.d_prime
    return row | {
        "n_participants": sample.n_participants,
        "n_pairs": sample.n_pairs,
        "n_trials": sample.n_trials,
    }
