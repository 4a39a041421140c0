"""Tell whoever waits how far a long step is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how many items are done, and of how many."""


def no_progress(step: str, done: int, total: int) -> None:
    """Stay silent."""


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """One bar on standard error per step; none if that is not a terminal."""
    bars: dict[str, Any] = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in bars:
            bars[step] = tqdm(total=total, desc=step, unit="picture", disable=None)
        bars[step].update(done - bars[step].n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()
