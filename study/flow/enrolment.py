"""From consent to the first trial: a session, a device, a place, a plan."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session as DatabaseSession

from study.assignment import places, session_seed
from study.messages import DeviceReport
from study.models import (
    Departure,
    Place,
    ProtocolVersion,
    RecruiterIdentifier,
    Session,
    Study,
    StudyPair,
    Trial,
)
from study.plan import PairOfFaces, n_lists, plan_trials
from study.protocol import StudyProtocol, thaw


class FlowError(ValueError):
    """A step that cannot be taken now; the text says why."""


@dataclass(frozen=True)
class Visitor:
    """Who comes: the recruiter's identifiers and what the browser says of itself."""

    namespace: str = "live"
    language: str = "en"
    identifiers: Mapping[str, str] | None = None
    browser: str = ""
    operating_system: str = ""
    form: str = ""


def consent_hash(version: ProtocolVersion) -> str:
    """sha256 of the texts a participant agrees to."""
    named = thaw(version.protocol).texts
    words = version.texts[named.information] + "\0" + version.texts[named.consent]
    return hashlib.sha256(words.encode()).hexdigest()


def enrol(db: DatabaseSession, study: Study, visitor: Visitor, *, now: datetime) -> Session:
    """Begin a session after consent; the same recruiter identifiers find the session begun before."""
    identifiers = dict(visitor.identifiers or {})
    known = _known_session(db, study, visitor.namespace, identifiers)
    if known is not None:
        return known
    session = Session(
        study_id=study.id,
        version_id=study.current.id,
        session=secrets.token_hex(8),
        participant=secrets.token_hex(8),
        namespace=visitor.namespace,
        status="consented",
        step="device",
        language=visitor.language,
        consent_hash=consent_hash(study.current),
        consented_at=now,
        last_seen_at=now,
        recruiter=thaw(study.current.protocol).recruitment.recruiter,
        browser=visitor.browser[:40],
        operating_system=visitor.operating_system[:40],
        form=visitor.form,
        device={},
    )
    db.add(session)
    db.flush()
    db.add_all(
        RecruiterIdentifier(session_id=session.id, name=name, value=value)
        for name, value in identifiers.items()
    )
    return session


def _known_session(
    db: DatabaseSession, study: Study, namespace: str, identifiers: Mapping[str, str]
) -> Session | None:
    person = identifiers.get("PROLIFIC_PID")
    if not person:
        return None
    return db.scalars(
        select(Session)
        .join(RecruiterIdentifier, RecruiterIdentifier.session_id == Session.id)
        .where(
            Session.study_id == study.id,
            Session.namespace == namespace,
            RecruiterIdentifier.name == "PROLIFIC_PID",
            RecruiterIdentifier.value == person,
        )
        .order_by(Session.id)
    ).first()


def decline(db: DatabaseSession, study: Study, *, namespace: str, now: datetime) -> None:
    """Count a refused consent; nothing else is kept of it."""
    db.add(Departure(study_id=study.id, namespace=namespace, kind="declined", at=now))


def session_by_id(db: DatabaseSession, identifier: str, *, for_update: bool = False) -> Session | None:
    query = select(Session).where(Session.session == identifier)
    return db.scalars(query.with_for_update() if for_update else query).first()


def record_device(db: DatabaseSession, session: Session, report: DeviceReport, *, now: datetime) -> None:
    """Keep what the device check found; take a place if the device is good enough."""
    if session.step != "device":
        return
    session.device = report.model_dump()
    session.last_seen_at = now
    protocol = thaw(session.version.protocol)
    rules = protocol.device
    large_enough = (
        report.viewport_width_px >= rules.minimum_viewport_width_px
        and report.viewport_height_px >= rules.minimum_viewport_height_px
    )
    if not large_enough:
        session.status, session.step = "screened_out", "ended"
        return
    _take_place(db, session, protocol, now)


def _take_place(db: DatabaseSession, session: Session, protocol: StudyProtocol, now: datetime) -> None:
    study = session.study
    pairs = db.scalars(select(StudyPair).where(StudyPair.study_id == study.id).order_by(StudyPair.pair)).all()
    main = [_faces(pair) for pair in pairs if not pair.practice]
    place = _claim(db, session, protocol, n_lists(protocol.blocks, len(main)), now)
    if place is None:
        session.status, session.step = "screened_out", "full"
        return
    session.place, session.list_number = place.ordinal, place.list_number
    session.seed = session_seed(study_seed=protocol.seed, namespace=session.namespace, ordinal=place.ordinal)
    session.status, session.step, session.started_at = "in_progress", "instructions", now
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


def finish_instructions(session: Session, *, now: datetime) -> None:
    session.last_seen_at = now
    if session.step == "instructions":
        session.step = "task"
