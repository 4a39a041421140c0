"""Read a table of an export at once, as long as everything in it is as the codebook says.

Arrow parses the file on all cores, each text column as codes into its distinct values. Whether types, ranges
and codes are right is asked of whole columns. Where the answer is no, or where Arrow might understand the
file differently than a careful reader, there is no table: ``careful_tables`` reads it and names the fault.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from analysis.careful_tables import header_problems
from analysis.columns import TIME_DTYPE
from analysis.schema import Column

#: Bytes parsed at once by one core; no row may be longer.
BLOCK = 1 << 20
#: Values checked at once: few enough for the cache of a processor.
BATCH = 1 << 16
#: Columns converted at the same time; more would only take more memory.
CONVERTED_AT_ONCE = 2
#: Arrow counts the bytes of a block in 32 bits.
LARGEST_BLOCK = 1 << 30

_CODED = pa.dictionary(pa.int32(), pa.string())
_TYPES = {
    "integer": pa.float64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.string(),
    "string": _CODED,
}
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"
#: Where a time with microseconds has something else than a digit.
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":", 19: ".", 26: "Z"}


class _NotAsDescribedError(ValueError):
    """Something that the careful reader has to look at."""


def read_at_once(
    path: Path, columns: Mapping[str, Column], *, breaks_lines: bool = False, returns: bool = False
) -> pd.DataFrame | None:
    """The typed table with text columns as categories, or nothing when a careful look is needed.

    ``breaks_lines`` says whether quoted values hold line breaks, ``returns`` whether there are carriage
    returns in the file, which must be quoted properly (all three as ``analysis.quoting`` finds them).
    Categories are turned into text by ``as_texts``.
    """
    try:
        header = _header(path)
        if header_problems(path.name, header, columns):
            return None
        # Arrow loses the line feed after a quoted carriage return where it cuts a file between the two.
        block = path.stat().st_size + 1 if breaks_lines and returns else BLOCK
        table = _parsed(path, header, columns, breaks_lines=breaks_lines, block=block)
        parsed = {name: table[name] for name in header}
        del table
        # Taken out one by one, so that the memory of a column is free once it is converted.
        with ThreadPoolExecutor(CONVERTED_AT_ONCE) as workers:
            converted = workers.map(lambda name: _checked(parsed.pop(name), columns[name]), header)
            values = dict(zip(header, converted, strict=True))
    except (_NotAsDescribedError, pa.ArrowException, UnicodeDecodeError, csv.Error, StopIteration):
        return None
    return pd.DataFrame(values, copy=False)


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return next(csv.reader(stream, strict=True))


def _parsed(
    path: Path, header: list[str], columns: Mapping[str, Column], *, breaks_lines: bool, block: int
) -> pa.Table:
    if block > LARGEST_BLOCK:
        raise _NotAsDescribedError
    types = {name: pa.string() if name == "row_id" else _TYPES[columns[name].kind] for name in header}
    table = pa.csv.read_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=block),
        parse_options=pa.csv.ParseOptions(newlines_in_values=breaks_lines, ignore_empty_lines=False),
        convert_options=pa.csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["true"],
            false_values=["false"],
        ),
        # Arrow's own allocator spends as much time in the kernel as on a fifth of the parsing.
        memory_pool=pa.system_memory_pool(),
    )
    if table.column_names != header:
        raise _NotAsDescribedError
    return table


def _checked(column: pa.ChunkedArray, described: Column) -> Any:
    """The values of a column for a data frame, if each is of its type and possible."""
    if described.required and column.null_count:
        raise _NotAsDescribedError
    if described.kind in ("integer", "number"):
        return _numbers(column, described)
    if described.kind == "boolean":
        return pd.arrays.BooleanArray(_flat(column.fill_null(False)), _flat(column.is_null()))
    if described.kind == "datetime":
        return _times(column)
    if described.name == "row_id":
        return _as_it_is(column.to_pandas().to_numpy(dtype=object, na_value=np.nan))
    return _categories(column, described)


def _flat(column: pa.ChunkedArray) -> Any:
    return column.to_numpy() if column.num_chunks else np.empty(0, dtype=bool)


def _numbers(column: pa.ChunkedArray, described: Column) -> Any:
    values = column.to_numpy() if column.num_chunks else np.empty(0)
    given = len(values) - column.null_count
    if not given:
        return values
    # A missing value is NaN by now; the word nan in the file is one more.
    proper = _finite if described.kind == "number" else _whole
    if sum(proper(values[first : first + BATCH]) for first in range(0, len(values), BATCH)) != given:
        raise _NotAsDescribedError
    lowest, highest = (limit.as_py() for limit in pc.min_max(column).values())
    if described.minimum is not None and lowest < described.minimum:
        raise _NotAsDescribedError
    if described.maximum is not None and highest > described.maximum:
        raise _NotAsDescribedError
    return values


def _finite(values: NDArray[np.float64]) -> int:
    return int(np.count_nonzero(np.isfinite(values)))


def _whole(values: NDArray[np.float64]) -> int:
    return int(np.count_nonzero((np.floor(values) == values) & np.isfinite(values)))


def _times(column: pa.ChunkedArray) -> Any:
    if not all(map(_well_formed, column.chunks)):
        raise _NotAsDescribedError
    return pd.Series(column.cast(pa.timestamp("us", tz="UTC")).to_pandas()).astype(TIME_DTYPE)


def _well_formed(texts: pa.Array) -> bool:
    """Whether all are UTC times as described; Arrow would also take a blank for the T."""
    texts = texts.drop_null()
    if not len(texts):
        return True
    ends = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if (np.diff(ends) != 27).any():
        return bool(pc.all(pc.match_substring_regex(texts, _TIME)).as_py())
    letters = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[ends[0] : ends[-1]].reshape(-1, 27)
    digits = np.delete(letters, list(_MARKS), axis=1)
    marked = all(bool((letters[:, place] == ord(mark)).all()) for place, mark in _MARKS.items())
    return marked and bool(((digits >= ord("0")) & (digits <= ord("9"))).all())


def _categories(column: pa.ChunkedArray, described: Column) -> pd.Categorical:
    column = column.unify_dictionaries()
    if not column.num_chunks:
        return pd.Categorical([], categories=pd.Index([], dtype=object))
    distinct = column.chunk(0).dictionary
    if described.allowed and not set(distinct.to_pylist()) <= set(described.allowed):
        raise _NotAsDescribedError
    codes = np.concatenate([chunk.indices.fill_null(-1).to_numpy() for chunk in column.chunks])
    names = pd.Index(distinct.to_numpy(zero_copy_only=False), dtype=object)
    return pd.Categorical.from_codes(codes, categories=names, validate=False)


def as_categories(table: pd.DataFrame) -> pd.DataFrame:
    """A table of the careful reader as ``read_at_once`` would give it."""
    texts = [name for name in table.columns if table[name].dtype == object and name != "row_id"]
    return table.astype(dict.fromkeys(texts, "category"))


def as_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with every category as its text; a missing one is NaN."""
    values = {name: _as_text(table[name]) for name in table.columns}
    return pd.DataFrame(values, index=table.index, copy=False)


def _as_text(column: pd.Series[Any]) -> Any:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    # A missing value has the code -1, which is the last place of the list.
    texts = np.append(np.asarray(column.cat.categories, dtype=object), np.nan)
    return _as_it_is(texts[column.cat.codes.to_numpy()], column.index)


def _as_it_is(texts: Any, index: pd.Index[Any] | None = None) -> pd.Series[Any]:
    # A data frame would turn texts into a type of its own, cell by cell.
    return pd.Series(texts, index=index, dtype=object, copy=False)
