"""Any value comes back from both files of a table as it was."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.codebook import Column, TableBook
from study.export.columns import as_columns
from study.export.tables import ROW_GROUP, as_time, write_table

BOOK = TableBook(
    "things",
    "One thing.",
    (
        Column("name", "string", "A, name."),
        Column("n", "integer", "How many."),
        Column("size_ms", "number", "How long.", unit="ms"),
        Column("is_new", "boolean", "Whether it is new."),
        Column("at", "datetime", "When."),
    ),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
ROWS = st.lists(
    st.tuples(
        st.none()
        | TEXTS
        | st.sampled_from(["a,b", 'say "it"', "\r", "a\nb", "\r\n", " x ", "NA", "true", "1"]),
        st.none() | st.integers(-(2**53), 2**53),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.sampled_from([0, 1]),
        st.none() | MOMENTS.map(as_time),
    ),
    max_size=8,
)


def written(batches, folder):
    columns = (as_columns(BOOK.columns, batch) for batch in batches)
    n = write_table(BOOK, columns, folder / "things.csv", folder / "things.parquet")
    with (folder / "things.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == BOOK.column_names
    return n, rows, pq.read_table(folder / "things.parquet").to_pylist()


@settings(deadline=None)
@given(batches=st.lists(ROWS, max_size=4))
def test_any_value_comes_back_from_both_files_as_it_was(batches):
    with tempfile.TemporaryDirectory() as folder:
        n, as_csv, as_parquet = written(batches, Path(folder))
    rows = [row for batch in batches for row in batch]
    assert n == len(rows) == len(as_csv) == len(as_parquet)
    for (name, number, size, flag, at), texts, typed in zip(rows, as_csv, as_parquet, strict=True):
        assert texts[0] == (name or "")
        assert texts[1] == ("" if number is None else str(number))
        assert (float(texts[2]) if texts[2] else None) == size
        assert texts[3:] == ["" if flag is None else ("false", "true")[flag], at or ""]
        assert typed == {
            "name": name or None,
            "n": number,
            "size_ms": size,
            "is_new": None if flag is None else flag == 1,
            "at": datetime.fromisoformat(at) if at else None,
        }


def test_rows_are_packed_together_however_small_the_batches(tmp_path):
    at = as_time(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(microseconds=1))
    batches = ([("x", n, float(n), 1, at)] * 1_000 for n in range(3 * ROW_GROUP // 1_000 + 1))
    columns = (as_columns(BOOK.columns, batch) for batch in batches)
    n = write_table(BOOK, columns, tmp_path / "t.csv", tmp_path / "t.parquet")
    groups = pq.ParquetFile(tmp_path / "t.parquet").metadata
    sizes = [groups.row_group(number).num_rows for number in range(groups.num_row_groups)]
    assert sizes == [ROW_GROUP] * 3 + [1_000]
    assert sum(sizes) == n


@pytest.mark.parametrize("batches", [[], [[]], [[], [("x", 1, 1.5, None, None)], []]])
def test_batches_without_rows_do_no_harm(tmp_path, batches):
    n, as_csv, as_parquet = written(batches, tmp_path)
    assert n == len(as_csv) == len(as_parquet) == sum(map(len, batches))
