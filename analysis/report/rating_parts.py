"""What the sections on ratings share: one question computed in full, and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimate import Estimate
from analysis.face_ratings import face_ratings
from analysis.intervals import Resampling
from analysis.model_results import ModelResult
from analysis.rated_questions import TRUST, RatedQuestion, rated_questions
from analysis.rating_differences import RatingDifference, RatingResults, equivalence, rating_difference
from analysis.rating_models import RatingModels, rating_models
from analysis.report.apa import estimate_words
from analysis.report.content import Column, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number, p_words
from analysis.wording import made_faces

#: layout → how the difference came about
LAYOUTS = {"pair": "the real face of the same pair", "single": "real faces, shown one at a time"}


@dataclass(frozen=True)
class Rated:
    """One question in one layout, with and without the declared exclusions. ``name`` begins file names."""

    question: RatedQuestion
    name: str
    results: RatingResults
    models: RatingModels
    everything: RatingDifference
    resampling: Resampling

    @property
    def words(self) -> str:
        """What was rated."""
        return self.question.words


def asked_ratings(inputs: Inputs) -> tuple[RatedQuestion, ...]:
    """The rated questions of the study of which answers are left, trust first."""
    asked = rated_questions(inputs.protocol)
    return tuple(question for question in asked if len(question.rated(inputs.kept)))


def rated(inputs: Inputs, question: RatedQuestion) -> Rated:
    """Differences, mixed models, and the difference without exclusions."""
    table, everything = question.rated(inputs.kept), question.rated(inputs.everything)
    options = {"smallest_effect": question.smallest_effect, "alpha": inputs.protocol.analysis.alpha}
    faces = face_ratings(inputs.kept, question.id)
    name = file_name(question)
    resampling = inputs.resampling_of(table)
    return Rated(
        question=question,
        name=name,
        results=rating_difference(table, resampling, **options),
        models=rating_models(
            faces[faces["layout"] == question.layout],
            name=name,
            words=question.words,
            level=inputs.level,
        ),
        everything=rating_difference(everything, inputs.resampling_of(everything), **options).overall,
        resampling=resampling,
    )


def main_questions(inputs: Inputs) -> tuple[RatedQuestion, ...]:
    """Trust, in each layout; where a study does not ask for it, the first question that rates faces."""
    asked = asked_ratings(inputs)
    if not asked:
        return ()
    chosen = TRUST if any(one.id == TRUST for one in asked) else asked[0].id
    return tuple(one for one in asked if one.id == chosen)


def file_name(question: RatedQuestion) -> str:
    """``trust``; ``trust-single`` of faces shown one at a time."""
    return question.id if question.layout == "pair" else f"{question.id}-single"


def made_words(inputs: Inputs) -> str:
    """``AI`` or ``edited``: what made faces are called in a heading."""
    return "edited" if inputs.protocol.stimulus_kind == "edited" else "AI"


def difference_row(one: RatingDifference) -> dict[str, Any]:
    """A line of a table of differences."""
    found, test = one.difference, one.equivalence
    return {
        "exposure_ms": np.nan if one.exposure_ms is None else one.exposure_ms,
        "difference": found.estimate,
        "low": found.low,
        "high": found.high,
        "p": found.p_value(),
        "test_low": test.low,
        "test_high": test.high,
        "test_p": test.p_value,
        "smallest_effect": test.smallest_effect,
        "equivalent": test.equivalent,
        **bounded("real", one.real),
        **bounded("made", one.made),
        "n_participants": found.n_participants,
        "n_pairs": found.n_pairs,
        "n_stimuli": found.n_stimuli,
        "n_trials": found.n_trials,
        "method": found.method,
    }


def bounded(name: str, one: Estimate | None) -> dict[str, float]:
    """``name``, ``name_low`` and ``name_high``; NaN where there is no estimate."""
    values = (np.nan, np.nan, np.nan) if one is None else (one.estimate, one.low, one.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def with_interval(name: str, heading: str, *, signed: bool = False, digits: int = 2) -> Column:
    return Column(
        name, heading, "signed" if signed else "number", digits, interval=(f"{name}_low", f"{name}_high")
    )


def exposure_table(one: Rated, inputs: Inputs, *, folded: bool = False) -> Table:
    """The difference at each exposure and over all, with both means and the equivalence test."""
    smallest, test = number(one.question.smallest_effect), level_words(1 - 2 * (1 - inputs.level))
    data = pd.DataFrame([difference_row(row) for row in (*one.results.by_exposure, one.results.overall)])
    columns = (
        Column("exposure_ms", "Exposure", "exposure"),
        Column("difference", "Difference (points)", "signed", interval=("low", "high")),
        Column("p", "p", "p"),
        Column("equivalent", f"{test} interval inside ±{smallest} points", "yes"),
        with_interval("real", "Real (points)"),
        with_interval("made", _made_heading(inputs)),
        Column("n_participants", "Participants", "count"),
        Column("n_pairs", "Pairs", "count"),
        Column("n_trials", "Trials", "count"),
    )
    caption = f"Ratings of {one.words} by exposure."
    return Table(one.name, caption, data, columns, folded=folded, last_is_total=True)


def models_table(one: Rated) -> Table:
    """The mean difference beside what the models say of it, in points."""
    mean = one.results.overall.difference
    smallest = one.question.smallest_effect
    lines = [{"model": "Mean of the trials", **_line(mean, smallest, one.results.trend), "note": ""}]
    lines += [_model_line(result, smallest) for result in one.models.all]
    data = pd.DataFrame(lines)
    optional = {
        "trend": with_interval("trend", "Change per doubling of exposure (points)", signed=True, digits=3),
        "note": Column("note", "Remarks"),
    }
    told = {"trend": data["trend"].notna().any(), "note": (data["note"] != "").any()}
    columns = (
        Column("model", "Analysis"),
        with_interval("difference", "Difference (points)", signed=True),
        Column("p", "p", "p"),
        Column("df", "df", "number", 1),
        Column("equivalent", f"{level_words(2 * mean.level - 1)} interval inside ±{number(smallest)}", "yes"),
        with_interval("standardised", "Standardised (SD)", signed=True),
        *(column for name, column in optional.items() if told[name]),
    )
    note = (
        "Mean of the trials: bootstrap over participants and pairs. The ordinal model's difference is that "
        "of its expected ratings, averaged over people and pictures; its standardised difference is in SD of "
        "the latent scale. That of the linear model divides by the root of all variance, of people, pictures "
        "and single ratings (Westfall et al., 2014). Random effects as declared: see the models."
    )
    return Table(
        f"{one.name}-models",
        f"The difference in {one.words}, by each analysis.",
        data,
        columns,
        note,
    )


def expected_table(one: Rated, inputs: Inputs) -> Table | None:
    """Points that the ordinal model expects at each exposure; None where it was not fitted."""
    if one.models.expected.empty:
        return None
    columns = (
        Column("exposure_ms", "Exposure", "exposure"),
        with_interval("real", "Real (points)"),
        with_interval("made", _made_heading(inputs)),
        with_interval("difference", "Difference (points)", signed=True),
    )
    caption = f"Ratings of {one.words} that the ordinal model expects, averaged over people and pictures."
    return Table(
        f"{one.name}-expected", caption, one.models.expected, columns, folded=True, last_is_total=True
    )


def exclusions_table(many: Iterable[Rated]) -> Table:
    """The overall difference with and without the declared exclusions."""
    rows = []
    for one in many:
        for label, found in (("as declared", one.results.overall), ("without", one.everything)):
            rows.append({"question": one.name, "exclusions": label, **difference_row(found)})
    name = "-".join(["exclusions", rows[0]["question"]])
    columns = (
        Column("question", "Rating"),
        Column("exclusions", "Exclusions"),
        Column("difference", "Difference (points)", "signed", interval=("low", "high")),
        Column("p", "p", "p"),
        Column("n_participants", "Participants", "count"),
        Column("n_trials", "Trials", "count"),
    )
    return Table(
        name,
        "The difference with and without the declared exclusions.",
        pd.DataFrame(rows),
        columns,
        folded=True,
    )


def difference_sentence(one: Rated, inputs: Inputs) -> str:
    """The result for the results paragraph of a paper; empty where one kind of face was not rated."""
    found = one.results.overall.difference
    if not np.isfinite(found.estimate):
        return ""
    made, other = made_faces(inputs.protocol.stimulus_kind), LAYOUTS[one.question.layout]
    return (
        f"{_capital(one.words)} ratings of {made} minus those of {other} differed by "
        f"{estimate_words('*M*', found, unit=' points')} (bootstrap over participants and pairs; "
        f"{found.n_participants} participants, {found.n_stimuli} faces, {found.n_trials} trials)."
    )


def equivalence_sentence(one: Rated) -> str:
    """The equivalence test in words; empty where there is no interval."""
    test = one.results.overall.equivalence
    if not np.isfinite(test.low):
        return ""
    could = "could" if test.equivalent else "could not"
    scaled = ", declared for trust and scaled to the range of this question," if one.question.scaled else ""
    p_value = p_words(test.p_value).replace("p", "*p*", 1)
    return (
        f"Differences of {number(test.smallest_effect)} points or more{scaled} {could} be ruled out in both "
        f"directions ({level_words(test.level)} interval [{number(test.low)}, {number(test.high)}], larger "
        f"{p_value} of two one-sided tests)."
    )


def models_sentence(one: Rated) -> str:
    """What the mixed models say, those that could be fitted."""
    said = [
        f"a {label} {estimate_words('*M*', result.estimates['difference'], unit=' points')}"
        for label, result in (
            ("cumulative probit mixed model gave", one.models.ordinal),
            ("linear mixed model", one.models.linear),
        )
        if result.fitted is not None
    ]
    if not said:
        return ""
    text = "; ".join(said)
    return f"With participants and pictures as crossed random effects, {text}."


def _made_heading(inputs: Inputs) -> str:
    made = made_words(inputs)
    return f"{_capital(made)} (points)"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _model_line(result: ModelResult, smallest_effect: float) -> dict[str, Any]:
    found = result.estimates
    trend = found.get("trend")
    points = trend if trend is not None and trend.unit.startswith("points") else None
    standardised = found.get("standardised") or found.get("latent")
    line = _line(found.get("difference"), smallest_effect, points, standardised)
    return {"model": result.label, **line, "note": " ".join(result.messages)}


def _line(
    difference: Estimate | None,
    smallest_effect: float,
    trend: Estimate | None,
    standardised: Estimate | None = None,
) -> Mapping[str, Any]:
    columns = {
        **bounded("difference", difference),
        **bounded("trend", trend),
        **bounded("standardised", standardised),
    }
    if difference is None:
        return columns | {"p": np.nan, "df": np.nan, "equivalent": None}
    test = equivalence(difference, smallest_effect=smallest_effect, alpha=1 - difference.level)
    df = difference.df if np.isfinite(difference.df) else np.nan
    return columns | {"p": difference.p_value(), "df": df, "equivalent": test.equivalent}
