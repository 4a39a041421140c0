"""Free text of an export: where there is some, how much, and what in it looks like an identifier."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import Dataset
from analysis.privacy.asked import TextQuestion, asked_items, further_columns, text_questions
from analysis.privacy.finding import Finding, counted
from analysis.privacy.identifiers import identifiers, shape_of
from analysis.privacy.remedies import MERGED

#: What a de-identified copy writes in the place of an answer that was taken out.
REMOVED = "[removed]"
#: Cells named under a finding; all of them are in the JSON.
MOST_SHOWN = 12

#: Columns of participants that hold facevalue's own codes, in which an identifier has no business.
CODED = ("recruiter", "browser", "operating_system", "lab", "cell", "misfits")
_CODE = re.compile(r"[A-Za-z][\w.:;=-]{0,39}|")


@dataclass(frozen=True)
class Flagged:
    """A piece of a cell that looks like an identifier. ``row`` counts the header as row 1."""

    table: str
    column: str
    row: int
    kind: str
    likely: bool
    value: str

    def words(self, *, show: bool) -> str:
        shown = self.value if show else shape_of(self.value)
        where = f"{self.table}.{self.column} row {self.row}"
        return f"{where:<34} {self.kind + ('' if self.likely else ' (perhaps)'):<28} {shown}"


@dataclass(frozen=True)
class TextColumn:
    """Free text of one column or question: how many answers are not empty, and what was flagged."""

    table: str
    column: str
    label: str
    n_answers: int
    flagged: tuple[Flagged, ...]


@dataclass(frozen=True)
class _Cell:
    row: int
    text: str


def text_columns(dataset: Dataset, folder: Path) -> tuple[TextColumn, ...]:
    """Every place of an export where people can have written something, the answers first."""
    return tuple(
        _looked_at(table, column, label, cells) for table, column, label, cells in _places(dataset, folder)
    )


def free_leaves(value: Any) -> Iterator[str]:
    """The texts within a JSON value that are no mere codes, those of JSON within texts too."""
    if isinstance(value, dict):
        for part in value.values():
            yield from free_leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from free_leaves(part)
    elif isinstance(value, str):
        inner = as_json(value)
        if isinstance(inner, dict | list):
            yield from free_leaves(inner)
        elif not is_code(value):
            yield value


def as_json(text: str) -> Any:
    """The value that a text is the JSON of; the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def is_code(text: str) -> bool:
    """Whether a text is one of facevalue's own words, such as a phase or a reason, and no free text."""
    return _CODE.fullmatch(text) is not None and not tells_who(text)


def tells_who(text: str) -> bool:
    """Whether something in a text nearly always identifies somebody."""
    return any(hit.likely for hit in identifiers(text))


def uncoded(value: str, codes: Sequence[str]) -> str:
    """What in an answer of several choices, joined by ;, is none of the codes; all of it without codes."""
    if not codes:
        return value
    return ";".join(part for part in value.split(";") if part not in (*codes, MERGED))


def free_text_findings(columns: Sequence[TextColumn], *, show: bool) -> Iterator[Finding]:
    """Likely identifiers stop; doubtful ones and text that nobody has read yet are to be looked at."""
    likely = [flag for column in columns for flag in column.flagged if flag.likely]
    doubtful = [flag for column in columns for flag in column.flagged if not flag.likely]
    remedy = "Read these answers. Take out what was flagged, or all free text."
    if likely:
        yield Finding(
            "stop",
            "identifiers in free text",
            f"{counted(len(likely), 'piece')} of text nearly always identify somebody",
            _named(likely),
            "An address, account or name leads straight to a person, and so to every answer of theirs.",
            remedy,
            ("--redact-text",),
            _lines(likely, show=show),
        )
    if doubtful:
        yield Finding(
            "look",
            "free text that may identify",
            f"{counted(len(doubtful), 'piece')} of text look like a name, number, place or date",
            _named(doubtful),
            "Found by shape alone. Many are false alarms, and what has no shape is not found.",
            remedy,
            ("--redact-text",),
            _lines(doubtful, show=show),
        )
    yield _amount(columns)


