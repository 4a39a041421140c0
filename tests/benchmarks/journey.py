"""How long the whole way takes.

`python -m tests.benchmarks.journey [--faces DIR] [--robots N] [--runs N]` prints wall and CPU seconds
(this process and everything it started) per stage, the median of the runs. With --faces the demo set of
real and AI portraits, without it the edited portraits.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.rehearsal import rehearse


class Clock:
    """Collects (wall, CPU) seconds by stage."""

    def __init__(self) -> None:
        self.times: dict[str, list[tuple[float, float]]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), cpu_seconds()
        yield
        self.times.setdefault(name, []).append((time.perf_counter() - wall, cpu_seconds() - cpu))


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--robots", type=int, default=12)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    clock = Clock()
    for _ in range(asked.runs):
        with tempfile.TemporaryDirectory(prefix="facevalue-benchmark-") as folder:
            rehearse(Path(folder), faces=asked.faces, n=asked.robots, seed=1, stage=clock.stage)
    print(f"{'stage':<28}{'wall s':>8}{'CPU s':>8}   {asked.robots} robots, median of {asked.runs}")
    total = (0.0, 0.0)
    for name, measured in clock.times.items():
        wall, cpu = (statistics.median(values) for values in zip(*measured, strict=True))
        total = (total[0] + wall, total[1] + cpu)
        print(f"{name:<28}{wall:>8.1f}{cpu:>8.1f}")
    print(f"{'all':<28}{total[0]:>8.1f}{total[1]:>8.1f}")


if __name__ == "__main__":
    main()
