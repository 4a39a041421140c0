"""Places of a study: claimed in one statement, held by activity, free again after silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, case, or_, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session as DatabaseSession

from study.assignment import seats
from study.database import add_rows
from study.flow.ledger import add_end, add_link
from study.flow.plans import plan_of_place, shares_of, study_pairs
from study.flow.questionnaires import first_step
from study.flow.stopping import may_begin, stopped_cells
from study.frozen import known_protocol, protocol_of
from study.models import Place, ProtocolVersion, Session, Study, Trial, UtcDateTime
from study.prepared import Prepared
from study.protocol import StudyProtocol
from study.records import PLAN, PLANNED, plan_content

REHEARSAL_PLACES = 64
_MOST_PLACES = 2**31 - 1

_PLACES = cast(Table, Place.__table__)

#: Of a place that was taken: id, ordinal, round, cell, list_number.
Claimed = Row[*tuple[Any, ...]]

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
    seat = plan.seat
    if (seat.round, seat.cell, seat.list_number) != (place.round, place.cell, place.list_number):
        # An amendment has changed what an open place stands for since it was made.
        new = {"round": seat.round, "cell": seat.cell, "list_number": seat.list_number}
        db.execute(update(Place).where(Place.id == place.id).values(new))
    session.place, session.cell, session.list_number = place.ordinal, seat.cell, seat.list_number
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
    held = _change_held(db, session, status="claimed", lease_until=_lease(protocol, now))
    if not held and _claim(db, session, protocol, now, again=True) is None:
        session.status, session.step = "lapsed", "lapsed"
        add_end(db, session, now=now)
    return session.status != "lapsed"


def complete_place(db: DatabaseSession, session: Session) -> bool:
    """Let nobody else have the place that a session holds; False when it has none any more."""
    return _change_held(db, session, status="completed", lease_until=None)


# Without the detours of the ORM, which cost more than the statement; no Place is held as an object meanwhile.
_CHANGE_HELD = Prepared(
    update(_PLACES)
    .where(
        _PLACES.c.study_id == bindparam("of_study"),
        _PLACES.c.namespace == bindparam("of_namespace"),
        _PLACES.c.holder == bindparam("held_by"),
        _PLACES.c.status == "claimed",
    )
    .values(status=bindparam("status"), lease_until=bindparam("lease_until"))
)


def _change_held(db: DatabaseSession, session: Session, *, status: str, lease_until: datetime | None) -> bool:
    """Change the place that a session has claimed; False when it has none any more."""
    held = {"of_study": session.study_id, "of_namespace": session.namespace, "held_by": session.session}
    new = {"status": status, "lease_until": lease_until}
    return _CHANGE_HELD.change(db.connection(), {**held, **new}) > 0


def lease_is_fresh(lease_until: datetime | None, protocol: StudyProtocol, now: datetime) -> bool:
    """Whether a lease was renewed so lately that another answer need not do it; None is no lease."""
    return lease_until is not None and lease_until > _lease(protocol, now) - RENEWED_EVERY


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


def _target(db: DatabaseSession, session: Session) -> int:
    """Places in all, as the newest version of the study says."""
    newest = _NEWEST.first(db.connection(), {"of_study": session.study_id})
    protocol = known_protocol(newest.protocol_hash) or protocol_of(db.get_one(ProtocolVersion, newest.id))
    return protocol.recruitment.target


_NEWEST = Prepared(
    select(ProtocolVersion.id, ProtocolVersion.protocol_hash)
    .where(ProtocolVersion.study_id == bindparam("of_study"))
    .order_by(ProtocolVersion.number.desc())
    .limit(1)
)


def _claim(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, now: datetime, *, again: bool = False
) -> Claimed | None:
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
) -> Claimed | None:
    stopped = () if again else stopped_cells(db, session, protocol)
    facts = {
        "of_study": session.study_id,
        "of_namespace": session.namespace,
        # An amendment may have lowered the target after the places were made.
        "target": _target(db, session) if session.namespace == "live" else _MOST_PLACES,
        "now": now,
        "holder": session.session,
        "lease_until": _lease(protocol, now),
    }
    same = {"same_cell": session.cell, "same_list": session.list_number} if again else {}
    return cast(Claimed | None, _claim_statement(again, stopped).first(db.connection(), {**facts, **same}))


@cache
def _claim_statement(again: bool, stopped: tuple[str, ...]) -> Prepared:
    """Take the best free place; ``again``: one of the cell that a session is in, if it can be of its list."""
    places = _PLACES.c
    wanted: list[ColumnElement[bool]] = [
        places.study_id == bindparam("of_study"),
        places.namespace == bindparam("of_namespace"),
        or_(
            places.status == "open",
            and_(places.status == "claimed", places.lease_until < bindparam("now", type_=UtcDateTime)),
        ),
        places.ordinal < bindparam("target"),
    ]
    order: list[ColumnElement[int]] = [places.ordinal.expression]
    wanted += [places.cell != cell for cell in stopped]
    if again:
        same = places.list_number == bindparam("same_list")
        wanted.append(places.cell == bindparam("same_cell"))
        order = [case((same, 0), else_=1), case((same, places.ordinal), else_=-places.ordinal)]
    best = select(places.id).where(*wanted).order_by(*order).limit(1).with_for_update(skip_locked=True)
    return Prepared(
        update(_PLACES)
        .where(places.id == best.scalar_subquery())
        .values(status="claimed", holder=bindparam("holder"), lease_until=bindparam("lease_until"))
        .returning(places.id, places.ordinal, places.round, places.cell, places.list_number)
    )


def _add_places(db: DatabaseSession, session: Session, protocol: StudyProtocol) -> bool:
    """Open places: all the live ones wanted, or some more for rehearsals; False when all are there."""
    first = db.scalar(select(sql.count()).select_from(Place).where(*_of(session))) or 0
    n = _target(db, session) - first if session.namespace == "live" else REHEARSAL_PLACES
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
