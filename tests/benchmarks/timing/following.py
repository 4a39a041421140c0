"""Follow the trials on the screen while they run, and press keys when it is time."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from tests.benchmarks.timing.colour_codes import is_coloured
from tests.benchmarks.timing.keyboard import Keyboard, Press
from tests.benchmarks.timing.screen import Change, PixelWatch, ScreenError

# An answer comes this long after the faces have gone: mask and question need some frames.
ANSWER_AFTER_S = 0.18
RESPONSE_S = (0.5, 0.9)
PRESS_AGAIN_S = 1.0
PRESSES_AT_MOST = 6


class LiveEdges:
    """Onsets and offsets of pictures as they come in."""

    def __init__(self, watch: PixelWatch) -> None:
        self._watch = watch
        self._read = 0
        self._shown = False

    def next(self, *, seconds: float) -> tuple[str, float] | None:
        """("onset" or "offset", time in s on CLOCK_MONOTONIC); None when none came in time."""
        end = time.monotonic() + seconds
        while True:
            while self._read < len(self._watch.changes):
                change = self._watch.changes[self._read]
                self._read += 1
                if (found := self._edge(change)) is not None:
                    return found, change.at_s
            left = end - time.monotonic()
            known = self._read
            if left <= 0 or not self._watch.wait_for(lambda changes, n=known: len(changes) > n, seconds=left):
                return None

    def _edge(self, change: Change) -> str | None:
        coloured = [is_coloured(rgb) for rgb in change.colours]
        if self._shown and not any(coloured):
            self._shown = False
            return "offset"
        if not self._shown and all(coloured):
            self._shown = True
            return "onset"
        return None


def follow(
    watch: PixelWatch,
    keyboard: Keyboard,
    *,
    n_trials: int,
    key: str | None,
    respond_seed: int | None = None,
    longest_s: float = 10.0,
    over: Callable[[], bool] = lambda: True,
    stuck: Callable[[], None] = lambda: None,
) -> list[Press]:
    """Wait for ``n_trials`` presentations; returns the presses made.

    ``key``: pressed after each offset; None: pages go on by themselves. With ``respond_seed`` it is pressed
    at random 0.5-0.9 s after each onset instead. When no trial comes the key is pressed again, then
    ``stuck`` is called; after the last one, until ``over()``. Ends early when ``longest_s`` pass without a
    trial: a presentation may be missed altogether. Raises ScreenError when there was none at all.
    """
    edges = LiveEdges(watch)
    chance = Random(respond_seed)
    presses: list[Press] = []
    for number in range(n_trials):
        onset = _next_onset(edges, keyboard, presses, key if number else None, longest_s, stuck)
        if onset is None and not number:
            raise ScreenError(f"no pictures came to the screen within {longest_s:.0f} s of the begin")
        if onset is None:
            break
        if respond_seed is not None:
            assert key
            _sleep_until(onset + chance.uniform(*RESPONSE_S))
            presses.append(keyboard.press(key))
        gone = edges.next(seconds=longest_s)
        if key and respond_seed is None and gone:
            _sleep_until(gone[1] + ANSWER_AFTER_S)
            presses.append(keyboard.press(key))
    if key:
        _press_until(over, keyboard, key, presses, longest_s)
    return presses


def _press_until(
    over: Callable[[], bool], keyboard: Keyboard, key: str, presses: list[Press], longest_s: float
) -> None:
    """The last question may have come up after its key was pressed."""
    end = time.monotonic() + longest_s
    while time.monotonic() < end:
        again = time.monotonic() + PRESS_AGAIN_S
        while time.monotonic() < again:
            if over():
                return
            time.sleep(0.1)
        presses.append(keyboard.press(key))


def _next_onset(
    edges: LiveEdges,
    keyboard: Keyboard,
    presses: list[Press],
    key: str | None,
    longest_s: float,
    stuck: Callable[[], None],
) -> float | None:
    end = time.monotonic() + longest_s
    again = 0
    while time.monotonic() < end:
        edge = edges.next(seconds=PRESS_AGAIN_S if key else longest_s)
        if edge and edge[0] == "onset":
            return edge[1]
        if edge or not key:
            continue
        again += 1
        if again % 3 == 0:
            stuck()
        elif again <= PRESSES_AT_MOST:
            presses.append(keyboard.press(key))
    return None


def _sleep_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.monotonic()))
