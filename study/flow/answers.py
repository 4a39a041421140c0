"""Keep each answer once: the same message twice is one row, a second answer is refused and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.places import keep_place
from study.flow.questionnaires import step_after_task
from study.flow.replacing import plan_replacement
from study.messages import (
    EventMessage,
    MessageError,
    TrialMessage,
    check_ratings,
    read_message,
)
from study.models import Event, Message, Rating, Session, Trial
from study.protocol import StudyProtocol, thaw


@dataclass(frozen=True)
class MessageOutcome:
    """Which messages are safe now, and which can never be stored, with the reason."""

    acknowledged: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


def record_messages(
    db: DatabaseSession, session: Session, raw: Sequence[Any], *, now: datetime
) -> MessageOutcome:
    """Store a batch. What is acknowledged is in the database when the transaction ends.

    ``session`` must be locked by the caller, so that two deliveries of one browser do not cross.
    """
    protocol = thaw(session.version.protocol)
    session.last_seen_at = now
    keep_place(db, session, now=now)
    stored = set(db.scalars(select(Message.number).where(Message.session_id == session.id)))
    acknowledged: list[int] = []
    refused: list[tuple[int, str]] = []
    for entry in raw:
        number = entry.get("number") if isinstance(entry, dict) else None
        if not isinstance(number, int) or isinstance(number, bool):
            refused.append((0, "expected a message with a whole number, found none"))
        elif number in stored:
            acknowledged.append(number)
        else:
            try:
                _record(db, session, protocol, read_message(entry), now)
            except MessageError as error:
                refused.append((number, str(error)))
                continue
            stored.add(number)
            acknowledged.append(number)
    return MessageOutcome(tuple(acknowledged), tuple(refused))


def _record(
    db: DatabaseSession,
    session: Session,
    protocol: StudyProtocol,
    message: TrialMessage | EventMessage,
    now: datetime,
) -> None:
    if isinstance(message, TrialMessage):
        _record_trial(db, session, protocol, message, now)
    else:
        db.add(
            Event(
                session_id=session.id,
                number=message.number,
                kind=message.event,
                position=message.position,
                at_ms=message.at_ms,
                received_at=now,
                detail=dict(message.detail),
            )
        )
    db.add(Message(session_id=session.id, number=message.number, received_at=now))
    db.flush()


def _record_trial(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, message: TrialMessage, now: datetime
) -> None:
    trial = db.scalars(
        select(Trial).where(Trial.session_id == session.id, Trial.position == message.position)
    ).first()
    if trial is None:
        raise MessageError(f"position: expected a trial of this session, found {message.position}")
    if trial.status != "planned":
        _note_second_answer(db, session, trial, message, now)
        return
    block = protocol.block(trial.block)
    if message.status != "interrupted":
        check_ratings(message.ratings, block, complete=message.status == "answered")
    trial.status = message.status
    trial.received_at = now
    process = message.process.model_dump() if message.process else {}
    for name, value in (message.presentation.model_dump() | process).items():
        setattr(trial, name, value)
    if message.status == "interrupted":
        plan_replacement(db, trial, block)
    else:
        _add_ratings(db, trial, message, now)


def _add_ratings(db: DatabaseSession, trial: Trial, message: TrialMessage, now: datetime) -> None:
    given = [rating for rating in message.ratings if rating.value != ""]
    db.add_all(
        Rating(
            trial_id=trial.id,
            question=rating.question,
            target=rating.target,
            value=rating.value,
            rt_ms=rating.rt_ms,
            release_ms=rating.release_ms,
            input=rating.input,
            order=order,
            received_at=now,
        )
        for order, rating in enumerate(given, start=1)
    )


def _note_second_answer(
    db: DatabaseSession, session: Session, trial: Trial, message: TrialMessage, now: datetime
) -> None:
    # A reload or a second tab can answer a trial again. The first answer counts; what was said the
    # second time stays visible beside it.
    db.add(
        Event(
            session_id=session.id,
            number=message.number,
            kind="second_answer",
            position=trial.position,
            at_ms=message.presentation.onset_ms,
            received_at=now,
            detail={
                "status": message.status,
                "ratings": "; ".join(f"{r.question}.{r.target}={r.value}" for r in message.ratings)[:2000],
            },
        )
    )


def finish_task(db: DatabaseSession, session: Session, *, now: datetime) -> tuple[int, ...]:
    """Positions still without an answer; when there are none the session moves on.

    None are asked of a session that has lapsed.
    """
    missing = tuple(
        db.scalars(
            select(Trial.position)
            .where(Trial.session_id == session.id, Trial.status == "planned")
            .order_by(Trial.position)
        )
    )
    session.last_seen_at = now
    if not keep_place(db, session, now=now):
        return ()
    if not missing and session.step == "task":
        session.step = step_after_task(thaw(session.version.protocol))
    return missing
