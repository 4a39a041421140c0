"""Read the tables of an export that has just been written, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow.parquet as pq

from study.export.tables import as_time

#: A value as a typed table has it.
Value = str | int | float | bool | datetime | None
Row = tuple[Value, ...]

#: Rows held in memory at once.
BATCH = 5_000


class FormatError(ValueError):
    """A further format that cannot be written; the text says why and what to do."""


def table_file(folder: Path, table: str) -> Path:
    return folder / "parquet" / f"{table}.parquet"


def rows_of(folder: Path, table: str, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a table in their order, with these columns in this order."""
    with pq.ParquetFile(table_file(folder, table)) as file:
        for batch in file.iter_batches(batch_size=BATCH, columns=list(columns)):
            yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


def sessions_of(folder: Path, table: str, columns: Sequence[str]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each session that has any, session by session: tables are in the order of sessions."""
    rows = rows_of(folder, table, ("session", *columns))
    for session, group in groupby(rows, key=itemgetter(0)):
        yield str(session), [row[1:] for row in group]


class BesideParticipants:
    """The rows of a further table for one participant after the other, in the order of participants."""

    def __init__(self, folder: Path, table: str, columns: Sequence[str]) -> None:
        self._groups = sessions_of(folder, table, columns)
        self._next = next(self._groups, None)

    def of(self, session: str) -> list[Row]:
        """The rows of a session, none where it has none. Sessions must be asked for in their order."""
        if self._next is None or self._next[0] != session:
            return []
        rows = self._next[1]
        self._next = next(self._groups, None)
        return rows


def as_text(value: Value) -> str:
    """A value as it stands in a CSV file of an export.

    >>> as_text(None), as_text(True), as_text(16.7), as_text(100.0), as_text("a;b")
    ('', 'true', '16.7', '100', 'a;b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return as_time(value)
    # As short as it can be read back exactly.
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
