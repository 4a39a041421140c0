"""How a study goes: counts read from the database, nothing stored and nothing scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.flow import retention_due
from study.frozen import protocol_of
from study.models import NAMESPACES, Departure, Session, Study, Trial
from study.protocol import StudyProtocol
from study.researcher.balance import Balance, read_balance
from study.researcher.standing import Standing, read_standing
from study.researcher.timing_health import TimingHealth, read_timing
from study.retention import RetentionDue

ACTIVE_MINUTES = 5
STATUSES = (
    "consented",
    "in_progress",
    "completed",
    "screened_out",
    "failed_checks",
    "lapsed",
    "technical_failure",
)
DEPARTURES = ("declined", "under_age", "took_part_before", "withdrawn", "purged")
STEPS = ("device", "before", "instructions", "task", "after")


@dataclass(frozen=True)
class StepCount:
    """People at one step who have not finished: all, active just now, silent for longer than the lease."""

    step: str
    n: int
    n_active: int
    n_silent: int
    minutes_since_last_seen: float | None


@dataclass(frozen=True)
class FlowStage:
    """How many came at least so far."""

    label: str
    n: int


@dataclass(frozen=True)
class Day:
    """Sessions begun and completed on a day, UTC."""

    day: date
    n_consented: int
    n_completed: int


@dataclass(frozen=True)
class Progress:
    """One namespace of a study at one moment."""

    slug: str
    title: str
    protocol_hash: str
    standing: Standing
    moment: datetime
    namespace: str
    sessions_by_namespace: Mapping[str, int]
    target: int | None
    lease_minutes: float
    statuses: Mapping[str, int]
    departures: Mapping[str, int]
    erased_by_status: Mapping[str, int]
    retention: RetentionDue
    steps: tuple[StepCount, ...]
    flow: tuple[FlowStage, ...]
    balance: Balance
    timing: TimingHealth
    days: tuple[Day, ...]

    @property
    def n_completed(self) -> int:
        return self.statuses["completed"]

    @property
    def n_came(self) -> int:
        """Everybody who answered the consent form: sessions, and departures of whom only a count is left."""
        return sum(self.statuses.values()) + sum(self.departures.values())

    @property
    def n_dropped_out(self) -> int:
        """People under way who have been silent for longer than a place is held."""
        return sum(step.n_silent for step in self.steps)


def read_progress(db: DatabaseSession, study: Study, *, namespace: str, now: datetime) -> Progress:
    """Everything the study's page shows, from one view of the database."""
    protocol = protocol_of(study.current)
    statuses = _counts(db, study, namespace)
    departures = _departures(db, study, namespace)
    erased = _erased(db, study, namespace)
    return Progress(
        slug=study.slug,
        title=study.current.title,
        protocol_hash=study.current.protocol_hash,
        standing=read_standing(db, study, namespace=namespace),
        moment=now,
        namespace=namespace,
        sessions_by_namespace=_namespaces(db, study),
        target=protocol.recruitment.target if namespace == "live" else None,
        lease_minutes=protocol.recruitment.lease_minutes,
        statuses={status: statuses.get(status, 0) for status in STATUSES},
        departures={kind: departures.get(kind, 0) for kind in DEPARTURES},
        erased_by_status=erased,
        retention=retention_due(db, study, now=now),
        steps=tuple(_steps(db, study, namespace, protocol, now)),
        flow=_flow(db, study, namespace, departures=departures),
        balance=read_balance(db, study, protocol, namespace=namespace),
        timing=read_timing(db, study, namespace=namespace),
        days=_days(db, study, namespace),
    )


def _counts(db: DatabaseSession, study: Study, namespace: str) -> dict[str, int]:
    query = (
        select(Session.status, func.count())
        .where(Session.study_id == study.id, Session.namespace == namespace)
        .group_by(Session.status)
    )
    return {str(name): int(n) for name, n in db.execute(query)}


def _departures(db: DatabaseSession, study: Study, namespace: str) -> dict[str, int]:
    query = (
        select(Departure.kind, func.count())
        .where(Departure.study_id == study.id, Departure.namespace == namespace)
        .group_by(Departure.kind)
    )
    return {str(name): int(n) for name, n in db.execute(query)}


