"""Numbers as readers expect them: all rounding of the report is done here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.pairs import exposure_words
from analysis.report.content import Column

MINUS = "−"
NONE = "–"


def cell_words(row: Mapping[Any, Any], column: Column) -> str:
    """One cell of a printed table: the value in its format, with its interval where it has one."""
    text = value_words(row[column.name], column)
    if column.interval is None or text == NONE:
        return text
    return f"{text} {interval_words(row, column)}".rstrip()


def value_words(value: Any, column: Column) -> str:
    """One value in the format of its column."""
    if column.format == "exposure":
        return exposure_or_all(value)
    if column.format == "yes":
        return NONE if _missing(value) else "yes" if value else "no"
    if _missing(value):
        return NONE
    if column.format in ("words", "code"):
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return _number_words(float(value), column)


def interval_words(row: Mapping[Any, Any], column: Column) -> str:
    """``[low, high]`` in the format of the column; nothing where there is no interval."""
    low, high = (row[name] for name in column.interval or ())
    if _missing(low) or _missing(high):
        return ""
    words = [_number_words(float(end), column, signs=False) for end in (low, high)]
    return f"[{words[0]}, {words[1]}]"


def _number_words(value: float, column: Column, *, signs: bool = True) -> str:
    if column.format == "count":
        return count(value)
    if column.format == "p":
        return p_words(value).removeprefix("p = ").replace("p < ", "< ")
    if column.format == "percent":
        return percent(value, column.digits)
    if column.format == "signed" and signs:
        return signed(value, column.digits)
    return number(value, column.digits)


def number(value: float | None, digits: int = 2) -> str:
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    text = number(value, digits)
    return "+" + text if text[0].isdigit() and float(text) != 0 else text


def percent(value: float | None, digits: int = 1) -> str:
    return number(None if value is None else 100 * value, digits)


def count(n: float) -> str:
    """A count with narrow spaces between thousands, which never break over two lines."""
    return f"{int(n):,}".replace(",", "\u202f")


def p_words(value: float | None) -> str:
    """``p = .012``, ``p < .001``; nothing for a p value that does not exist."""
    if value is None or not math.isfinite(value):
        return NONE
    return "p < .001" if value < 0.001 else "p = " + f"{value:.3f}".removeprefix("0")


def exposure_or_all(exposure_ms: float | None) -> str:
    return "all exposures" if _missing(exposure_ms) else exposure_words(float(exposure_ms or 0))


def level_words(level: float) -> str:
    """A level of confidence, ``95 %``, with a space that does not break."""
    return f"{100 * level:g}\u00a0%"


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
