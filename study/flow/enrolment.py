"""From consent to the first trial: who may take part, a session, a device, a place, a plan."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import ColumnElement, Connection, Table, bindparam, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload

from study.chain import FIRST
from study.device_rules import misfits
from study.flow.consent import consent_words, keep_consent_words
from study.flow.ledger import add_end, add_link, lock_register, register
from study.flow.places import take_place
from study.flow.refusing import FlowError, refuse_imported
from study.flow.seeing import SeenSession
from study.frozen import protocol_of
from study.messages import DeviceReport
from study.models import (
    IMPORTED_STEP,
    Departure,
    Invitation,
    ProtocolVersion,
    RecruiterIdentifier,
    Session,
    Study,
)
from study.prepared import Prepared
from study.protocol import StudyProtocol
from study.records import CONSENT, DEVICE, consent_content, device_content
from study.recruiters import PERSONS

Refusal = Literal["under_age", "took_part_before"]


@dataclass(frozen=True)
class Visitor:
    """Who comes: the recruiter's identifiers, what was ticked and pressed, what the browser says it is."""

    namespace: str = "live"
    language: str = "en"
    identifiers: Mapping[str, str] | None = None
    action: str = ""
    browser: str = ""
    operating_system: str = ""
    form: str = ""

    @property
    def person(self) -> tuple[str, str] | None:
        """Name and value of the identifier that names the person; None when nothing does."""
        named = {name: value for name, value in (self.identifiers or {}).items() if name in PERSONS}
        return next(iter(named.items()), None)


def enrol(db: DatabaseSession, study: Study, visitor: Visitor, *, now: datetime) -> Session:
    """Begin a session after consent; a known person goes on with the session begun before.

    After completing, a person begins a new one only where the study allows it; after a device that did not
    qualify, always. However many of their
    requests arrive at once, one session is begun. FlowError while the study is not open to participants;
    rehearsals need no opening.
    """
    refuse_imported(study, "take participants")
    known = known_session(db, study, visitor)
    if known is not None and not may_begin_again(known):
        return known
    if visitor.namespace == "live" and not study.is_open:
        raise FlowError(f"{study.slug} is not open to participants; open it with facevalue study open")
    attempt = 1 if known is None else _attempts(db, study, visitor) + 1
    if visitor.person is None:
        return _begin(db, study, visitor, attempt, now)
    try:
        with db.begin_nested():
            return _begin(db, study, visitor, attempt, now)
    except IntegrityError:
        begun = known_session(db, study, visitor)
        if begun is None:
            raise
        return begun


def _begin(db: DatabaseSession, study: Study, visitor: Visitor, attempt: int, now: datetime) -> Session:
    lock_register(db, study)
    session = Session(
        study_id=study.id,
        version_id=study.current.id,
        session=secrets.token_hex(8),
        participant=secrets.token_hex(8),
        namespace=visitor.namespace,
        status="consented",
        step="device",
        language=visitor.language,
        consent_hash=keep_consent_words(db, consent_words(study.current, visitor.language), now=now),
        consent_action=visitor.action[:200],
        consented_at=now,
        last_seen_at=now,
        recruiter=protocol_of(study.current).recruitment.recruiter,
        browser=visitor.browser[:40],
        operating_system=visitor.operating_system[:40],
        form=visitor.form,
        device={},
        chain_head=FIRST,
        chain_length=0,
    )
    db.add(session)
    db.flush()
    agreed = consent_content(vars(session), protocol_hash=study.current.protocol_hash)
    add_link(db, session, CONSENT, agreed, at=now)
    register(db, study, "begun", session.session, at=now)
    db.add_all(
        RecruiterIdentifier(
            session_id=session.id,
            study_id=study.id,
            namespace=visitor.namespace,
            name=name,
            value=value,
            attempt=attempt if name in PERSONS else None,
        )
        for name, value in (visitor.identifiers or {}).items()
    )
    db.flush()
    return session


def known_session(db: DatabaseSession, study: Study, visitor: Visitor) -> Session | None:
    """The latest session of the person a link names; None when it names nobody, or nobody known."""
    if visitor.person is None:
        return None
    return db.scalars(
        select(Session)
        .join(RecruiterIdentifier, RecruiterIdentifier.session_id == Session.id)
        .where(*_of_person(study, visitor))
        .order_by(RecruiterIdentifier.attempt.desc())
    ).first()


def may_begin_again(session: Session) -> bool:
    """Whether the person of this session may begin another one: after completing, where the study allows
    it, and with another device, or this one made fitter, when it did not qualify.
    """
    again = protocol_of(session.version).eligibility.again
    return (session.status == "completed" and again == "allow") or was_unfit(session)


def was_unfit(session: Session) -> bool:
    """Whether a session ended at the device check, before it took a place."""
    return session.status == "screened_out" and bool(session.device.get("misfits"))


def _attempts(db: DatabaseSession, study: Study, visitor: Visitor) -> int:
    query = select(func.max(RecruiterIdentifier.attempt)).where(*_of_person(study, visitor))
    return db.scalar(query) or 0


