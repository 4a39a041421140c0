"""What a trial showed, said so that it is the same for everybody: pair and origins instead of sides.

Order, sides and exposures are each participant's own. A wide table needs columns that mean the same in
every row, so its faces are named by their origin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from study.export.formats.written import Row

#: The columns of trials that are needed, in this order.
COLUMNS = (
    "position",
    "block",
    "practice",
    "trial_kind",
    "layout",
    "pair",
    "left",
    "right",
    "left_origin",
    "right_origin",
    "left_label",
    "right_label",
    "asked_answer",
    "exposure_ms",
    "status",
)

Kind = Literal["pair", "face", "filler", "check"]


@dataclass(frozen=True)
class Shown:
    """What was shown, in which block, and the how-manieth time in a session.

    ``name``: the pair; for a single face its pair and origin; for a filler both faces in alphabetical order;
    for an attention check, whose pair is each participant's own, its number in the block. ``roles`` are what
    its faces are called in columns: the origins, real first; 1 and 2 of a filler; left and right of a check;
    nothing for a single face, whose name says it.
    """

    block: str
    kind: Kind
    name: str
    roles: tuple[str, ...]
    time: int = 1
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # It is looked up for every cell of a wide table.
        object.__setattr__(self, "_hash", hash((self.block, self.name, self.time)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def column(self) -> str:
        """How the names of its columns begin."""
        again = {1: "", 2: "_again"}.get(self.time, f"_again{self.time}")
        return f"{self.block}_{self.name}{again}"

    @property
    def words(self) -> str:
        again = "" if self.time == 1 else f", time {self.time}"
        kind = "" if self.kind in ("check", "filler") else f"{self.kind} "
        return f"block {self.block}, {kind}{self.name}{again}"

    @property
    def sided_role(self) -> str | None:
        """The face whose side is told, the AI or edited one; None where sides are told by all else."""
        return self.roles[-1] if self.kind in ("pair", "filler") else None


@dataclass(frozen=True)
class Trial:
    """A trial that is analysed. ``roles`` says what the face at each target is called in columns."""

    shown: Shown
    position: int
    roles: Mapping[str, str]
    labels: Mapping[str, str]
    asked_answer: str | None
    exposure_ms: float | None
    status: str

    @property
    def side(self) -> str | None:
        """The side of ``shown.sided_role``."""
        return next((side for side, role in self.roles.items() if role == self.shown.sided_role), None)


def analysed(rows: Iterable[Row]) -> Iterator[Trial]:
    """The trials of one session, from its rows of trials in their order; practice is left out."""
    times: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        facts = dict(zip(COLUMNS, row, strict=True))
        if not facts["practice"]:
            yield _trial(facts, times)


def _trial(facts: Mapping[str, Any], times: Counter[tuple[str, str, str]]) -> Trial:
    kind, name, roles = _what(facts)
    key = (facts["block"], kind, name)
    times[key] += 1
    time = times[key]
    if kind == "check":
        name, time = f"{name}{time}", 1
    shown = Shown(facts["block"], kind, name, tuple(sorted(set(roles.values()), key=_place)), time)
    labels = {role: facts["left_label" if at == "face" else f"{at}_label"] for at, role in roles.items()}
    return Trial(
        shown,
        position=facts["position"],
        roles=roles,
        labels={role: label for role, label in labels.items() if label},
        asked_answer=facts["asked_answer"],
        exposure_ms=facts["exposure_ms"],
        status=facts["status"],
    )


def _what(facts: Mapping[str, Any]) -> tuple[Kind, str, dict[str, str]]:
    """Kind, name, and what the face at each target is called."""
    single = facts["layout"] == "single"
    if facts["trial_kind"] == "check":
        return "check", "check", {"face": ""} if single else {"left": "left", "right": "right"}
    if single:
        return "face", f"{facts['pair'] or facts['left']}_{facts['left_origin']}", {"face": ""}
    if facts["left_origin"] == facts["right_origin"]:
        first, second = sorted((facts["left"], facts["right"]))
        left, right = ("1", "2") if facts["left"] == first else ("2", "1")
        return "filler", f"filler_{first}_{second}", {"left": left, "right": right}
    return "pair", facts["pair"], {"left": facts["left_origin"], "right": facts["right_origin"]}


def _place(role: str) -> tuple[bool, str]:
    # right before left would be odd, and the face people ask for, the made one, comes last.
    return (role not in ("real", "left"), role)
