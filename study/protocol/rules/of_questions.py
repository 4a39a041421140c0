"""Rules about the questions asked of each trial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from study.protocol.blocks import Block, Question
from study.protocol.finding import Finding
from study.protocol.rules.names import enough_options, given, without_effect
from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import Place

MOST_STEPS = 11

_BELONGS = MappingProxyType(
    {
        "minimum": ("scale",),
        "maximum": ("scale",),
        "minimum_label": ("scale",),
        "maximum_label": ("scale",),
        "both_neither": ("side",),
        "options": ("choices",),
        "max_length": ("text",),
    }
)


def question_rules(study: StudyProtocol) -> Iterator[Iterable[Finding]]:
    first: dict[str, tuple[Question, Block]] = {}
    for b, block in enumerate(given(study, "blocks")):
        for q, question in enumerate(given(block, "questions")):
            place: Place = ("blocks", b, "questions", q)
            for rule in _RULES:
                yield rule(question, place)
            yield _fits_the_layout(question, block, place)
            yield _means_the_same_everywhere(question, block, place, first)


def _scale_has_few_steps(question: Question, place: Place) -> Iterator[Finding]:
    steps = question.maximum - question.minimum + 1
    if question.kind == "scale" and not 2 <= steps <= MOST_STEPS:
        setting = "maximum" if "maximum" in question.model_fields_set else "minimum"
        yield Finding(
            (*place, setting),
            f"expected a scale of 2 to {MOST_STEPS} steps, found {max(steps, 0)} "
            f"({question.minimum} to {question.maximum})",
            "change minimum or maximum",
        )


def _choices_are_there(question: Question, place: Place) -> Iterator[Finding]:
    if question.kind == "choices":
        yield from enough_options(question.options, "choices", place)


def _settings_have_effect(question: Question, place: Place) -> Iterator[Finding]:
    yield from without_effect(question, place, question.kind, _BELONGS)


def _fits_the_layout(question: Question, block: Block, place: Place) -> Iterator[Finding]:
    if block.layout == "single":
        yield from _fits_single_faces(question, place)
    elif question.kind == "side" and question.target == "each":
        yield Finding(
            (*place, "target"),
            'expected target = "pair" for a side question, which compares the two faces, found "each"',
            'write target = "pair", or kind = "origin" to ask of each face',
        )
    elif question.kind == "origin" and question.target == "pair":
        yield Finding(
            (*place, "target") if "target" in question.model_fields_set else (*place, "kind"),
            'expected target = "each" for an origin question, since a pair has no one origin, found "pair"',
            'write target = "each", or kind = "side" to ask which of the two it is',
        )


def _fits_single_faces(question: Question, place: Place) -> Iterator[Finding]:
    if question.kind == "side":
        yield Finding(
            (*place, "kind"),
            'expected no side question where layout = "single" shows one face, found "side"',
            'write kind = "origin" to ask whether the face is real',
        )
    if "target" in question.model_fields_set:
        yield Finding(
            (*place, "target"),
            f'expected no target where layout = "single" shows one face, found "{question.target}"',
            "remove it, it has no effect there",
            "warning",
        )


def _means_the_same_everywhere(
    question: Question, block: Block, place: Place, first: dict[str, tuple[Question, Block]]
) -> Iterator[Finding]:
    """The export has one meaning for each id, so the answers must be the same in every block."""
    before, there = first.setdefault(question.id, (question, block))
    if _answers(before) != _answers(question):
        yield Finding(
            (*place, "id"),
            f'expected "{question.id}" to be {_answers(before)} as in block {there.name}, '
            f"found {_answers(question)}",
            "give one of the two another id, or the same answers",
        )


def _answers(question: Question) -> str:
    if question.kind == "scale":
        return f"a scale from {question.minimum} to {question.maximum}"
    if question.kind == "choices":
        return f"choices of {', '.join(sorted(option.code for option in question.options))}"
    return {"side": "a side question", "origin": "an origin question", "text": "free text"}[question.kind]


_RULES = (_scale_has_few_steps, _choices_are_there, _settings_have_effect)
