"""The columns of a wide table: what each is called, what it holds, and where a value belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from study.export.formats.dictionary import anchors
from study.export.formats.sav import Measure, Names, Variable
from study.export.formats.shown import Shown, Trial
from study.export.formats.written import Row, Value
from study.protocol import Question, StudyProtocol

#: The columns of ratings that are needed, in this order.
RATING_COLUMNS = ("position", "target", "question", "value", "rt_ms")

_KINDS = ("pair", "face", "filler", "check")


@dataclass(frozen=True)
class Place:
    """Where a value belongs: to which presentation, fact or question, face, and option."""

    shown: Shown
    what: Literal["fact", "answer", "option", "time"]
    name: str
    role: str = ""
    option: str = ""

    @property
    def column(self) -> str:
        end = "rt_ms" if self.what == "time" else self.option
        return "_".join(part for part in (self.shown.column, self.role, self.name, end) if part)

    @property
    def words(self) -> str:
        """Of what it is told, for the label."""
        face = f"face {self.role}, " if self.role else ""
        return f"({face}{self.shown.words})"


def wide_columns(
    seen: Mapping[Shown, bool], protocol: StudyProtocol, names: Names
) -> Iterator[tuple[Place, Variable]]:
    """The columns of everything that was shown, in the order of the blocks; ``seen`` says what had labels."""
    blocks = [block.name for block in protocol.blocks]

    def order(shown: Shown) -> tuple[object, ...]:
        # check10 comes after check9.
        length = len(shown.name) if shown.kind == "check" else 0
        return blocks.index(shown.block), _KINDS.index(shown.kind), length, shown.name, shown.time

    for shown in sorted(seen, key=order):
        yield from _facts(shown, names, labelled=seen[shown])
        for question in protocol.block(shown.block).questions:
            for role in _asked_of(question, shown):
                yield from _answers(question, shown, role, names)


def _facts(shown: Shown, names: Names, *, labelled: bool) -> Iterator[tuple[Place, Variable]]:
    def coded(name: str, words: str, *codes: str, role: str = "") -> tuple[Place, Variable]:
        place = Place(shown, "fact", name, role)
        said = tuple((code, code) for code in codes)
        return place, Variable(names.name(place.column), f"{words} {place.words}", "string", codes=said)

    yield coded("status", "Status", "planned", "answered", "interrupted", "timed_out")
    exposure = Place(shown, "fact", "exposure_ms")
    words = f"Planned exposure, ms; missing: unlimited {exposure.words}"
    yield exposure, Variable(names.name(exposure.column), words, "number", measure="scale")
    if (sided := shown.sided_role) is not None:
        yield coded("side", "Side", "left", "right", role=sided)
    if shown.kind == "check":
        yield coded("asked", "Answer that was asked for")
    for role in shown.roles if labelled else ():
        yield coded("label", "Label", "real", "ai", role=role)


def _asked_of(question: Question, shown: Shown) -> tuple[str, ...]:
    return shown.roles if question.target == "each" else ("",)


def _answers(question: Question, shown: Shown, role: str, names: Names) -> Iterator[tuple[Place, Variable]]:
    answer = Place(shown, "answer", question.id, role)
    words = f"{question.text} {answer.words}"
    if question.kind == "choices":
        for option in question.options:
            place = Place(shown, "option", question.id, role, option.code)
            said = f"{option.label}: {words}"
            yield place, Variable(names.name(place.column), said, "boolean")
    elif question.kind == "scale":
        ends = tuple((float(value), said) for value, said in anchors(question))
        measure: Measure = "scale"
        name = names.name(answer.column)
        yield answer, Variable(name, words, "integer", labels=ends, measure=measure)
    else:
        codes = tuple((code, code) for code in _codes(question, shown))
        yield answer, Variable(names.name(answer.column), words, "string", codes=codes)
    time = Place(shown, "time", question.id, role)
    words = f"Response time, ms: {question.id} {time.words}"
    yield time, Variable(names.name(time.column), words, "number", measure="scale")


def _codes(question: Question, shown: Shown) -> tuple[str, ...]:
    """What can be stored, with origins in place of sides."""
    return tuple(
        dict.fromkeys(
            shown.roles[("left", "right").index(answer)]
            if question.kind == "side" and answer in ("left", "right") and len(shown.roles) == 2
            else answer
            for answer in question.answers
        )
    )


def facts_of(trial: Trial) -> Iterator[tuple[Place, Value]]:
    """What is told of a trial beside its ratings."""
    shown = trial.shown
    yield Place(shown, "fact", "status"), trial.status
    yield Place(shown, "fact", "exposure_ms"), trial.exposure_ms
    if shown.sided_role is not None:
        yield Place(shown, "fact", "side", shown.sided_role), trial.side
    if shown.kind == "check":
        yield Place(shown, "fact", "asked"), trial.asked_answer
    for role, label in trial.labels.items():
        yield Place(shown, "fact", "label", role), label


def answers_of(trial: Trial, rating: Row, question: Question) -> Iterator[tuple[Place, Value]]:
    """A rating of a trial: the answer, with the origin in place of a side, and its response time."""
    _, target, _, value, rt_ms = rating
    role = trial.roles.get(str(target), "")
    if question.kind == "choices":
        chosen = str(value).split(";")
        for option in question.options:
            place = Place(trial.shown, "option", question.id, role, option.code)
            yield place, option.code in chosen
    else:
        yield Place(trial.shown, "answer", question.id, role), _told(trial, question, str(value))
    yield Place(trial.shown, "time", question.id, role), rt_ms


def _told(trial: Trial, question: Question, value: str) -> Value:
    if question.kind == "scale":
        return int(value)
    return trial.roles.get(value, value) if question.kind == "side" else value
