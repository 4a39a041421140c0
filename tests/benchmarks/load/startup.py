"""How long after a kill -9 a server takes its next answer, and how much memory it needs.

`python -m tests.benchmarks.load.startup [--times N] [--databases …]` kills the whole process group of a
server in the middle of a session, starts it again by its command, and lets the same robot send its next
answer until it is acknowledged. Prints seconds from the start of the command to the first answer, and
megabytes (resident, proportional) right then and after fifty robots have been there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from study.serving import as_environment, free_port, stop_group
from study.settings import Settings
from tests.benchmarks.load.answer import N_TRIALS
from tests.benchmarks.load.campaign import Plan, run
from tests.benchmarks.load.databases import Databases, open_databases
from tests.benchmarks.load.facevalue_side import FacevalueRobot, publish
from tests.benchmarks.load.http import Connection
from tests.benchmarks.load.side import LoadError, Served, Stored
from tests.benchmarks.load.usage import Memory, cpu_seconds, memory

PATIENCE_SECONDS = 30


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=N_TRIALS - 1, help="kills, up to nine")
    kinds = ["sqlite", "postgresql"]
    parser.add_argument("--databases", nargs="+", choices=kinds, default=kinds)
    asked = parser.parse_args()
    headings = ("kills", "median s", "slowest s", "CPU s", "RSS MB", "PSS MB", "later RSS", "later PSS")
    print(f"{'':<12}" + "".join(f"{heading:>11}" for heading in headings))
    for kind in asked.databases:
        with open_databases(kind) as databases, tempfile.TemporaryDirectory() as folder:
            seconds, cpu, fresh, used = _measure(databases, Path(folder), min(asked.times, N_TRIALS - 1))
        numbers = (statistics.median(seconds), max(seconds), statistics.median(cpu))
        sizes = (fresh.rss_mb, fresh.pss_mb, used.rss_mb, used.pss_mb)
        numbers = (statistics.median(seconds), max(seconds), statistics.median(cpu))
        sizes = (fresh.rss_mb, fresh.pss_mb, used.rss_mb, used.pss_mb)
        row = [f"{number:>11.2f}" for number in numbers] + [f"{size:>11.0f}" for size in sizes]
        print(f"{kind:<12}{len(seconds):>11}" + "".join(row))


def _measure(
    databases: Databases, folder: Path, times: int
) -> tuple[list[float], list[float], Memory, Memory]:
    settings = Settings(
        data=folder / "data",
        database=databases.fresh(folder),
        secret_key="for benchmarks only",
        log="off",
    )
    publish(settings, folder / "study")
    port = free_port(0)
    process = _start(settings, port)
    http = Connection(f"http://127.0.0.1:{port}")
    robot = FacevalueRobot(http)
    try:
        asyncio.run(_until_it_works(robot, http, 0))
        seconds, cpu = [], []
        for position in range(1, times + 1):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            begun = time.perf_counter()
            process = _start(settings, port)
            asyncio.run(_until_it_works(robot, http, position))
            seconds.append(time.perf_counter() - begun)
            cpu.append(cpu_seconds(process.pid))
        fresh = memory(process.pid)
        served = Served(
            process.pid, FacevalueRobot, lambda: Connection(f"http://127.0.0.1:{port}"), lambda: Stored(0, 0)
        )
        run(served, Plan(robots=50, waves=2))
        return seconds, cpu, fresh, memory(process.pid)
    finally:
        stop_group(process)


def _start(settings: Settings, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "study", "study", "serve", "--port", str(port), "--quiet"]
    return subprocess.Popen(command, env={**os.environ, **as_environment(settings)}, start_new_session=True)


async def _until_it_works(robot: FacevalueRobot, http: Connection, position: int) -> None:
    """Enter (position 0) or answer, again and again as the browser's outbox does, only faster."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await (robot.answer(position) if position else robot.enter())
            http.close()
            return
        except (OSError, EOFError, LoadError):
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    main()
