"""Many rows as one parameter of a statement, a JSON document that the database reads as a table.

So one statement, written and compiled once, serves any number of rows, and neither a driver nor the network
handles each of them by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, FromClause, String, bindparam, cast, column, func, select
from sqlalchemy.types import TypeEngine

from study.records import moment


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    raise TypeError(f"expected a value that a row can hold, found {value!r}")


#: Rows as the parameter of a statement; times become text, which PostgreSQL reads to the microsecond.
as_document: Callable[[Sequence[Mapping[str, Any]]], str] = json.JSONEncoder(
    separators=(",", ":"), allow_nan=False, default=_plain
).encode


def rows_of(document: str, columns: Mapping[str, TypeEngine[Any]], dialect: str) -> FromClause:
    """The rows of the parameter named ``document`` as a table with these columns.

    SQLite gives whole numbers and text as they are, but need not read every fraction to its last digit.
    """
    brought = bindparam(document, type_=String)
    if dialect == "postgresql":
        typed = [column(name, kind) for name, kind in columns.items()]
        table = func.json_to_recordset(cast(brought, JSON)).table_valued(*typed, name=document)
        return table.render_derived(with_types=True)
    each = func.json_each(brought).table_valued("value", name=f"{document}_each")
    taken = [
        func.json_extract(each.c.value, f"$.{name}", type_=kind).label(name) for name, kind in columns.items()
    ]
    return select(*taken).subquery(document)
