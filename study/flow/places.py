"""Places of a study: claimed in one statement, held by activity, free again after silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session as DatabaseSession

from study.assignment import seats
from study.database import add_rows
from study.flow.ledger import add_end, add_link
from study.flow.plans import plan_of_place, shares_of, study_pairs
from study.flow.questionnaires import first_step
from study.flow.stopping import may_begin, stopped_cells
from study.frozen import protocol_of
from study.models import Place, Session, Study, Trial
from study.protocol import StudyProtocol
from study.records import PLAN, PLANNED, plan_content

REHEARSAL_PLACES = 64

# Answers come every few seconds. A lease is renewed at most this often, and so may end this much early.
RENEWED_EVERY = timedelta(seconds=30)


def take_place(db: DatabaseSession, session: Session, protocol: StudyProtocol, *, now: datetime) -> None:
    """Claim a place and write its plan as rows; without a free place the session ends as full."""
    place = _claim(db, session, protocol, now) if may_begin(db, session, protocol, now) else None
    if place is None:
        session.status, session.step = "screened_out", "full"
        add_end(db, session, now=now)
        return
    plan = plan_of_place(db, session.version, namespace=session.namespace, ordinal=place.ordinal)
    # An amendment may have changed what an open place stands for since it was made.
    place.round, place.cell, place.list_number = plan.seat.round, plan.seat.cell, plan.seat.list_number
    session.place, session.cell, session.list_number = place.ordinal, place.cell, place.list_number
    session.seed = plan.seed
    session.status, session.step, session.started_at = "in_progress", first_step(protocol), now
    rows = [{name: getattr(trial, name) for name in PLANNED} for trial in plan.trials]
    add_rows(db, Trial, [{"session_id": session.id, **row} for row in rows])
    taken = {
        "place": session.place,
        "cell": session.cell,
        "list_number": session.list_number,
        "seed": session.seed,
        "started_at": now,
    }
    add_link(db, session, PLAN, plan_content(taken, rows), at=now)


def keep_place(db: DatabaseSession, session: Session, *, now: datetime) -> bool:
    """Renew the lease of a session under way; False when it has lapsed.

    Somebody else may have been given the place during a long silence. The session then goes on with its
    own plan in another free place of its cell: of the same list if there is one, else in the last one, so
    that the rounds before fill up as they should. Without any it ends as lapsed: never do more people
    complete than were wanted.
    """
    if session.status != "in_progress":
        return session.status != "lapsed"
    protocol = protocol_of(session.version)
    held = db.scalars(
        update(Place)
        .where(*_of(session), Place.holder == session.session, Place.status == "claimed")
        .values(lease_until=_lease(protocol, now))
        .returning(Place.id),
        execution_options={"synchronize_session": False},
    ).first()
    if held is None and _claim(db, session, protocol, now, again=True) is None:
        session.status, session.step = "lapsed", "lapsed"
        add_end(db, session, now=now)
    return session.status != "lapsed"


def lease_is_fresh(lease_until: datetime | None, protocol: StudyProtocol, now: datetime) -> bool:
    """Whether a lease was renewed so lately that another answer need not do it; None is no lease."""
    return lease_until is not None and lease_until > _lease(protocol, now) - RENEWED_EVERY


def is_at_rest(db: DatabaseSession, session: Session, *, now: datetime) -> bool:
    """Whether keep_place would change nothing that matters, so that nobody has to write."""
    if session.status != "in_progress":
        return session.status != "lapsed" or session.withdrawal_code_hash is not None
    query = select(Place.lease_until).where(
        *_of(session),
        Place.ordinal == session.place,
        Place.holder == session.session,
        Place.status == "claimed",
    )
    return lease_is_fresh(db.scalars(query).first(), protocol_of(session.version), now)


def renew_leases(
    db: DatabaseSession, held: Sequence[tuple[int, str, StudyProtocol]], *, now: datetime
) -> set[str]:
    """Renew the leases of places, each with its holder; returns the holders who still held theirs."""
    kept = set()
    for place, holder, protocol in held:
        mine = (Place.id == place, Place.holder == holder, Place.status == "claimed")
        renewed = update(Place).where(*mine).values(lease_until=_lease(protocol, now)).returning(Place.id)
        if db.execute(renewed, execution_options={"synchronize_session": False}).first():
            kept.add(holder)
    return kept


def return_place(db: DatabaseSession, session: Session) -> None:
    """Give the place of a session to the next person; nothing happens when it holds none."""
    db.execute(
        update(Place)
        .where(*_of(session), Place.holder == session.session)
        .values(status="open", holder=None, lease_until=None)
    )


def _of(session: Session) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Place.study_id == session.study_id, Place.namespace == session.namespace


def _lease(protocol: StudyProtocol, now: datetime) -> datetime:
    return now + timedelta(minutes=protocol.recruitment.lease_minutes)


def _target(session: Session) -> int:
    """Places in all, as the newest version of the study says."""
    return protocol_of(session.study.current).recruitment.target


def _claim(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, now: datetime, *, again: bool = False
) -> Place | None:
    """A free place, taken in one statement so that no two people get the same one."""
    taken = _claim_free(db, session, protocol, now, again=again)
    if taken is not None:
        return taken
    # Two people may find no free place at once; the lock on the study lets one of them add places, and
    # the other finds them there. A plain FOR UPDATE would deadlock with the key-share locks that both hold
    # since their sessions were inserted.
    db.execute(select(Study.id).where(Study.id == session.study_id).with_for_update(key_share=True))
    taken = _claim_free(db, session, protocol, now, again=again)
    while taken is None and _add_places(db, session, protocol):
        taken = _claim_free(db, session, protocol, now, again=again)
    return taken


def _claim_free(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, now: datetime, *, again: bool
) -> Place | None:
    wanted = [
        *_of(session),
        or_(Place.status == "open", and_(Place.status == "claimed", Place.lease_until < now)),
    ]
    order: list[ColumnElement[int]] = [Place.ordinal.expression]
    if session.namespace == "live":
        # An amendment may have lowered the target after the places were made.
        wanted.append(Place.ordinal < _target(session))
    if not again and (stopped := stopped_cells(db, session, protocol)):
        wanted.append(Place.cell.not_in(stopped))
    if again:
        same = Place.list_number == session.list_number
        wanted.append(Place.cell == session.cell)
        order = [case((same, 0), else_=1), case((same, Place.ordinal), else_=-Place.ordinal)]
    best = (
        select(Place.id)
        .where(*wanted)
        .order_by(*order)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return db.scalars(
        update(Place)
        .where(Place.id == best)
        .values(status="claimed", holder=session.session, lease_until=_lease(protocol, now))
        .returning(Place),
        execution_options={"synchronize_session": False},
    ).first()


def _add_places(db: DatabaseSession, session: Session, protocol: StudyProtocol) -> bool:
    """Open places: all the live ones wanted, or some more for rehearsals; False when all are there."""
    first = db.scalar(select(sql.count()).select_from(Place).where(*_of(session))) or 0
    n = _target(session) - first if session.namespace == "live" else REHEARSAL_PLACES
    if n <= 0:
        return False
    shares = shares_of(protocol, len(study_pairs(db, session.study_id)[0]))
    add_rows(
        db,
        Place,
        [
            {
                "study_id": session.study_id,
                "namespace": session.namespace,
                "ordinal": seat.ordinal,
                "round": seat.round,
                "cell": seat.cell,
                "list_number": seat.list_number,
                "status": "open",
            }
            for seat in seats(shares, n=n, seed=protocol.seed, first=first)
        ],
    )
    return True
