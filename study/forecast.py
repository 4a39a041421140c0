"""What a participant will live through, and what it takes: steps, trials, minutes, pay, pictures. Pure.

The minutes are an estimate from typical times, stated in ``Pace``; a pilot measures the true ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from study.protocol import Block, Item, Question, StudyFile, StudyProtocol, text_in

Seconds = float


@dataclass(frozen=True)
class Pace:
    """Typical times of one person, in seconds unless said otherwise.

    Silent reading of prose takes 238 words a minute on average (Brysbaert 2019, Journal of Memory and
    Language 109, 104047); 200 leaves room for reading in a second language. The answer times are our
    assumptions, on the generous side, so that people are rather paid too much than too little.
    """

    words_per_minute: float = 200
    device_check: Seconds = 20
    unlimited_exposure: Seconds = 3
    answers: Mapping[str, Seconds] = field(
        default_factory=lambda: MappingProxyType(
            {"scale": 2.5, "side": 2, "origin": 2, "choices": 4, "text": 15}
        )
    )
    items: Mapping[str, Seconds] = field(
        default_factory=lambda: MappingProxyType(
            {"text": 20, "number": 5, "choice": 5, "choices": 8, "likert": 5, "vas": 5}
        )
    )


@dataclass(frozen=True)
class Trials:
    """The trials of one block: how many of each kind, and how long one takes."""

    layout: str
    practice: bool
    targets: int
    fillers: int
    repeats: int
    checks: int
    exposures_ms: tuple[float | None, ...]
    seconds_each: Seconds

    @property
    def n(self) -> int:
        return self.targets + self.fillers + self.repeats + self.checks


@dataclass(frozen=True)
class Step:
    """One step of a session. ``trials`` is None unless it is a block."""

    kind: str
    name: str
    minutes: float
    trials: Trials | None = None


@dataclass(frozen=True)
class CellForecast:
    """What people of one cell live through; ``cell`` is empty in a study without cells."""

    cell: str
    disclosure: str
    weight: int
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> float:
        return sum(step.minutes for step in self.steps)

    @property
    def n_trials(self) -> int:
        """Trials that are not practice."""
        return sum(s.trials.n for s in self.steps if s.trials and not s.trials.practice)

    @property
    def n_pictures(self) -> int:
        """Pictures that a browser loads; a repeat shows some of them again."""
        blocks = [step.trials for step in self.steps if step.trials]
        return sum((2 if t.layout == "pair" else 1) * (t.n - t.repeats) for t in blocks)


@dataclass(frozen=True)
class Pay:
    """Pay for the expected minutes. ``total`` is for the target, without a recruiter's fees."""

    per_hour: float
    per_person: float
    total: float
    currency: str


@dataclass(frozen=True)
class Forecast:
    """Everything a researcher should know before inviting people."""

    title: str
    cells: tuple[CellForecast, ...]
    target: int
    pay: Pay | None
    pace: Pace

    @property
    def minutes(self) -> float:
        """Mean over people, whose cells come in proportion to their weights."""
        weights = sum(cell.weight for cell in self.cells)
        return sum(cell.weight * cell.minutes for cell in self.cells) / weights


def forecast(study: StudyFile, *, pay_per_hour: float | None = None, pace: Pace | None = None) -> Forecast:
    """What the people of each cell will live through. ``pay_per_hour`` wins over the study's own."""
    pace = pace or Pace()
    protocol = study.protocol
    cells = tuple(
        CellForecast(cell.name, cell.disclosure, cell.weight, tuple(_steps(study, cell.name, pace)))
        for cell in protocol.cells
    ) or (CellForecast("", "none", 1, tuple(_steps(study, "", pace))),)
    target = protocol.recruitment.target
    unpaid = Forecast(protocol.title, cells, target, None, pace)
    rate = protocol.recruitment.pay_per_hour if pay_per_hour is None else pay_per_hour
    if rate is None:
        return unpaid
    each = rate * unpaid.minutes / 60
    pay = Pay(rate, each, each * target, protocol.recruitment.currency)
    return Forecast(protocol.title, cells, target, pay, pace)


def _steps(study: StudyFile, cell_name: str, pace: Pace) -> Iterator[Step]:
    protocol = study.protocol
    cell = protocol.cell(cell_name)

    def reading(*names: str) -> float:
        words = sum(len(text_in(study.texts, name, protocol.languages[0]).split()) for name in names)
        return words / pace.words_per_minute

    texts = protocol.texts
    yield Step("reading", "information and consent", reading(texts.information, texts.consent))
    yield Step("device", "device check", pace.device_check / 60)
    yield from _questionnaires(protocol, "before", pace)
    yield Step("reading", "instructions", reading(texts.instructions))
    if cell and cell.disclosure != "none" and texts.told:
        yield Step("reading", "what people are told about AI", reading(texts.told))
    for block in protocol.blocks_of(cell_name):
        trials = _trials(block, pace)
        yield Step("block", block.name, reading(block.intro) + trials.n * trials.seconds_each / 60, trials)
    yield from _questionnaires(protocol, "after", pace)
    yield Step("reading", "debrief", reading(texts.debrief))


def _trials(block: Block, pace: Pace) -> Trials:
    exposures = block.planned_exposures
    shown = [pace.unlimited_exposure if e is None else (e + block.mask_ms) / 1000 for e in exposures]
    answering = sum(len(block.targets(q)) * _answering(q, pace) for q in block.questions)
    if block.answer_deadline_ms is not None:
        answering = min(answering, block.answer_deadline_ms / 1000)
    around = (block.fixation_ms + block.gap_ms) / 1000
    return Trials(
        layout=block.layout,
        practice=block.practice,
        targets=block.pairs,
        fillers=block.fillers,
        repeats=block.repeats,
        checks=block.checks,
        exposures_ms=exposures,
        seconds_each=around + sum(shown) / len(shown) + answering,
    )


def _answering(question: Question, pace: Pace) -> Seconds:
    return pace.answers[question.kind]


def _questionnaires(protocol: StudyProtocol, when: str, pace: Pace) -> Iterator[Step]:
    for questionnaire in protocol.questionnaires:
        if questionnaire.when == when:
            seconds = sum(_filling_in(item, pace) for item in questionnaire.items)
            yield Step("questionnaire", questionnaire.title or questionnaire.name, seconds / 60)


def _filling_in(item: Item, pace: Pace) -> Seconds:
    """Reading and answering; an item under a condition counts in full, as if everybody were asked."""
    labels = [option.label for option in item.options]
    words = sum(len(text.split()) for text in (item.text, *labels))
    return 60 * words / pace.words_per_minute + pace.items[item.kind]
