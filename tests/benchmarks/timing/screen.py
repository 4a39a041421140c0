"""A display without a monitor whose pixels can be read from outside: Xvfb with its frame buffer in a file."""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERTZ = 1400
START_SECONDS = 15.0
# Fields of an XWD header, all big-endian 32-bit: see X11/XWDFile.h.
HEADER = struct.Struct(">25I")


class ScreenError(RuntimeError):
    """The display could not be started or read; the text says what is missing."""


@dataclass(frozen=True)
class Change:
    """Colours of the watched pixels from some moment between ``before_s`` and ``after_s`` on."""

    before_s: float
    after_s: float
    colours: tuple[tuple[int, int, int], ...]

    @property
    def at_s(self) -> float:
        return (self.before_s + self.after_s) / 2


class Screen:
    """The frame buffer of a running Xvfb; ``display`` is its name, as in ``:99``."""

    def __init__(self, display: str, frame_buffer: Path) -> None:
        self.display = display
        self.frame_buffer = frame_buffer
        with frame_buffer.open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        fields = HEADER.unpack_from(self._memory)
        header_size, self.width, self.height = fields[0], fields[4], fields[5]
        bits, self._line, n_colours = fields[11], fields[12], fields[19]
        if bits != 32:
            raise ScreenError(
                f"{frame_buffer}: expected 32 bits per pixel, found {bits}; start Xvfb with x24"
            )
        self._start = header_size + 12 * n_colours

    def offset(self, x: int, y: int) -> int:
        """Where in the file a pixel begins."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            raise ScreenError(f"pixel ({x}, {y}) is outside the screen of {self.width} x {self.height}")
        return self._start + y * self._line + 4 * x

    def picture(self) -> np.ndarray:
        """What is on the screen now, height x width x 3, red green blue."""
        size = self.height * self._line
        rows = np.frombuffer(self._memory, np.uint8, size, self._start).reshape(self.height, self._line)
        return rows[:, : 4 * self.width].reshape(self.height, self.width, 4)[:, :, 2::-1].copy()


@contextmanager
def virtual_screen(width: int = 1280, height: int = 920) -> Iterator[Screen]:
    """Start Xvfb on a free display; ends it and removes its files."""
    if not shutil.which("Xvfb"):
        raise ScreenError("no Xvfb found; install the package xvfb")
    folder = Path(tempfile.mkdtemp(prefix="facevalue-screen-"))
    read, write = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        f"{width}x{height}x24",
        "-fbdir",
        str(folder),
    ]
    process = subprocess.Popen(
        [*command, "-nolisten", "tcp", "-noreset"], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    _before_others(process.pid)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise ScreenError("Xvfb ended at once; run it by hand with -screen 0 1280x920x24 to see why")
        yield Screen(f":{number}", folder / "Xvfb_screen0")
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _before_others(pid: int) -> None:
    """A display does not wait for a processor; without the right to ask for this it may under load."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))


class PixelWatch:
    """Changes of a few pixels, stamped by a process of their own, readable while they come in.

    ``points`` are (x, y) on the screen. Use as a context manager; ``changes`` stays readable afterwards.
    """

    def __init__(self, screen: Screen, points: Sequence[tuple[int, int]], *, hertz: float = HERTZ) -> None:
        self.changes: list[Change] = []
        self._news = threading.Condition()
        program = Path(__file__).parent / "pixel_poll.py"
        offsets = [str(screen.offset(x, y)) for x, y in points]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(program), str(screen.frame_buffer), str(hertz), *offsets],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> PixelWatch:
        if not self.wait_for(bool, seconds=5):
            raise ScreenError("the pixel poll did not start")
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=5)
        self._reader.join(timeout=5)

    def wait_for(self, wanted: Callable[[list[Change]], object], *, seconds: float) -> bool:
        """Whether ``wanted(changes)`` became true in time; asked anew at every change."""
        end = time.monotonic() + seconds
        with self._news:
            while not wanted(self.changes):
                left = end - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    return bool(wanted(self.changes))
        return True

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            change = parse_change(line)
            with self._news:
                self.changes.append(change)
                self._news.notify_all()


def parse_change(line: str) -> Change:
    """One line of pixel_poll.py."""
    before, after, *colours = line.split()
    rgb = tuple(tuple(bytes.fromhex(colour)) for colour in colours)
    return Change(int(before) / 1e9, int(after) / 1e9, rgb)  # type: ignore[arg-type]
