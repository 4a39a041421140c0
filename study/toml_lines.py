"""Find the line of every setting in a TOML text, so that an error can point at it.

The text must be TOML that tomllib accepts; this only finds out where in it things stand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Place = tuple[int | str, ...]
"""Names and positions (from 0) in arrays, as in ("blocks", 1, "pairs")."""


def line_of(toml: str, place: Sequence[int | str]) -> int | None:
    """Line (1-based) of the setting at ``place``, or of the nearest one around it; None if there is none.

    >>> line_of("a = 1\\n[[b]]\\nc = 2\\n[[b]]\\nc = 3\\n", ("b", 1, "c"))
    5
    """
    return nearest_line(lines_by_place(toml), place)


def nearest_line(lines: Mapping[Place, int], place: Sequence[int | str]) -> int | None:
    """The same, of lines found before."""
    for length in range(len(place), 0, -1):
        if found := lines.get(tuple(place[:length])):
            return found
    return None


def lines_by_place(toml: str) -> dict[Place, int]:
    """The line on which each key, table and array element of a TOML text begins."""
    scan = _Scan(toml.replace("\r\n", "\n"))
    table: Place = ()
    while scan.skip_blank():
        if scan.peek() == "[":
            table = scan.header()
        else:
            scan.key_and_value(table)
    return scan.lines


@dataclass
class _Scan:
    """A walk through valid TOML; ``at`` is where it stands."""

    text: str
    at: int = 0
    lines: dict[Place, int] = field(default_factory=dict)
    last_of_array: dict[Place, int] = field(default_factory=dict)
    line_at: tuple[int, int] = (0, 1)

    def peek(self, n: int = 1) -> str:
        return self.text[self.at : self.at + n]

    def line(self) -> int:
        """The line the walk is on; counted from where it was last asked for."""
        before, number = self.line_at
        self.line_at = (self.at, number + self.text.count("\n", before, self.at))
        return self.line_at[1]

    def mark(self, place: Place) -> None:
        self.lines.setdefault(place, self.line())

    def skip_blank(self) -> bool:
        """Pass spaces, line ends and comments; False at the end of the text."""
        while self.at < len(self.text):
            if self.peek() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.peek().isspace():
                self.at += 1
            else:
                return True
        return False

    def header(self) -> Place:
        """[table] or [[array of tables]]; the place that the keys below it belong to."""
        start, is_array = self.at, self.peek(2) == "[["
        self.at += 2 if is_array else 1
        names = self.dotted_key()
        end, self.at = self.at, start
        place: Place = ()
        for depth, name in enumerate(names, start=1):
            place = (*place, name)
            if is_array and depth == len(names):
                self.last_of_array[place] = self.last_of_array.get(place, -1) + 1
            self.mark(place)
            if place in self.last_of_array:
                place = (*place, self.last_of_array[place])
        self.mark(place)
        self.at = end + (2 if is_array else 1)
        return place

    def dotted_key(self) -> list[str]:
        names = []
        while True:
            self.skip_blank()
            names.append(self.string() if self.peek() in "\"'" else self.bare("=.]"))
            self.skip_blank()
            if self.peek() != ".":
                return names
            self.at += 1

    def key_and_value(self, table: Place) -> None:
        start = self.at
        names = self.dotted_key()
        end, self.at = self.at, start
        place = table
        for name in names:
            place = (*place, name)
            self.mark(place)
        self.at = end + 1
        self.value(place)

    def value(self, place: Place) -> None:
        self.skip_blank()
        if self.peek() == "[":
            self.array(place)
        elif self.peek() == "{":
            self.inline_table(place)
        elif self.peek() in ('"', "'"):
            self.string()
        else:
            self.bare(",]}#\n", spaces=True)

    def array(self, place: Place) -> None:
        self.at += 1
        position = 0
        while self.skip_blank() and self.peek() != "]":
            if self.peek() == ",":
                self.at += 1
                continue
            self.mark((*place, position))
            self.value((*place, position))
            position += 1
        self.at += 1

    def inline_table(self, place: Place) -> None:
        self.at += 1
        while self.skip_blank() and self.peek() != "}":
            if self.peek() == ",":
                self.at += 1
                continue
            self.key_and_value(place)
        self.at += 1

    def bare(self, stops: str, *, spaces: bool = False) -> str:
        """A bare key, number, date or truth value; a date may have a space before its time."""
        start = self.at
        while self.at < len(self.text) and self.peek() not in stops and (spaces or not self.peek().isspace()):
            self.at += 1
        return self.text[start : self.at]

    def string(self) -> str:
        """Any of the four kinds of string; its value, as a key needs it."""
        start = self.at
        quote = self.peek(3) if self.peek(3) in ('"""', "'''") else self.peek()
        self.at += len(quote)
        while self.peek(len(quote)) != quote:
            self.at += 2 if self.peek() == "\\" and quote[0] == '"' else 1
        self.at += len(quote)
        # Up to two more quotes may stand right before the closing three.
        while len(quote) == 3 and self.peek() == quote[0]:
            self.at += 1
        literal = self.text[start : self.at]
        return str(tomllib.loads(f"k = {literal}")["k"]) if "\\" in literal else literal.strip(quote[0])
