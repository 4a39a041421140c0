"""Rules about names and lists that several parts of a study share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from study.protocol.finding import Finding, shown
from study.protocol.part import Option, Part
from study.toml_lines import Place


def given(part: Part, name: str) -> tuple[Any, ...]:
    """The entries of a list setting; none where the list itself is wrong."""
    return tuple(getattr(part, name, ()))


def named(parts: Iterable[Part], place: Place, setting: str) -> Iterator[tuple[str, Place]]:
    """The names of parts that have one, each with its place."""
    for position, part in enumerate(parts):
        if (name := getattr(part, setting, None)) is not None:
            yield name, (*place, position, setting)


def unique(names: Iterable[tuple[str, Place]], what: str) -> Iterator[Finding]:
    """Every name that came before."""
    seen: set[str] = set()
    for name, place in names:
        if name in seen:
            yield Finding(
                place, f"expected {what} of its own, found {shown(name)} again", "rename one of them"
            )
        seen.add(name)


def unique_entries(entries: Sequence[Any], place: Place) -> Iterator[Finding]:
    """Every entry of a list that came before in it."""
    for position, entry in enumerate(entries):
        if entry in entries[:position]:
            yield Finding(
                (*place, position), f"expected each entry once, found {shown(entry)} again", "remove it"
            )


def enough_options(options: tuple[Option, ...], kind: str, place: Place) -> Iterator[Finding]:
    """Something to choose from, by codes that differ."""
    if len(options) < 2:
        yield Finding(
            (*place, "options"),
            f'expected at least 2 options where kind = "{kind}", found {len(options)}',
            'add options, as in options = [{ code = "yes", label = "Yes" }, …]',
        )
    yield from unique(named(options, (*place, "options"), "code"), "a code")


def without_effect(
    part: Part, place: Place, kind: str, belongs: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """Settings that were written but do nothing for that kind; ``belongs`` says where each works."""
    for setting, kinds in belongs.items():
        if setting in part.model_fields_set and kind not in kinds:
            yield Finding(
                (*place, setting),
                f'expected this setting where kind is {_or(kinds)} only, found it where kind = "{kind}"',
                "remove it, it has no effect there",
                "warning",
            )


def _or(kinds: Sequence[str]) -> str:
    return " or ".join(f'"{kind}"' for kind in kinds)
