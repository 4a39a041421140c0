"""Places of a study: claimed in one statement, held by activity, free again after silence."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session as DatabaseSession

from study.assignment import places, session_seed
from study.flow.questionnaires import first_step
from study.models import Place, Session, Study, StudyPair, Trial
from study.plan import PairOfFaces, n_lists, plan_trials
from study.protocol import StudyProtocol


def take_place(db: DatabaseSession, session: Session, protocol: StudyProtocol, *, now: datetime) -> None:
    """Claim a place and write its plan as rows; without a free place the session ends as full."""
    study = session.study
    pairs = db.scalars(select(StudyPair).where(StudyPair.study_id == study.id).order_by(StudyPair.pair)).all()
    main = [_faces(pair) for pair in pairs if not pair.practice]
    place = _claim(db, session, protocol, n_lists(protocol.blocks, len(main)), now)
    if place is None:
        session.status, session.step = "screened_out", "full"
        return
    session.place, session.list_number = place.ordinal, place.list_number
    session.seed = session_seed(study_seed=protocol.seed, namespace=session.namespace, ordinal=place.ordinal)
    session.status, session.step, session.started_at = "in_progress", first_step(protocol), now
    planned = plan_trials(
        protocol.blocks,
        main,
        [_faces(pair) for pair in pairs if pair.practice],
        list_number=place.list_number,
        study_seed=protocol.seed,
        session_seed=session.seed,
    )
    db.add_all(
        Trial(
            session_id=session.id,
            position=trial.position,
            block=trial.block,
            block_position=trial.block_position,
            practice=trial.practice,
            pair=trial.pair,
            left=trial.left,
            right=trial.right,
            exposure_ms=trial.exposure_ms,
        )
        for trial in planned
    )


def return_place(db: DatabaseSession, session: Session) -> None:
    """Free the place a session holds, so that the next person may take it."""
    db.execute(
        update(Place)
        .where(Place.study_id == session.study_id, Place.holder == session.session)
        .values(status="open", holder=None, lease_until=None)
    )


def _faces(pair: StudyPair) -> PairOfFaces:
    return PairOfFaces(pair.pair, pair.first, pair.second)


def _claim(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, lists: int, now: datetime
) -> Place | None:
    """The lowest free place, taken in one statement so that no two people get the same one."""
    taken = _claim_free(db, session, protocol, now)
    if taken is not None:
        return taken
    # Two people may find no free place at once; the lock on the study lets one of them add the round, and
    # the other finds it there. A plain FOR UPDATE would deadlock with the key-share locks that both hold
    # since their sessions were inserted.
    db.execute(select(Study.id).where(Study.id == session.study_id).with_for_update(key_share=True))
    taken = _claim_free(db, session, protocol, now)
    if taken is None and _add_round(db, session, protocol, lists):
        taken = _claim_free(db, session, protocol, now)
    return taken


def _claim_free(
    db: DatabaseSession, session: Session, protocol: StudyProtocol, now: datetime
) -> Place | None:
    free = or_(Place.status == "open", and_(Place.status == "claimed", Place.lease_until < now))
    lowest = (
        select(Place.id)
        .where(Place.study_id == session.study_id, Place.namespace == session.namespace, free)
        .order_by(Place.ordinal)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return db.scalars(
        update(Place)
        .where(Place.id == lowest)
        .values(
            status="claimed",
            holder=session.session,
            lease_until=now + timedelta(minutes=protocol.recruitment.lease_minutes),
        )
        .returning(Place)
    ).first()


def _add_round(db: DatabaseSession, session: Session, protocol: StudyProtocol, lists: int) -> bool:
    """Open places: all the live ones wanted, or one more round of lists for rehearsals."""
    first = (
        db.scalar(
            select(sql.count())
            .select_from(Place)
            .where(Place.study_id == session.study_id, Place.namespace == session.namespace)
        )
        or 0
    )
    live = session.namespace == "live"
    wanted = protocol.recruitment.target - first if live else lists
    if wanted <= 0:
        return False
    db.add_all(
        Place(
            study_id=session.study_id,
            namespace=session.namespace,
            ordinal=place.ordinal,
            round=place.round,
            list_number=place.list_number,
        )
        for place in places(n_lists=lists, n_places=wanted, seed=protocol.seed, first=first)
    )
    db.flush()
    return True
