"""One row for each trial: what was planned, what was seen, what the platform said; and the rows as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tests.benchmarks.timing.blocks import Block, Told
from tests.benchmarks.timing.keyboard import Press
from tests.benchmarks.timing.machine import MachineUse
from tests.benchmarks.timing.measured import Measured, PageClock
from tests.benchmarks.timing.presentations import Seen


@dataclass(frozen=True)
class Row:
    """All that is known of one trial. Empty where there is nothing to know.

    ``exact``: every picture whole, together, for the planned ticks. ``raw_exact``: the duration rounded to
    frames is as planned. ``rt_error_ms``: response time as the platform recorded it, minus the time from
    the onset on the screen to the key going down. ``onset_error_ms``: recorded onset minus seen onset.
    """

    block: int
    platform: str
    condition: str
    size: str
    respond: bool
    exposure_ms: float
    planned_frames: int | None
    seen: bool
    exact: bool | None
    raw_exact: bool | None
    frames: int | None
    raw_frames: int | None
    shown_ms: float | None
    together: bool | None
    mask_with_offset: bool | None
    edge_error_ms: float | None
    onset_latency_ms: float | None
    offset_latency_ms: float | None
    rt_error_ms: float | None
    evidence: str | None
    audit_planned_frames: int | None
    audit_shown_frames: int | None
    audit_shown_ms: float | None
    as_planned: bool | None
    onset_error_ms: float | None
    interval_ms: float
    load_average: float
    busy_share: float
    others_share: float
    steal_share: float
    work_ms: float | None


def rows_of(
    number: int,
    platform: str,
    block: Block,
    measured: Measured,
    told: Sequence[Told],
    *,
    presses: Sequence[Press],
    clock: PageClock,
    use: MachineUse,
) -> list[Row]:
    """Join what was seen with what was told, by the pictures; each picture comes once in a block."""
    found = {(seen.left, seen.right): seen for seen in measured.seen}
    onsets = sorted(seen.onset_s for seen in measured.seen)
    rows = []
    for trial in told:
        seen = found.get((trial.left, trial.right))
        true_rt = _true_rt_ms(seen, onsets, presses) if block.respond else None
        rows.append(_row(number, platform, block, measured, trial, seen, true_rt, clock, use))
    return rows


def _true_rt_ms(seen: Seen | None, onsets: Sequence[float], presses: Sequence[Press]) -> float | None:
    """From the onset to the press that followed; None without one, or with several before the next onset."""
    if seen is None:
        return None
    until = min((onset for onset in onsets if onset > seen.onset_s), default=float("inf"))
    mine = [press for press in presses if seen.onset_s < press.at_s < until]
    return (mine[0].at_s - seen.onset_s) * 1000 if len(mine) == 1 else None


def _row(
    number: int,
    platform: str,
    block: Block,
    measured: Measured,
    trial: Told,
    seen: Seen | None,
    true_rt_ms: float | None,
    clock: PageClock,
    use: MachineUse,
) -> Row:
    grid, audit = measured.grid, trial.audit
    planned = grid.planned_frames(trial.exposure_ms)
    known_rt = trial.rt_ms is not None and true_rt_ms is not None
    known_onset = seen is not None and audit is not None and audit.onset_ms is not None
    return Row(
        block=number,
        platform=platform,
        condition=block.condition,
        size=block.size,
        respond=block.respond,
        exposure_ms=trial.exposure_ms,
        planned_frames=planned,
        seen=seen is not None,
        exact=seen.exact(planned) if seen else None,
        raw_exact=seen.together and seen.raw_frames == planned if seen else None,
        frames=seen.frames if seen else None,
        raw_frames=seen.raw_frames if seen else None,
        shown_ms=seen.shown_s * 1000 if seen else None,
        together=seen.together if seen else None,
        mask_with_offset=seen.mask_with_offset if seen else None,
        edge_error_ms=seen.error_s * 1000 if seen else None,
        onset_latency_ms=grid.latency_s(seen.onset_s) * 1000 if seen else None,
        offset_latency_ms=grid.latency_s(seen.offset_s) * 1000 if seen else None,
        rt_error_ms=trial.rt_ms - true_rt_ms if known_rt else None,  # type: ignore[operator]
        evidence=audit.evidence if audit else None,
        audit_planned_frames=audit.planned_frames if audit else None,
        audit_shown_frames=audit.shown_frames if audit else None,
        audit_shown_ms=audit.shown_ms if audit else None,
        as_planned=audit.as_planned if audit else None,
        onset_error_ms=(clock.seconds(audit.onset_ms) - seen.onset_s) * 1000 if known_onset else None,  # type: ignore[union-attr,arg-type]
        interval_ms=grid.interval_s * 1000,
        load_average=use.load_average,
        busy_share=use.busy_share,
        others_share=use.others_share,
        steal_share=use.steal_share,
        work_ms=use.work_ms,
    )


def append_rows(file: Path, rows: Iterable[Row]) -> None:
    """Add rows to a CSV file; the header comes first in a new file."""
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, [field.name for field in fields(Row)])
        if new:
            writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_rows(file: Path) -> list[Row]:
    """The rows of a file that append_rows wrote."""
    with file.open(newline="", encoding="utf-8") as lines:
        return [
            Row(**{field.name: _value(line[field.name], str(field.type)) for field in fields(Row)})  # type: ignore[arg-type]
            for line in csv.DictReader(lines)
        ]


def _value(text: str, kind: str) -> object:
    if text == "":
        return None
    if kind.startswith("bool"):
        return text == "True"
    if kind.startswith("int"):
        return int(text)
    return float(text) if kind.startswith("float") else text
