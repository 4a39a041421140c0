"""The versions of a published protocol: what each changed, why, when, and how many people followed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.amendment import Change, Snapshot, compare
from study.models import ProtocolVersion, Session, Study


@dataclass(frozen=True)
class PublishedVersion:
    """One version; ``changes`` against the one before, none for the first. ``n_participants`` began it."""

    number: int
    protocol_hash: str
    frozen_at: datetime
    reason: str
    changes: tuple[Change, ...]
    n_participants: int


def read_history(
    db: DatabaseSession, study: Study, *, among: ColumnElement[bool]
) -> tuple[PublishedVersion, ...]:
    """Every version of a study, the first one first, counting the sessions that meet a condition."""
    query = (
        select(Session.version_id, func.count())
        .where(Session.study_id == study.id, among)
        .group_by(Session.version_id)
    )
    counts = {int(version): int(n) for version, n in db.execute(query)}
    return tuple(
        PublishedVersion(
            number=version.number,
            protocol_hash=version.protocol_hash,
            frozen_at=version.frozen_at,
            reason=version.reason,
            changes=changes,
            n_participants=counts.get(version.id, 0),
        )
        for version, changes in _with_changes(study.versions)
    )


def _with_changes(
    versions: Sequence[ProtocolVersion],
) -> Iterator[tuple[ProtocolVersion, tuple[Change, ...]]]:
    before: ProtocolVersion | None = None
    for version in versions:
        yield version, compare(_snapshot(before), _snapshot(version)) if before else ()
        before = version


def _snapshot(version: ProtocolVersion) -> Snapshot:
    return Snapshot(version.protocol, version.texts)
