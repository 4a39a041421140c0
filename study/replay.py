"""Prove that a session's stored plan is what its protocol and seed give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.plans import SessionPlan, plan_of_place
from study.flow.refusing import why_not
from study.models import Session, Study, Trial
from study.plan import PlannedTrial

PLANNED_COLUMNS = tuple(field.name for field in fields(PlannedTrial))

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A planned column that is stored otherwise than rebuilt.

    ``row`` is the session itself, or a trial by its position; ``column`` None means the whole row.
    """

    row: str
    column: str | None
    stored: Any
    rebuilt: Any

    def __str__(self) -> str:
        if self.column is None:
            return f"{self.row}: {'not stored' if self.stored is None else 'stored, but not of the plan'}"
        return f"{self.row}, {self.column}: stored {self.stored!r}, rebuilt {self.rebuilt!r}"


@dataclass(frozen=True)
class Replay:
    """A stored plan and the one rebuilt from protocol and seed, each as canonical JSON with its sha256."""

    session: str
    protocol_hash: str
    stored: bytes
    rebuilt: bytes
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the two are the same byte for byte."""
        return self.stored == self.rebuilt

    @property
    def stored_sha256(self) -> str:
        return hashlib.sha256(self.stored).hexdigest()

    @property
    def rebuilt_sha256(self) -> str:
        return hashlib.sha256(self.rebuilt).hexdigest()


def replay(db: DatabaseSession, session: Session) -> Replay:
    """Rebuild the plan of a session from the protocol it began with, and compare.

    LookupError when the session never had a place, and so no plan, or came from an export, without seeds.
    """
    if (imported := why_not(session.study, "be replayed")) is not None:
        raise LookupError(imported)
    if session.place is None:
        raise LookupError(
            f"session {session.session} has no plan to replay: it ended as {session.status} before "
            "it was given a place"
        )
    plan = plan_of_place(db, session.version, namespace=session.namespace, ordinal=session.place)
    stored, rebuilt = _stored(db, session, n_planned=len(plan.trials)), _rebuilt(plan)
    return Replay(
        session=session.session,
        protocol_hash=session.version.protocol_hash,
        stored=_canonical(stored),
        rebuilt=_canonical(rebuilt),
        differences=tuple(_differences(stored, rebuilt)),
    )


def planned_sessions(db: DatabaseSession, slug: str) -> list[Session]:
    """Every session of a study that has a plan, in the order in which they began.

    LookupError when there is no such study, or it came from an export, which has no seeds.
    """
    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        raise LookupError(f"there is no study {slug} in this database")
    if (imported := why_not(study, "be replayed")) is not None:
        raise LookupError(imported)
    query = select(Session).where(Session.study_id == study.id, Session.place.is_not(None))
    return list(db.scalars(query.order_by(Session.id)))


def _stored(db: DatabaseSession, session: Session, *, n_planned: int) -> dict[str, Row]:
    trials = db.scalars(select(Trial).where(Trial.session_id == session.id).order_by(Trial.position)).all()
    voided = {trial.position for trial in trials if trial.status == "interrupted"}
    rows = [
        {name: getattr(trial, name) for name in PLANNED_COLUMNS}
        for trial in trials
        # Replacements of interrupted pairs were added on the way; the plan does not know them.
        if trial.position <= n_planned or trial.trial_kind != "repeat" or trial.repeat_of not in voided
    ]
    place = {"cell": session.cell, "list_number": session.list_number, "seed": session.seed}
    return {"session": place} | _by_position(rows)


def _rebuilt(plan: SessionPlan) -> dict[str, Row]:
    place = {"cell": plan.seat.cell, "list_number": plan.seat.list_number, "seed": plan.seed}
    return {"session": place} | _by_position([asdict(trial) for trial in plan.trials])


def _by_position(rows: list[dict[str, Any]]) -> dict[str, Row]:
    return {f"trial {row['position']}": row for row in rows}


def _canonical(rows: dict[str, Row]) -> bytes:
    return json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _differences(stored: dict[str, Row], rebuilt: dict[str, Row]) -> Iterator[Difference]:
    for row in (*rebuilt, *(row for row in stored if row not in rebuilt)):
        if row not in stored or row not in rebuilt:
            yield Difference(row, None, stored.get(row), rebuilt.get(row))
            continue
        for column, value in rebuilt[row].items():
            if stored[row][column] != value:
                yield Difference(row, column, stored[row][column], value)
