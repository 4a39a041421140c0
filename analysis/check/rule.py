"""One rule that an export has to keep: its code, how much it weighs, and where it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from analysis.check.contents import Contents
from analysis.problems import Problem

Severity = Literal["error", "warning"]
Find = Callable[[Contents], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    """A rule as its specification names it; ``says`` is one sentence for people."""

    code: str
    severity: Severity
    says: str
    find: Find = field(repr=False)
