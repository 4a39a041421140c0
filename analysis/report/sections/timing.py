"""The timing card: what was really shown, by exposure, browser, refresh rate and participant."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pandas as pd

from analysis import figures
from analysis.report.apa import listed
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import count, number, percent
from analysis.timing import RULE, ExposureTiming, GroupTiming, TimingCard, timing_card

_COUNTS = (
    Column("n_trials", "Trials", "count"),
    Column("n_as_planned", "As planned", "count"),
    Column("n_not_as_planned", "Not as planned", "count"),
    Column("n_unknown", "Unknown", "count"),
)
_LATE = (
    "With a late frame: during the exposure two frames of the second clock lay more than one and a half "
    "intervals apart. That does not make a trial late by itself; the verdict rests on the evidence."
)

_KINDS_OF_EVIDENCE = {
    "element_timing": "the browser's presentation times",
    "frame_clock": "the second clock",
    "none": "none",
    "simulated": "simulated",
}


def section(inputs: Inputs) -> Section:
    card = timing_card(inputs.everything.trials, inputs.dataset.participants)
    parts: list[Part] = [Paragraph(RULE), _summary(card), Paragraph(_evidence_words(card), tone="note")]
    parts.append(_exposures(card))
    if card.frame_errors:
        parts.append(_frames_figure(card))
    parts += [_groups(card), _participants(card)]
    return Section("timing", "Timing card", tuple(parts), results=(_sentence(card),) if card.n_trials else ())


def _sentence(card: TimingCard) -> str:
    known = card.n_as_planned + card.n_not_as_planned
    if not known:
        return (
            f"Of none of the {count(card.n_trials)} trials shown is it known whether it was shown as planned."
        )
    return (
        f"Of {count(known)} trials with evidence, {percent(card.n_as_planned / known)}\u00a0% were shown for "
        f"exactly the planned number of frames without any disturbance; {count(card.n_unknown)} trials had "
        "no evidence."
    )


def _summary(card: TimingCard) -> Table:
    rows = [
        ("trials shown", card.n_trials, "trials"),
        ("as planned", card.n_as_planned, "trials"),
        ("not as planned", card.n_not_as_planned, "trials"),
        ("unknown, no evidence", card.n_unknown, "trials"),
        ("hidden, blurred or resized during the exposure", card.n_disturbed, "trials"),
        ("with a late frame", card.n_late, "trials"),
        ("frame interval, median", card.median_frame_interval_ms, "ms"),
    ]
    data = pd.DataFrame(rows, columns=["fact", "value", "unit"])
    data["shown"] = [
        f"{count(value)}\u00a0{unit}" if unit == "trials" else f"{number(value, 1)}\u00a0{unit}"
        for value, unit in zip(data["value"], data["unit"], strict=True)
    ]
    columns = (Column("fact", "All trials shown"), Column("shown", "Number"))
    kept = "All trials shown in the main analysis, before the declared exclusions. Unknown trials are kept."
    return Table("timing-card", "What was shown, all trials together.", data, columns, note=f"{kept} {_LATE}")


def _evidence_words(card: TimingCard) -> str:
    kinds = [f"{_KINDS_OF_EVIDENCE.get(kind, kind)} for {count(n)}" for kind, n in card.evidence.items()]
    return f"Evidence of trials: {listed(kinds)}." if kinds else "There is no evidence: no trial was shown."


def _frames_figure(card: TimingCard) -> Figure:
    data = pd.DataFrame(
        {"shown_minus_planned_frames": list(card.frame_errors), "n_trials": list(card.frame_errors.values())}
    )
    caption = (
        "Shown minus planned frames where there is evidence; negative was hidden too early. The number of "
        "trials stands on each bar."
    )
    return Figure("timing", caption, figures.timing_figure(card.frame_errors), data)


def _exposures(card: TimingCard) -> Table:
    columns = (
        Column("exposure_ms", "Planned exposure", "exposure"),
        Column("median_shown_ms", "Shown, median (ms)", "number", digits=1),
        *_COUNTS,
    )
    data = _rows(card.exposures, ExposureTiming)
    return Table("timing-by-exposure", "Trials by planned exposure.", data, columns)


def _groups(card: TimingCard) -> Table:
    data = pd.concat(
        [
            _rows(card.browsers, GroupTiming).assign(group="browser"),
            _rows(card.refresh_rates, GroupTiming).assign(group="refresh rate"),
        ]
    )
    columns = (
        Column("group", "By"),
        Column("name", "Browser, refresh rate"),
        *_COUNTS,
        Column("n_late", "With a late frame", "count"),
    )
    caption = "Trials by browser and by refresh rate of the screen."
    return Table("timing-by-browser", caption, data, columns, folded=True)


def _participants(card: TimingCard) -> Table:
    columns = (
        Column("participant", "Participant", "code"),
        *_COUNTS,
        Column("frame_interval_ms", "Frame interval (ms)", "number", digits=1),
    )
    caption = "Trials by participant."
    return Table("timing-by-participant", caption, card.participants, columns, folded=True)


def _rows(items: Iterable[ExposureTiming | GroupTiming], kind: type) -> pd.DataFrame:
    names = [field.name for field in dataclasses.fields(kind)]
    return pd.DataFrame([dataclasses.asdict(item) for item in items], columns=names)
