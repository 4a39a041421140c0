"""All checks of a published study, in the order in which they are best put right."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.frozen import protocol_of
from study.models import Study, StudyPair, StudyStimulus
from study.readiness.balance import design_balance
from study.readiness.check import Check
from study.readiness.declared import declared_checks
from study.readiness.pictures import hidden_origin, prepared_pictures
from study.readiness.rehearsals import robot_pass, timing
from study.readiness.rendered import accessible_pages


def every_check(db: DatabaseSession, study: Study, *, pictures: Path, now: datetime) -> tuple[Check, ...]:
    """Whether the current version of a study may be opened to participants; writes nothing.

    ``pictures`` is the folder from which the installation serves them.
    """
    version = study.current
    protocol = protocol_of(version)
    stimuli = db.scalars(
        select(StudyStimulus).where(StudyStimulus.study_id == study.id).order_by(StudyStimulus.id)
    ).all()
    pairs = db.scalars(select(StudyPair).where(StudyPair.study_id == study.id).order_by(StudyPair.pair)).all()
    return (
        *declared_checks(protocol, version.texts, version.study_toml, now=now),
        prepared_pictures(study, stimuli, pictures),
        hidden_origin(stimuli, pairs, pictures),
        design_balance(protocol, pairs),
        accessible_pages(study, stimuli, pairs, now=now),
        robot_pass(db, study, protocol),
        timing(db, study),
    )
