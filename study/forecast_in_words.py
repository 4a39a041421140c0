"""Say what lies ahead of a participant, and what was planned, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from study.forecast import CellForecast, Forecast, Pace, Step, Trials
from study.protocol import Exclusions, StudyProtocol
from study.stimulus_fit import SetFit

CLAIMS = {
    "distrust": "AI faces are trusted less than real ones",
    "milliseconds": "the difference in trust is there within milliseconds",
    "closer-look": "longer exposures tell AI faces apart better than short ones",
}


def forecast_lines(ahead: Forecast, fit: SetFit, protocol: StudyProtocol) -> Iterator[str]:
    """Title, each cell with its steps, then pay, pictures, lists, analyses and assumptions."""
    yield ahead.title
    for cell in ahead.cells:
        yield ""
        yield from _cell(cell)
    yield ""
    yield f"people     {ahead.target} completed, about {ahead.minutes:.0f} min each"
    if ahead.pay:
        pay = ahead.pay
        yield (
            f"pay        {pay.per_person:.2f} {pay.currency} each at {pay.per_hour:.2f} an hour, "
            f"{pay.total:.2f} {pay.currency} for {ahead.target} people, without fees"
        )
    else:
        yield "pay        not said; give recruitment.pay_per_hour or --pay-per-hour"
    n_pictures = max(cell.n_pictures for cell in ahead.cells)
    yield f"pictures   {n_pictures} to load, {n_pictures * fit.mean_bytes / 1e6:.1f} MB"
    for cell_name, n in (fit.n_lists or {}).items():
        yield f"balance    {n} counterbalancing lists{f' in cell {cell_name}' if cell_name else ''}"
    for line in planned_analyses(protocol):
        yield f"analysis   {line}"
    for line in assumptions(ahead.pace):
        yield f"assumed    {line}"


def _cell(cell: CellForecast) -> Iterator[str]:
    if cell.cell:
        yield f"cell {cell.cell} (disclosure: {cell.disclosure}, weight {cell.weight})"
    for number, step in enumerate(cell.steps, start=1):
        yield f"  {number:2}. {_step(step):<74} {step.minutes:5.1f} min"
    yield f"      {f'{cell.n_trials} trials besides practice':<74} {cell.minutes:5.1f} min"


def _step(step: Step) -> str:
    if step.trials is None:
        return f"{step.kind}: {step.name}" if step.kind == "questionnaire" else step.name
    return f"block {step.name}: {_counts(step.trials)} at {_exposures(step.trials)}"


def _counts(trials: Trials) -> str:
    shown = "pair" if trials.layout == "pair" else "single face"
    kinds = [
        f"{n} {word if n == 1 else word + 's'}"
        for n, word in (
            (trials.targets, f"practice {shown}" if trials.practice else shown),
            (trials.fillers, "filler"),
            (trials.repeats, "repeat"),
            (trials.checks, "check"),
        )
        if n
    ]
    return ", ".join(kinds)


def _exposures(trials: Trials) -> str:
    timed = [f"{e:g}" for e in trials.exposures_ms if e is not None]
    words = f"{'/'.join(timed)} ms" if timed else ""
    if None in trials.exposures_ms:
        words = f"{words} or unlimited" if words else "unlimited exposure"
    return words


def planned_analyses(protocol: StudyProtocol) -> Iterator[str]:
    """What was decided before the data, one sentence each."""
    analysis = protocol.analysis
    for claim in analysis.primary:
        words = CLAIMS[claim]
        if protocol.stimulus_kind == "edited":
            words = words.replace("AI faces", "edited faces")
        yield f"primary claim {claim}: {words}"
    yield (
        f"smallest effect of interest {analysis.smallest_effect:g} points of trust; error rate "
        f"{analysis.alpha:g} over all primary claims (Holm)"
    )
    if analysis.power:
        yield f"power {analysis.power.power:g} for an effect of {analysis.power.effect:g}"
    yield from (f"left out: {rule}" for rule in _left_out(protocol.exclusions))


def _left_out(rules: Exclusions) -> Iterator[str]:
    if rules.min_rt_ms:
        yield f"trials answered faster than {rules.min_rt_ms:g} ms"
    if rules.not_presented_as_planned:
        yield "trials shown for another number of frames than planned"
    if rules.presentation_unclear:
        yield "trials of which the browser, unlike of others, did not tell how they were shown"
    if rules.interrupted:
        yield "trials interrupted during the exposure"
    if rules.constant_responder:
        yield "people who gave the same trust rating, or chose the same side, on every trial"
    if rules.min_share_answered:
        yield f"people who answered fewer than {rules.min_share_answered:.0%} of their trials"
    if rules.max_failed_checks is not None:
        yield f"people who failed more than {rules.max_failed_checks} attention checks"


def assumptions(pace: Pace) -> Iterator[str]:
    """What the minutes rest on."""
    yield f"reading {pace.words_per_minute:g} words a minute; the device check takes {pace.device_check:g} s"
    answers = ", ".join(f"{kind} {seconds:g} s" for kind, seconds in pace.answers.items())
    yield f"a trial: fixation, mean exposure (unlimited: {pace.unlimited_exposure:g} s), mask, gap, answers"
    yield f"an answer, for each face asked of: {answers}"
    items = ", ".join(f"{kind} {seconds:g} s" for kind, seconds in pace.items.items())
    yield f"a questionnaire item, besides reading it: {items}"
