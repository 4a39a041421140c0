"""One block of trials of one platform, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tests.benchmarks.timing.bench import Bench

WIDTH_PX, HEIGHT_PX, GAP_PX = 480, 600, 40
FIXATION_MS = 120
# From the offset to the end of a peer's trial; facevalue shows a mask and asks its question meanwhile.
AFTER_MS = 150
MASK_MS = 50
KEY = "f"
# An exposure that lasts until the answer.
UNLIMITED_MS = math.inf


@dataclass(frozen=True)
class Block:
    """What one block is to show. ``respond``: keys are pressed at random times after the onset."""

    condition: str
    size: str
    exposures_ms: tuple[float, ...]
    n_trials: int
    seed: int
    respond: bool = False

    def planned_exposures(self) -> list[float]:
        """Each exposure equally often, in random order."""
        times = -(-self.n_trials // len(self.exposures_ms))
        exposures = (list(self.exposures_ms) * times)[: self.n_trials]
        Random(self.seed).shuffle(exposures)
        return exposures


@dataclass(frozen=True)
class Audit:
    """What our own record says of one presentation."""

    evidence: str | None
    planned_frames: int | None
    shown_frames: int | None
    shown_ms: float | None
    onset_ms: float | None
    as_planned: bool | None


@dataclass(frozen=True)
class Told:
    """What a platform says of one trial: which pictures (numbers), for how long, and the response time."""

    left: int
    right: int | None
    exposure_ms: float
    rt_ms: float | None = None
    audit: Audit | None = None


class Platform(Protocol):
    """A page that shows pictures. One block is open, begin, until all trials were seen, collect."""

    name: str
    n_pictures: int
    needs_answers: bool

    def open(self, bench: Bench, block: Block) -> None:
        """Load the page of a block with everything preloaded, ready to begin."""

    def begin(self, bench: Bench) -> None:
        """Start the trials."""

    def is_over(self, bench: Bench) -> bool:
        """Whether the last trial is answered and kept."""

    def collect(self, bench: Bench) -> list[Told]:
        """Wait until the block is over and return its trials, in order."""
