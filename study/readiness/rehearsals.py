"""What rehearsals have shown: a robot came through in every cell, a real browser kept time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.models import Session, Study, Trial
from study.protocol import StudyProtocol
from study.readiness.check import Check, some, verdict
from study.readiness.planned import cell_names
from study.replay import replay
from study.timing import as_planned

SMALLEST_SHARE_AS_PLANNED = 0.9
FEWEST_PRESENTATIONS = 10


def robot_pass(db: DatabaseSession, study: Study, protocol: StudyProtocol) -> Check:
    """At least one robot has completed each cell under this version, along the plan it was given."""
    query = select(Session).where(
        Session.study_id == study.id,
        Session.namespace == "robot",
        Session.version_id == study.current.id,
        Session.status == "completed",
    )
    intact: list[Session] = []
    broken: dict[str, list[str]] = {}
    for session in db.scalars(query.order_by(Session.id)):
        faults = list(_faults(db, session))
        intact += [] if faults else [session]
        broken.setdefault(session.cell, []).extend(faults)
    cells = {session.cell for session in intact}
    missing = [cell for cell in cell_names(protocol) if cell not in cells]
    return verdict(
        "robots",
        [_missing(cell, broken.get(cell, [])) for cell in missing],
        found=f"{_counted(len(intact))} completed version {study.current.number}, each along its plan",
        remedy=f"serve the study, print a link (facevalue study link {study.slug} --for robot), and let "
        "robots take part (facevalue study robots LINK --set FOLDER)",
        needs_sessions=True,
    )


def _counted(n: int) -> str:
    return "1 robot" if n == 1 else f"{n} robots"


def _missing(cell: str, faults: Sequence[str]) -> str:
    where = f"cell {cell}" if cell else "the study"
    if faults:
        return f"no robot came through {where} intact: {some(faults)}"
    return f"no robot has completed {where} since the current version was frozen"


def _faults(db: DatabaseSession, session: Session) -> Iterator[str]:
    if not replay(db, session).same:
        yield f"the trials of session {session.session} are not those that protocol and seed plan"
    left = select(func.count()).where(Trial.session_id == session.id, Trial.status == "planned")
    if n_left := db.scalar(left):
        yield f"session {session.session} completed with {n_left} trials unanswered"


def timing(db: DatabaseSession, study: Study) -> Check:
    """In one session of a preview or pilot a real browser has shown nearly everything as planned."""
    query = select(Session).where(Session.study_id == study.id, Session.namespace.in_(("preview", "pilot")))
    shares = [share for session in db.scalars(query) if (share := _share_as_planned(db, session)) is not None]
    best = max(shares, default=None)
    faults = []
    if best is None:
        faults.append(
            f"no preview or pilot session has {FEWEST_PRESENTATIONS} presentations with the browser's own "
            "presentation times"
        )
    elif best < SMALLEST_SHARE_AS_PLANNED:
        faults.append(f"the best preview or pilot session showed {best:.0%} of its presentations as planned")
    return verdict(
        "timing",
        faults,
        found=f"{best or 0:.0%} of a session's presentations as planned, by the browser's own times",
        remedy=f"go through the study yourself (facevalue study link {study.slug} --for preview) in a "
        "browser that tells presentation times, such as Chrome or Edge, with nothing else running; at least "
        f"{SMALLEST_SHARE_AS_PLANNED:.0%} have to be shown as planned",
        needs_sessions=True,
    )


def _share_as_planned(db: DatabaseSession, session: Session) -> float | None:
    """Share (0-1) of presentations with evidence that went as planned; None when there are too few."""
    trials = db.scalars(select(Trial).where(Trial.session_id == session.id)).all()
    shown = [t for t in trials if t.evidence in ("element_timing", "frame_clock") and t.status != "planned"]
    enough = min(FEWEST_PRESENTATIONS, len(trials))
    if not shown or len(shown) < enough:
        return None
    return [as_planned(trial) for trial in shown].count(True) / len(shown)
