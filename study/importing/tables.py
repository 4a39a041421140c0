"""Read the tables of an export batch by batch, with types, and say which values are not what they must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from sqlalchemy import Integer, String
from sqlalchemy import Table as SqlTable

from study.codebook import Column
from study.importing.problems import Problems
from study.importing.source import Source, header_of
from study.models import Event, Rating, Session, StudyStimulus, Table, Trial

#: Bytes of a file in memory at once; no row is longer.
BLOCK = 1 << 20

_DECLARE = "import with the release that made the export, or export the study again"
_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.timestamp("us", tz="UTC"),
}
_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "datetime": "a time such as 2026-03-01T12:00:00.000000Z",
}
#: How a value is written; a number that reads back the same may be written in several ways.
_FORMS = {
    "integer": r"^-?(0|[1-9][0-9]*)$",
    "number": r"^-?[0-9.]+(e[+-]?[0-9]+)?$",
    "boolean": r"^(true|false)$",
    "datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$",
}
#: The table in the database that holds the rows of each table of an export.
MODELS: Mapping[str, type[Table]] = {
    "trials": Trial,
    "ratings": Rating,
    "participants": Session,
    "stimuli": StudyStimulus,
    "events": Event,
}
_WHOLE = 2**31


@dataclass(frozen=True)
class Batch:
    """Some rows in a row; ``first`` is the number of the first one, the header being 1.

    ``texts`` hold the values as they stand in the file, ``typed`` with their types; both by column, with
    nothing where the file has nothing, or nothing that fits.
    """

    first: int
    texts: Mapping[str, pa.Array]
    typed: Mapping[str, pa.Array]

    def values(self, column: str) -> list[Any]:
        """The values of a column as Python has them."""
        array = self.typed[column]
        if pa.types.is_timestamp(array.type):
            # Many times faster than through the array.
            fits = array.is_valid().to_pylist()
            texts = self.texts[column].to_pylist()
            return [
                datetime.fromisoformat(text) if ok else None for text, ok in zip(texts, fits, strict=True)
            ]
        found: list[Any] = array.to_pylist()
        return found


def read_batches(source: Source, table: str, problems: Problems) -> Iterator[Batch]:
    """All rows of a table whose header is right; memory does not grow with their number."""
    book, name = source.books[table], source.files[table]
    first = 2
    try:
        for batch in _texts(source.folder / name, name, problems):
            texts = dict(zip(book.column_names, batch.columns, strict=True))
            typed = {column.name: _typed(texts[column.name], column) for column in book.columns}
            yield Batch(first, texts, typed)
            first += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        problems.add(name, "comma-separated values in UTF-8", str(error).splitlines()[0])


def _texts(file: Path, name: str, problems: Problems) -> Iterator[pa.RecordBatch]:
    def is_uneven(row: Any) -> str:
        problems.add(
            name,
            f"{row.expected_columns} values in every row",
            f"{row.actual_columns}",
            row=row.number,
        )
        return "skip"

    columns = header_of(file)
    reader = pa.csv.open_csv(
        file,
        # Rows are numbered only where they are read one after the other.
        read_options=pa.csv.ReadOptions(block_size=BLOCK, use_threads=False),
        parse_options=pa.csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=is_uneven
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )
    with reader:
        yield from reader


def has_header(source: Source, table: str, problems: Problems) -> bool:
    """Whether the columns of a table are those of the codebook, in its order."""
    name, expected = source.files[table], source.books[table].column_names
    header = header_of(source.folder / name)
    if header == expected:
        return True
    if not header:
        if (source.folder / name).is_file():
            problems.add(name, "a header", "none that can be read")
        return False
    missing = [column for column in expected if column not in header]
    unknown = [column for column in dict.fromkeys(header) if column not in expected]
    for column in missing:
        problems.add(name, "this column", "no such column", _DECLARE, column=column)
    for column in unknown:
        problems.add(name, "only columns of the codebook", "another one", _DECLARE, column=column)
    if not missing and not unknown:
        problems.add(name, "each column once, in the order of the codebook", "another order", _DECLARE)
    return False


def check_values(source: Source, table: str, problems: Problems) -> int:
    """Check every value by itself; returns the number of rows."""
    book, name = source.books[table], source.files[table]
    n_rows = 0
    for batch in read_batches(source, table, problems):
        for column in book.columns:
            _check_column(batch, column, table, name, problems)
        _check_study(batch, source, name, problems)
        n_rows += len(batch.texts["row_id"])
    return n_rows


def _typed(texts: pa.Array, column: Column) -> pa.Array:
    kind = _TYPES[column.kind]
    if column.kind == "string":
        return texts
    fits = pc.match_substring_regex(texts, _FORMS[column.kind])
    try:
        return pc.if_else(fits, texts, None).cast(kind)
    except pa.ArrowInvalid:
        # Some value looks right and is not, such as the 31st of February.
        return pa.array([_value(text, kind) for text in texts.to_pylist()], type=kind)


def _value(text: str | None, kind: pa.DataType) -> Any:
    try:
        return pa.scalar(text).cast(kind).as_py()
    except pa.ArrowInvalid:
        return None


def _check_column(batch: Batch, column: Column, table: str, file: str, problems: Problems) -> None:
    texts, typed = batch.texts[column.name], batch.typed[column.name]

    def name_rows(wrong: pa.Array, expected: str) -> None:
        if pc.any(wrong).as_py():
            for place in pc.indices_nonzero(wrong).to_pylist():
                found = texts[place].as_py()
                said = "nothing" if found is None else repr(found[:60])
                problems.add(file, expected, said, row=batch.first + place, column=column.name)

    if column.required:
        name_rows(texts.is_null(), "a value")
    if column.kind != "string":
        name_rows(pc.and_(texts.is_valid(), typed.is_null()), _WORDS[column.kind])
    elif column.values and not column.name.startswith("q_"):
        codes = [code for code, _ in column.values]
        known = pc.is_in(texts, value_set=pa.array([*codes, None], type=pa.string()))
        name_rows(pc.invert(known), f"one of {', '.join(codes)}")
    _check_limits(typed, column, table, name_rows)


def _check_limits(typed: pa.Array, column: Column, table: str, name_rows: Any) -> None:
    """Whether the database can hold a value."""
    if column.kind == "string":
        longest = _longest(table, column.name)
        if longest is not None:
            too_long = pc.greater(pc.utf8_length(typed), longest)
            name_rows(pc.fill_null(too_long, False), f"at most {longest} characters")
        name_rows(pc.fill_null(pc.match_substring(typed, "\0"), False), "text without null characters")
    elif column.kind == "integer":
        beyond = pc.or_(pc.greater_equal(typed, _WHOLE), pc.less(typed, -_WHOLE))
        name_rows(pc.fill_null(beyond, False), "a whole number of at most 32 bits")
    elif column.kind == "number":
        name_rows(pc.fill_null(pc.invert(pc.is_finite(typed)), False), _WORDS["number"])


def _longest(table: str, column: str) -> int | None:
    """Characters of a text column in the database; None without limit."""
    for model in (MODELS[table], Session):
        sql = cast(SqlTable, model.__table__)
        kind = sql.columns[column].type if column in sql.columns else None
        if isinstance(kind, String):
            return kind.length
        if isinstance(kind, Integer):
            return None
    return None


def _check_study(batch: Batch, source: Source, file: str, problems: Problems) -> None:
    other = pc.invert(pc.equal(batch.texts["study"], source.facts.study))
    for place in pc.indices_nonzero(pc.fill_null(other, False)).to_pylist():
        found = batch.texts["study"][place].as_py()
        expected = f"the study {source.facts.study}"
        problems.add(file, expected, repr(found), row=batch.first + place, column="study")


def rows_of(source: Source, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row with its number, as a dict of values with their types.

    None where there is none, and where it does not fit: check_values says so.
    """
    names = source.books[table].column_names
    for batch in read_batches(source, table, Problems()):
        columns = [batch.values(name) for name in names]
        for place, row in enumerate(zip(*columns, strict=True), start=batch.first):
            yield place, dict(zip(names, row, strict=True))
