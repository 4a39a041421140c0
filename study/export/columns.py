"""Rows turned into columns of Arrow, and columns that are filled in without touching every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from study.codebook import Column, Kind

#: A value as the database gives it for an export: times are text, booleans 0 and 1.
Value = str | int | float | None
Row = Sequence[Value]

#: Types in which a CSV file is written. A time is text there, and gets its own type in Parquet.
WRITTEN: Mapping[Kind, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.string(),
}


def as_columns(columns: Sequence[Column], rows: Sequence[Row]) -> list[pa.Array]:
    """The values of each column, in the types in which they are written."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return [as_column(column.kind, of) for column, of in zip(columns, values, strict=True)]


def as_column(kind: Kind, values: Sequence[Value]) -> pa.Array:
    """One column; whole numbers stand for booleans."""
    if kind == "boolean":
        return pa.array(values, type=pa.int8()).cast(pa.bool_())
    return pa.array(values, type=WRITTEN[kind])


class Facts:
    """What is known of some things by their keys, to be filled in for rows that name the key."""

    def __init__(self, keys: pa.Array, columns: Mapping[str, pa.Array]) -> None:
        self._keys = keys
        self._columns = columns

    def of(self, keys: pa.Array) -> dict[str, pa.Array]:
        """Every column for these keys, missing where a key is missing or unknown."""
        places = pc.index_in(keys, value_set=self._keys)
        return {name: column.take(places) for name, column in self._columns.items()}


def joined(*parts: pa.Array | str) -> pa.Array:
    """Parts in one text with hyphens between them, such as a row's identifier."""
    texts = [part if isinstance(part, str) else part.cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(*texts, "-")


def constant(value: Value, n: int) -> pa.Array:
    """One value, so many times."""
    return pa.repeat(pa.scalar(value), n)
