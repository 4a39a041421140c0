"""Statements that run many times a second: written with SQLAlchemy, compiled once, run by the driver itself.

SQLAlchemy looks at a statement, at its values and at every row anew each time it runs, which costs several
times what driver and database need. What differs between databases, above all times and JSON, is changed here
as its types say, and what goes wrong is raised as SQLAlchemy's errors.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
Change = Callable[[Any], Any]
# What names there are is known when a statement is compiled, which no checker of types can follow.
_named: Callable[..., Callable[..., Any]] = namedtuple


class Prepared:
    """A statement with values by name; its rows are named tuples, as those of SQLAlchemy are."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def all(self, db: Connection, values: Values) -> list[Any]:
        """All rows of a SELECT, or those that a change returns."""
        form = self._form(db)
        return form.rows(run(db, form.words, form.values(values)))

    def first(self, db: Connection, values: Values) -> Any:
        """The only row that is asked for; None when there is none."""
        found = self.all(db, values)
        return found[0] if found else None

    def change(self, db: Connection, values: Values) -> int:
        """How many rows were changed."""
        form = self._form(db)
        return int(run(db, form.words, form.values(values)).rowcount)

    def change_each(self, db: Connection, rows: Sequence[Values]) -> int:
        """Run it for each of the rows; how many rows of the table were changed or added."""
        if len(rows) < 2:
            # PostgreSQL's driver takes two ways more to send many than to send one.
            return self.change(db, rows[0]) if rows else 0
        form = self._form(db)
        return int(run(db, form.words, [form.values(row) for row in rows], many=True).rowcount)

    def _form(self, db: Connection) -> _Form:
        name = db.dialect.name
        if name not in self._forms:
            self._forms[name] = _Form(self._statement, db.dialect)
        return self._forms[name]


class _Form:
    """A statement as one driver takes it, with what has to be changed in its values and in its rows."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.words = str(compiled)
        self._in_order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
        self._bound = {
            name: change
            for name, bind in compiled.binds.items()
            if (change := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        self._fixed = {
            name: self._bound[name](bind.value) if name in self._bound else bind.value
            for name, bind in compiled.binds.items()
            if not bind.required
        }
        self._dialect = dialect
        self._columns = tuple(getattr(statement, "exported_columns", ()))
        self._row = _named("Row", [one.key for one in self._columns])
        self._read: list[tuple[int, Change]] | None = None

    def values(self, given: Values) -> Any:
        """Values as the driver takes them."""
        if self._in_order is None:
            values: Any = {**self._fixed, **given}
            for name, change in self._bound.items():
                if name in given:
                    values[name] = change(given[name])
            return values
        return self._positional(given)

    def _positional(self, given: Values) -> tuple[Any, ...]:
        if not self._fixed and not self._bound:
            return tuple([given[name] for name in self._in_order or ()])
        bound, fixed = self._bound, self._fixed
        return tuple(
            [
                (bound[name](given[name]) if name in bound else given[name]) if name in given else fixed[name]
                for name in self._in_order or ()
            ]
        )

    def rows(self, cursor: Any) -> list[Any]:
        """Rows with their names and with values as the types of their columns say."""
        if self._read is None:
            self._read = list(self._changes_of(cursor))
        if not self._read:
            return [self._row(*values) for values in cursor.fetchall()]
        rows = []
        for values in cursor.fetchall():
            changed = list(values)
            for place, change in self._read:
                changed[place] = change(changed[place])
            rows.append(self._row(*changed))
        return rows

    def _changes_of(self, cursor: Any) -> Iterator[tuple[int, Change]]:
        # What the database sends for a type is known with the first answer.
        for place, (column, sent) in enumerate(zip(self._columns, cursor.description, strict=True)):
            kind = column.type.dialect_impl(self._dialect)
            if change := kind.result_processor(self._dialect, sent[1]):
                yield place, change


def run(db: Connection, words: str, values: Any = (), *, many: bool = False) -> Any:
    """Let the driver run a statement in the transaction of a connection; returns the driver's cursor."""
    cursor = db.connection.cursor()
    try:
        if many:
            cursor.executemany(words, values)
        else:
            cursor.execute(words, values)
    except db.dialect.loaded_dbapi.Error as error:
        _say_as_sqlalchemy(db, words, error)
    return cursor


def _say_as_sqlalchemy(db: Connection, words: str, error: Any) -> NoReturn:
    """The same error as SQLAlchemy would raise, and no further use of a connection that is broken."""
    dialect = db.dialect
    broken = dialect.is_disconnect(error, db.connection.dbapi_connection, None)
    if broken:
        db.invalidate(error)
    raise DBAPIError.instance(
        words,
        None,
        error,
        dialect.loaded_dbapi.Error,
        # What participants answered does not belong into messages of errors.
        hide_parameters=True,
        connection_invalidated=broken,
        dialect=dialect,
    ) from error
