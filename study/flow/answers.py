"""Keep each answer once: the same message twice is one row, a second answer is refused and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.ledger import add_event, add_link
from study.flow.places import keep_place
from study.flow.questionnaires import step_after_task
from study.messages import (
    EventMessage,
    GivenRating,
    MessageError,
    TrialMessage,
    check_ratings,
    read_message,
)
from study.models import LedgerEntry, Rating, Session, Trial
from study.protocol import StudyProtocol, thaw
from study.records import TRIAL, trial_content


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
    # The session's row is written once, at the end of the transaction.
    with db.no_autoflush:
        session.last_seen_at = now
        keep_place(db, session, now=now)
        return _record_batch(db, session, raw, now)


def _record_batch(db: DatabaseSession, session: Session, raw: Sequence[Any], now: datetime) -> MessageOutcome:
    protocol = thaw(session.version.protocol)
    stored = _stored_numbers(db, session, raw)
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


def _stored_numbers(db: DatabaseSession, session: Session, raw: Sequence[Any]) -> set[int]:
    """Which of the numbers that a batch brings are stored already."""
    brought = [entry.get("number") for entry in raw if isinstance(entry, dict)]
    numbers = [number for number in brought if isinstance(number, int) and 0 < number < 2**31]
    query = select(LedgerEntry.number).where(
        LedgerEntry.session_id == session.id, LedgerEntry.number.in_(numbers)
    )
    return {number for number in db.scalars(query) if number is not None}


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
        add_event(
            db,
            session,
            message.event,
            now=now,
            number=message.number,
            position=message.position,
            at_ms=message.at_ms,
            detail=message.detail,
        )


def _record_trial(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, message: TrialMessage, now: datetime
) -> None:
    trial = db.execute(
        select(Trial.id, Trial.block, Trial.status).where(
            Trial.session_id == session.id, Trial.position == message.position
        )
    ).first()
    if trial is None:
        raise MessageError(f"position: expected a trial of this session, found {message.position}")
    if trial.status != "planned":
        _note_second_answer(db, session, message, now)
        return
    given: list[GivenRating] = []
    if message.status != "interrupted":
        block = protocol.block(trial.block)
        check_ratings(message.ratings, block, complete=message.status == "answered")
        given = [rating for rating in message.ratings if rating.value != ""]
    shown = {"status": message.status, "received_at": now, **message.presentation.model_dump()}
    # What is stored once is never changed: whoever comes second finds the trial no longer planned.
    first = db.execute(
        update(Trial).where(Trial.id == trial.id, Trial.status == "planned").values(shown).returning(Trial.id)
    ).first()
    if first is None:
        _note_second_answer(db, session, message, now)
        return
    ratings = [_rating_row(rating, order, now) for order, rating in enumerate(given, start=1)]
    if ratings:
        db.execute(insert(Rating), [{"trial_id": trial.id, **rating} for rating in ratings])
    content = trial_content({"position": message.position, **shown}, ratings)
    add_link(db, session, TRIAL, content, at=now, name=str(message.position), number=message.number)


def _rating_row(rating: GivenRating, order: int, now: datetime) -> dict[str, Any]:
    return {**rating.model_dump(), "order": order, "received_at": now}


def _note_second_answer(db: DatabaseSession, session: Session, message: TrialMessage, now: datetime) -> None:
    # A reload or a second tab can answer a trial again. The first answer counts; what was said the
    # second time stays visible beside it.
    said = "; ".join(f"{r.question}.{r.target}={r.value}" for r in message.ratings)[:2000]
    add_event(
        db,
        session,
        "second_answer",
        now=now,
        number=message.number,
        position=message.position,
        at_ms=message.presentation.onset_ms,
        detail={"status": message.status, "ratings": said},
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
