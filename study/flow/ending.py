"""The end of a session: completed and thanked, or withdrawn and erased."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.places import keep_place, return_place
from study.models import Departure, Place, Session


def finish(db: DatabaseSession, session: Session, *, now: datetime) -> str | None:
    """Complete a session that has reached its debrief; returns the withdrawal code the first time.

    A session that has lapsed (study.flow.places) does not complete.
    Only the code's sha256 is kept: nobody but the participant can use it.
    """
    if session.step != "debrief" or session.status == "completed":
        return None
    if not keep_place(db, session, now=now):
        return None
    session.status, session.completed_at, session.last_seen_at = "completed", now, now
    db.execute(
        update(Place)
        .where(Place.study_id == session.study_id, Place.holder == session.session)
        .values(status="completed", lease_until=None)
    )
    code = withdrawal_code()
    session.withdrawal_code_hash = _digest(code)
    return code


def withdrawal_code() -> str:
    """Twelve letters and digits that cannot be mistaken for each other, in groups of four."""
    letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    word = "".join(secrets.choice(letters) for _ in range(12))
    return "-".join((word[:4], word[4:8], word[8:]))


def withdraw(db: DatabaseSession, session: Session, *, now: datetime) -> None:
    """Erase a session with everything it answered, count it, and give its place back."""
    db.add(Departure(study_id=session.study_id, namespace=session.namespace, kind="withdrawn", at=now))
    return_place(db, session)
    # Answers, events and identifiers go with the session (ON DELETE CASCADE).
    db.execute(delete(Session).where(Session.id == session.id))


def withdraw_by_code(db: DatabaseSession, study_id: int, code: str, *, now: datetime) -> bool:
    """Withdraw the session a code belongs to; False when there is none."""
    tidy = code.strip().upper()
    session = db.scalars(
        select(Session).where(Session.study_id == study_id, Session.withdrawal_code_hash == _digest(tidy))
    ).first()
    if session is None:
        return False
    withdraw(db, session, now=now)
    return True


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
