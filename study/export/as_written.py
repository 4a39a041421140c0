"""SQL that gives values as they stand in a CSV file, so that no row has to be turned over in Python."""

from __future__ import annotations

from typing import Any, Literal
from typing import cast as taken_as

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Float,
    Integer,
    SQLColumnExpression,
    String,
    cast,
    func,
    literal,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from study.models import UtcDateTime

#: How exactly the export gives moments.
Times = Literal["exact", "hour", "day"]
EXACTNESS: tuple[Times, ...] = ("exact", "hour", "day")

#: Characters of an ISO time that stay, and what follows instead of the rest.
_KEPT: dict[Times, tuple[int, str]] = {"hour": (13, ":00:00.000000Z"), "day": (10, "T00:00:00.000000Z")}


class utc_text(GenericFunction[str]):  # noqa: N801 - functions are named like this
    """A moment as ISO 8601 in UTC with microseconds and Z."""

    type = String()
    inherit_cache = True


@compiles(utc_text, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # Stored as 2026-03-01 12:00:00.000000, always in UTC and always with microseconds.
    return f"replace({compiler.process(element.clauses, **options)}, ' ', 'T') || 'Z'"


@compiles(utc_text, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def as_written(column: SQLColumnExpression[Any], times: Times = "exact") -> ColumnElement[Any]:
    """A column as text, a whole number or a float: times in ISO 8601, booleans as 1 and 0."""
    element = taken_as(ColumnElement[Any], column)
    if isinstance(element.type, UtcDateTime):
        return _time(element, times)
    if isinstance(element.type, Boolean):
        return cast(element, Integer)
    return element


def _time(column: ColumnElement[Any], times: Times) -> ColumnElement[Any]:
    moment = utc_text(type_coerce(column, String))
    if times == "exact":
        return moment
    kept, rest = _KEPT[times]
    return func.substr(moment, 1, kept) + literal(rest)


def as_number(column: SQLColumnExpression[str]) -> ColumnElement[float]:
    """A text that holds a number, as a float."""
    return cast(column, Float(53))
