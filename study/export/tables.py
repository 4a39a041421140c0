"""Write one table as CSV and Parquet at the same time, batch by batch."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from study.codebook import Column, TableBook
from study.export.rows import Row, Value

#: Rows held in memory at once.
BATCH = 5_000

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.timestamp("us", tz="UTC"),
}


def write_table(book: TableBook, rows: Iterable[Row], *, csv_file: Path, parquet_file: Path) -> int:
    """Write all rows to both files; returns how many there were.

    CSV: UTF-8, comma, newline, header; missing values are empty, booleans true and false, times ISO 8601
    in UTC with microseconds, numbers as short as they can be read back exactly.
    """
    schema = pa.schema([_field(column) for column in book.columns])
    n_rows = 0
    with (
        csv_file.open("w", encoding="utf-8", newline="") as out,
        pq.ParquetWriter(parquet_file, schema, compression="zstd") as parquet,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(book.column_names)
        for batch in _batches(rows):
            writer.writerows([as_text(value) for value in row] for row in batch)
            parquet.write_table(_arrow_table(batch, schema))
            n_rows += len(batch)
    return n_rows


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _arrow_table(batch: Sequence[Row], schema: pa.Schema) -> pa.Table:
    columns = zip(*batch, strict=True)
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _field(column: Column) -> pa.Field:
    words = {"description": column.description, "unit": column.unit}
    return pa.field(
        column.name,
        _ARROW[column.kind],
        nullable=not column.required,
        metadata={key: text for key, text in words.items() if text},
    )


def as_text(value: Value) -> str:
    """A value as it stands in the CSV file.

    >>> as_text(None), as_text(True), as_text(16.7), as_text(100.0), as_text("a;b")
    ('', 'true', '16.7', '100.0', 'a;b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return as_time(value)
    return repr(value) if isinstance(value, float) else str(value)


def as_time(moment: datetime) -> str:
    """ISO 8601 with microseconds and Z; the database gives every time in UTC."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
