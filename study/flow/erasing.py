"""Erase people: who withdraws, who comes back by an old backup, whose time is up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, and_, delete, false, func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.erasures import digest, note_erasure, read_erasures
from study.flow.ending import code_hash
from study.flow.ledger import lock_register, register
from study.flow.places import return_place
from study.frozen import protocol_of
from study.models import Departure, Invitation, RecruiterIdentifier, Session, Study
from study.protocol import Retention
from study.retention import RetentionDue

#: People who stopped before all was answered. Who failed the attention checks answered everything.
UNFINISHED = ("consented", "in_progress", "screened_out", "lapsed", "technical_failure")


def withdraw(db: DatabaseSession, session: Session, *, erasures: Path, now: datetime) -> None:
    """Erase a session with everything it answered, count it, and give its place back.

    The erasure log ``erasures`` learns of it first: should the transaction fail, the session is erased when
    the app starts again, as the person wished.
    """
    note_erasure(erasures, session.session, at=now)
    _erase(db, session, kind="withdrawn", at=now)


def withdraw_by_code(db: DatabaseSession, study_id: int, code: str, *, erasures: Path, now: datetime) -> bool:
    """Withdraw the session a code belongs to; False when there is none."""
    session = db.scalars(
        select(Session)
        .where(Session.study_id == study_id, Session.withdrawal_code_hash == code_hash(code))
        .with_for_update()
    ).first()
    if session is None:
        return False
    withdraw(db, session, erasures=erasures, now=now)
    return True


def erase_again(db: DatabaseSession, *, erasures: Path) -> int:
    """Erase what a restored backup has brought back; returns how many sessions that were.

    Each is counted as withdrawn at the time it first was. The backup does not know of that yet, so nobody
    is counted twice.
    """
    erased = read_erasures(erasures)
    if not erased:
        return 0
    back = [one for one in db.scalars(select(Session.session)) if digest(one) in erased]
    count = 0
    for identifier in back:
        # Several processes may start at once; whoever comes second finds the row gone.
        query = select(Session).where(Session.session == identifier).with_for_update()
        session = db.scalars(query.execution_options(populate_existing=True)).first()
        if session is not None:
            _erase(db, session, kind="withdrawn", at=erased[digest(identifier)])
            count += 1
    return count


def _erase(db: DatabaseSession, session: Session, *, kind: str, at: datetime) -> None:
    lock_register(db, session.study)
    register(db, session.study, kind, session.session, at=at)
    db.add(
        Departure(
            study_id=session.study_id,
            namespace=session.namespace,
            kind=kind,
            cell=session.cell,
            status=session.status,
            at=at,
        )
    )
    return_place(db, session)
    # Answers, events, identifiers and the chain go with the session (ON DELETE CASCADE).
    db.execute(delete(Session).where(Session.id == session.id))


def retention_due(db: DatabaseSession, study: Study, *, now: datetime) -> RetentionDue:
    """What is kept for how long, and how much of it is due at ``now``."""
    kept = protocol_of(study.current).retention
    identified = select(func.count(), func.min(Session.last_seen_at, type_=Session.last_seen_at.type))
    identified = identified.where(Session.study_id == study.id, _has_identifiers())
    unfinished = select(func.count(), func.min(Session.last_seen_at, type_=Session.last_seen_at.type))
    unfinished = unfinished.where(Session.study_id == study.id, Session.status.in_(UNFINISHED))
    n_identified, first_identified = db.execute(identified).one()
    n_unfinished, first_unfinished = db.execute(unfinished).one()
    return RetentionDue(
        identifiers_days=kept.identifiers_days,
        n_identified=n_identified,
        n_identifiers_due=_count(db, study, _identifiers_due(kept, now)),
        identifiers_next=_after(first_identified, kept.identifiers_days),
        unfinished_days=kept.unfinished_days,
        n_unfinished=n_unfinished,
        n_unfinished_due=_count(db, study, _unfinished_due(kept, now)),
        unfinished_next=_after(first_unfinished, kept.unfinished_days),
    )


def purge(db: DatabaseSession, study: Study, *, now: datetime) -> RetentionDue:
    """Erase what is due; returns what that was.

    People who never completed are erased like people who withdraw, and counted as purged. With a person's
    identifiers goes the personal link they came by, and the label it was made for.
    """
    due = retention_due(db, study, now=now)
    kept = protocol_of(study.current).retention
    for session in db.scalars(select(Session).where(_of(study), _unfinished_due(kept, now))).all():
        _erase(db, session, kind="purged", at=now)
    sessions = select(Session.id).where(_of(study), _identifiers_due(kept, now))
    keys = select(RecruiterIdentifier.value).where(
        RecruiterIdentifier.session_id.in_(sessions), RecruiterIdentifier.name == "key"
    )
    db.execute(delete(Invitation).where(Invitation.study_id == study.id, Invitation.token_hash.in_(keys)))
    db.execute(delete(RecruiterIdentifier).where(RecruiterIdentifier.session_id.in_(sessions)))
    return due


def _of(study: Study) -> ColumnElement[bool]:
    return Session.study_id == study.id


def _has_identifiers() -> ColumnElement[bool]:
    return Session.id.in_(select(RecruiterIdentifier.session_id))


def _identifiers_due(kept: Retention, now: datetime) -> ColumnElement[bool]:
    # Whoever is still under way needs them to come back by the same link, and takes them along at the end.
    return and_(_has_identifiers(), Session.last_seen_at < now - timedelta(days=kept.identifiers_days))


def _unfinished_due(kept: Retention, now: datetime) -> ColumnElement[bool]:
    if kept.unfinished_days is None:
        return false()
    return and_(
        Session.status.in_(UNFINISHED), Session.last_seen_at < now - timedelta(days=kept.unfinished_days)
    )


def _count(db: DatabaseSession, study: Study, condition: ColumnElement[bool]) -> int:
    return db.scalar(select(func.count()).select_from(Session).where(_of(study), condition)) or 0


def _after(first: datetime | None, days: int | None) -> datetime | None:
    return None if first is None or days is None else first + timedelta(days=days)
