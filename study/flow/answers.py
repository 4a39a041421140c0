"""Keep each answer once: the same message twice is one row, a second answer is refused and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.answer_rows import NewRows
from study.flow.known_answers import Known, LockedSession, lock_sessions, look_up
from study.flow.places import keep_place
from study.flow.questionnaires import step_after_task
from study.frozen import protocol_of
from study.messages import EventMessage, MessageError, TrialMessage, check_ratings, read_message
from study.models import Session, Trial
from study.prepared import Prepared


@dataclass(frozen=True)
class Delivery:
    """What one browser sent: the session it goes on with, and messages as they came."""

    session: str
    raw: Sequence[Any]


@dataclass(frozen=True)
class MessageOutcome:
    """Which messages are safe now, and which can never be stored, with the reason."""

    acknowledged: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Entry:
    """A message as far as it can be read; ``number`` None: it has none to be acknowledged by."""

    number: int | None
    message: TrialMessage | EventMessage | None = None
    fault: str = ""


def record_messages(
    db: DatabaseSession, session: Session, raw: Sequence[Any], *, now: datetime
) -> MessageOutcome:
    """Store what the browser of one session sent, as record_deliveries does."""
    db.flush()
    (outcome,) = record_deliveries(db.connection(), [Delivery(session.session, raw)], now=now)
    db.expire(session)
    if outcome is None:
        raise LookupError(f"expected the session {session.session} in the database, found none")
    return outcome


def record_deliveries(
    db: Connection, deliveries: Sequence[Delivery], *, now: datetime
) -> list[MessageOutcome | None]:
    """Store what many browsers sent; None for a session that is no more.

    What is acknowledged is in the database when the transaction ends. Until then the sessions are locked,
    so that two deliveries of one browser do not cross. A message that cannot be stored undoes no other.
    """
    sessions = lock_sessions(db, {delivery.session for delivery in deliveries}, now=now)
    brought = [
        (sessions.get(delivery.session), [_read(entry) for entry in delivery.raw]) for delivery in deliveries
    ]
    known = look_up(db, _brought(brought))
    new = NewRows(now)
    outcomes = [
        None if session is None else _record_all(session, entries, known, new) for session, entries in brought
    ]
    new.write(db, sessions.values())
    return outcomes


def _read(raw: Any) -> _Entry:
    number = raw.get("number") if isinstance(raw, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return _Entry(None, fault="expected a message with a whole number, found none")
    try:
        return _Entry(number, read_message(raw))
    except MessageError as error:
        return _Entry(number, fault=str(error))


def _brought(
    brought: Sequence[tuple[LockedSession | None, Sequence[_Entry]]],
) -> list[tuple[int, TrialMessage | EventMessage]]:
    """Every message that can be read, with the number of its session's row."""
    return [
        (session.id, entry.message)
        for session, entries in brought
        for entry in entries
        if session is not None and entry.message is not None
    ]


def _record_all(
    session: LockedSession, entries: Sequence[_Entry], known: Known, new: NewRows
) -> MessageOutcome:
    acknowledged: list[int] = []
    refused: list[tuple[int, str]] = []
    for entry in entries:
        try:
            _record(session, entry, known, new)
        except MessageError as error:
            refused.append((entry.number or 0, str(error)))
        else:
            acknowledged.append(entry.number or 0)
    return MessageOutcome(tuple(acknowledged), tuple(refused))


def _record(session: LockedSession, entry: _Entry, known: Known, new: NewRows) -> None:
    """Add a message to the new rows unless it is stored already; MessageError when it cannot be."""
    message = entry.message
    if message is None:
        raise MessageError(entry.fault)
    number: int | None = message.number
    if (session.id, number) in known.numbers:
        if not known.awaits(session.id, message):
            return
        # Two devices can come upon the same number, however seldom. An answer that is still missing is no
        # replay of another message.
        number = None
    if isinstance(message, TrialMessage):
        _record_trial(session, message, number, known, new)
    else:
        new.add_event(
            session,
            message.number,
            message.event,
            position=message.position,
            at_ms=message.at_ms,
            detail=message.detail,
        )
    known.numbers.add((session.id, message.number))


def _record_trial(
    session: LockedSession, message: TrialMessage, number: int | None, known: Known, new: NewRows
) -> None:
    trial = known.trials.get((session.id, message.position))
    if trial is None:
        raise MessageError(f"position: expected a trial of this session, found {message.position}")
    if trial.id in known.answered:
        _note_second_answer(session, message, new)
        return
    block = session.protocol.block(trial.block)
    if message.status != "interrupted":
        check_ratings(message.ratings, block, complete=message.status == "answered")
    known.answered.add(trial.id)
    new.add_answer(session, trial, message, block, number=number)


def _note_second_answer(session: LockedSession, message: TrialMessage, new: NewRows) -> None:
    # A reload or a second tab can answer a trial again. The first answer counts; what was said the
    # second time stays visible beside it.
    said = "; ".join(f"{r.question}.{r.target}={r.value}" for r in message.ratings)[:2000]
    new.add_event(
        session,
        message.number,
        "second_answer",
        position=message.position,
        at_ms=message.presentation.onset_ms,
        detail={"status": message.status, "ratings": said},
    )


_LEFT = Prepared(
    select(Trial.position)
    .where(Trial.session_id == bindparam("of_session"), Trial.status == "planned")
    .order_by(Trial.position)
)


def finish_task(db: DatabaseSession, session: Session, *, now: datetime) -> tuple[int, ...]:
    """Positions still without an answer; when there are none the session moves on.

    None are asked of a session that has lapsed.
    """
    left = _LEFT.all(db.connection(), {"of_session": session.id})
    missing = tuple(trial.position for trial in left)
    session.last_seen_at = now
    if not keep_place(db, session, now=now):
        return ()
    if not missing and session.step == "task":
        session.step = step_after_task(protocol_of(session.version))
    return missing
