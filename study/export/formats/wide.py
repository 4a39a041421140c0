"""One row per session with a column for every rating, as CSV and .sav: for SPSS and jamovi.

Columns mean the same for every participant: a rating is found by block, pair, origin of the face, and
question. Where the faces were and for how long differs between participants, so that is told in columns
beside the ratings. The face somebody pointed at is told by its origin. Practice is left out.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    cells: list[Any] = [[] if variable.is_text else array("d") for variable in variables]
    with (target / "participants_wide.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([variable.name for variable in variables])
        for row in _rows(folder, book, protocol, columns):
            writer.writerow([as_text(value) for value in row])
            for variable, column, value in zip(variables, cells, row, strict=True):
                column.append(variable.cell(value))
    title, moment = f"{contents.title}: one row per session", contents.exported_at
    write_sav(target / "participants_wide.sav", variables, cells, title=title, made_at=moment)
    write_columns(target / "columns.csv", [("participants_wide", variable) for variable in variables])


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
    folder: Path, book: TableBook, protocol: StudyProtocol, columns: Mapping[Place, Variable]
) -> Iterator[list[Value]]:
    trials = BesideParticipants(folder, "trials", COLUMNS)
    ratings = BesideParticipants(folder, "ratings", RATING_COLUMNS)
    session = book.column_names.index("session")
    for person in rows_of(folder, "participants", book.column_names):
        name = str(person[session])
        found = _values(trials.of(name), ratings.of(name), protocol)
        yield [*_personal(book.columns, person), *(found.get(place) for place in columns)]


def _personal(columns: Sequence[Column], person: Row) -> Iterator[Value]:
    for column, value in zip(columns, person, strict=True):
        if column.several:
            chosen = str(value).split(";") if value else None
            yield from (None if chosen is None else code in chosen for code, _ in column.values)
        else:
            yield value


def _values(trials: Sequence[Row], ratings: Sequence[Row], protocol: StudyProtocol) -> dict[Place, Value]:
    """Everything a session tells, by where it belongs."""
    at = {trial.position: trial for trial in analysed(trials)}
    found = {place: value for trial in at.values() for place, value in facts_of(trial)}
    for rating in ratings:
        if (trial := at.get(int(str(rating[0])))) is not None:
            block = protocol.block(trial.shown.block)
            question = next(question for question in block.questions if question.id == rating[2])
            found |= dict(answers_of(trial, rating, question))
    return found
