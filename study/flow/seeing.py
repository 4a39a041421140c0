"""A session as its pages need it: read in one statement, and of no use for changing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from study.database import within
from study.flow.known_answers import of_place
from study.flow.places import lease_is_fresh
from study.frozen import Frozen, frozen, known_frozen
from study.models import IMPORTED_STEP, Place, ProtocolVersion, Session, Study
from study.prepared import Prepared


@dataclass(frozen=True)
class SeenStudy:
    """The study of a session, as its pages need it."""

    id: int
    slug: str
    picture_width_px: int
    picture_height_px: int


@dataclass(frozen=True)
class SeenVersion:
    """The protocol that a session follows."""

    id: int
    study_id: int
    frozen: Frozen


@dataclass(frozen=True)
class SeenSession:
    """Named as the columns of ``study.models.Session``; ``lease_until`` is that of the place it holds."""

    id: int
    session: str
    cell: str
    status: str
    step: str
    language: str
    device: dict[str, Any]
    has_withdrawal_code: bool
    lease_until: datetime | None
    study: SeenStudy
    version: SeenVersion


_SESSION = Prepared(
    select(
        Session.id,
        Session.session,
        Session.cell,
        Session.status,
        Session.step,
        Session.language,
        Session.device,
        Session.withdrawal_code_hash,
        Session.version_id,
        Session.study_id,
        Study.slug,
        Study.picture_width_px,
        Study.picture_height_px,
        ProtocolVersion.protocol_hash,
        of_place(Place.lease_until).label("lease_until"),
    )
    .join(Study, Study.id == Session.study_id)
    .join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
    # Nobody goes on with a session that came back from an export.
    .where(Session.session == bindparam("named"), Session.step != IMPORTED_STEP)
)


def seen_session(db: Connection, identifier: str) -> SeenSession | None:
    """The session of an identifier; None when it is no more, or came back from an export."""
    row = _SESSION.first(db, {"named": identifier})
    if row is None:
        return None
    return SeenSession(
        id=row.id,
        session=row.session,
        cell=row.cell,
        status=row.status,
        step=row.step,
        language=row.language,
        device=row.device,
        has_withdrawal_code=row.withdrawal_code_hash is not None,
        lease_until=row.lease_until,
        study=SeenStudy(row.study_id, row.slug, row.picture_width_px, row.picture_height_px),
        version=SeenVersion(row.version_id, row.study_id, _frozen(db, row)),
    )


def _frozen(db: Connection, row: Row[Any]) -> Frozen:
    known = known_frozen(row.protocol_hash)
    if known is not None:
        return known
    with within(db) as orm:
        return frozen(orm.get_one(ProtocolVersion, row.version_id))


def is_at_rest(session: SeenSession, *, now: datetime) -> bool:
    """Whether keep_place would change nothing that matters, so that nobody has to write."""
    if session.status != "in_progress":
        return session.status != "lapsed" or session.has_withdrawal_code
    return lease_is_fresh(session.lease_until, session.version.frozen.protocol, now)
