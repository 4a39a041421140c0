"""What a protocol declares besides what the analysis computes with: hypotheses, numbers, stopping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis in words, tied to the claim that tests it."""

    claim: str
    text: str


@dataclass(frozen=True)
class DeclaredPower:
    """The power analysis as it was preregistered; ``effect`` in points of the scale or units of d'."""

    effect: float
    power: float
    method: str


@dataclass(frozen=True)
class BlockCounts:
    """Trials of a block for one participant, by what they are for."""

    pairs: int
    fillers: int
    repeats: int
    checks: int


@dataclass(frozen=True)
class Declared:
    """Parts of the frozen protocol that are told, not computed with; those it lacks are empty or None."""

    hypotheses: tuple[Hypothesis, ...] = ()
    recruiter: str = ""
    target: int | None = None
    last_day: str = ""
    most_started: int | None = None
    minimum_age: int | None = None
    power: DeclaredPower | None = None
    counts: Mapping[str, BlockCounts] = field(default_factory=dict)


def read_declared(data: Any) -> Declared:
    """What the frozen JSON declares.

    Protocols of simulations and of earlier releases lack some of it, and no number rests on it: what is
    missing or of another kind is left empty.
    """
    top = _mapping(data)
    people, stopping = _mapping(top.get("recruitment")), _mapping(top.get("stopping"))
    return Declared(
        hypotheses=tuple(
            Hypothesis(_text(one.get("claim")), _text(one.get("text")))
            for one in _each(top.get("hypotheses"))
        ),
        recruiter=_text(people.get("recruiter")),
        target=_whole(people.get("target")),
        last_day=_text(stopping.get("last_day")),
        most_started=_whole(stopping.get("most_started")),
        minimum_age=_whole(_mapping(top.get("eligibility")).get("minimum_age")),
        power=_power(_mapping(_mapping(top.get("analysis")).get("power"))),
        counts={_text(one.get("name")): _counts(one) for one in _each(top.get("blocks"))},
    )


def _power(data: Mapping[str, Any]) -> DeclaredPower | None:
    effect, power = data.get("effect"), data.get("power")
    if not isinstance(effect, int | float) or not isinstance(power, int | float):
        return None
    return DeclaredPower(float(effect), float(power), _text(data.get("method")))


def _counts(data: Mapping[str, Any]) -> BlockCounts:
    return BlockCounts(*(_whole(data.get(name)) or 0 for name in ("pairs", "fillers", "repeats", "checks")))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _each(value: Any) -> list[Mapping[str, Any]]:
    return [_mapping(one) for one in value] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
