"""Whether a trial was shown as planned: the published rule, for pages that must tell people at once.

The analysis applies the same rule to the export; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from study.models import Trial


@dataclass(frozen=True)
class TimingCard:
    """How the presentations of one session went."""

    n_shown: int
    n_as_planned: int
    n_otherwise: int
    n_unknown: int
    refresh_hz: float | None


#: The columns of a trial that the rule looks at.
PRESENTED = (
    "status",
    "evidence",
    "hidden",
    "blurred",
    "resized",
    "exposure_ms",
    "planned_frames",
    "shown_frames",
    "frame_interval_ms",
)
Presented = Trial | Row[*tuple[Any, ...]]


def as_planned(trial: Presented) -> bool | None:
    """True or False by independent evidence; None where there is none."""
    if trial.evidence in (None, "none"):
        return None
    undisturbed = not (trial.hidden or trial.blurred or trial.resized)
    if trial.exposure_ms is None:
        return undisturbed
    return undisturbed and trial.shown_frames == trial.planned_frames


def timing_card(trials: Sequence[Presented]) -> TimingCard:
    shown = [trial for trial in trials if trial.status != "planned"]
    verdicts = [as_planned(trial) for trial in shown]
    intervals = sorted(t.frame_interval_ms for t in shown if t.frame_interval_ms)
    return TimingCard(
        n_shown=len(shown),
        n_as_planned=verdicts.count(True),
        n_otherwise=verdicts.count(False),
        n_unknown=verdicts.count(None),
        refresh_hz=round(1000 / intervals[len(intervals) // 2], 1) if intervals else None,
    )
