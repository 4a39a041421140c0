"""What the two pictures of a pair must share, and what makes them unlike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

EXACT_UNLESS_WEIGHTED = ("gender",)
"""Columns that must be equal if they are named without a weight."""

DEFAULT_MATCH = "gender,age,ethnicity"


class RuleError(ValueError):
    """A rule that cannot be meant; says all that is wrong with it at once."""


@dataclass(frozen=True)
class Criterion:
    """One attribute to match. ``weight`` None: it must be stated and equal.

    Otherwise ``weight`` is what a difference adds to a pair's distance: for each standard
    deviation of a number, or once if two words differ.
    """

    column: str
    weight: float | None = 1.0

    @property
    def exact(self) -> bool:
        return self.weight is None


@dataclass(frozen=True)
class PairingRule:
    """``criteria``: what is matched and how. ``within``: by column, the most by which the two
    pictures of a pair may differ, in the column's own unit. ``max_distance``: pairs further apart
    are not made. ``same_identity``: pairs show one person, else never.
    """

    criteria: tuple[Criterion, ...] = field(default_factory=lambda: criteria(DEFAULT_MATCH))
    within: Mapping[str, float] = field(default_factory=dict, hash=False)
    max_distance: float | None = None
    same_identity: bool = False

    @property
    def exact(self) -> tuple[str, ...]:
        return tuple(c.column for c in self.criteria if c.exact)

    @property
    def weights(self) -> dict[str, float]:
        """Weights by column, of all columns that are not exact."""
        return {c.column: c.weight for c in self.criteria if c.weight is not None}

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the rule looks at, each once."""
        return tuple(dict.fromkeys(chain((c.column for c in self.criteria), self.within)))


@dataclass(frozen=True)
class Fillers:
    """How many pairs of one kind to make: two real, or two AI pictures."""

    real: int = 0
    ai: int = 0

    def __bool__(self) -> bool:
        return bool(self.real or self.ai)


def criteria(text: str) -> tuple[Criterion, ...]:
    """Read ``column``, ``column=exact`` and ``column=WEIGHT``, separated by commas.

    A column without a weight counts 1, but gender must be equal.

    >>> criteria("gender,age=0.5,ethnicity")
    (Criterion(column='gender', weight=None), Criterion(column='age', weight=0.5), \
Criterion(column='ethnicity', weight=1.0))
    """
    entries = _entries(text)
    problems = list(_repeated(entries, "--match"))
    found = []
    for column, value in entries:
        weight = _weight(column, value)
        if not column or (weight is not None and not weight > 0):
            said = f"{column}={value}" if value else column
            problems.append(
                f"--match: expected COLUMN, COLUMN=exact or COLUMN=WEIGHT, a number above 0; found {said!r}"
            )
        found.append(Criterion(column, weight))
    if problems:
        raise RuleError("\n".join(problems))
    return tuple(found)


def limits(text: str) -> dict[str, float]:
    """Read ``column=LIMIT``, separated by commas.

    >>> limits("age=5,luminance=10")
    {'age': 5.0, 'luminance': 10.0}
    """
    entries = _entries(text)
    problems = list(_repeated(entries, "--within"))
    problems += [
        f"--within: expected COLUMN=LIMIT with a limit of 0 or more, found {f'{column}={value}'!r}"
        for column, value in entries
        if not column or not _number(value) >= 0
    ]
    if problems:
        raise RuleError("\n".join(problems))
    return {column: _number(value) for column, value in entries}


def fillers(text: str) -> Fillers:
    """Read ``real=N``, ``ai=N``, or both, separated by a comma.

    >>> fillers("real=4,ai=2")
    Fillers(real=4, ai=2)
    """
    entries = _entries(text)
    problems = list(_repeated(entries, "--fillers"))
    problems += [
        f"--fillers: expected real=N or ai=N with a whole number, found {f'{kind}={value}'!r}"
        for kind, value in entries
        if kind not in ("real", "ai") or not value.isdecimal()
    ]
    if problems:
        raise RuleError("\n".join(problems))
    return Fillers(**{kind: int(value) for kind, value in entries})


def _entries(text: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    return [(name.strip(), value.strip()) for name, _, value in parts]


def _repeated(entries: list[tuple[str, str]], option: str) -> Iterator[str]:
    names = [name for name, _ in entries]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{option}: {name} is named {names.count(name)} times; name it once"


def _weight(column: str, value: str) -> float | None:
    """The weight that is meant; NaN if it is no number."""
    if value == "exact" or (not value and column in EXACT_UNLESS_WEIGHTED):
        return None
    return _number(value) if value else 1.0


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
