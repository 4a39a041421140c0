"""The report's chapter on confidence: do people know when they are right?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.confidence import ConfidenceResults, confidence_results, confident_choices
from analysis.confidence_figures import calibration_figure, right_and_wrong_figure
from analysis.confidence_levels import confidence_model, mean_confidence, overconfidence, people_correlation
from analysis.confidence_scale import ConfidenceScale, confidence_scale, in_quarters, in_steps
from analysis.estimate import Estimate
from analysis.fitted import FittedModel, fitted_model
from analysis.intervals import Resampling, resample
from analysis.metacognition import mean_efficiency, participant_meta
from analysis.report.apa import estimate_words
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, estimate_table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number, p_words
from analysis.single_faces import confident_judgements

_REFERENCES = ("galvin2003", "maniscalco2012", "fleming2014", "fleming2017", "lichtenstein1982")
#: With fewer choices of a person than this, the group's efficiency comes out too small.
_ENOUGH_TRIALS = 60


@dataclass(frozen=True)
class _Kind:
    """One kind of choice with its confidence: of pairs, or of single faces.

    ``stepped`` says whether ``graded`` holds steps instead of the answers as given.
    """

    name: str
    title: str
    picture: str
    choices: pd.DataFrame
    graded: pd.DataFrame
    stepped: bool
    scale: ConfidenceScale
    resampling: Resampling
    results: ConfidenceResults
    means: list[tuple[float, bool | None, Estimate]]
    meta: pd.DataFrame | None
    efficiency: Estimate | None
    summary: list[tuple[dict[str, object], Estimate]]


def section(inputs: Inputs) -> Section | None:
    """Confidence in choices between pairs and in judgements of single faces; None where neither was asked."""
    tables = {"pairs": confident_choices(inputs.kept), "faces": confident_judgements(inputs.kept)}
    kinds = [_kind(inputs, name, table) for name, table in tables.items() if len(table)]
    if not kinds:
        return None
    parts: list[Part] = [
        Paragraph(
            "People know when they are right if they are surer of right choices than of wrong ones. The "
            "*type-2 area* is the chance that, of a right and a wrong choice of the same person, the right "
            "one was made with more confidence (0.5: confidence says nothing); it grows with performance, "
            "too. *meta-d′/d′* does not: it is 1 where confidence uses all the evidence that the choices "
            "did, and smaller where it wastes some.",
            "lead",
        )
    ]
    results = []
    for kind in kinds:
        found = list(_parts(kind, inputs, alone=len(kinds) == 1))
        parts += found
        results += list(_sentences(kind, [part for part in found if isinstance(part, FittedModel)]))
    return Section("confidence", "Knowing when they are right", tuple(parts), tuple(results), _REFERENCES)


def _kind(inputs: Inputs, name: str, choices: pd.DataFrame) -> _Kind:
    choices = choices.assign(pair=choices["pair"].fillna(choices["left"]))
    weights = resample(
        choices["participant"],
        choices["pair"],
        seed=inputs.seed,
        n_resamples=inputs.n_resamples,
        level=inputs.level,
    )
    scale = confidence_scale(inputs.protocol, choices["confidence"])
    graded, stepped = in_steps(choices, scale)
    results, means = confidence_results(graded, weights), mean_confidence(choices, weights)
    quarters = in_quarters(choices)
    meta = participant_meta(quarters) if quarters["confidence"].nunique() > 1 else None
    efficiency = mean_efficiency(quarters, weights, each=meta) if meta is not None else None
    return _Kind(
        name=name,
        title="Pairs" if name == "pairs" else "Single faces",
        picture="pair" if name == "pairs" else "picture",
        choices=choices.rename(columns={"left": "picture"}) if name == "faces" else choices,
        graded=graded,
        stepped=stepped,
        scale=scale,
        resampling=weights,
        results=results,
        means=means,
        meta=meta,
        efficiency=efficiency,
        summary=_summary(choices, results, means, efficiency, scale, weights),
    )


def _summary(
    choices: pd.DataFrame,
    results: ConfidenceResults,
    means: list[tuple[float, bool | None, Estimate]],
    efficiency: Estimate | None,
    scale: ConfidenceScale,
    weights: Resampling,
) -> list[tuple[dict[str, object], Estimate]]:
    """Measure, the value it is compared with, and its estimate."""
    apart = next((one for ms, right, one in means if right is None and np.isnan(ms)), None)
    found: list[tuple[str, float, Estimate | None]] = [
        ("Confidence, right minus wrong (points)", 0.0, apart),
        ("Type-2 area (share)", 0.5, results.type2_auc),
        ("Efficiency meta-d′/d′ (ratio)", 1.0, efficiency),
        ("Overconfidence: stated minus correct (share)", 0.0, overconfidence(choices, scale, weights)),
        ("Surer people, better people (r)", 0.0, people_correlation(choices, weights)),
    ]
    return [({"measure": name, "null": null}, one) for name, null, one in found if one is not None]


def _parts(kind: _Kind, inputs: Inputs, *, alone: bool) -> Iterator[Part]:
    prefix = "" if alone else f"{kind.title}: "
    yield _summary_table(kind, prefix)
    yield from _reading(kind, prefix)
    yield from _calibration(kind, prefix)
    yield from _right_and_wrong(kind, prefix)
    yield _model(kind, prefix, inputs.level)
    yield from _each_participant(kind, prefix)


def _summary_table(kind: _Kind, prefix: str) -> Table:
    data = estimate_table(kind.summary)
    return Table(
        f"confidence_{kind.name}_summary",
        _titled(prefix, "do people know when they are right?"),
        data.assign(p=[one.p_value(float(str(labels["null"]))) for labels, one in kind.summary]),
        (
            Column("measure", "Measure"),
            Column("estimate", "Estimate", "number", 2, ("low", "high")),
            Column("null", "Against", "number", 1),
            Column("p", "p", "p"),
            Column("n_participants", "Participants", "count"),
            Column("n_pairs", "Pairs", "count"),
            Column("n_trials", "Choices", "count"),
        ),
        note="p is against the value of the column before: 0.5 and 0 mean that confidence says nothing, an "
        "efficiency of 1 that it wastes nothing. The efficiency and the correlation over people resample "
        "participants only.",
    )


def _reading(kind: _Kind, prefix: str) -> Iterator[Part]:
    if kind.scale.certain is None:
        yield Paragraph(
            f"{prefix}The scale ({kind.scale.range_words}) says more and less, not how probable it is to be "
            "right, so that over- and underconfidence cannot be told.",
            "note",
        )
    elif kind.scale.minimum == 0:
        yield Paragraph(
            f"{prefix}Answers ({kind.scale.range_words}) are read as the probability of being right. Of two "
            "possible answers the one chosen is right in half the cases by guessing alone: who says less "
            "means something else by the scale.",
            "note",
        )
    if kind.efficiency is not None:
        yield from _caveats(kind, prefix)
    else:
        yield Paragraph(
            f"{prefix}All choices were made with the same confidence: there is no meta-d′.", "note"
        )


def _caveats(kind: _Kind, prefix: str) -> Iterator[Part]:
    assert kind.meta is not None  # noqa: S101 - what the efficiency was computed from
    median, n_out = float(kind.meta["n_trials"].median()), int((~kind.meta["converged"].astype(bool)).sum())
    told = []
    if median < _ENOUGH_TRIALS:
        told.append(
            f"with a median of {number(median, 0)} choices a person, meta-d′/d′ may come out up to .2 too "
            f"small; it is found within .1 from {_ENOUGH_TRIALS} on"
        )
    if n_out:
        told.append(
            f"no meta-d′ could be fitted for {n_out} of {len(kind.meta)} participants, who count in "
            "neither mean"
        )
    if not np.isfinite(kind.efficiency.estimate if kind.efficiency else np.nan):
        told.append("there is no ratio, as the mean d′ is not above 0")
    if kind.choices["confidence"].nunique() > in_quarters(kind.choices)["confidence"].nunique():
        told.append("for meta-d′, confidence is taken in quarters")
    if told:
        yield Paragraph(_titled(prefix, "; ".join(told)) + ".", "note")


def _titled(prefix: str, words: str) -> str:
    """The words as they stand behind what kind of choice they are about, or as a sentence of their own."""
    return prefix + words if prefix else words[0].upper() + words[1:]


def _calibration(kind: _Kind, prefix: str) -> Iterator[Part]:
    rows = [({"confidence": one.confidence}, one.share_correct) for one in kind.results.calibration]
    data = estimate_table(rows)
    steps = " in ten equal steps of the scale, each at its middle" if kind.stepped else ""
    yield Figure(
        f"confidence_{kind.name}_calibration",
        _titled(prefix, f"share correct by confidence{steps}, with intervals. Larger dots: more choices."),
        calibration_figure(kind.results.calibration, kind.scale, name=f"confidence-{kind.name}"),
        data,
    )
    yield Table(
        f"confidence_{kind.name}_levels",
        _titled(prefix, "correct by confidence"),
        data,
        (
            Column("confidence", "Confidence (points)", "number", 1 if kind.stepped else 0),
            Column("estimate", "Correct (%)", "percent", 1, ("low", "high")),
            Column("n_participants", "Participants", "count"),
            Column("n_trials", "Choices", "count"),
        ),
        folded=True,
    )


def _right_and_wrong(kind: _Kind, prefix: str) -> Iterator[Part]:
    words = {True: "right", False: "wrong", None: "right minus wrong"}
    data = estimate_table(
        [({"exposure_ms": ms, "choice": words[right]}, one) for ms, right, one in kind.means]
    )
    yield Figure(
        f"confidence_{kind.name}_right_and_wrong",
        _titled(prefix, "mean confidence of right and of wrong choices, with intervals."),
        right_and_wrong_figure(kind.means, kind.scale, name=f"right-and-wrong-{kind.name}"),
        data,
    )
    yield Table(
        f"confidence_{kind.name}_means",
        _titled(prefix, "confidence of right and of wrong choices"),
        data,
        (
            Column("exposure_ms", "Exposure", "exposure"),
            Column("choice", "Choices"),
            Column("estimate", "Mean confidence (points)", "number", 2, ("low", "high")),
            Column("n_participants", "Participants", "count"),
            Column("n_trials", "Choices", "count"),
        ),
        folded=True,
    )


def _model(kind: _Kind, prefix: str, level: float) -> FittedModel | Paragraph:
    question = "Are people surer when they are right, and does that change with exposure?"
    try:
        declared = confidence_model(kind.choices, picture=kind.picture)
    except ValueError as reason:
        return Paragraph(f"{prefix}No mixed model of confidence, as {quoted(str(reason))}.", "note")
    return fitted_model(f"confidence_{kind.name}", prefix + question, declared, level=level)


def _each_participant(kind: _Kind, prefix: str) -> Iterator[Part]:
    if kind.meta is None:
        return
    own = kind.choices.groupby("participant").agg(
        confidence=("confidence", "mean"), correct=("correct", "mean")
    )
    data = kind.meta.merge(own.reset_index(), on="participant").sort_values("participant", ignore_index=True)
    yield Table(
        f"confidence_{kind.name}_participants",
        _titled(prefix, "every participant"),
        data,
        (
            Column("participant", "Participant", "code"),
            Column("n_trials", "Choices", "count"),
            Column("correct", "Correct (%)", "percent", 1),
            Column("confidence", "Mean confidence (points)", "number", 2),
            Column("d_prime", "d′ (z)", "number", 2),
            Column("meta_d", "meta-d′ (z)", "number", 2),
            Column("m_ratio", "meta-d′/d′", "number", 2),
            Column("converged", "Has a meta-d′", "yes"),
        ),
        note="A ratio of one person is little more than noise below some 200 choices, and means nothing "
        "where d′ is near 0.",
        folded=True,
    )


def _sentences(kind: _Kind, models: list[FittedModel]) -> Iterator[str]:
    what = "choices between pairs" if kind.name == "pairs" else "judgements of single faces"
    yield (
        f"Confidence told right from wrong {what} with a type-2 area of "
        f"{estimate_words('*A*', kind.results.type2_auc, null=0.5)}."
    )
    if kind.efficiency is not None and np.isfinite(kind.efficiency.estimate):
        yield (
            "Metacognitive efficiency of the group was "
            f"{estimate_words('meta-*d*′/*d*′', kind.efficiency, null=1.0)} (against 1)."
        )
    for labels, one in kind.summary:
        if str(labels["measure"]).startswith("Overconfidence"):
            yield f"Stated probability exceeded the share correct by {estimate_words('*M*', one)}."
    for model in models:
        (row,) = model.fixed[model.fixed["term"] == "correct_c"].to_dict("records")
        interval = f"{level_words(kind.resampling.level)} CI [{number(row['low'])}, {number(row['high'])}]"
        yield (
            f"In a linear mixed model, right {what} were made with {number(row['estimate'])} points more "
            f"confidence than wrong ones, {interval}, *t*({number(row['df'], 1)}) = "
            f"{number(row['statistic'])}, {p_words(row['p']).replace('p', '*p*', 1)}."
        )
