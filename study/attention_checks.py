"""Count failed attention checks. Pure. It decides about place and code; the analysis applies its own rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from study.protocol import Block


@dataclass(frozen=True)
class CheckTrial:
    """An attention check: the answer it asked for, and what was answered, by (question, target)."""

    block: str
    asked_answer: str
    answers: dict[tuple[str, str], str]


def n_failed_checks(checks: Iterable[CheckTrial], blocks: Iterable[Block]) -> int:
    """Checks on which the question asked got another answer, of any face.

    The question is the first of its block with a fixed set of answers. A check that was never answered,
    because it was interrupted or its time ran out, has not failed.
    """
    asked = {
        block.name: next((question.id for question in block.questions if question.answers), None)
        for block in blocks
    }
    return sum(_failed(check, asked.get(check.block)) for check in checks)


def _failed(check: CheckTrial, asked: str | None) -> bool:
    given = [value for (question, _), value in check.answers.items() if question == asked]
    return any(value != check.asked_answer for value in given)
