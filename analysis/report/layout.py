"""The order in which a report is read, and what stands beside what in a chapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from analysis.fitted import FittedModel
from analysis.report.content import Figure, Paragraph, Part, Section, Table

#: What only records: the paragraphs for a paper stand before it.
_RECORDS = ("provenance", "references")
#: More columns than this do not fit beside a figure.
_NARROW_COLUMNS = 6


@dataclass(frozen=True)
class Shown:
    """What stands together, for whoever writes it.

    ``kind`` and ``part``: paragraph, table (one part); figures (side by side), folded (figures on demand),
    models (several parts); beside (a figure, then what stands next to it).
    """

    kind: str
    part: Any


def around_paper(sections: Sequence[Section]) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """Sections before and after the paragraphs for a paper."""
    before = tuple(one for one in sections if one.name not in _RECORDS)
    return before, tuple(one for one in sections if one.name in _RECORDS)


def shown_parts(section: Section) -> Iterator[Shown]:
    """The parts of a section in order: figures that follow each other together, models at the end."""
    parts = _figures_first(part for part in section.parts if not isinstance(part, FittedModel))
    place = 0
    while place < len(parts):
        kind, run = next((kind, tuple(run)) for kind, run in groupby(parts[place:], key=_kind))
        place += len(run)
        if kind == "figures":
            aside = _aside(parts[place:]) if _last_has_room(run) else ()
            place += len(aside)
            yield from _figures(run, aside)
        elif kind == "folded":
            yield Shown(kind, run)
        else:
            yield from (Shown(kind, part) for part in run)
    if models := tuple(part for part in section.parts if isinstance(part, FittedModel)):
        yield Shown("models", models)


def _kind(part: Part) -> str:
    if isinstance(part, Figure):
        return "folded" if part.folded else "figures"
    return "table" if isinstance(part, Table) else "paragraph"


def _is_folded(part: Part) -> bool:
    return isinstance(part, Table | Figure) and part.folded


def _figures_first(parts: Iterable[Part]) -> list[Part]:
    """Folded tables that stand between figures come after them, so that the figures stand together."""
    ordered: list[Part] = []
    for loose, run in groupby(parts, key=lambda part: isinstance(part, Figure) or _is_folded(part)):
        found = list(run)
        first = next((i for i, part in enumerate(found) if isinstance(part, Figure)), 0)
        ordered += found[:first] if loose else found
        ordered += sorted(found[first:], key=_is_folded) if loose else []
    return ordered


def _last_has_room(run: Sequence[Part]) -> bool:
    """Whether the place beside the last of some figures, two to a line, is empty."""
    last = run[-1]
    return len(run) % 2 == 1 and isinstance(last, Figure) and not last.wide


def _aside(following: Sequence[Part]) -> tuple[Part, ...]:
    """What has room beside a figure and belongs to it: paragraphs and folded tables of few columns."""
    aside: list[Part] = []
    for part in following:
        narrow = isinstance(part, Table) and part.folded and len(part.columns) <= _NARROW_COLUMNS
        if not narrow and not isinstance(part, Paragraph):
            break
        aside.append(part)
    # A paragraph right before the next figure or table leads up to that.
    while aside and len(aside) < len(following) and isinstance(aside[-1], Paragraph):
        if aside[-1].tone == "note":
            break
        aside.pop()
    return tuple(aside)


def _figures(run: tuple[Any, ...], aside: tuple[Part, ...]) -> Iterator[Shown]:
    if not aside:
        yield Shown("figures", run)
        return
    if run[:-1]:
        yield Shown("figures", run[:-1])
    yield Shown("beside", (run[-1], tuple(Shown(_kind(part), part) for part in aside)))
