"""The other ratings of faces (competent, hireable, lifelike, eerie, …), made against real, at a glance."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.rated_questions import TRUST
from analysis.rating_figures import QuestionPanel, estimates_and_points, questions_figure
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rating_parts import (
    Rated,
    asked_ratings,
    bounded,
    difference_row,
    difference_sentence,
    equivalence_sentence,
    exclusions_table,
    made_words,
    models_sentence,
    rated,
    with_interval,
)
from analysis.report.rounding import level_words, number
from analysis.wording import made_faces


def section(inputs: Inputs) -> Section | None:
    """All rated questions but trust; None where there is no other."""
    found = [rated(inputs, question) for question in asked_ratings(inputs) if question.id != TRUST]
    if not found:
        return None
    made = made_faces(inputs.protocol.stimulus_kind)
    parts: list[Part] = [
        Paragraph(f"Ratings of {made} minus those of real faces, in points of each scale."),
        _figure(found, inputs),
        Paragraph(_note(inputs), "note"),
        _table(found, inputs),
        _by_exposure(found),
        exclusions_table(found),
    ]
    parts += [result.fitted for one in found for result in one.models.all if result.fitted is not None]
    sentences = [
        words
        for one in found
        for words in (difference_sentence(one, inputs), equivalence_sentence(one), models_sentence(one))
        if words
    ]
    return Section(
        "ratings",
        "Other impressions",
        tuple(parts),
        results=tuple(sentences),
        references=("schuirmann1987", "lakens2017", "owen2007", "holm1979", "liddell2018"),
    )


def _figure(found: list[Rated], inputs: Inputs) -> Figure:
    panels = [
        QuestionPanel(
            one.name,
            one.results,
            one.question.smallest_effect,
            max(one.question.maximum - one.question.minimum, 1.0),
        )
        for one in found
    ]
    rows = [({"question": one.name}, one.results.overall.difference) for one in found]
    people = [
        one.results.participants[one.results.participants["exposure_ms"].isna()]
        .rename(columns={"difference": "estimate"})
        .drop(columns="exposure_ms")
        .assign(question=one.name)
        for one in found
    ]
    caption = (
        f"Made minus real for each question with {level_words(inputs.level)} interval; grey points are "
        "participants. Shaded: differences smaller than the smallest effect declared for trust, scaled to "
        "each question's range."
    )
    shown = estimates_and_points(rows, pd.concat(people, ignore_index=True))
    return Figure("ratings", caption, questions_figure(panels), shown)


def _table(found: list[Rated], inputs: Inputs) -> Table:
    p_values = [one.results.overall.difference.p_value() for one in found]
    corrected = multipletests(np.nan_to_num(p_values, nan=1.0), method="holm")[1]
    data = pd.DataFrame([_row(one) | {"p_holm": float(p)} for one, p in zip(found, corrected, strict=True)])
    made = made_words(inputs)
    columns = (
        Column("question", "Rating", "code"),
        Column("scale", "Scale"),
        with_interval("real", "Real (points)"),
        with_interval("made", f"{made[0].upper()}{made[1:]} (points)"),
        Column("difference", "Difference (points)", "signed", interval=("low", "high")),
        Column("p", "p", "p"),
        Column("p_holm", "p, Holm", "p"),
        with_interval("ordinal", "Ordinal model (points)", signed=True),
        with_interval("linear", "Linear model (points)", signed=True),
        Column("within", "Smaller than the margin"),
        Column("n_trials", "Trials", "count"),
    )
    asked = "; ".join(f"{one.name}: “{quoted(one.question.text)}”" for one in found)
    reasons = " ".join(
        f"{one.name}, {result.label.lower()}: {result.reason}"
        for one in found
        for result in (one.models.ordinal, one.models.linear)
        if result.reason
    )
    note = f"Asked was: {asked}. {quoted(reasons)}".strip()
    return Table("ratings", "Other ratings of the faces.", data, columns, note)


def _row(one: Rated) -> dict[str, object]:
    question = one.question
    return {
        "question": one.name,
        "text": question.text,
        "layout": question.layout,
        "scale": f"{question.minimum:g}–{question.maximum:g}",
        **difference_row(one.results.overall),
        "within": f"{'yes' if one.results.overall.equivalence.equivalent else 'no'}, "
        f"±{number(question.smallest_effect)}",
        **bounded("ordinal", one.models.ordinal.estimates.get("difference")),
        **bounded("linear", one.models.linear.estimates.get("difference")),
    }


def _by_exposure(found: list[Rated]) -> Table:
    rows = [
        {"question": one.name, **difference_row(each)} for one in found for each in one.results.by_exposure
    ]
    columns = (
        Column("question", "Rating", "code"),
        Column("exposure_ms", "Exposure", "exposure"),
        Column("difference", "Difference (points)", "signed", interval=("low", "high")),
        Column("p", "p", "p"),
        Column("n_trials", "Trials", "count"),
    )
    return Table("ratings-exposures", "Other ratings by exposure.", pd.DataFrame(rows), columns, folded=True)


def _note(inputs: Inputs) -> str:
    smallest = number(inputs.protocol.analysis.smallest_effect)
    return (
        f"The smallest effect of interest, ±{smallest} points, was declared for trust. For the other "
        "questions it is scaled in proportion to the range of their scale, which nobody declared: read "
        "equivalence there as a description. p by Holm is corrected over the questions of this table."
    )
