"""Which questionnaire items are asked of whom, and which page comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from study.protocol import Condition, Item, Questionnaire, StudyProtocol


def is_met(condition: Condition | None, answers: Mapping[str, str]) -> bool:
    """Whether an item with this condition is asked, given the answers to the items before it.

    An earlier item that was not asked, or was left empty, meets no condition. Of several options chosen,
    one among ``is_one_of`` is enough, and one among ``is_none_of`` too many.
    """
    if condition is None:
        return True
    answer = answers.get(condition.item, "")
    if answer == "":
        return False
    chosen = set(answer.split(";"))
    if condition.is_one_of and not chosen & set(condition.is_one_of):
        return False
    if chosen & set(condition.is_none_of):
        return False
    return _within(answer, condition.at_least, condition.at_most)


def _within(answer: str, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    try:
        number = float(answer)
    except ValueError:
        return False
    return (low is None or number >= low) and (high is None or number <= high)


def asked_items(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Iterator[Item]:
    """The items of a page that are asked of who gave these answers, on this page and on those before."""
    known = dict(answers)
    for item in questionnaire.items:
        if is_met(item.show_if, known):
            yield item
        else:
            # Whatever was entered while it could be seen does not count, for later conditions neither.
            known.pop(item.id, None)


def next_questionnaire(
    protocol: StudyProtocol, when: Literal["before", "after"], stored: Mapping[str, str]
) -> Questionnaire | None:
    """The first page that still asks for something; None when all are answered."""
    return next(
        (
            questionnaire
            for questionnaire in protocol.questionnaires_at(when)
            if any(item.id not in stored for item in asked_items(questionnaire, stored))
        ),
        None,
    )
