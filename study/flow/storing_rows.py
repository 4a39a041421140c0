"""The statements that store answers: four or five on SQLite, one on PostgreSQL, however many rows there are.

SQLite's driver takes many rows at little cost. PostgreSQL's sends each row by itself, in each statement, and
waits for the answer: there the rows of all tables travel as documents of a single statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Connection,
    Insert,
    String,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql

from study.flow.json_rows import as_document, rows_of
from study.messages import Presentation, Process
from study.models import Event, LedgerEntry, Rating, Session, Trial, UtcDateTime
from study.prepared import Prepared, run

Values = Mapping[str, Any]

_TRIALS, _SESSIONS, _LINKS, _RATINGS, _EVENTS = (
    cast(Table, model.__table__) for model in (Trial, Session, LedgerEntry, Rating, Event)
)
SHOWN = (*Presentation.model_fields, *Process.model_fields)
_OF_TRIAL = ("status", "received_at", *SHOWN)
_OF_SESSION = ("last_seen_at", "chain_head", "chain_length")


@dataclass
class Rows:
    """What is to be stored: changes of trials and sessions by ``id``, new rows."""

    trials: list[Values] = field(default_factory=list)
    sessions: list[Values] = field(default_factory=list)
    links: list[Values] = field(default_factory=list)
    ratings: list[Values] = field(default_factory=list)
    events: list[Values] = field(default_factory=list)


def store_rows(db: Connection, rows: Rows, *, now: datetime) -> None:
    """Store all of it; RuntimeError when one of the trials has an answer already."""
    together = db.dialect.name == "postgresql"
    n_answered = _store_together(db, rows, now) if together else _store_by_table(db, rows)
    if n_answered != len(rows.trials):
        raise RuntimeError(
            f"expected {len(rows.trials)} trials without an answer, found {n_answered}; "
            "something else writes answers"
        )


# ---- by table ----

# What is stored once is never changed: the second condition says so to the database as well.
_ANSWER_TRIAL = (
    update(_TRIALS)
    .where(_TRIALS.c.id == bindparam("id"), _TRIALS.c.status == literal_column("'planned'"))
    .values({name: bindparam(name) for name in _OF_TRIAL})
)
_SEE_SESSION = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id == bindparam("id"))
    .values({name: bindparam(name) for name in _OF_SESSION})
)


def _new_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name != "id"]


def _add_to(table: Table) -> Insert:
    return insert(table).values({name: bindparam(name) for name in _new_columns(table)})


_answer_trials, _see_sessions = Prepared(_ANSWER_TRIAL), Prepared(_SEE_SESSION)
_add_links, _add_ratings, _add_events = (Prepared(_add_to(table)) for table in (_LINKS, _RATINGS, _EVENTS))


def _store_by_table(db: Connection, rows: Rows) -> int:
    n_answered = _answer_trials.change_each(db, rows.trials)
    _add_links.change_each(db, rows.links)
    _add_ratings.change_each(db, rows.ratings)
    _add_events.change_each(db, rows.events)
    _see_sessions.change_each(db, rows.sessions)
    return n_answered


# ---- together ----


def _store_together(db: Connection, rows: Rows, now: datetime) -> int:
    # Within a document the detail is text: what it may hold, a document of a document need not.
    events = [{**event, "detail": as_document(event["detail"])} for event in rows.events]
    documents = {
        "trials": as_document(rows.trials),
        "sessions": as_document(rows.sessions),
        "links": as_document(rows.links),
        "ratings": as_document(rows.ratings),
        "events": as_document(events),
    }
    (n_answered,) = run(db, together_statement(), {**documents, "now": now}).fetchone()
    return int(n_answered)


@cache
def together_statement() -> str:
    """One statement of PostgreSQL that stores the rows of five documents, and counts the trials answered.

    As its driver takes it: SQLAlchemy would look up what it made of so long a statement by all its parts.
    """
    answered = _changed(_TRIALS, "trials", _OF_TRIAL, at="received_at")
    statement = (
        select(func.count())
        .select_from(answered)
        .add_cte(
            _changed(_SESSIONS, "sessions", _OF_SESSION, at="last_seen_at"),
            _added(_LINKS, "links"),
            _added(_RATINGS, "ratings"),
            _added_events(),
        )
    )
    return str(statement.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]


def _rows_like(table: Table, document: str) -> TableValuedAlias:
    """The rows of a document with the columns of a table; what a row does not name is empty."""
    brought = as_type(bindparam(document, type_=String), JSON)
    like: ColumnElement[Any] = literal_column(f"NULL::{table.name}")
    columns = [column(one.name, one.type) for one in table.columns]
    return func.json_populate_recordset(like, brought).table_valued(*columns, name="new")


def _changed(table: Table, document: str, names: Sequence[str], *, at: str) -> CTE:
    new = _rows_like(table, document).c
    change = update(table).where(
        table.c.id == new.id,
        # True of every row. Of a document PostgreSQL expects a hundred rows, and would read through a small
        # table for them; with an equation it expects one, and asks the index.
        new[at] == bindparam("now", type_=UtcDateTime),
    )
    if table is _TRIALS:
        # "planned" in as many words as it takes to be expected of most trials, for the same reason.
        others = ("answered", "interrupted", "timed_out")
        change = change.where(*(table.c.status != literal_column(f"'{one}'", String) for one in others))
    return change.values({name: new[name] for name in names}).returning(table.c.id).cte(f"changed_{document}")


def _added(table: Table, document: str) -> CTE:
    names = _new_columns(table)
    new = _rows_like(table, document).c
    return insert(table).from_select(names, select(*(new[name] for name in names))).cte(f"added_{document}")


def _added_events() -> CTE:
    columns = {name: _EVENTS.c[name] for name in _new_columns(_EVENTS)}
    kinds = {name: Text() if name == "detail" else one.type for name, one in columns.items()}
    new = rows_of("events", kinds, "postgresql").c
    values = [as_type(new[name], JSON) if name == "detail" else new[name] for name in columns]
    return insert(_EVENTS).from_select(list(columns), select(*values)).cte("added_events")
