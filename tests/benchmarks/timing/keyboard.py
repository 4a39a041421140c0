"""Press keys on the virtual screen as a keyboard would, with the time of each press on CLOCK_MONOTONIC.

XTest events enter the X server like those of a device and reach the browser as trusted input. Called
through ctypes: libX11 and libXtst are all it takes.
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass

from tests.benchmarks.timing.screen import ScreenError

POINTER_ROOT = ctypes.c_ulong(1)
REVERT_TO_POINTER_ROOT = 1
CURRENT_TIME = ctypes.c_ulong(0)


@dataclass(frozen=True)
class Press:
    """The server took the key at some moment between ``before_s`` and ``after_s``."""

    key: str
    before_s: float
    after_s: float

    @property
    def at_s(self) -> float:
        return (self.before_s + self.after_s) / 2


class Keyboard:
    """Keys by their X names (``Left``, ``Right``, ``f``, ``space``). One thread only."""

    def __init__(self, display: str) -> None:
        try:
            self._x = ctypes.CDLL("libX11.so.6")
            self._test = ctypes.CDLL("libXtst.so.6")
        except OSError as fault:
            raise ScreenError(f"{fault}; install the packages libx11-6 and libxtst6") from None
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        opened = self._x.XOpenDisplay(display.encode())
        if not opened:
            raise ScreenError(f"no display {display}")
        self._display = ctypes.c_void_p(opened)
        # There is no window manager: keys go to the window under the pointer.
        self._x.XSetInputFocus(self._display, POINTER_ROOT, REVERT_TO_POINTER_ROOT, CURRENT_TIME)
        self._x.XSync(self._display, 0)

    def press(self, key: str, *, held_s: float = 0.02) -> Press:
        """Press and let go of a key; returns once it is up again."""
        code = self._code(key)
        before = time.monotonic()
        self._send(code, down=True)
        after = time.monotonic()
        time.sleep(held_s)
        self._send(code, down=False)
        return Press(key, before, after)

    def click(self, x: int, y: int) -> None:
        """Move the pointer and click; it stays there."""
        self._test.XTestFakeMotionEvent(self._display, -1, x, y, CURRENT_TIME)
        for down in (1, 0):
            self._test.XTestFakeButtonEvent(self._display, 1, down, CURRENT_TIME)
        self._x.XSync(self._display, 0)

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)

    def _code(self, key: str) -> int:
        symbol = ctypes.c_ulong(self._x.XStringToKeysym(key.encode()))
        code = int(self._x.XKeysymToKeycode(self._display, symbol))
        if not code:
            raise ScreenError(f"the keyboard of the display has no key {key!r}")
        return code & 0xFF

    def _send(self, code: int, *, down: bool) -> None:
        self._test.XTestFakeKeyEvent(self._display, code, int(down), CURRENT_TIME)
        self._x.XSync(self._display, 0)
