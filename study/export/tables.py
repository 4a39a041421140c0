"""Write one table as CSV and Parquet at the same time, batch by batch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from study.codebook import Column, TableBook
from study.export.columns import WRITTEN

#: The columns of some rows, in the types of study.export.columns and the order of the codebook.
Batch = Sequence[pa.Array]

#: Rows of the Parquet file that are packed together.
ROW_GROUP = 20_000

_TYPED = {**WRITTEN, "datetime": pa.timestamp("us", tz="UTC")}


def write_table(book: TableBook, batches: Iterable[Batch], csv_file: Path, parquet_file: Path) -> int:
    """Write all rows to both files; returns how many there were.

    CSV: UTF-8, comma, newline, header, texts in quotes; a missing value is empty, numbers are as short as
    they can be read back exactly. Parquet: the same with types. While a batch is read from the database,
    another thread writes the one before.
    """
    n_rows = 0
    with _open_files(book, csv_file, parquet_file) as files, ThreadPoolExecutor(1) as writer:
        before = None
        for batch in batches:
            if before is not None:
                before.result()
            before = writer.submit(files.write, batch)
            n_rows += len(batch[0])
        if before is not None:
            before.result()
    return n_rows


@contextmanager
def _open_files(book: TableBook, csv_file: Path, parquet_file: Path) -> Iterator[_Files]:
    schema = pa.schema([_field(column) for column in book.columns])
    written = pa.schema([pa.field(column.name, WRITTEN[column.kind]) for column in book.columns])
    # Texts are always quoted and numbers never, so that no content can end a value or a line.
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    with csv_file.open("wb") as out, pq.ParquetWriter(parquet_file, schema, compression="zstd") as parquet:
        out.write(_header(book).encode())
        with pa.csv.CSVWriter(out, written, write_options=options) as as_csv:
            files = _Files(schema, written, as_csv, parquet)
            yield files
            files.finish()


def _header(book: TableBook) -> str:
    """Names of columns, without quotes where they need none, as many tools expect."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(book.column_names)
    return text.getvalue()


class _Files:
    """The two files of a table while it is written."""

    def __init__(self, schema: pa.Schema, written: pa.Schema, as_csv: Any, parquet: pq.ParquetWriter) -> None:
        self._schema = schema
        self._written = written
        self._as_csv = as_csv
        self._parquet = parquet
        self._waiting: list[pa.Table] = []

    def write(self, columns: Batch) -> None:
        texts = pa.Table.from_arrays([_without_empty(column) for column in columns], schema=self._written)
        self._as_csv.write_table(texts)
        typed = [column.cast(field.type) for column, field in zip(texts.columns, self._schema, strict=True)]
        self._waiting.append(pa.Table.from_arrays(typed, schema=self._schema))
        if sum(table.num_rows for table in self._waiting) >= ROW_GROUP:
            self.finish()

    def finish(self) -> None:
        """Write what waits to be packed."""
        if self._waiting:
            self._parquet.write_table(pa.concat_tables(self._waiting), row_group_size=2 * ROW_GROUP)
            self._waiting = []


def _without_empty(column: pa.Array) -> pa.Array:
    """Empty texts are missing values: a CSV file cannot tell them apart, and the two must not differ."""
    if not pa.types.is_string(column.type):
        return column
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def _field(column: Column) -> pa.Field:
    words = {"description": column.description, "unit": column.unit}
    return pa.field(
        column.name,
        _TYPED[column.kind],
        nullable=not column.required,
        metadata={key: text for key, text in words.items() if text},
    )


def as_time(moment: datetime) -> str:
    """ISO 8601 with microseconds and Z; the database gives every time in UTC."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