def _of_person(study: Study, visitor: Visitor) -> tuple[ColumnElement[bool], ...]:
    name, value = visitor.person or ("", "")
    return (
        RecruiterIdentifier.study_id == study.id,
        RecruiterIdentifier.namespace == visitor.namespace,
        RecruiterIdentifier.name == name,
        RecruiterIdentifier.value == value,
    )


def belongs_to(db: DatabaseSession, session: Session, visitor: Visitor) -> bool:
    """Whether a browser's session is that of the person whose link was followed in it.

    At a shared computer the next person brings a link of their own.
    """
    if session.namespace != visitor.namespace:
        return False
    known = known_session(db, session.study, visitor)
    return visitor.person is None or (known is not None and known.id == session.id)


def is_invited(db: DatabaseSession, study: Study, visitor: Visitor) -> bool:
    """Whether a personal link was made for this study."""
    name, value = visitor.person or ("", "")
    query = select(Invitation.id).where(Invitation.study_id == study.id, Invitation.token_hash == value)
    return name == "key" and db.scalars(query).first() is not None


def refusal(db: DatabaseSession, study: Study, visitor: Visitor, *, age: int | None) -> Refusal | None:
    """Why somebody who agreed may not take part; None when they may."""
    protocol = protocol_of(study.current)
    if age is not None and age < protocol.eligibility.minimum_age:
        return "under_age"
    return "took_part_before" if _took_part_elsewhere(db, protocol, visitor) else None


def _took_part_elsewhere(db: DatabaseSession, protocol: StudyProtocol, visitor: Visitor) -> bool:
    # Who was only screened out of the other study has seen nothing of it.
    if visitor.person is None or not protocol.eligibility.not_after:
        return False
    name, value = visitor.person
    query = (
        select(Session.id)
        .join(RecruiterIdentifier, RecruiterIdentifier.session_id == Session.id)
        .join(Study, Study.id == Session.study_id)
        .where(
            Study.slug.in_(protocol.eligibility.not_after),
            Session.namespace == visitor.namespace,
            Session.started_at.is_not(None),
            RecruiterIdentifier.name == name,
            RecruiterIdentifier.value == value,
        )
    )
    return db.scalars(query.limit(1)).first() is not None


def decline(db: DatabaseSession, study: Study, *, namespace: str, now: datetime) -> None:
    """Count a refused consent; nothing else is kept of it."""
    db.add(Departure(study_id=study.id, namespace=namespace, kind="declined", at=now))


def turn_away(db: DatabaseSession, study: Study, kind: Refusal, *, namespace: str, now: datetime) -> None:
    """Count somebody who may not take part; nothing else is kept of them."""
    db.add(Departure(study_id=study.id, namespace=namespace, kind=kind, at=now))


# Every page asks for its session; making the query takes as long as the database to answer it.
_SESSION = (
    select(Session)
    .where(Session.session == bindparam("identifier"))
    .options(
        # What else a study and a version hold is read when somebody asks for it.
        joinedload(Session.study, innerjoin=True).load_only(
            Study.slug, Study.picture_width_px, Study.picture_height_px, Study.imported_at
        ),
        joinedload(Session.version, innerjoin=True).load_only(
            ProtocolVersion.study_id, ProtocolVersion.protocol_hash
        ),
    )
)
_SESSION_LOCKED = _SESSION.with_for_update(of=Session)


def session_by_id(db: DatabaseSession, identifier: str, *, for_update: bool = False) -> Session | None:
    query = _SESSION_LOCKED if for_update else _SESSION
    return db.scalars(query, {"identifier": identifier}).first()


_IDENTIFIERS = Prepared(
    select(RecruiterIdentifier.name, RecruiterIdentifier.value).where(
        RecruiterIdentifier.session_id == bindparam("of_session")
    )
)


def link_parameters(db: Connection, session: Session | SeenSession) -> dict[str, str]:
    """What the recruiter's link brought along; empty after the identifiers were purged."""
    rows = _IDENTIFIERS.all(db, {"of_session": session.id})
    return {row.name: row.value for row in rows}


def record_device(db: DatabaseSession, session: Session, report: DeviceReport, *, now: datetime) -> None:
    """Keep what the device check found; take a place if the device is good enough."""
    if session.step != "device":
        return
    protocol = protocol_of(session.version)
    lacks = misfits(protocol.device, report, form=session.form)
    session.device = report.model_dump() | ({"misfits": list(lacks)} if lacks else {})
    session.last_seen_at = now
    add_link(db, session, DEVICE, device_content({"device": session.device}), at=now)
    if lacks:
        session.status, session.step = "screened_out", "ended"
        add_end(db, session, now=now)
        return
    with db.no_autoflush:
        # What changes of the session is written once, at the end.
        take_place(db, session, protocol, now=now)


_FINISH_INSTRUCTIONS = Prepared(
    update(cast(Table, Session.__table__))
    .where(Session.session == bindparam("named"), Session.step != IMPORTED_STEP)
    .values(
        last_seen_at=bindparam("now"),
        step=case((Session.step == "instructions", "task"), else_=Session.step),
    )
)


def finish_instructions(db: Connection, session: str, *, now: datetime) -> bool:
    """Let a session that is at the instructions go on; False when there is none of this identifier."""
    return _FINISH_INSTRUCTIONS.change(db, {"named": session, "now": now}) > 0
