"""What one check before going live found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One matter that was checked. ``remedy`` is empty when it passed;

    ``needs_sessions``: it looks at rehearsals, so that a protocol nobody has tried yet cannot pass it.
    """

    name: str
    passed: bool
    found: str
    remedy: str = ""
    needs_sessions: bool = False

    def as_json(self) -> dict[str, str | bool]:
        return {"name": self.name, "passed": self.passed, "found": self.found, "remedy": self.remedy}


def verdict(
    name: str, faults: Sequence[str], *, found: str, remedy: str, needs_sessions: bool = False
) -> Check:
    """A check that passes without faults and says ``found``; else it says every fault and the remedy."""
    if faults:
        return Check(name, False, "; ".join(faults), remedy, needs_sessions)
    return Check(name, True, found, needs_sessions=needs_sessions)


def failed(checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(check for check in checks if not check.passed)


def some(names: Sequence[str], at_most: int = 3) -> str:
    """The first names of many, and how many more there are."""
    more = len(names) - at_most
    return ", ".join(names[:at_most]) + (f" and {more} more" if more > 0 else "")
