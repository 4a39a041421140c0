"""Whether somebody new may still begin, in the study and in which of its cells, by the stopping rule."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.models import Departure, Session, Study
from study.protocol import StudyProtocol


def may_begin(db: DatabaseSession, session: Session, protocol: StudyProtocol, now: datetime) -> bool:
    """False after the last day, or when as many have begun as may. Rehearsals may always begin."""
    rule = protocol.stopping
    if session.namespace != "live":
        return True
    if rule.last_day is not None and now.date().isoformat() > rule.last_day:
        return False
    return rule.most_started is None or _n_started(db, session) < rule.most_started


def stopped_cells(db: DatabaseSession, session: Session, protocol: StudyProtocol) -> tuple[str, ...]:
    """Cells in which nobody new may begin; none in rehearsals."""
    if session.namespace != "live":
        return ()
    return tuple(
        rule.cell
        for rule in protocol.stopping.cells
        if _n_started(db, session, cell=rule.cell) >= rule.most_started
    )


def _n_started(db: DatabaseSession, session: Session, *, cell: str | None = None) -> int:
    """How many were ever given a place, in a cell or in all, those erased since included."""
    # Whoever counts must be the only one to begin until the transaction ends.
    db.execute(select(Study.id).where(Study.id == session.study_id).with_for_update(key_share=True))
    mine = (Session.study_id == session.study_id, Session.namespace == session.namespace)
    kept = select(func.count()).select_from(Session).where(*mine, Session.started_at.is_not(None))
    erased = (
        select(func.count())
        .select_from(Departure)
        .where(
            Departure.study_id == session.study_id,
            Departure.namespace == session.namespace,
            Departure.status.not_in(("", "consented", "screened_out")),
        )
    )
    if cell is not None:
        kept, erased = kept.where(Session.cell == cell), erased.where(Departure.cell == cell)
    return (db.scalar(kept) or 0) + (db.scalar(erased) or 0)
