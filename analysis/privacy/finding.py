"""One thing a researcher should know before an export is published, and how serious it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["stop", "look", "fine"]
SEVERITIES: tuple[Severity, ...] = ("stop", "look", "fine")


@dataclass(frozen=True)
class Finding:
    """What was found, where, why it matters, what to do, and the command that does it.

    ``stop``: do not publish like this; ``look``: a person has to decide; ``fine``: looked at, nothing to
    do. ``lines`` are facts to read under it, such as the cells; ``options`` are those of
    ``facevalue analysis deidentify`` that deal with it, empty where no command can.
    """

    severity: Severity
    about: str
    found: str
    where: str = ""
    why: str = ""
    remedy: str = ""
    options: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }


def counted(n: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "person", "people"), counted(3, "answer")
    ('1 person', '3 answers')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {plural or noun + 's'}"


def people(n: int) -> str:
    """So many people, in words.

    >>> people(0), people(1), people(12)
    ('nobody', '1 person', '12 people')
    """
    return "nobody" if n == 0 else counted(n, "person", "people")
