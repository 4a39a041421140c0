"""What the browser is told of the trials to come: pictures under random names, never the origin."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.models import Message, Session, StudyStimulus, Trial
from study.participant.words import protocol_in, text_html
from study.protocol import Block, Question


def trial_plan(db: DatabaseSession, session: Session) -> dict[str, Any]:
    """The rest of a session as JSON: blocks with their questions, trials without an answer."""
    study = session.study
    protocol = protocol_in(session.version, session.language)
    pictures = {
        row.stimulus: {"url": f"/pictures/{row.picture}", "sha256": row.sha256}
        for row in db.scalars(select(StudyStimulus).where(StudyStimulus.study_id == study.id))
    }
    trials = db.scalars(select(Trial).where(Trial.session_id == session.id).order_by(Trial.position)).all()
    last = db.scalar(select(func.max(Message.number)).where(Message.session_id == session.id)) or 0
    return {
        "session": session.session,
        "first_number": last + 1,
        "picture": {"width_px": study.picture_width_px, "height_px": study.picture_height_px},
        "blocks": {block.name: _block(block, session) for block in protocol.blocks},
        "trials": [
            {
                "position": trial.position,
                "block": trial.block,
                "exposure_ms": trial.exposure_ms,
                "left": pictures[trial.left],
                "right": pictures[trial.right] if trial.right else None,
            }
            for trial in trials
            if trial.status == "planned"
        ],
        "n_trials": len(trials),
    }


def _block(block: Block, session: Session) -> dict[str, Any]:
    return {
        "practice": block.practice,
        "layout": block.layout,
        "intro_html": text_html(session.version, block.intro, session.language),
        "fixation_ms": block.fixation_ms,
        "mask_ms": block.mask_ms,
        "gap_ms": block.gap_ms,
        "questions": [_question(question) for question in block.questions],
    }


def _question(question: Question) -> dict[str, Any]:
    shared = question.model_dump(include={"id", "kind", "target", "text", "optional"})
    if question.kind == "scale":
        return shared | question.model_dump(include={"minimum", "maximum", "minimum_label", "maximum_label"})
    if question.kind == "choices":
        return shared | {"options": [option.model_dump() for option in question.options]}
    if question.kind == "text":
        return shared | {"max_length": question.max_length}
    return shared
