"""Time and memory of a program that runs in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """Wall and CPU time, and the highest resident size."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def measured(module: Sequence[str]) -> Measured:
    """Run ``python -m MODULE ARGUMENTS`` to its end; it must succeed."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", *module], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(module)} ended with status {process.returncode}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
