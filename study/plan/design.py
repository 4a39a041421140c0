"""What a plan is made from, and what it says of each trial."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from study.protocol import Block

TrialKind = Literal["target", "filler", "repeat", "check"]
Labels = Literal["none", "true", "random"]


@dataclass(frozen=True)
class PairOfFaces:
    """The two stimuli of a pair: ``first`` is the real face, ``second`` the AI or edited one."""

    pair: str
    first: str
    second: str


@dataclass(frozen=True)
class Design:
    """What the people of one cell go through, and where all chance in it starts.

    ``stream`` names the people whose orders are balanced together, a namespace and a cell: the orders of
    one stream tell nothing of another's.
    """

    blocks: tuple[Block, ...]
    pairs: tuple[PairOfFaces, ...]
    practice_pairs: tuple[PairOfFaces, ...]
    labels: Labels
    seed: int
    stream: str = ""


@dataclass(frozen=True)
class PlannedTrial:
    """One trial to come; positions count from 1.

    ``exposure_ms`` None is unlimited. A single face is on the ``left``, its ``right`` is None. A filler
    has no ``pair``: its faces are of two pairs. ``repeat_of`` is the position of the trial repeated.
    """

    position: int
    block: str
    block_position: int
    practice: bool
    trial_kind: TrialKind
    layout: Literal["pair", "single"]
    repeat_of: int | None
    pair: str | None
    left: str
    right: str | None
    exposure_ms: float | None
    left_label: Literal["real", "ai"] | None
    right_label: Literal["real", "ai"] | None
    asked_answer: str | None


def drawn(seed: int, purpose: str, item: str) -> int:
    """A number below 2**256 that depends on nothing but the arguments, on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{purpose}:{item}".encode()).digest(), "big")
