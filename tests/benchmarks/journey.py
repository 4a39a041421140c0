"""How long the whole way takes: `python tests/benchmarks/journey.py [--faces DIR] [--robots N] [--runs N]`.

Prints a table of wall and CPU seconds (this process and everything it started) per stage, the median
of the runs. With --faces the demo set of real and AI portraits, without it the edited portraits.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from study.database import open_engine
from study.demo import prepare_demo
from study.export import export_study
from study.links import participant_link
from study.robots import RobotTruth, run_robots
from study.running import now
from study.serving import running_server
from study.settings import read_settings

Times = dict[str, list[tuple[float, float]]]


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@contextmanager
def stage(times: Times, name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), cpu_seconds()
    yield
    times.setdefault(name, []).append((time.perf_counter() - wall, cpu_seconds() - cpu))


def walk(folder: Path, *, faces: Path | None, n: int, times: Times) -> None:
    settings = read_settings({}, data=folder)
    with stage(times, "prepare and publish"):
        demo = prepare_demo(folder, database=settings.database, pictures=settings.pictures, faces=faces)
    # The server's CPU is counted when it has ended, so its start and end belong to the stage.
    with stage(times, f"{n} robots, with the server"), running_server(settings) as address:
        link = participant_link(settings, demo.slug, address=address, namespace="robot")
        run_robots(link, n=n, truth=RobotTruth(), seed=1, stimulus_set=demo.study_folder / "stimuli")
    with stage(times, "export"):
        engine = open_engine(settings.database)
        export_study(engine, demo.slug, folder / "export", now=now(), namespaces=("robot",))
        engine.dispose()
    with stage(times, "report"):
        command = [
            sys.executable,
            "-m",
            "analysis",
            "report",
            folder / "export",
            "-o",
            folder / "report.html",
        ]
        subprocess.run(command, check=True, capture_output=True)


def repeat(runs: int, act: Callable[[Path, Times], None]) -> Times:
    times: Times = {}
    for _ in range(runs):
        folder = Path(tempfile.mkdtemp(prefix="facevalue-benchmark-"))
        try:
            with stage(times, "all"):
                act(folder, times)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--robots", type=int, default=12)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    times = repeat(asked.runs, lambda folder, t: walk(folder, faces=asked.faces, n=asked.robots, times=t))
    print(f"{'stage':<28}{'wall s':>8}{'CPU s':>8}   median of {asked.runs}")
    for name, measured in times.items():
        wall, cpu = (statistics.median(values) for values in zip(*measured, strict=True))
        print(f"{name:<28}{wall:>8.1f}{cpu:>8.1f}")


if __name__ == "__main__":
    main()
