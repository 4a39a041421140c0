"""Poll a few pixels of a memory-mapped screen and print every change with its time; a program of its own.

    python pixel_poll.py FRAMEBUFFER HERTZ OFFSET [OFFSET ...]

Each line is ``before_ns after_ns rrggbb rrggbb ...``: the change happened after the first stamp and before
the second, both CLOCK_MONOTONIC; one colour for each byte offset. The first line is the state at the
start. Runs until it is told to stop or its parent is gone. Imports next to nothing: it must start at once
and keep its pace.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CHECK_PARENT_EVERY = 1000


def poll(frame_buffer: Path, hertz: float, offsets: Sequence[int]) -> None:
    """Print changes for ever; a poll that comes late makes the two stamps lie further apart."""
    with frame_buffer.open("rb") as file:
        screen = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    parent = os.getppid()
    step = 1 / hertz
    state: list[bytes] | None = None
    before = time.monotonic_ns()
    polls = 0
    while polls % CHECK_PARENT_EVERY or os.getppid() == parent:
        polls += 1
        asked = time.monotonic_ns()
        found = [screen[offset : offset + 3] for offset in offsets]
        if found != state:
            # The frame buffer holds blue, green, red.
            colours = " ".join(colour[::-1].hex() for colour in found)
            sys.stdout.write(f"{before} {time.monotonic_ns()} {colours}\n")
            sys.stdout.flush()
            state = found
        before = asked
        time.sleep(step)


def keep_pace() -> None:
    """Ask to run before ordinary programs; where that is not allowed the stamps tell of late polls."""
    gc.disable()
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


if __name__ == "__main__":
    keep_pace()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        poll(Path(sys.argv[1]), float(sys.argv[2]), [int(offset) for offset in sys.argv[3:]])
