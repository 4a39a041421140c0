"""One thing that is wrong, or doubtful, at one place of a study."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from study.toml_lines import Place

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """What was expected and found at a place of study.toml, and what to do about it.

    A study with errors cannot be published; warnings are for a person to weigh.
    """

    place: Place
    sentence: str
    remedy: str
    severity: Severity = "error"


@dataclass(frozen=True)
class Problem:
    """A finding with its file and line, ready to be read. ``name`` is dotted, as blocks[3].pairs."""

    severity: Severity
    file: str
    line: int | None
    name: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        named = f"{where}: {self.name}" if self.name else where
        return f"{named}: {self.sentence}; {self.remedy}"


def dotted(place: Place) -> str:
    """A place as people write it, counting from 1.

    >>> dotted(("blocks", 2, "questions", 0, "kind"))
    'blocks[3].questions[1].kind'
    """
    name = ""
    for part in place:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def shown(value: Any) -> str:
    """A value as the file writes it, shortened where it is long.

    >>> shown(True), shown("sides"), shown([1, 2])
    ('true', '"sides"', 'a list')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…" ({len(value)} characters)'
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant; None if none is alike."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def meant(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy for an unknown name: the nearest known one, else what else can be done."""
    found = nearest(name, known)
    return f"write {found}, if that is meant" if found else otherwise
