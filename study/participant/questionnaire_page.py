"""What a page of questions shows: its items, and the conditions that the browser watches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from study.conditions import is_met
from study.language import Sentence, sentence
from study.participant.language import say
from study.protocol import Condition, Item, Questionnaire, StudyProtocol


@dataclass(frozen=True)
class PageItem:
    """An item as its page shows it.

    ``condition`` rests on an item of the same page, which the browser watches; ``only_if`` says it in
    words, for who has no script. Items whose condition rests on an earlier page are there or not.
    """

    item: Item
    minimum: int | None
    maximum: int | None
    condition: Condition | None
    only_if: str


def page_items(
    page: Questionnaire, protocol: StudyProtocol, stored: Mapping[str, str]
) -> tuple[PageItem, ...]:
    """The items that may be asked on this page of who gave the answers ``stored`` on those before."""
    return tuple(_page_items(page, {item.id: item for item in protocol.items}, stored))


def _page_items(
    page: Questionnaire, known: Mapping[str, Item], stored: Mapping[str, str]
) -> Iterator[PageItem]:
    shown: set[str] = set()
    on_page = {item.id for item in page.items}
    for item in page.items:
        condition = item.show_if
        if condition is not None and condition.item not in shown:
            if condition.item in on_page or not is_met(condition, stored):
                continue
            condition = None
        shown.add(item.id)
        low, high = item.limits
        words = condition_words(condition, known[condition.item]) if condition else ""
        yield PageItem(item, low, high, condition, words)


def condition_words(condition: Condition, earlier: Item) -> str:
    """When an item is to be answered, as one or more sentences to the participant."""
    return " ".join(say(one) for one in _condition_words(condition, earlier))


def _condition_words(condition: Condition, earlier: Item) -> Iterator[Sentence]:
    labels = {option.code: option.label for option in earlier.options}
    asked = earlier.text
    if condition.is_one_of:
        answers = ", ".join(labels.get(code, code) for code in condition.is_one_of)
        yield sentence(
            "Only if your answer to “%(item)s” is one of these: %(answers)s.", item=asked, answers=answers
        )
    if condition.is_none_of:
        answers = ", ".join(labels.get(code, code) for code in condition.is_none_of)
        yield sentence(
            "Only if your answer to “%(item)s” is none of these: %(answers)s.", item=asked, answers=answers
        )
    if condition.at_least is not None:
        least = f"{condition.at_least:g}"
        yield sentence("Only if your answer to “%(item)s” is %(least)s or more.", item=asked, least=least)
    if condition.at_most is not None:
        most = f"{condition.at_most:g}"
        yield sentence("Only if your answer to “%(item)s” is %(most)s or less.", item=asked, most=most)
