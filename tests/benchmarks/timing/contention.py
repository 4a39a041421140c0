"""Real competition for the processors, in short bursts, to provoke presentations that are off."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

from tests.benchmarks.timing.screen import ScreenError

BURST_S = (1, 3)
PAUSE_S = (1.0, 3.0)
HARSH_PAUSE_S = (0.5, 2.0)
#: What competes harshly, for two processors: arithmetic, alone or beside new processes, memory, pipes.
HARSH = (
    ("--cpu", "6"),
    ("--cpu", "12"),
    ("--cpu", "4", "--fork", "4"),
    ("--cpu", "4", "--vm", "2", "--vm-bytes", "128M"),
    ("--cpu", "4", "--pipe", "4"),
    ("--cpu", "4", "--mmap", "2", "--mmap-bytes", "64M"),
)


@contextmanager
def contended(seed: int, *, harsh: bool = False) -> Iterator[None]:
    """Other programs for one to three seconds at a time, with pauses.

    Three that compute for each processor, with pauses as long; ``harsh``: three to six that do all kinds of
    things, with shorter pauses.
    """
    program = shutil.which("stress-ng")
    if not program:
        raise ScreenError("no stress-ng found; install the package stress-ng, or leave the contention out")
    over = threading.Event()
    bursts = threading.Thread(target=_bursts, args=(program, over, Random(seed), harsh), daemon=True)
    bursts.start()
    try:
        yield
    finally:
        over.set()
        bursts.join(timeout=BURST_S[1] + 5)


def _bursts(program: str, over: threading.Event, chance: Random, harsh: bool) -> None:
    cores = os.cpu_count() or 1
    while not over.wait(chance.uniform(*(HARSH_PAUSE_S if harsh else PAUSE_S))):
        workers = _for_cores(chance.choice(HARSH), cores) if harsh else ["--cpu", str(3 * cores)]
        # Each burst ends by itself, whatever becomes of this program.
        command = [program, "--quiet", *workers, "--timeout", f"{chance.randint(*BURST_S)}s"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _for_cores(of_two: Sequence[str], cores: int) -> list[str]:
    """Numbers of programs for two processors, for so many."""
    return [str(max(1, int(word) * cores // 2)) if word.isdigit() else word for word in of_two]
