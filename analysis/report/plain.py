"""Values of a report as JSON and CSV can hold them, unrounded, and the units they are in."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import numpy as np
import pandas as pd

from analysis.report.content import Table

_IN_HEADING = re.compile(r"\(([^()]+)\)\s*$")
#: Numbers whose unit a column named unit tells, where there is one.
_ESTIMATES = ("estimate", "low", "high", "se")
_UNIT_BESIDE = "as in the column unit"
#: What a column's name says of its unit, by its beginning or its end.
_BY_NAME = (
    (re.compile(r"_ms$"), "ms"),
    (re.compile(r"_s$"), "s"),
    (re.compile(r"_px$"), "px"),
    (re.compile(r"_hz$"), "Hz"),
    (re.compile(r"_frames$"), "frames"),
    (re.compile(r"^share_"), "share (0 to 1)"),
    (re.compile(r"^n_"), "count"),
    (re.compile(r"^p(_|$)"), "probability (0 to 1)"),
    (re.compile(r"^level$"), "share (0 to 1)"),
)


def plain(value: Any, column: str = "") -> Any:
    """A value for JSON: missing is null, an infinite exposure ``"unlimited"``, other infinities in words."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if math.isinf(value):
            return "unlimited" if column == "exposure_ms" else "infinity" if value > 0 else "-infinity"
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | bool) else str(value)


def plain_rows(data: pd.DataFrame) -> list[list[Any]]:
    """The rows of a table, cell by cell."""
    names = [str(name) for name in data.columns]
    columns = [[plain(value, name) for value in data.iloc[:, i]] for i, name in enumerate(names)]
    return [list(row) for row in zip(*columns, strict=True)] if columns else []


def csv_text(data: pd.DataFrame) -> str:
    """A table as CSV: missing is empty, an infinite exposure ``unlimited``, numbers in full."""
    stream = io.StringIO()
    cells = [[_cell(value) for value in row] for row in plain_rows(data)]
    pd.DataFrame(cells, columns=list(data.columns)).to_csv(stream, index=False, lineterminator="\n")
    return stream.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(map(str, value))
    # Shortest digits that give the number again, whatever pandas' own rules are.
    return repr(value) if isinstance(value, float) else value


def described_columns(part: Table) -> list[dict[str, str]]:
    """Every column of a table's data: name, unit, and the heading of those that are printed."""
    printed = {column.name: column for column in part.columns}
    intervals = {end: column for column in part.columns for end in column.interval or ()}
    described = data_columns(part.data)
    for told in described:
        column = printed.get(told["name"])
        shown = column or intervals.get(told["name"])
        if not told["unit"] and shown is not None:
            told["unit"] = _unit_in(shown.heading, shown.format)
        told["heading"] = column.heading if column else ""
    return described


def data_columns(data: pd.DataFrame) -> list[dict[str, str]]:
    """Name and unit of every column; the unit of estimates may stand in a column of its own."""
    names = [str(name) for name in data.columns]
    beside = set(_ESTIMATES) if "unit" in names else set()
    return [
        {"name": name, "unit": _UNIT_BESIDE if name in beside else unit_of(name), "heading": ""}
        for name in names
    ]


def unit_of(name: str) -> str:
    """The unit that a column's name tells; empty where it tells none.

    >>> unit_of("rt_ms"), unit_of("n_trials"), unit_of("share_correct"), unit_of("estimate")
    ('ms', 'count', 'share (0 to 1)', '')
    """
    return next((unit for pattern, unit in _BY_NAME if pattern.search(name)), "")


def _unit_in(heading: str, format: str) -> str:
    if format == "percent":
        return "share (0 to 1)"
    found = _IN_HEADING.search(heading)
    return found.group(1) if found else ""
