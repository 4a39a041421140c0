"""Do the cells differ? The difference between made and real faces in each, contrasts and a joint test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.protocol import Protocol
from analysis.rated_questions import RatedQuestion
from analysis.rating_cells import CellResults, JointTest, rating_by_cell
from analysis.rating_figures import cells_figure, estimates_and_points
from analysis.report.apa import estimate_words
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rating_parts import (
    bounded,
    difference_row,
    file_name,
    made_words,
    main_questions,
    with_interval,
)
from analysis.report.rounding import level_words, number, p_words

_DISCLOSURES = {
    "none": "AI is not mentioned",
    "told": "told that there are AI faces",
    "labelled": "every face carries a label",
}
_LABELS = {"true": "the labels are true", "random": "the labels are by chance"}


def section(inputs: Inputs) -> Section | None:
    """Differences by cell; None in a study with fewer than two cells, or without rated faces."""
    names = cell_names(inputs)
    parts: list[Part] = []
    results: list[str] = []
    for question in main_questions(inputs) if len(names) > 1 else ():
        table = question.rated(inputs.kept)
        if not table["cell"].isin(names).any():
            continue
        found = rating_by_cell(
            table,
            inputs.resampling_of(table),
            names=names,
            name=file_name(question),
            smallest_effect=question.smallest_effect,
            alpha=inputs.protocol.analysis.alpha,
        )
        parts += _parts(found, question, inputs)
        results += _results(found, question, inputs)
    if not parts:
        return None
    references = ("holm1979", "owen2007", "tucciarelli2022", "liefooghe2023")
    return Section("cells", "Between the cells", tuple(parts), results=tuple(results), references=references)


def cell_names(inputs: Inputs) -> tuple[str, ...]:
    """The cells in the order of the protocol; where it names none, those in the data."""
    declared = tuple(cell.name for cell in inputs.protocol.cells)
    return declared or tuple(sorted(set(inputs.kept.participants["cell"].dropna())))


def _parts(found: CellResults, question: RatedQuestion, inputs: Inputs) -> list[Part]:
    parts: list[Part] = [
        Paragraph(_start(question, inputs)),
        _figure(found, question, inputs),
        _table(found, question, inputs),
    ]
    if found.contrasts:
        parts.append(_contrasts(found, question))
    parts.append(Paragraph(_joint_words(found.joint)))
    if found.joint.model is not None:
        parts.append(found.joint.model)
    return parts


def _start(question: RatedQuestion, inputs: Inputs) -> str:
    rated = f"Ratings of {question.words}, {made_words(inputs)} minus real faces."
    if not inputs.protocol.cells:
        return f"{rated} How people came into the cells is not known here."
    return (
        f"{rated} Chance assigned people to the cells, so that differences between cells are effects of what "
        "the cells differ in."
    )


def _figure(found: CellResults, question: RatedQuestion, inputs: Inputs) -> Figure:
    rows = [({"cell": cell}, one.difference) for cell, one in found.cells]
    people = found.participants.rename(columns={"difference": "estimate"})
    caption = (
        f"Difference in {question.words} by cell with {level_words(inputs.level)} interval; grey points are "
        f"participants. Shaded: differences smaller than ±{number(question.smallest_effect)} points."
    )
    svg = cells_figure(
        found,
        smallest_effect=question.smallest_effect,
        words=question.words,
        name=f"{file_name(question)}-cells",
    )
    return Figure(f"{file_name(question)}-cells", caption, svg, estimates_and_points(rows, people))


def _table(found: CellResults, question: RatedQuestion, inputs: Inputs) -> Table:
    about = cell_words(inputs.protocol)
    rows = [{"cell": cell, "about": about.get(cell, ""), **difference_row(one)} for cell, one in found.cells]
    made = made_words(inputs)
    columns = (
        Column("cell", "Cell", "code"),
        Column("about", "What people knew"),
        Column("difference", "Difference (points)", "signed", interval=("low", "high")),
        Column("p", "p", "p"),
        with_interval("real", "Real (points)"),
        with_interval("made", f"{made[0].upper()}{made[1:]} (points)"),
        Column("n_participants", "Participants", "count"),
        Column("n_trials", "Trials", "count"),
    )
    return Table(
        f"{file_name(question)}-cells", f"Ratings of {question.words} by cell.", pd.DataFrame(rows), columns
    )


def cell_words(protocol: Protocol) -> dict[str, str]:
    """What people of each cell knew."""
    return {
        cell.name: _DISCLOSURES[cell.disclosure]
        + (f"; {_LABELS[cell.labels]}" if cell.disclosure == "labelled" else "")
        for cell in protocol.cells
        if cell.disclosure in _DISCLOSURES
    }


def _contrasts(found: CellResults, question: RatedQuestion) -> Table:
    rows = [
        {
            "first": one.first,
            "second": one.second,
            **bounded("contrast", one.contrast),
            "p": one.contrast.p_value(),
            "p_holm": one.p_holm,
            "n_participants": one.contrast.n_participants,
            "n_trials": one.contrast.n_trials,
            "method": one.contrast.method,
        }
        for one in found.contrasts
    ]
    columns = (
        Column("first", "Difference in", "code"),
        Column("second", "minus that in", "code"),
        with_interval("contrast", "Contrast (points)", signed=True),
        Column("p", "p", "p"),
        Column("p_holm", "p, Holm", "p"),
        Column("n_participants", "Participants", "count"),
        Column("n_trials", "Trials", "count"),
    )
    name = f"{file_name(question)}-cell-contrasts"
    return Table(name, "Every cell against every other.", pd.DataFrame(rows), columns)


def _joint_words(joint: JointTest) -> str:
    if joint.model is None:
        return f"Whether the cells differ at all could not be tested. {quoted(joint.reason)}"
    p_value = p_words(joint.p_value).replace("p", "*p*", 1)
    return (
        f"Over all cells, the likelihood-ratio test of mixed models with and without cells gives "
        f"χ²({joint.df}) = {number(joint.statistic)}, {p_value}."
    )


def _results(found: CellResults, question: RatedQuestion, inputs: Inputs) -> list[str]:
    made = made_words(inputs)
    each = "; ".join(
        f"{quoted(cell)}: {estimate_words('*M*', one.difference, unit=' points')}"
        for cell, one in found.cells
        if np.isfinite(one.difference.estimate)
    )
    first = f"Ratings of {question.words} given to {made} minus real faces, by cell, were {each}."
    return [first, _joint_words(found.joint)]
