"""Rows by many keys at once, at the cost of one statement that is compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, or_
from sqlalchemy.orm import InstrumentedAttribute

# SQLite takes conditions up to a depth of 1,000.
_MOST = 64


class Lookup:
    """The rows of a query in which ``columns`` have the values of any of many keys.

    SQLite reads a whole table for an IN with keys of two columns, and SQLAlchemy writes an IN anew for every
    list. Here there is a statement for 1, 2, 4 … 64 keys, and shorter lists repeat their last one.
    """

    def __init__(self, query: Select[*tuple[Any, ...]], *columns: InstrumentedAttribute[Any]) -> None:
        self._query = query
        self._columns = columns
        self._statements: dict[int, Select[*tuple[Any, ...]]] = {}

    def rows(self, db: Connection, keys: Sequence[tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        """One row for each key that is there, in the order of the query; in parts of 64 keys."""
        distinct = list(dict.fromkeys(keys))
        parts = [distinct[first : first + _MOST] for first in range(0, len(distinct), _MOST)]
        return [row for part in parts for row in self._part(db, part)]

    def _part(self, db: Connection, keys: Sequence[tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        n = 1 << (len(keys) - 1).bit_length()
        filled = [*keys, *[keys[-1]] * (n - len(keys))]
        names = (f"key_{number}" for number in range(n * len(self._columns)))
        return db.execute(self._statement(n), dict(zip(names, chain(*filled), strict=True))).all()

    def _statement(self, n: int) -> Select[*tuple[Any, ...]]:
        if n not in self._statements:
            self._statements[n] = self._query.where(or_(*(self._is_key(number) for number in range(n))))
        return self._statements[n]

    def _is_key(self, number: int) -> ColumnElement[bool]:
        first = number * len(self._columns)
        return and_(
            *(
                column == bindparam(f"key_{first + place}", type_=column.type)
                for place, column in enumerate(self._columns)
            )
        )