def _amount(columns: Sequence[TextColumn]) -> Finding:
    written = [column for column in columns if column.n_answers and column.table != "stimuli"]
    if not written:
        return Finding("fine", "free text", "no free text was written")
    lines = tuple(f"{column.label:<52} {counted(column.n_answers, 'text')}" for column in written)
    return Finding(
        "look",
        "free text to read",
        f"{counted(sum(column.n_answers for column in written), 'text')} in "
        f"{counted(len(written), 'column or question', 'columns or questions')}",
        why="People mention jobs, places and illnesses that no program recognises. Somebody has to read all.",
        remedy="Read them. Where that is too much, publish without free text.",
        options=("--blank-text",),
        lines=lines,
    )


def _places(dataset: Dataset, folder: Path) -> Iterator[tuple[str, str, str, list[_Cell]]]:
    people = dataset.participants
    for item in asked_items(folder, dataset):
        codes = item.codes if item.kind in ("choice", "choices") else ()
        if item.kind == "text" or codes:
            cells = [_Cell(cell.row, uncoded(cell.text, codes)) for cell in _cells(people, item.column)]
            yield "participants", item.column, f"participants.{item.column}", cells
    for question in text_questions(folder):
        label = f"ratings.value, question {question.question} of block {question.block}"
        yield "ratings", "value", label, list(_answers(dataset.ratings, question))
    yield "events", "detail", "events.detail", list(_details(dataset.events))
    for table in ("trials", "ratings", "events", "stimuli"):
        for name in further_columns(dataset, table):
            yield table, name, f"{table}.{name}", list(_cells(getattr(dataset, table), name))
    for name in CODED:
        if name in people.columns:
            # Codes of facevalue are no free text: only what looks like an identifier counts.
            cells = [cell for cell in _cells(people, name) if tells_who(cell.text)]
            yield "participants", name, f"participants.{name}", cells


def _cells(frame: pd.DataFrame, column: str) -> Iterator[_Cell]:
    if column in frame.columns:
        for number, value in enumerate(frame[column].astype(object), start=2):
            if isinstance(value, str):
                yield _Cell(number, value)


def _answers(ratings: pd.DataFrame, question: TextQuestion) -> Iterator[_Cell]:
    asked = (ratings["block"] == question.block) & (ratings["question"] == question.question)
    for place in asked.to_numpy().nonzero()[0]:
        value = ratings["value"].iloc[int(place)]
        if isinstance(value, str):
            yield _Cell(int(place) + 2, uncoded(value, question.codes))


def _details(events: pd.DataFrame) -> Iterator[_Cell]:
    for cell in _cells(events, "detail"):
        for leaf in free_leaves(as_json(cell.text)):
            yield _Cell(cell.row, leaf)


def _looked_at(table: str, column: str, label: str, cells: Sequence[_Cell]) -> TextColumn:
    written = [cell for cell in cells if cell.text.strip() and set(cell.text.split(";")) != {REMOVED}]
    # Manifest columns are about pictures and name their makers: a person looks, nothing stops.
    about_people = table != "stimuli"
    flagged = [
        Flagged(
            table, column, cell.row, hit.kind, hit.likely and about_people, cell.text[hit.start : hit.end]
        )
        for cell in written
        for hit in identifiers(cell.text)
    ]
    return TextColumn(table, column, label, len(written), tuple(flagged))


def _named(flagged: Sequence[Flagged]) -> str:
    counts: dict[str, int] = {}
    for flag in flagged:
        name = f"{flag.table}.{flag.column}"
        counts[name] = counts.get(name, 0) + 1
    return ", ".join(f"{name} ({n})" for name, n in counts.items())


def _lines(flagged: Sequence[Flagged], *, show: bool) -> tuple[str, ...]:
    shown = [flag.words(show=show) for flag in flagged[:MOST_SHOWN]]
    more = len(flagged) - len(shown)
    return (*shown, f"and {more} more; --json lists all") if more else tuple(shown)