def _erased(db: DatabaseSession, study: Study, namespace: str) -> dict[str, int]:
    """How far those had come who withdrew or were purged."""
    query = (
        select(Departure.status, func.count())
        .where(
            Departure.study_id == study.id,
            Departure.namespace == namespace,
            Departure.kind.in_(("withdrawn", "purged")),
        )
        .group_by(Departure.status)
        .order_by(Departure.status)
    )
    return {str(name): int(n) for name, n in db.execute(query)}


def _namespaces(db: DatabaseSession, study: Study) -> dict[str, int]:
    query = (
        select(Session.namespace, func.count())
        .where(Session.study_id == study.id)
        .group_by(Session.namespace)
    )
    found = {str(name): int(n) for name, n in db.execute(query)}
    return {namespace: found.get(namespace, 0) for namespace in NAMESPACES}


def _steps(
    db: DatabaseSession, study: Study, namespace: str, protocol: StudyProtocol, now: datetime
) -> Iterator[StepCount]:
    active = now - timedelta(minutes=ACTIVE_MINUTES)
    silent = now - timedelta(minutes=protocol.recruitment.lease_minutes)
    query = (
        select(
            Session.step,
            func.count(),
            func.sum(case((Session.last_seen_at >= active, 1), else_=0)),
            func.sum(case((Session.last_seen_at < silent, 1), else_=0)),
            func.max(Session.last_seen_at, type_=Session.last_seen_at.type),
        )
        .where(
            Session.study_id == study.id,
            Session.namespace == namespace,
            Session.status.in_(("consented", "in_progress")),
        )
        .group_by(Session.step)
    )
    found = {row[0]: row for row in db.execute(query)}
    for step in (*STEPS, *sorted(found.keys() - set(STEPS))):
        if step in found:
            _, n, n_active, n_silent, last = found[step]
            yield StepCount(step, n, int(n_active), int(n_silent), (now - last).total_seconds() / 60)
        elif step not in ("before", "after") or _asks(protocol, step):
            yield StepCount(step, 0, 0, 0, None)


def _asks(protocol: StudyProtocol, step: str) -> bool:
    return any(questionnaire.when == step for questionnaire in protocol.questionnaires)


def _flow(
    db: DatabaseSession, study: Study, namespace: str, *, departures: Mapping[str, int]
) -> tuple[FlowStage, ...]:
    """From the consent form to completion; of people who were erased only the first two stages know."""
    done = func.sum(case((Trial.status != "planned", 1), else_=0))
    per_session = (
        select(
            Session.status.label("status"),
            Session.started_at.label("started_at"),
            func.coalesce(done, 0).label("n_done"),
            func.count(Trial.id).label("n_planned"),
        )
        .outerjoin(Trial, Trial.session_id == Session.id)
        .where(Session.study_id == study.id, Session.namespace == namespace)
        .group_by(Session.id)
        .subquery()
    )

    def count(condition: object) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]

    columns = per_session.c
    everything = (columns.n_planned > 0) & (columns.n_done == columns.n_planned)
    consented, placed, began, answered, completed = db.execute(
        select(  # type: ignore[call-overload]
            func.count(),
            count(columns.started_at.is_not(None)),
            count(columns.n_done > 0),
            count(everything),
            count(columns.status == "completed"),
        ).select_from(per_session)
    ).one()
    n_erased = departures.get("withdrawn", 0) + departures.get("purged", 0)
    return (
        FlowStage("Answered the consent form", consented + sum(departures.values())),
        FlowStage("Gave consent and may take part", consented + n_erased),
        FlowStage("Still in the data", consented),
        FlowStage("Screen fits, place taken", int(placed)),
        FlowStage("Began the trials", int(began)),
        FlowStage("Answered every trial", int(answered)),
        FlowStage("Completed", int(completed)),
    )


def _days(db: DatabaseSession, study: Study, namespace: str) -> tuple[Day, ...]:
    query = select(Session.consented_at, Session.completed_at).where(
        Session.study_id == study.id, Session.namespace == namespace
    )
    consented: Counter[date] = Counter()
    completed: Counter[date] = Counter()
    for began, ended in db.execute(query.execution_options(yield_per=2_000)):
        consented[began.date()] += 1
        if ended is not None:
            completed[ended.date()] += 1
    return tuple(Day(day, consented[day], completed[day]) for day in sorted(consented | completed))
