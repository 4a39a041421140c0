"""Turn the text of one CSV column into typed values, and name the cells that are not of that type."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.problems import Problem
from analysis.schema import Column

_RESTORE = "restore the value from the original export, or export the study again"
_ARTICLE = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "datetime": "a UTC time such as 2025-03-01T12:00:00Z",
    "string": "text",
}
_UTC = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"
#: Exports hold microseconds.
TIME_DTYPE: Final = "datetime64[us, UTC]"


def typed_column(raw: pd.Series[Any], column: Column, file: str) -> tuple[pd.Series[Any], list[Problem]]:
    """The values of one column in their type, and a problem for each way in which cells fail."""
    empty = raw == ""
    values, wrong = _convert(raw, empty, column)
    problems = _complaint(raw, wrong, column, file, _ARTICLE[column.kind])
    if column.required:
        problems += _complaint(raw, empty, column, file, "a value in every row")
    if column.allowed:
        expected = "one of " + ", ".join(column.allowed)
        problems += _complaint(raw, ~empty & ~raw.isin(column.allowed), column, file, expected)
    if column.minimum is not None:
        problems += _complaint(raw, values < column.minimum, column, file, f"at least {column.minimum:g}")
    if column.maximum is not None:
        problems += _complaint(raw, values > column.maximum, column, file, f"at most {column.maximum:g}")
    return values, problems


def _convert(
    raw: pd.Series[Any], empty: pd.Series[Any], column: Column
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Typed values (missing where empty or wrong) and which cells are wrong."""
    if column.kind in ("integer", "number"):
        numbers = pd.to_numeric(raw.mask(empty), errors="coerce").astype(float)
        wrong = ~empty & ~np.isfinite(numbers)
        if column.kind == "integer":
            wrong |= ~empty & (numbers % 1 != 0)
        return numbers.mask(wrong), wrong
    if column.kind == "boolean":
        flags = raw.map({"true": True, "false": False}).astype("boolean")
        return flags, ~empty & flags.isna()
    if column.kind == "datetime":
        well_formed = raw.str.fullmatch(_UTC)
        parsed = pd.to_datetime(raw.where(well_formed), errors="coerce", utc=True, format="ISO8601")
        times = parsed.astype(TIME_DTYPE)
        return times, ~empty & times.isna()
    return raw.mask(empty), pd.Series(False, index=raw.index)


def _complaint(
    raw: pd.Series[Any], wrong: pd.Series[Any], column: Column, file: str, expected: str
) -> list[Problem]:
    """One problem naming the first wrong cell and counting the others."""
    where = np.flatnonzero(wrong.fillna(False).to_numpy(dtype=bool))
    if not len(where):
        return []
    found = raw.iloc[int(where[0])]
    shown = "nothing" if found == "" else repr(found)
    row, n_more = int(where[0]) + 2, len(where) - 1
    return [Problem(file, expected, shown, _RESTORE, column=column.name, row=row, n_more=n_more)]
