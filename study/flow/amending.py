"""Amend a study: a changed study file becomes the next version of its protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as DatabaseSession

from stimuli.manifest import read_set
from study.amendment import Change, Snapshot, Stage, compare, refusals
from study.flow.publishing import check_pairs, freeze_file, new_version
from study.flow.refusing import why_not
from study.models import Place, ProtocolVersion, Session, Study
from study.protocol import FrozenProtocol, ProtocolError, StudyFile
from study.readiness.check import failed
from study.readiness.declared import declared_checks


@dataclass(frozen=True)
class Amendment:
    """What a changed study file would change, and why it may not; ``since`` is the version it follows."""

    study: Study
    since: ProtocolVersion
    frozen: FrozenProtocol
    changes: tuple[Change, ...]
    refusals: tuple[str, ...]


def propose_amendment(db: DatabaseSession, study_file: StudyFile, *, now: datetime) -> Amendment:
    """Compare a study file with the current version of the published study of its slug; writes nothing.

    ProtocolError when no such study is published, or when nothing differs. While a study is open, an
    amendment is also refused if with it a check of what is declared would fail.
    """
    slug = study_file.protocol.slug
    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        known = ", ".join(db.scalars(select(Study.slug).order_by(Study.slug))) or "none"
        raise ProtocolError(
            [f"slug: expected a published study ({known}), found {slug!r}; publish it, or correct the slug"]
        )
    if (imported := why_not(study, "be amended")) is not None:
        raise ProtocolError([f"slug: {imported}"])
    stimulus_set = read_set(study_file.folder / study_file.protocol.stimulus_set)
    check_pairs(study_file, stimulus_set)
    frozen = freeze_file(study_file, stimulus_set)
    since = study.current
    if frozen.sha256 == since.protocol_hash:
        raise ProtocolError(
            [
                f"{slug}: expected a change since version {since.number} ({frozen.sha256[:12]}), found none; "
                "change the study file first"
            ]
        )
    changes = compare(
        Snapshot(since.protocol, since.texts), Snapshot(frozen.canonical, dict(study_file.texts))
    )
    refused = refusals(changes, study_file.protocol, stage=_stage(db, study))
    if study.is_open and study.opened_as == "study":
        refused += _no_longer_ready(study_file, now)
    return Amendment(study, since, frozen, changes, refused)


def _no_longer_ready(study_file: StudyFile, now: datetime) -> tuple[str, ...]:
    checks = declared_checks(study_file.protocol, study_file.texts, study_file.toml, now=now)
    return tuple(f"{check.name}: {check.found}; {check.remedy}" for check in failed(checks))


def _stage(db: DatabaseSession, study: Study) -> Stage:
    query = select(Session.namespace).where(Session.study_id == study.id).distinct()
    namespaces = set(db.scalars(query))
    if "live" in namespaces:
        return Stage.LIVE
    return Stage.REHEARSED if namespaces else Stage.NOBODY


def amend(
    db: DatabaseSession, study_file: StudyFile, *, reason: str, since: int, now: datetime
) -> ProtocolVersion:
    """Make the study file the next version; sessions under way keep theirs, new ones get this one.

    ``since`` is the number of the version whose differences were looked at and agreed to. ProtocolError
    when it is no longer the current one, when a change is refused, or without a reason.
    """
    if not reason.strip():
        raise ProtocolError(["reason: expected words, found none; say why the study is amended"])
    slug = study_file.protocol.slug
    # Two researchers may amend at once; the second one has to look at the differences again.
    db.execute(select(Study.id).where(Study.slug == slug).with_for_update())
    amendment = propose_amendment(db, study_file, now=now)
    if amendment.since.number != since:
        raise ProtocolError(
            [
                f"{slug}: expected version {since} to be the current one, found version "
                f"{amendment.since.number}; look at the differences again"
            ]
        )
    if amendment.refusals:
        raise ProtocolError(list(amendment.refusals))
    version = new_version(study_file, amendment.frozen, number=since + 1, reason=reason.strip(), now=now)
    amendment.study.versions.append(version)
    db.flush()
    _drop_places(db, amendment.study, amendment.changes, target=study_file.protocol.recruitment.target)
    return version


def _drop_places(db: DatabaseSession, study: Study, changes: Sequence[Change], *, target: int) -> None:
    """Free places that the amended study no longer has."""
    if _stage(db, study) is Stage.NOBODY:
        # They were left by people who withdrew, and belong to a plan that may have changed.
        db.execute(delete(Place).where(Place.study_id == study.id))
    elif any(change.path == "recruitment.target" for change in changes):
        _lower_target(db, study, target)


def _lower_target(db: DatabaseSession, study: Study, target: int) -> None:
    # Places are numbered without gaps, so only those above everybody's can go.
    of_people = (Place.study_id == study.id, Place.namespace == "live")
    taken = select(func.max(Place.ordinal)).where(*of_people, Place.status != "open")
    last = db.scalar(taken)
    kept = max(target - 1, -1 if last is None else last)
    db.execute(delete(Place).where(*of_people, Place.ordinal > kept))
