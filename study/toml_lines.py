"""Find the line of a setting in a TOML text, so that an error can point at it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+|\"[^\"]+\")\s*=")


def line_of(toml: str, place: Sequence[int | str]) -> int | None:
    """Line (1-based) of the setting at ``place``, or of the nearest table around it; None if there is none.

    ``place`` mixes names and positions in arrays of tables, as in ("blocks", 1, "pairs").

    >>> line_of("a = 1\\n[[b]]\\nc = 2\\n[[b]]\\nc = 3\\n", ("b", 1, "c"))
    5
    """
    lines = _lines_by_place(toml)
    for length in range(len(place), 0, -1):
        found = lines.get(tuple(place[:length]))
        if found:
            return found
    return None


def _lines_by_place(toml: str) -> dict[tuple[int | str, ...], int]:
    lines: dict[tuple[int | str, ...], int] = {}
    counts: dict[tuple[int | str, ...], int] = {}
    table: tuple[int | str, ...] = ()
    for number, line in enumerate(toml.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table_place(header[1] == "[[", header[2], counts)
            lines.setdefault(table, number)
            lines.setdefault(tuple(p for p in table[:1]), number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1].strip('"')), number)
    return lines


def _table_place(
    is_array: bool, dotted: str, counts: dict[tuple[int | str, ...], int]
) -> tuple[int | str, ...]:
    place: tuple[int | str, ...] = ()
    names = [name.strip(" \"'") for name in dotted.split(".")]
    for depth, name in enumerate(names):
        place = (*place, name)
        if is_array and depth == len(names) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place
