"""What a feedback block tells after an answer is stored: which of the faces were real."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.frozen import protocol_of
from study.models import Session, StudyStimulus, Trial


def truth_of(db: DatabaseSession, session: Session, position: int) -> dict[str, str] | None:
    """real or ai for each face of a trial, by left and right or face.

    None unless the trial is of a block with feedback and its answer is stored: nothing can be learned
    before. An edited face counts as ai, as everywhere in answers.
    """
    trial = db.scalars(
        select(Trial).where(Trial.session_id == session.id, Trial.position == position)
    ).first()
    if trial is None or trial.status not in ("answered", "timed_out"):
        return None
    if not protocol_of(session.version).block(trial.block).feedback:
        return None
    shown = {"left": trial.left, "right": trial.right} if trial.right else {"face": trial.left}
    rows = db.execute(
        select(StudyStimulus.stimulus, StudyStimulus.origin).where(
            StudyStimulus.study_id == session.study_id, StudyStimulus.stimulus.in_(shown.values())
        )
    )
    origins = {row.stimulus: row.origin for row in rows}
    return {
        target: "real" if origins[str(stimulus)] == "real" else "ai" for target, stimulus in shown.items()
    }
