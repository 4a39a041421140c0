"""The browser's own trace of its frames, to hold the pixels against."""

from __future__ import annotations

import bisect
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from tests.benchmarks.timing.bench import Bench
from tests.benchmarks.timing.measured import Measured

Swap = tuple[float, float]
SWAP = "Display::DrawAndSwap"


@dataclass
class Trace:
    """When each frame was handed to the screen: begin and end, s on CLOCK_MONOTONIC; filled at the end."""

    swaps: list[Swap] = field(default_factory=list)


@contextmanager
def tracing(bench: Bench) -> Iterator[Trace]:
    """Trace the compositor meanwhile; costs the browser a little."""
    trace, events, done = Trace(), [], []
    devtools = bench.context.new_cdp_session(bench.page)
    devtools.on("Tracing.dataCollected", lambda message: events.extend(message["value"]))
    devtools.on("Tracing.tracingComplete", lambda message: done.append(message))
    devtools.send(
        "Tracing.start", {"traceConfig": {"includedCategories": ["viz"]}, "transferMode": "ReportEvents"}
    )
    try:
        yield trace
    finally:
        devtools.send("Tracing.end")
        end = time.monotonic() + 20
        while not done and time.monotonic() < end:
            bench.page.wait_for_timeout(100)
        devtools.detach()
    trace.swaps.extend(swaps(events))


def swaps(events: Sequence[dict]) -> list[Swap]:
    """The swaps among trace events, in order of time; traces count µs."""
    found = [event for event in events if event.get("name") == SWAP]
    whole = [(event["ts"], event["ts"] + event["dur"]) for event in found if event["ph"] == "X"]
    begins = sorted(event["ts"] for event in found if event["ph"] == "B")
    ends = sorted(event["ts"] for event in found if event["ph"] == "E")
    pairs = sorted([*whole, *zip(begins, ends, strict=False)])
    return [(begin / 1e6, end / 1e6) for begin, end in pairs]


def agreement(measured: Measured, swaps: Sequence[Swap]) -> str:
    """How long after the end of its swap each edge was seen, and how often both give the same frames."""
    grid, delays, same = measured.grid, [], 0
    for seen in measured.seen:
        onset, offset = _swap_end(seen.onset_s, swaps), _swap_end(seen.offset_s, swaps)
        delays += [seen.onset_s - onset, seen.offset_s - offset]
        same += grid.tick(offset) - grid.tick(onset) == seen.frames
    low, middle, high = (1000 * float(delay) for delay in np.percentile(delays, [5, 50, 95]))
    return (
        f"{same} of {len(measured.seen)} presentations have the same frames by pixels and by trace; "
        f"{len(delays)} edges seen {middle:+.2f} ms after the end of their swap "
        f"(median; 5-95 %: {low:+.2f} to {high:+.2f})"
    )


def _swap_end(edge_s: float, swaps: Sequence[Swap]) -> float:
    """End of the last swap that had begun when the edge was seen."""
    begun = bisect.bisect_right(swaps, edge_s, key=lambda swap: swap[0])
    return swaps[max(0, begun - 1)][1]
