"""The end of a session: completed, failed the checks, or stopped by a technical failure."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.attention_checks import CheckTrial, n_failed_checks
from study.flow.ledger import add_code, add_end
from study.flow.places import complete_place, keep_place, return_place
from study.frozen import protocol_of
from study.models import Rating, Session, Trial

UNDER_WAY = ("consented", "in_progress")


def finish(db: DatabaseSession, session: Session, *, now: datetime) -> str | None:
    """End a session that has reached its debrief; returns the withdrawal code the first time.

    It is completed, or has failed more attention checks than the study allows: then its answers are kept
    and its place goes to the next person. Only the code's sha256 is kept: nobody but the participant can
    use it. A session that has lapsed (study.flow.places) does not complete.
    """
    if session.step != "debrief" or session.status not in UNDER_WAY:
        return None
    session.last_seen_at = now
    if _failed_too_many(db, session):
        session.status = "failed_checks"
        return_place(db, session)
    elif _has_place(db, session, now=now):
        session.status = "completed"
    else:
        return code_after_lapse(db, session, now=now)
    session.completed_at = now
    add_end(db, session, now=now)
    return _give_code(db, session, now=now)


def _has_place(db: DatabaseSession, session: Session, *, now: datetime) -> bool:
    """Give a session its place for good; one that lost it is given another if there is."""
    if complete_place(db, session):
        return True
    if not keep_place(db, session, now=now):
        return False
    complete_place(db, session)
    return True


def code_after_lapse(db: DatabaseSession, session: Session, *, now: datetime) -> str | None:
    """The withdrawal code of a session that has lapsed, the first time: its answers are kept."""
    if session.status != "lapsed" or session.withdrawal_code_hash is not None:
        return None
    return _give_code(db, session, now=now)


def fail_technically(db: DatabaseSession, session: Session, *, now: datetime) -> str | None:
    """End a session that cannot go on; its answers are kept, its place goes to the next person.

    Returns the withdrawal code; None, and changes nothing, when the session has ended already.
    """
    if session.status not in UNDER_WAY:
        return None
    session.status, session.step, session.last_seen_at = "technical_failure", "ended", now
    return_place(db, session)
    add_end(db, session, now=now)
    return _give_code(db, session, now=now)


def _failed_too_many(db: DatabaseSession, session: Session) -> bool:
    protocol = protocol_of(session.version)
    allowed = protocol.exclusions.max_failed_checks
    if allowed is None:
        return False
    return n_failed_checks(_checks(db, session), protocol.blocks) > allowed


def _checks(db: DatabaseSession, session: Session) -> list[CheckTrial]:
    query = (
        select(Trial.position, Trial.block, Trial.asked_answer, Rating.question, Rating.target, Rating.value)
        .join(Rating, Rating.trial_id == Trial.id)
        .where(Trial.session_id == session.id, Trial.asked_answer.is_not(None))
    )
    found: dict[int, CheckTrial] = {}
    for position, block, asked, question, target, value in db.execute(query):
        check = found.setdefault(position, CheckTrial(block, str(asked), {}))
        check.answers[question, target] = value
    return list(found.values())


def _give_code(db: DatabaseSession, session: Session, *, now: datetime) -> str:
    code = withdrawal_code()
    session.withdrawal_code_hash = code_hash(code)
    add_code(db, session, now=now)
    return code


LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def withdrawal_code() -> str:
    """Twelve letters and digits that cannot be mistaken for each other, in groups of four."""
    word = "".join(secrets.choice(LETTERS) for _ in range(12))
    return "-".join((word[:4], word[4:8], word[8:]))


def code_hash(code: str) -> str:
    """What is kept of a withdrawal code, however it was typed: small letters, spaces, without hyphens."""
    word = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256("-".join((word[:4], word[4:8], word[8:])).encode()).hexdigest()
