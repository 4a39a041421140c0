"""The statements that store answers: what has to be known first, and the rows that are added.

A transaction costs what its statements cost, hardly what its rows do. So there is a fixed number of
statements, for one answer as for a hundred that came at the same time (study.answer_queue).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, and_, bindparam, insert, select, update

from study.chain import Entry, link
from study.database import within
from study.flow.lookup import Lookup
from study.flow.places import keep_place, lease_is_fresh, renew_leases
from study.flow.replacing import plan_replacement
from study.frozen import known_protocol, protocol_of
from study.messages import EventMessage, Presentation, Process, TrialMessage
from study.models import IMPORTED_STEP, Event, LedgerEntry, Place, ProtocolVersion, Rating, Session, Trial
from study.protocol import Block, StudyProtocol
from study.records import (
    EVENT,
    PLANNED,
    REPLACEMENT,
    TRIAL,
    event_content,
    moment,
    replacement_content,
    trial_content,
)

Stored = Row[*tuple[Any, ...]]

# ---- what has to be known first ----


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


_SESSIONS = (
    select(
        Session.id,
        Session.session,
        Session.status,
        Session.version_id,
        Session.chain_head,
        Session.chain_length,
        ProtocolVersion.protocol_hash,
        Place.id.label("place_id"),
        Place.lease_until,
    )
    .join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
    # Nobody goes on with a session that came back from an export.
    .where(Session.step != IMPORTED_STEP)
    .outerjoin(
        Place,
        and_(
            Place.study_id == Session.study_id,
            Place.namespace == Session.namespace,
            Place.ordinal == Session.place,
            Place.holder == Session.session,
            Place.status == "claimed",
        ),
    )
    # In one order, so that two transactions over the same sessions do not wait for each other for ever. One
    # transaction has at most as many as a server has threads, and so they come from one statement.
    .order_by(Session.id)
    .with_for_update(of=Session)
)
_SESSIONS_BY_NAME = Lookup(_SESSIONS, Session.session)
_NUMBERS = Lookup(
    select(LedgerEntry.session_id, LedgerEntry.number), LedgerEntry.session_id, LedgerEntry.number
)
_TRIALS = Lookup(
    select(Trial.id, Trial.session_id, Trial.position, Trial.block, Trial.block_restarts, Trial.status),
    Trial.session_id,
    Trial.position,
)


def lock_sessions(db: Connection, names: Collection[str], *, now: datetime) -> dict[str, LockedSession]:
    """The sessions of these names, locked and with their places kept; those that are no more are missing."""
    rows = _SESSIONS_BY_NAME.rows(db, [(name,) for name in sorted(names)])
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
    stored = _NUMBERS.rows(db, [(session, message.number) for session, message in brought])
    trials = _TRIALS.rows(
        db, [(session, m.position) for session, m in brought if isinstance(m, TrialMessage)]
    )
    return Known(
        numbers={(row.session_id, row.number) for row in stored},
        trials={(row.session_id, row.position): row for row in trials},
        answered={row.id for row in trials if row.status != "planned"},
    )


# ---- the rows that are added ----


_SHOWN = (*Presentation.model_fields, *Process.model_fields)
_NOT_KNOWN = dict.fromkeys(Process.model_fields)
_TRIAL_TABLE = cast(Table, Trial.__table__)
_SESSION_TABLE = cast(Table, Session.__table__)

# What is stored once is never changed: the second condition says so to the database as well.
_ANSWER_TRIAL = (
    update(_TRIAL_TABLE)
    .where(_TRIAL_TABLE.c.id == bindparam("of_trial"), _TRIAL_TABLE.c.status == "planned")
    .values({name: bindparam(name) for name in ("status", "received_at", *_SHOWN)})
)
_SEE_SESSION = (
    update(_SESSION_TABLE)
    .where(_SESSION_TABLE.c.id == bindparam("of_session"))
    .values({name: bindparam(name) for name in ("last_seen_at", "chain_head", "chain_length")})
)
_ADD_LINKS = insert(cast(Table, LedgerEntry.__table__))
_ADD_RATINGS = insert(cast(Table, Rating.__table__))
_ADD_EVENTS = insert(cast(Table, Event.__table__))


@dataclass
class NewRows:
    """Rows to be added at ``now``, by table."""

    now: datetime
    _links: list[dict[str, Any]] = field(default_factory=list)
    _trials: list[dict[str, Any]] = field(default_factory=list)
    _ratings: list[dict[str, Any]] = field(default_factory=list)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _voided: list[tuple[LockedSession, int, Block]] = field(default_factory=list)

    def add_answer(
        self,
        session: LockedSession,
        trial: Stored,
        message: TrialMessage,
        block: Block,
        *,
        number: int | None,
    ) -> None:
        """What was shown on a trial, and what was answered unless it was interrupted."""
        shown = {
            "status": message.status,
            "received_at": self.now,
            **message.presentation.model_dump(),
            **(message.process.model_dump() if message.process else _NOT_KNOWN),
        }
        given = [rating for rating in message.ratings if rating.value != ""]
        ratings = [
            {**rating.model_dump(), "order": order, "received_at": self.now}
            for order, rating in enumerate(given if message.status != "interrupted" else [], start=1)
        ]
        before = {"position": trial.position, "block_restarts": trial.block_restarts}
        content = trial_content({**before, **shown}, ratings)
        self._add_link(session, TRIAL, str(trial.position), number, content)
        self._trials.append({"of_trial": trial.id, **shown})
        self._ratings += [{"trial_id": trial.id, **rating} for rating in ratings]
        if message.status == "interrupted":
            self._voided.append((session, trial.id, block))

    def add_event(
        self,
        session: LockedSession,
        number: int,
        kind: str,
        *,
        position: int | None,
        at_ms: float | None,
        detail: Mapping[str, Any],
    ) -> None:
        """Something that happened besides the answers."""
        event = {
            "number": number,
            "kind": kind,
            "position": position,
            "at_ms": at_ms,
            "received_at": self.now,
            "detail": dict(detail),
        }
        sequence = self._add_link(session, EVENT, kind, number, event_content(event))
        self._events.append({**event, "session_id": session.id, "sequence": sequence})

    def _add_link(
        self, session: LockedSession, kind: str, name: str, number: int | None, content: Mapping[str, Any]
    ) -> int:
        """Put a record at the end of the session's chain, as study.flow.ledger does; returns its place."""
        sequence = session.chain_length + 1
        head = link(session.chain_head, Entry(sequence, kind, name, number, moment(self.now)), content)
        row = {"session_id": session.id, "sequence": sequence, "number": number, "kind": kind, "name": name}
        self._links.append({**row, "link": head, "at": self.now})
        session.chain_head, session.chain_length = head, sequence
        return sequence

    def write(self, db: Connection, seen: Iterable[LockedSession]) -> None:
        """Write everything, and that these sessions were seen."""
        if self._trials:
            changed = db.execute(_ANSWER_TRIAL, self._trials).rowcount
            if changed != len(self._trials):
                raise RuntimeError(
                    f"expected {len(self._trials)} trials without an answer, found {changed}; "
                    "something else writes answers"
                )
            self._replace_voided(db)
        if self._links:
            db.execute(_ADD_LINKS, self._links)
        if self._ratings:
            db.execute(_ADD_RATINGS, self._ratings)
        if self._events:
            db.execute(_ADD_EVENTS, self._events)
        rows = [
            {
                "of_session": session.id,
                "last_seen_at": self.now,
                "chain_head": session.chain_head,
                "chain_length": session.chain_length,
            }
            for session in seen
        ]
        if rows:
            db.execute(_SEE_SESSION, rows)

    def _replace_voided(self, db: Connection) -> None:
        """Add the trials that stand in for interrupted ones, where their block asks for it."""
        if not self._voided:
            return
        with within(db) as orm:
            for session, trial, block in self._voided:
                added = plan_replacement(orm, orm.get_one(Trial, trial), block)
                if added is None:
                    continue
                content = replacement_content({name: getattr(added, name) for name in PLANNED})
                self._add_link(session, REPLACEMENT, str(added.position), None, content)
                orm.flush()
