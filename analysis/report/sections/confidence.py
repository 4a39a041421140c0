"""Whether people know when they are right: choices by confidence, and the type-2 area."""

from __future__ import annotations

from analysis import figures
from analysis.confidence import confidence_results, confident_choices
from analysis.report.apa import estimate_words
from analysis.report.content import Column, Figure, Paragraph, Section, Table, estimate_table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words


def section(inputs: Inputs) -> Section | None:
    choices = confident_choices(inputs.kept)
    if choices.empty or inputs.resampling is None:
        return None
    found = confidence_results(choices, inputs.resampling)
    rows = [({"confidence": one.confidence}, one.share_correct) for one in found.calibration]
    data = estimate_table(rows)
    words = (
        "The type-2 area is the chance that, of a right and a wrong choice of the same person, the right one "
        f"was made with more confidence: **{estimate_words('area', found.type2_auc, null=0.5)}**, where 0.5 "
        "means that confidence says nothing. It grows with sensitivity as well as with insight."
    )
    columns = (
        Column("confidence", "Confidence (points)", "number", digits=0),
        Column("estimate", "Correct (%)", "percent", digits=1, interval=("low", "high")),
        Column("n_participants", "Participants", "count"),
        Column("n_pairs", "Pairs", "count"),
        Column("n_trials", "Choices", "count"),
    )
    caption = f"Correct choices by confidence, with {level_words(inputs.level)} intervals."
    parts = (
        Paragraph(words),
        Figure("confidence", caption, figures.confidence_figure(found), data),
        Table("confidence", "Correct choices by confidence.", data, columns),
    )
    area = estimate_words("*A*", found.type2_auc, null=0.5)
    result = f"Confidence told right from wrong choices with a type-2 area of {area}."
    return Section(
        "confidence", "Knowing when they are right", parts, results=(result,), references=("galvin2003",)
    )
