"""The tables that the benchmark prints, from its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, stdev

from tests.benchmarks.timing.rows import Row


def exactness_table(rows: Sequence[Row]) -> Iterator[str]:
    """Share of presentations with exactly the planned frames, by ticks / by rounded duration, and n."""
    shown = [row for row in rows if not row.respond]
    platforms = _in_order(row.platform for row in shown)
    if not shown:
        return
    yield "Exactly the planned frames, % (edges moved to the next tick / duration rounded; n)"
    yield f"{'size':<10}{'condition':<11}{'ms':>6}" + "".join(f"{name:>20}" for name in platforms) + MACHINE
    for size in _in_order(row.size for row in shown):
        for condition in _in_order(row.condition for row in shown):
            cell = [row for row in shown if row.size == size and row.condition == condition]
            exposures = sorted({row.exposure_ms for row in cell})
            for exposure in [*exposures, None] if len(exposures) > 1 else exposures:
                some = [row for row in cell if exposure in (None, row.exposure_ms)]
                name = "all" if exposure is None else f"{exposure:g}"
                yield (
                    f"{size:<10}{condition:<11}{name:>6}"
                    + "".join(f"{_exact(_of(some, platform)):>20}" for platform in platforms)
                    + _machine(some)
                )


def duration_table(rows: Sequence[Row]) -> Iterator[str]:
    """How long pictures stood, against the planned frame intervals; and whether edges go together."""
    shown = [row for row in rows if not row.respond]
    if not shown:
        return
    yield "Shown time minus planned frames, ms: mean ± SD (worst); shares of trials, %"
    yield (
        f"{'size':<10}{'condition':<11}{'platform':<15}{'n':>5}{'duration error':>24}{'together':>10}"
        f"{'mask with offset':>18}{'onset late':>12}{'work':>9}"
    )
    for size, condition, platform in _cells(shown):
        some = [row for row in _of(shown, platform) if row.size == size and row.condition == condition]
        errors = [
            row.shown_ms - row.planned_frames * row.interval_ms
            for row in some
            if row.shown_ms is not None and row.planned_frames is not None
        ]
        masks = [row.mask_with_offset for row in some if row.mask_with_offset is not None]
        latency = [row.onset_latency_ms for row in some if row.onset_latency_ms is not None]
        work = [row.work_ms for row in some if row.work_ms is not None]
        yield (
            f"{size:<10}{condition:<11}{platform:<15}{len(some):>5}{_spread(errors):>24}"
            f"{_percent([bool(row.together) for row in some]):>10}{_percent(masks):>18}"
            f"{_mean(latency, ' ms'):>12}{_mean(work, ' ms'):>9}"
        )


def response_table(rows: Sequence[Row]) -> Iterator[str]:
    """Recorded response time minus the true one: bias and SD. inf: the faces stay until the answer."""
    given = [row for row in rows if row.respond]
    if not given:
        return
    yield "Response time as recorded minus onset on the screen to key going down, ms"
    yield (
        f"{'condition':<11}{'exposure':>9}  {'platform':<15}{'n':>5}{'bias':>8}{'SD':>8}{'worst':>8}"
        f"{'unusable':>10}" + MACHINE
    )
    cells = {(row.condition, row.exposure_ms, row.platform) for row in given}
    for condition, exposure, platform in sorted(
        cells, key=lambda cell: (ORDER.index(cell[0]), cell[1], ORDER.index(cell[2]))
    ):
        some = [
            row for row in _of(given, platform) if row.condition == condition and row.exposure_ms == exposure
        ]
        errors = [row.rt_error_ms for row in some if row.rt_error_ms is not None]
        if not errors:
            continue
        yield (
            f"{condition:<11}{exposure:>9g}  {platform:<15}{len(errors):>5}{fmean(errors):>8.1f}"
            f"{_sd(errors):>8.1f}{max(errors, key=abs):>8.1f}{len(some) - len(errors):>10}" + _machine(some)
        )


def audit_table(rows: Sequence[Row]) -> Iterator[str]:
    """What our own record says of presentations that were off, and of those that were not."""
    own = [row for row in rows if row.audit_planned_frames is not None and not row.respond]
    if not own:
        return
    yield "The record against the screen (marked: presented_as_planned false; unknown: no evidence)"
    yield (
        f"{'condition':<11}{'judged by':<10}{'off':>6}{'marked':>9}{'unknown':>9}{'exact':>8}{'marked':>9}"
        f"{'unknown':>9}{'time within a frame':>21}{'onset error':>22}"
    )
    conditions = _in_order(row.condition for row in own)
    for condition in [*conditions, "all"] if len(conditions) > 1 else conditions:
        some = [row for row in own if condition in (row.condition, "all")]
        yield _audit_line(condition, "ticks", some, lambda row: row.exact)
        yield _audit_line(condition, "duration", some, lambda row: row.raw_exact)
        yield _audit_line(condition, "both", some, agreed)


def misjudged_table(rows: Sequence[Row], *, at_most: int = 40) -> Iterator[str]:
    """Trials whose record says otherwise than the screen (by ticks and by duration), one a line.

    Those for which the record says that it does not know are not among them.
    """
    wrong = [row for row in rows if _is_misjudged(row)]
    if not wrong:
        return
    yield f"Trials of ours whose record says otherwise than the screen: {len(wrong)}"
    yield (
        f"{'condition':<11}{'size':<10}{'ms':>6}{'planned':>9}{'ticks':>7}{'duration':>10}{'recorded':>10}"
        f"{'shown ms':>10}{'recorded':>10}{'onset error':>13}  evidence"
    )
    for row in wrong[:at_most]:
        recorded = f"{row.audit_shown_ms:.1f}" if row.audit_shown_ms is not None else "–"
        onset = f"{row.onset_error_ms:.1f}" if row.onset_error_ms is not None else "–"
        yield (
            f"{row.condition:<11}{row.size:<10}{row.exposure_ms:>6g}{row.planned_frames!s:>9}{row.frames!s:>7}"
            f"{row.raw_frames!s:>10}{row.audit_shown_frames!s:>10}{row.shown_ms:>10.1f}{recorded:>10}"
            f"{onset:>13}  {row.evidence}"
        )


def _is_misjudged(row: Row) -> bool:
    if row.as_planned is None or row.respond or not row.seen:
        return False
    exact = agreed(row)
    return exact is not None and exact != row.as_planned


def agreed(row: Row) -> bool | None:
    """Exact or off when ticks and duration say the same; None when a slow draw makes them differ."""
    return row.exact if row.exact == row.raw_exact else None


def n_off(rows: Sequence[Row]) -> int:
    """Presentations of ours that were off by a frame or more, by ticks and by duration."""
    return sum(agreed(row) is False for row in rows if row.audit_planned_frames is not None)


def _audit_line(condition: str, judge: str, rows: Sequence[Row], exact: Callable[[Row], bool | None]) -> str:
    seen = [row for row in rows if row.seen]
    off = [row.as_planned for row in seen if exact(row) is False]
    good = [row.as_planned for row in seen if exact(row) is True]
    timed = [row for row in seen if row.audit_shown_ms is not None]
    near = [abs(row.audit_shown_ms - row.shown_ms) <= row.interval_ms for row in timed]  # type: ignore[operator]
    onsets = [row.onset_error_ms for row in seen if row.onset_error_ms is not None]
    within = f"{_percent(near)} of {len(near)}"
    return (
        f"{condition:<11}{judge:<10}{len(off):>6}{_percent([mark is False for mark in off]):>9}"
        f"{_percent([mark is None for mark in off]):>9}{len(good):>8}"
        f"{_percent([mark is False for mark in good]):>9}"
        f"{_percent([mark is None for mark in good]):>9}{within:>21}{_spread(onsets):>22}"
    )


MACHINE = f"{'load':>7}{'others':>8}{'steal':>7}"


def _machine(rows: Sequence[Row]) -> str:
    """Means over the rows: load average, processor share of other programs, share stolen."""
    if not rows:
        return ""
    load = fmean(row.load_average for row in rows)
    others = fmean(row.others_share for row in rows)
    steal = fmean(row.steal_share for row in rows)
    return f"{load:>7.1f}{others:>8.0%}{steal:>7.0%}"


def _exact(rows: Sequence[Row]) -> str:
    if not rows:
        return "–"
    by_ticks = 100 * fmean(row.exact is True for row in rows)
    by_duration = 100 * fmean(row.raw_exact is True for row in rows)
    return f"{by_ticks:.1f} / {by_duration:.1f}; {len(rows)}"


def _cells(rows: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    for size in _in_order(row.size for row in rows):
        for condition in _in_order(row.condition for row in rows):
            for platform in _in_order(row.platform for row in rows):
                if any(
                    (row.size, row.condition, row.platform) == (size, condition, platform) for row in rows
                ):
                    yield size, condition, platform


def _of(rows: Sequence[Row], platform: str) -> list[Row]:
    return [row for row in rows if row.platform == platform]


ORDER = ("facevalue", "jspsych-image", "jspsych-html", "labjs")
ORDER += ("display", "oversized", "idle", "throttled", "busy", "blocked", "contended", "harsh")


def _in_order(names: Iterator[str]) -> list[str]:
    return sorted(set(names), key=ORDER.index)


def _percent(marks: Sequence[bool]) -> str:
    return f"{100 * fmean(marks):.1f}" if marks else "–"


def _mean(values: Sequence[float], unit: str) -> str:
    return f"{fmean(values):.1f}{unit}" if values else "–"


def _sd(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return f"{fmean(values):.1f} ± {_sd(values):.1f} ({max(values, key=abs):.0f})"
