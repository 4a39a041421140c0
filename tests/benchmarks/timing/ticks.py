"""The grid of the display's ticks, and in which frame something stood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TickGrid:
    """Ticks at ``phase_s + n * interval_s`` on CLOCK_MONOTONIC; ``error_s`` is the spread of the estimate."""

    interval_s: float
    phase_s: float
    error_s: float = 0.0

    def tick(self, at_s: float) -> int:
        """Number of the tick at which a change made at ``at_s`` comes on: the next one."""
        return math.ceil((at_s - self.phase_s) / self.interval_s)

    def latency_s(self, at_s: float) -> float:
        """How long after the last tick a change was made."""
        return (at_s - self.phase_s) % self.interval_s

    def planned_frames(self, exposure_ms: float) -> int | None:
        """Frames nearest an exposure; a tie goes to the longer one; at least one. None without a limit."""
        if math.isinf(exposure_ms):
            return None
        return max(1, math.floor(exposure_ms / 1000 / self.interval_s + 0.51))

    def raw_frames(self, shown_s: float) -> int:
        """A duration rounded to frames, without regard to the grid."""
        return round(shown_s / self.interval_s)


def fit_grid(frame_times_s: Sequence[float]) -> TickGrid:
    """The grid on which the frame times of one page lie, by least squares; dropped frames may be missing.

    Times are the begin of each frame, as frame callbacks tell them, moved to CLOCK_MONOTONIC. Raises
    ValueError with fewer than ten.
    """
    times = np.sort(np.asarray(frame_times_s, dtype=float))
    if len(times) < 10:
        raise ValueError(f"needs at least 10 frame times, has {len(times)}")
    origin, gaps = times[0], np.diff(times)
    # Gap by gap: counting from the first frame with a rough interval goes wrong late in a long record.
    numbers = np.concatenate([[0.0], np.cumsum(np.round(gaps / np.median(gaps)))])
    interval, start = (float(value) for value in np.polyfit(numbers, times - origin, 1))
    residuals = times - origin - start - numbers * interval
    return TickGrid(interval, float(origin + start), float(residuals.std()))
