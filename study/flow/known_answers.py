"""What has to be known before answers are stored: the sessions, locked, and what they hold already.

Two statements, for one answer as for a hundred: the rows that others may be changing are looked up after the
locks were given, so that what is found is what those left.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    String,
    any_,
    bindparam,
    func,
    literal,
    select,
)

from study.database import within
from study.flow.json_rows import as_document, rows_of
from study.flow.places import keep_place, lease_is_fresh, renew_leases
from study.frozen import known_protocol, protocol_of
from study.messages import EventMessage, TrialMessage
from study.models import IMPORTED_STEP, LedgerEntry, Place, ProtocolVersion, Session, Trial
from study.prepared import Prepared
from study.protocol import StudyProtocol

#: A row of one of the statements below.
Stored = Any


@dataclass
class LockedSession:
    """A session as far as storing answers needs it; nobody else changes it until the transaction ends."""

    id: int
    protocol: StudyProtocol
    chain_head: str
    chain_length: int


@dataclass(frozen=True)
class Known:
    """What is stored already: numbers of messages by session, planned trials by session and position.

    ``answered`` are the ids of trials that have their answer; the new ones of a transaction are added.
    """

    numbers: set[tuple[int, int]]
    trials: Mapping[tuple[int, int], Stored]
    answered: set[int]

    def awaits(self, session: int, message: TrialMessage | EventMessage) -> bool:
        """Whether a message brings the answer to a trial that has none."""
        trial = self.trials.get((session, message.position)) if isinstance(message, TrialMessage) else None
        return trial is not None and trial.id not in self.answered


def of_place(column: Any) -> ScalarSelect[Any]:
    """A column of the place that a session holds."""
    held = select(column).where(
        Place.study_id == Session.study_id,
        Place.namespace == Session.namespace,
        Place.ordinal == Session.place,
        Place.holder == Session.session,
        Place.status == "claimed",
    )
    return held.scalar_subquery()


@cache
def sessions_statement(dialect: str) -> Select[*tuple[Any, ...]]:
    """The sessions of the parameter ``names``, locked: an array on PostgreSQL, elsewhere a JSON document."""
    named: ColumnElement[bool]
    if dialect == "postgresql":
        named = Session.session == any_(bindparam("names", type_=ARRAY(String)))
    else:
        each = func.json_each(bindparam("names", type_=String)).table_valued("value")
        named = Session.session.in_(select(each.c.value))
    return (
        select(
            Session.id,
            Session.session,
            Session.status,
            Session.version_id,
            Session.chain_head,
            Session.chain_length,
            ProtocolVersion.protocol_hash,
            of_place(Place.id).label("place_id"),
            of_place(Place.lease_until).label("lease_until"),
        )
        .join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
        # Nobody goes on with a session that came back from an export.
        .where(named, Session.step != IMPORTED_STEP)
        # In one order, so that two transactions over the same sessions do not wait for each other for ever.
        .order_by(Session.id)
        .with_for_update(of=Session)
    )


@cache
def known_statement(dialect: str) -> Select[*tuple[Any, ...]]:
    """For each row of the document ``brought``: whether its number is stored, and the trial at its position.

    Each value is a subquery of its own: a join with a document, of which a planner does not know how long it
    is, would read small tables through, and go on to when they have grown.
    """
    brought = rows_of(
        "brought", {"session_id": Integer(), "number": Integer(), "position": Integer()}, dialect
    ).c
    of_number = (LedgerEntry.session_id == brought.session_id, LedgerEntry.number == brought.number)
    of_trial = (Trial.session_id == brought.session_id, Trial.position == brought.position)
    return select(
        brought.session_id,
        brought.number,
        brought.position,
        select(literal(1)).where(*of_number).scalar_subquery().label("number_is_stored"),
        *(
            select(column).where(*of_trial).scalar_subquery().label(column.key)
            for column in (Trial.id, Trial.block, Trial.block_restarts, Trial.status)
        ),
    )


@cache
def _sessions(dialect: str) -> Prepared:
    return Prepared(sessions_statement(dialect))


@cache
def _known(dialect: str) -> Prepared:
    return Prepared(known_statement(dialect))


def lock_sessions(db: Connection, names: Collection[str], *, now: datetime) -> dict[str, LockedSession]:
    """The sessions of these names, locked and with their places kept; those that are no more are missing."""
    dialect = db.dialect.name
    named = sorted(names) if dialect == "postgresql" else json.dumps(sorted(names))
    rows = _sessions(dialect).all(db, {"names": named})
    protocols = {row.id: _protocol(db, row) for row in rows}
    stale = [
        row
        for row in rows
        if row.status == "in_progress" and not lease_is_fresh(row.lease_until, protocols[row.id], now)
    ]
    locked = {
        row.session: LockedSession(row.id, protocols[row.id], row.chain_head, row.chain_length)
        for row in rows
    }
    if stale:
        _keep_places(db, stale, protocols, locked, now=now)
    return locked


def _protocol(db: Connection, row: Stored) -> StudyProtocol:
    known = known_protocol(row.protocol_hash)
    if known is not None:
        return known
    with within(db) as orm:
        return protocol_of(orm.get_one(ProtocolVersion, row.version_id))


def _keep_places(
    db: Connection,
    rows: Sequence[Stored],
    protocols: Mapping[int, StudyProtocol],
    locked: Mapping[str, LockedSession],
    *,
    now: datetime,
) -> None:
    """Renew leases that are no longer fresh; who holds no place any more gets another one if there is."""
    held = [(row.place_id, row.session, protocols[row.id]) for row in rows if row.place_id is not None]
    with within(db) as orm:
        kept = renew_leases(orm, held, now=now)
        for row in rows:
            if row.session not in kept:
                session = orm.get_one(Session, row.id)
                keep_place(orm, session, now=now)
                mine = locked[row.session]
                mine.chain_head, mine.chain_length = session.chain_head, session.chain_length


def look_up(db: Connection, brought: Sequence[tuple[int, TrialMessage | EventMessage]]) -> Known:
    """What is stored of the numbers and trials of messages that come with the ids of their sessions."""
    if not brought:
        return Known(set(), {}, set())
    document = as_document(
        [
            {
                "session_id": session,
                "number": message.number,
                "position": message.position if isinstance(message, TrialMessage) else None,
            }
            for session, message in brought
        ]
    )
    rows = _known(db.dialect.name).all(db, {"brought": document})
    trials = [row for row in rows if row.id is not None]
    return Known(
        numbers={(row.session_id, row.number) for row in rows if row.number_is_stored},
        trials={(row.session_id, row.position): row for row in trials},
        answered={row.id for row in trials if row.status != "planned"},
    )
