"""From consent to the first trial: a session, a device, a place, a plan."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.places import take_place
from study.messages import DeviceReport
from study.models import (
    Departure,
    ProtocolVersion,
    RecruiterIdentifier,
    Session,
    Study,
)
from study.protocol import thaw


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
    """Begin a session after consent; the same recruiter identifiers find the session begun before.

    FlowError while the study is not open to participants; rehearsals need no opening.
    """
    known = known_session(db, study, visitor)
    if known is not None:
        return known
    if visitor.namespace == "live" and not study.is_open:
        raise FlowError(f"{study.slug} is not open to participants; open it with facevalue study open")
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
        for name, value in (visitor.identifiers or {}).items()
    )
    return session


def known_session(db: DatabaseSession, study: Study, visitor: Visitor) -> Session | None:
    """The session of the person a link names; None when it names nobody, or nobody known."""
    person = (visitor.identifiers or {}).get("PROLIFIC_PID")
    if not person:
        return None
    return db.scalars(
        select(Session)
        .join(RecruiterIdentifier, RecruiterIdentifier.session_id == Session.id)
        .where(
            Session.study_id == study.id,
            Session.namespace == visitor.namespace,
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
    take_place(db, session, protocol, now=now)


def finish_instructions(session: Session, *, now: datetime) -> None:
    session.last_seen_at = now
    if session.step == "instructions":
        session.step = "task"
