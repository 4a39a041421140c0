"""Rules about questionnaires: items, and the conditions under which they are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from study.protocol.finding import Finding, meant
from study.protocol.questionnaires import Condition, Item
from study.protocol.rules.names import enough_options, given, named, unique, without_effect
from study.protocol.rules.of_questions import MOST_STEPS
from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import Place

_BELONGS = MappingProxyType(
    {
        "options": ("choice", "choices"),
        "minimum": ("number", "likert", "vas"),
        "maximum": ("number", "likert", "vas"),
        "minimum_label": ("likert", "vas"),
        "maximum_label": ("likert", "vas"),
        "max_length": ("text",),
    }
)


def questionnaire_rules(study: StudyProtocol) -> Iterator[Iterable[Finding]]:
    yield unique(named(given(study, "questionnaires"), ("questionnaires",), "name"), "a name")
    placed = list(_in_the_order_asked(study))
    ids = ((item.id, (*place, "id")) for item, place in sorted(placed, key=_in_the_file) if _has(item, "id"))
    yield unique(ids, "an id")
    for position, (item, place) in enumerate(placed):
        for rule in _RULES:
            yield rule(item, place)
        earlier = {before.id: before for before, _ in placed[:position] if _has(before, "id")}
        later = {after.id for after, _ in placed[position + 1 :] if _has(after, "id")}
        yield _condition(item, place, earlier, later)


def _in_the_order_asked(study: StudyProtocol) -> Iterator[tuple[Item, Place]]:
    for when in ("before", "after"):
        for n, questionnaire in enumerate(given(study, "questionnaires")):
            if getattr(questionnaire, "when", "after") == when:
                for i, item in enumerate(given(questionnaire, "items")):
                    yield item, ("questionnaires", n, "items", i)


def _in_the_file(entry: tuple[Item, Place]) -> tuple[int, ...]:
    return tuple(part for part in entry[1] if isinstance(part, int))


def _has(item: Item, setting: str) -> bool:
    return getattr(item, setting, None) is not None


def _options_are_there(item: Item, place: Place) -> Iterator[Finding]:
    if item.kind in ("choice", "choices"):
        yield from enough_options(item.options, item.kind, place)


def _likert_has_ends(item: Item, place: Place) -> Iterator[Finding]:
    for setting in ("minimum", "maximum"):
        if item.kind == "likert" and getattr(item, setting) is None:
            yield Finding(
                (*place, setting), f"expected {setting} for a likert item, found none", f"add {setting}"
            )


def _limits_are_in_order(item: Item, place: Place) -> Iterator[Finding]:
    low, high = item.limits
    if not item.is_whole_number or low is None or high is None:
        return
    if low >= high:
        yield Finding(
            (*place, "maximum"), f"expected maximum above minimum ({low}), found {high}", "change one of them"
        )
    elif item.kind == "likert" and high - low + 1 > MOST_STEPS:
        yield Finding(
            (*place, "maximum"),
            f"expected at most {MOST_STEPS} steps of a likert item, found {high - low + 1}",
            'change minimum or maximum, or write kind = "vas"',
        )


def _settings_have_effect(item: Item, place: Place) -> Iterator[Finding]:
    yield from without_effect(item, place, item.kind, _BELONGS)


def _condition(item: Item, place: Place, earlier: Mapping[str, Item], later: set[str]) -> Iterator[Finding]:
    if item.show_if is None:
        return
    place = (*place, "show_if")
    asked = earlier.get(item.show_if.item)
    if asked is None:
        yield _not_earlier(item, place, earlier, later)
        return
    yield from _says_something(item.show_if, place)
    yield from _values_can_be_given(item.show_if, asked, place)
    yield from _limits_fit(item.show_if, asked, place)


def _not_earlier(item: Item, place: Place, earlier: Mapping[str, Item], later: set[str]) -> Finding:
    name = item.show_if.item if item.show_if else ""
    place = (*place, "item")
    if name == item.id or name in later:
        when = "this item itself" if name == item.id else "one asked later"
        return Finding(
            place,
            f'expected an item asked before this one, found "{name}", {when}',
            "name another, or move it",
        )
    known = ", ".join(earlier) or "there is none"
    return Finding(
        place,
        f'expected an item asked before this one ({known}), found "{name}"',
        meant(name, earlier, "correct the name"),
    )


def _says_something(condition: Condition, place: Place) -> Iterator[Finding]:
    if not (condition.is_one_of or condition.is_none_of) and condition.at_least is condition.at_most is None:
        yield Finding(
            place,
            "expected which answers count, found none",
            "add is_one_of, is_none_of, at_least or at_most",
        )


def _values_can_be_given(condition: Condition, asked: Item, place: Place) -> Iterator[Finding]:
    for setting in ("is_one_of", "is_none_of"):
        for position, value in enumerate(getattr(condition, setting)):
            here = (*place, setting, position)
            codes = [option.code for option in asked.options]
            if asked.kind in ("choice", "choices") and value not in codes:
                yield Finding(
                    here,
                    f'expected an option of {asked.id} ({", ".join(codes)}), found "{value}"',
                    meant(value, codes, "write one of its codes"),
                )
            elif asked.is_whole_number and not _within(value, asked):
                low, high = asked.limits
                yield Finding(
                    here,
                    f'expected an answer to {asked.id}, a whole number{_between(low, high)}, found "{value}"',
                    "write such a number in quotes, or use at_least and at_most",
                )


def _within(value: str, asked: Item) -> bool:
    if not value.removeprefix("-").isdecimal():
        return False
    low, high = asked.limits
    return (low is None or int(value) >= low) and (high is None or int(value) <= high)


def _between(low: int | None, high: int | None) -> str:
    return "".join(f" {word} {limit}" for word, limit in (("from", low), ("to", high)) if limit is not None)


def _limits_fit(condition: Condition, asked: Item, place: Place) -> Iterator[Finding]:
    for setting in ("at_least", "at_most"):
        if getattr(condition, setting) is not None and not asked.is_whole_number:
            yield Finding(
                (*place, setting),
                f"expected {setting} where the earlier item is a number, likert or vas, "
                f"found {asked.id}, which is {asked.kind}",
                "use is_one_of or is_none_of",
            )
    low, high = condition.at_least, condition.at_most
    if low is not None and high is not None and low > high:
        yield Finding(
            (*place, "at_most"), f"expected at_most from {low:g} on, found {high:g}", "change one of them"
        )


_RULES = (_options_are_there, _likert_has_ends, _limits_are_in_order, _settings_have_effect)
