"""One row per session with a column for every rating, as CSV and .sav: for SPSS and jamovi.

Columns mean the same for every participant: a rating is found by block, pair, origin of the face, and
question. Where the faces were and for how long differs between participants, so that is told in columns
beside the ratings. The face somebody pointed at is told by its origin. Practice is left out.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from study.codebook import Column, TableBook
from study.export.formats.sav import Names, Variable, needed_pyreadstat, write_columns, write_sav
from study.export.formats.shown import COLUMNS, Shown, analysed
from study.export.formats.spss import variables_of
from study.export.formats.wide_columns import RATING_COLUMNS, Place, answers_of, facts_of, wide_columns
from study.export.formats.written import (
    BesideParticipants,
    FormatError,
    Row,
    Value,
    as_text,
    rows_of,
    sessions_of,
)
from study.protocol import StudyProtocol

if TYPE_CHECKING:
    from study.export.describing import Contents

MOST_COLUMNS = 5_000
#: Columns times rows: the .sav file is held in memory as a whole, with 8 bytes for each.
MOST_CELLS = 25_000_000


def write(folder: Path, contents: Contents) -> None:
    """Write wide/participants_wide.csv, wide/participants_wide.sav and wide/columns.csv.

    Raises FormatError where there would be more columns or cells than such a table can be used with.
    """
    needed_pyreadstat()
    protocol = contents.extract.protocol
    book = next(book for book in contents.books if book.name == "participants")
    names = Names()
    people = _people(book, protocol, names)
    columns = dict(wide_columns(_seen(folder), protocol, names))
    variables = [*people, *columns.values()]
    _check_size(len(variables), contents.counts["participants"])
    target = folder / "wide"
    target.mkdir()
    cells = _Cells(variables)
    with (target / "participants_wide.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([variable.name for variable in variables])
        for row in _rows(folder, book, protocol, columns):
            texts = [""] * len(variables)
            for place, value in row.items():
                texts[place] = as_text(value)
            writer.writerow(texts)
            cells.add(row)
    title, moment = f"{contents.title}: one row per session", contents.exported_at
    write_sav(target / "participants_wide.sav", variables, cells.columns(), title=title, made_at=moment)
    write_columns(target / "columns.csv", [("participants_wide", variable) for variable in variables])


class _Cells:
    """The cells of a .sav file, of which most are missing in every row of a wide table."""

    def __init__(self, variables: Sequence[Variable]) -> None:
        self._variables = variables
        self._blank = array("d", [float("nan")]) * len(variables)
        self._numbers = array("d")
        self._texts: dict[int, list[str]] = {n: [] for n, v in enumerate(variables) if v.is_text}

    def add(self, row: Mapping[int, Value]) -> None:
        numbers = self._blank[:]
        for place, value in row.items():
            if place not in self._texts:
                numbers[place] = self._variables[place].cell(value)
        self._numbers.extend(numbers)
        for place, texts in self._texts.items():
            texts.append(self._variables[place].cell(row.get(place)))

    def columns(self) -> Iterator[Any]:
        """The cells of one variable after the other."""
        matrix = np.asarray(self._numbers).reshape(-1, len(self._variables))
        for place in range(len(self._variables)):
            yield self._texts.get(place, matrix[:, place])


def _seen(folder: Path) -> dict[Shown, bool]:
    """Everything that was planned to be shown to anybody, and whether any face of it had a label."""
    seen: dict[Shown, bool] = {}
    for _, rows in sessions_of(folder, "trials", COLUMNS):
        for trial in analysed(rows):
            seen[trial.shown] = bool(trial.labels) or seen.get(trial.shown, False)
    return seen


def _check_size(n_columns: int, n_rows: int) -> None:
    instead = "use the long tables (spss), which hold the same, or export fewer sessions"
    if n_columns > MOST_COLUMNS:
        raise FormatError(f"wide: expected at most {MOST_COLUMNS:,} columns, found {n_columns:,}; {instead}")
    if n_columns * n_rows > MOST_CELLS:
        raise FormatError(
            f"wide: expected at most {MOST_CELLS:,} cells, found {n_columns:,} columns for {n_rows:,} "
            f"sessions; {instead}"
        )


def _people(book: TableBook, protocol: StudyProtocol, names: Names) -> list[Variable]:
    """The columns of participants; an item with several options has a column for each."""
    plain = variables_of(book, protocol, names=names)
    told: list[Variable] = []
    for column, variable in zip(book.columns, plain, strict=True):
        if column.several:
            told += [
                Variable(names.name(f"{column.name}_{code}"), f"{words}: {column.description}", "boolean")
                for code, words in column.values
            ]
        else:
            told.append(variable)
    return told


def _rows(
    folder: Path, book: TableBook, protocol: StudyProtocol, columns: Iterable[Place]
) -> Iterator[Mapping[int, Value]]:
    """What there is of each session, by the number of the column."""
    trials = BesideParticipants(folder, "trials", COLUMNS)
    ratings = BesideParticipants(folder, "ratings", RATING_COLUMNS)
    questions = {
        (block.name, question.id): question for block in protocol.blocks for question in block.questions
    }
    session = book.column_names.index("session")
    number: dict[Place, int] = {}
    for person in rows_of(folder, "participants", book.column_names):
        own = list(_personal(book.columns, person))
        number = number or {place: n for n, place in enumerate(columns, start=len(own))}
        row = {n: value for n, value in enumerate(own) if value is not None}
        shown = {trial.position: trial for trial in analysed(trials.of(str(person[session])))}
        told = [fact for trial in shown.values() for fact in facts_of(trial)]
        for rating in ratings.of(str(person[session])):
            # Those of practice belong to no trial here.
            if (trial := shown.get(int(str(rating[0])))) is not None:
                told += answers_of(trial, rating, questions[trial.shown.block, str(rating[2])])
        row |= {number[place]: value for place, value in told if value is not None}
        yield row


def _personal(columns: Sequence[Column], person: Row) -> Iterator[Value]:
    for column, value in zip(columns, person, strict=True):
        if column.several:
            chosen = str(value).split(";") if value else None
            yield from (None if chosen is None else code in chosen for code, _ in column.values)
        else:
            yield value
