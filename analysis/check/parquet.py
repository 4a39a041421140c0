"""The Parquet files say the same as the CSV files: columns, rows and every value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from analysis.check.contents import RESTORE, Contents
from analysis.check.rule import Rule
from analysis.problems import Problem
from analysis.schema import TABLES

_MAKE = "export the study again, or write the Parquet file from the CSV file"


def _left_out(contents: Contents) -> Iterator[Problem]:
    if not any(name.startswith("parquet/") for name in contents.files):
        yield Problem("parquet", "the tables as Parquet", "none; only the CSV files are there", _MAKE)


def _missing(contents: Contents) -> Iterator[Problem]:
    if any(name.startswith("parquet/") for name in contents.files):
        for table in TABLES:
            if _file(table) not in contents.files:
                yield Problem(_file(table), f"the table {table} as Parquet", "no such file", _MAKE)


def _differs(contents: Contents) -> Iterator[Problem]:
    for table, values in contents.examined.tables.items():
        if _file(table) in contents.files:
            yield from _compared(contents.folder / _file(table), table, values)


def _file(table: str) -> str:
    return f"parquet/{table}.parquet"


def _compared(path: Path, table: str, values: pd.DataFrame) -> Iterator[Problem]:
    name = _file(table)
    try:
        with pa.parquet.ParquetFile(path) as parquet:
            columns, n_rows = parquet.schema_arrow.names, parquet.metadata.num_rows
            if columns != list(values.columns):
                other = next(
                    pair for pair in _side_by_side(columns, list(values.columns)) if pair[0] != pair[1]
                )
                yield Problem(
                    name,
                    f"{other[1] or 'no further column'} as in the CSV file",
                    other[0] or "no column",
                    _MAKE,
                )
                return
            if n_rows != len(values):
                yield Problem(name, f"{len(values)} rows as in the CSV file", f"{n_rows}", _MAKE)
                return
            for column in columns:
                yield from _compared_column(name, parquet.read([column])[column], values[column])
    except (pa.ArrowException, OSError) as error:
        yield Problem(name, "a Parquet file", str(error).splitlines()[0], RESTORE)


def _side_by_side(one: list[str], other: list[str]) -> Iterator[tuple[str, str]]:
    longest = max(len(one), len(other))
    yield from zip(one + [""] * (longest - len(one)), other + [""] * (longest - len(other)), strict=True)


def _compared_column(name: str, stored: pa.ChunkedArray, written: pd.Series[Any]) -> Iterator[Problem]:
    try:
        differs, shown = _differences(stored, written)
    except (pa.ArrowException, ValueError, TypeError):
        expected = f"values of the kind {written.dtype} as in the CSV file"
        yield Problem(name, expected, str(stored.type), _MAKE, column=str(written.name))
        return
    rows = np.flatnonzero(differs)
    if len(rows):
        first = int(rows[0])
        value = written.iloc[first]
        expected = f"{'nothing' if pd.isna(value) else value!s} as in the CSV file"
        found = "nothing" if pd.isna(shown[first]) else str(shown[first])
        yield Problem(
            name, expected, found, _MAKE, column=str(written.name), row=first + 2, n_more=len(rows) - 1
        )


def _differences(stored: pa.ChunkedArray, written: pd.Series[Any]) -> tuple[NDArray[np.bool_], Any]:
    if written.dtype == float:
        numbers = _as(stored, pa.float64()).to_numpy()
        given = written.to_numpy()
        return (numbers != given) & ~(np.isnan(numbers) & np.isnan(given)), numbers
    if str(written.dtype) == "boolean":
        flags = _as(stored, pa.bool_()).to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
        missing, given_missing = flags.isna().to_numpy(), written.isna().to_numpy()
        other = flags.fillna(False).to_numpy(dtype=bool) != written.fillna(False).to_numpy(dtype=bool)
        return (missing != given_missing) | other, flags
    if isinstance(written.dtype, pd.DatetimeTZDtype):
        times = pd.Series(_as(stored, pa.timestamp("us", tz="UTC")).to_pandas()).astype(written.dtype)
        # With their time zone each of them would become an object first.
        one, other = (column.dt.tz_convert(None).to_numpy() for column in (times, written))
        return (one != other) & ~(np.isnat(one) & np.isnat(other)), times
    return _other_texts(_as(stored, pa.string()), written)


def _other_texts(stored: pa.ChunkedArray, written: pd.Series[Any]) -> tuple[NDArray[np.bool_], Any]:
    # An empty text has no writing of its own in a CSV file.
    texts = np.asarray(stored.fill_null("").to_pandas(), dtype=object)
    given = np.array(written, dtype=object)
    given[pd.isna(given)] = ""
    return texts != given, texts


def _as(stored: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return stored if stored.type == kind else stored.cast(kind)


RULES = (
    Rule("PARQUET_LEFT_OUT", "warning", "The tables are there as Parquet.", _left_out),
    Rule("PARQUET_MISSING", "error", "Where some are, all are.", _missing),
    Rule("PARQUET_DIFFERS", "error", "They have the columns, rows and values of the CSV files.", _differs),
)
