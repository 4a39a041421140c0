"""What a measurement gives, without the machinery that makes it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.benchmarks.timing.presentations import Seen
from tests.benchmarks.timing.screen import Change
from tests.benchmarks.timing.ticks import TickGrid


@dataclass(frozen=True)
class Measured:
    """What one drive showed; the raw changes stay for other questions."""

    seen: list[Seen]
    grid: TickGrid
    changes: list[Change]


@dataclass(frozen=True)
class PageClock:
    """``performance.now()`` of one page on CLOCK_MONOTONIC; the zero is known to ``error_s``."""

    zero_s: float
    error_s: float

    def seconds(self, page_ms: float) -> float:
        return self.zero_s + page_ms / 1000
