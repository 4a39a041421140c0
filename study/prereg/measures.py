"""What is measured, and what is computed from it before any test."""

from __future__ import annotations

from collections.abc import Iterator

from study.prereg.planned import Planned
from study.prereg.wording import bullets, listed, paragraphs
from study.protocol import Block, Question


def measured(planned: Planned) -> str:
    """Every question with its scale, and what is recorded besides."""
    lines = [_question(planned, uses) for uses in planned.questions.values()]
    lines.append(
        "**Response time** of each answer, in ms: the key or pointer going down, by the event's own time, "
        "minus the frame in which the faces appeared."
    )
    lines.append(
        "**What was shown** on each trial: planned and shown frames by the browser's presentation times, "
        "interruptions, size of window and pictures."
    )
    return paragraphs(bullets(lines), _questionnaires(planned))


def _question(planned: Planned, uses: list[tuple[Block, Question]]) -> str:
    block, question = uses[0]
    if block.layout == "single":
        of = "each face"
    else:
        of = "each of the two faces" if question.target == "each" else "the pair"
    where = listed(block.name for block, _ in uses)
    optional = "; it may be left out" if question.optional else ""
    return (
        f"**{question.id}**: “{question.text}”, asked of {of} on every trial of {where}; "
        f"{_answer(planned, question)}{optional}."
    )


def _answer(planned: Planned, question: Question) -> str:
    if question.kind == "scale":
        return (
            f"whole numbers from {question.minimum}{_label(question.minimum_label)} to "
            f"{question.maximum}{_label(question.maximum_label)}"
        )
    if question.kind == "side":
        return "left, right, both or neither" if question.both_neither else "left or right"
    if question.kind == "origin":
        return f"real or {planned.made}"
    if question.kind == "choices":
        return f"any of {listed(option.label for option in question.options)}"
    return f"free text of at most {question.max_length} characters"


def _label(words: str) -> str:
    return f" ({words})" if words else ""


def _questionnaires(planned: Planned) -> str:
    items = planned.protocol.items
    if not items:
        return ""
    return (
        "Questionnaire items, for description and exploration: "
        + "; ".join(f"{item.id} (“{item.text}”, {item.kind})" for item in items)
        + "."
    )


def indices(planned: Planned) -> str:
    """What is computed per trial, person or pair."""
    return bullets(_indices(planned)) or "Nothing is combined; each answer is analysed as it was given."


def _indices(planned: Planned) -> Iterator[str]:
    made = planned.made
    if planned.asks("trust"):
        alone = all(block.layout == "single" for block, _ in planned.questions["trust"])
        which = (
            f"mean trust in the {made} faces minus mean trust in the real faces that a person saw"
            if alone
            else f"trust in the {made} face minus trust in the real face of the same pair and trial"
        )
        yield (
            f"**Trust difference**: {which}, in points of the scale; negative means that real faces are "
            "trusted more."
        )
    if planned.asks("detect"):
        yield from _detection(planned)
    if planned.asks("detect") and planned.asks("confidence"):
        yield (
            "**Type-2 area**: of a right and a wrong choice of the same person, how often the right one was "
            "the more confident, ties counting half; 0.5 is chance."
        )


def _detection(planned: Planned) -> Iterator[str]:
    layouts = {block.layout for block, _ in planned.questions["detect"]}
    corrected = "Rates are (k + 0.5) / (n + 1), so that 0 and 1 stay finite."
    if "pair" in layouts:
        yield (
            "**Sensitivity d′ of pairs**: (z(H) − z(F)) / √2, where H is the rate of answering left when the "
            f"{planned.made} face was left, and F the rate of answering left when it was right. {corrected}"
        )
        yield "**Side bias**: −(z(H) + z(F)) / 2 of the same rates; positive leans to the right."
    if "single" in layouts:
        yield (
            f"**Sensitivity d′ of single faces**: z(H) − z(F), where H is the rate of answering "
            f"{planned.made} to {planned.made} faces, and F that to real ones. {corrected}"
        )
