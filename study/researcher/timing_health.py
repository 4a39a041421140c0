"""How well the presentations went: by evidence, by browser, by refresh rate, and frame by frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session as DatabaseSession

from study.models import Session, Study, Trial
from study.timing import as_planned

#: Differences beyond this are counted together.
WIDEST_FRAMES = 4

#: Refresh rates that screens are sold with, Hz; measured ones are counted with the nearest, within 5 %.
NOMINAL_HZ = (30, 50, 60, 72, 75, 90, 100, 120, 144, 165, 180, 200, 240)


@dataclass(frozen=True)
class TimingRow:
    """Presentations of one kind of evidence, one browser or one refresh rate.

    ``n_late``: presentations with at least one late frame.
    """

    name: str
    n_shown: int
    n_as_planned: int
    n_otherwise: int
    n_unknown: int
    n_late: int

    @property
    def share_as_planned(self) -> float | None:
        """Of the presentations with evidence; None where there is none."""
        known = self.n_as_planned + self.n_otherwise
        return self.n_as_planned / known if known else None


@dataclass(frozen=True)
class TimingHealth:
    """``frame_errors``: presentations by shown minus planned frames, the ends holding all beyond them."""

    everything: TimingRow
    by_evidence: tuple[TimingRow, ...]
    by_browser: tuple[TimingRow, ...]
    by_refresh: tuple[TimingRow, ...]
    frame_errors: Mapping[int, int]


@dataclass(frozen=True)
class _Group:
    """Presentations alike in everything that timing depends on."""

    evidence: str
    browser: str
    refresh_hz: int | None
    verdict: bool | None
    frame_error: int | None
    late: bool
    n: int


def read_timing(db: DatabaseSession, study: Study, *, namespace: str) -> TimingHealth:
    """Timing of every presentation, practice included."""
    groups = _groups(db, study, namespace)
    errors: Counter[int] = Counter()
    for group in groups:
        if group.frame_error is not None and group.evidence != "none":
            errors[max(-WIDEST_FRAMES, min(WIDEST_FRAMES, group.frame_error))] += group.n
    return TimingHealth(
        everything=_row("all", groups),
        by_evidence=_rows(groups, lambda group: group.evidence),
        by_browser=_rows(groups, lambda group: group.browser),
        by_refresh=tuple(
            _row(f"{rate} Hz" if rate else "unknown", [one for one in groups if one.refresh_hz == rate])
            for rate in sorted({group.refresh_hz for group in groups}, key=lambda rate: rate or 10_000)
        ),
        frame_errors={error: errors[error] for error in range(-WIDEST_FRAMES, WIDEST_FRAMES + 1)},
    )


def _rows(groups: Sequence[_Group], name_of: Callable[[_Group], str]) -> tuple[TimingRow, ...]:
    return tuple(
        _row(name, [group for group in groups if name_of(group) == name])
        for name in sorted({name_of(group) for group in groups})
    )


def nominal_hz(measured: float | None) -> int | None:
    """The rate a screen is sold with, where the measured one is within 5 % of one.

    >>> nominal_hz(59.94), nominal_hz(143.9), nominal_hz(84.2), nominal_hz(None)
    (60, 144, 84, None)
    """
    if measured is None:
        return None
    nearest = min(NOMINAL_HZ, key=lambda rate: abs(rate - measured))
    return nearest if abs(nearest - measured) <= 0.05 * nearest else round(measured)


def _groups(db: DatabaseSession, study: Study, namespace: str) -> list[_Group]:
    # Grouped by their names: PostgreSQL takes two copies of an expression with parameters for different ones.
    interruptions = (Trial.hidden.is_(True), Trial.blurred.is_(True), Trial.resized.is_(True))
    disturbed = case((or_(*interruptions), 1), else_=0).label("is_disturbed")
    unlimited = case((Trial.exposure_ms.is_(None), 1), else_=0).label("is_unlimited")
    late = case((Trial.late_frames > 0, 1), else_=0).label("is_late")
    measured = func.round(1000.0 / func.nullif(Trial.frame_interval_ms, 0)).label("measured_hz")
    plain = (Trial.evidence, Session.browser, Trial.planned_frames, Trial.shown_frames)
    query = (
        select(*plain, measured, unlimited, disturbed, late, func.count())
        .join(Session, Session.id == Trial.session_id)
        .where(
            Session.study_id == study.id,
            Session.namespace == namespace,
            Trial.status != "planned",
        )
        .group_by(*plain, "measured_hz", "is_unlimited", "is_disturbed", "is_late")
    )
    groups = []
    for evidence, browser, planned, shown, hz, is_unlimited, is_disturbed, is_late, n in db.execute(query):
        like_these = Trial(
            evidence=evidence,
            planned_frames=planned,
            shown_frames=shown,
            exposure_ms=None if is_unlimited else 0.0,
            hidden=bool(is_disturbed),
        )
        counted = planned is not None and shown is not None and not is_unlimited
        groups.append(
            _Group(
                evidence=evidence or "none",
                browser=browser or "unknown",
                refresh_hz=nominal_hz(hz),
                verdict=as_planned(like_these),
                frame_error=shown - planned if counted else None,
                late=bool(is_late),
                n=n,
            )
        )
    return groups


def _row(name: str, groups: Iterable[_Group]) -> TimingRow:
    verdicts: Counter[bool | None] = Counter()
    n_late = 0
    for group in groups:
        verdicts[group.verdict] += group.n
        n_late += group.n if group.late else 0
    return TimingRow(
        name=name,
        n_shown=verdicts.total(),
        n_as_planned=verdicts[True],
        n_otherwise=verdicts[False],
        n_unknown=verdicts[None],
        n_late=n_late,
    )
