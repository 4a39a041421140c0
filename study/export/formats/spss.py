"""The tables of an export as .sav files, row for row: what mixed models in SPSS and jamovi want."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from study.codebook import TableBook
from study.export.formats.dictionary import anchors
from study.export.formats.sav import (
    Names,
    Variable,
    needed_pyreadstat,
    variable_of,
    write_columns,
    write_sav,
)
from study.export.formats.written import table_file
from study.protocol import StudyProtocol

if TYPE_CHECKING:
    from study.export.describing import Contents

TABLES = ("trials", "ratings", "participants", "stimuli")

#: Rows of a file, which is held in memory as a whole; a longer table becomes several files.
ROWS = 250_000


def write(folder: Path, contents: Contents) -> None:
    """Write spss/TABLE.sav, or TABLE_1.sav, TABLE_2.sav and so on, and spss/columns.csv."""
    needed_pyreadstat()
    target = folder / "spss"
    target.mkdir()
    told: list[tuple[str, Variable]] = []
    for book in contents.books:
        if book.name in TABLES:
            variables = variables_of(book, contents.extract.protocol)
            _write_table(folder, target, book, variables, contents)
            told += [(book.name, variable) for variable in variables]
    write_columns(target / "columns.csv", told)


def variables_of(book: TableBook, protocol: StudyProtocol, *, names: Names | None = None) -> list[Variable]:
    """A variable for each column, with the ends of questionnaire scales as value labels."""
    given = names or Names()
    ends = {
        f"q_{item.id}": [(float(value), words) for value, words in anchors(item)] for item in protocol.items
    }
    return [variable_of(column, names=given, labels=ends.get(column.name, ())) for column in book.columns]


def _write_table(
    folder: Path, target: Path, book: TableBook, variables: Sequence[Variable], contents: Contents
) -> None:
    source = table_file(folder, book.name)
    n_rows = contents.counts[book.name]
    widths = _widths(source, book, variables) if n_rows > ROWS else None
    for number, part in enumerate(_parts(source, book), start=1):
        name = f"{book.name}_{number}.sav" if n_rows > ROWS else f"{book.name}.sav"
        cells = [variable.cells(column) for variable, column in zip(variables, part.columns, strict=True)]
        title = f"{contents.title}: {book.name}"
        write_sav(target / name, variables, cells, title=title, made_at=contents.exported_at, widths=widths)


def _parts(source: Path, book: TableBook) -> Iterator[pa.Table]:
    """The rows in tables of at most ROWS rows; one table without rows where there are none."""
    held: list[Any] = []
    n_held = 0
    with pq.ParquetFile(source) as file:
        schema = file.schema_arrow
        for batch in file.iter_batches(batch_size=ROWS):
            while n_held + batch.num_rows > ROWS:
                taken = batch.slice(0, ROWS - n_held)
                yield pa.Table.from_batches([*held, taken]).select(book.column_names)
                batch, held, n_held = batch.slice(taken.num_rows), [], 0
            held.append(batch)
            n_held += batch.num_rows
    yield pa.Table.from_batches(held, schema=schema).select(book.column_names)


def _widths(source: Path, book: TableBook, variables: Sequence[Variable]) -> dict[str, int]:
    """Bytes of the longest text of each text variable: files of one table must have the same widths."""
    texts = {v.name: c.name for v, c in zip(variables, book.columns, strict=True) if v.is_text}
    widths = dict.fromkeys(texts, 1)
    with pq.ParquetFile(source) as file:
        for batch in file.iter_batches(columns=list(texts.values())):
            for name, column in texts.items():
                longest = pc.max(pc.binary_length(batch.column(column))).as_py()
                widths[name] = max(widths[name], longest or 0)
    return widths
