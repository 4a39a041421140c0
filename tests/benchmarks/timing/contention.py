"""Real competition for the processors, in short bursts, to provoke presentations that are off."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.benchmarks.timing.screen import ScreenError

BURST_S = (1, 3)
PAUSE_S = (1.0, 3.0)


@contextmanager
def contended(seed: int) -> Iterator[None]:
    """Three busy programs for each processor, one to three seconds at a time, with pauses as long."""
    program = shutil.which("stress-ng")
    if not program:
        raise ScreenError("no stress-ng found; install the package stress-ng, or leave the contention out")
    over = threading.Event()
    bursts = threading.Thread(target=_bursts, args=(program, over, Random(seed)), daemon=True)
    bursts.start()
    try:
        yield
    finally:
        over.set()
        bursts.join(timeout=BURST_S[1] + 5)


def _bursts(program: str, over: threading.Event, chance: Random) -> None:
    workers = 3 * (os.cpu_count() or 1)
    while not over.wait(chance.uniform(*PAUSE_S)):
        # Each burst ends by itself, whatever becomes of this program.
        command = [program, "--quiet", "--cpu", str(workers), "--timeout", f"{chance.randint(*BURST_S)}s"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
