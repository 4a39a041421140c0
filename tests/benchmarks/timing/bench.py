"""The bench: one screen, one Chromium, one keyboard, and the measure of what was shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as BrowserError
from scipy import ndimage

from tests.benchmarks.timing.browser import chromium_on
from tests.benchmarks.timing.colour_codes import LEVELS, TOLERANCE
from tests.benchmarks.timing.keyboard import Keyboard
from tests.benchmarks.timing.measured import Measured, PageClock
from tests.benchmarks.timing.presentations import presentations
from tests.benchmarks.timing.screen import PixelWatch, Screen, ScreenError, virtual_screen
from tests.benchmarks.timing.ticks import TickGrid, fit_grid

Point = tuple[int, int]
FRAMES = """n => new Promise((done) => {
  const times = [];
  const next = (time) => { times.push(time); times.length > n ? done(times) : requestAnimationFrame(next); };
  requestAnimationFrame(next);
})"""


@dataclass(frozen=True)
class Places:
    """Screen pixels in the patches: upper and lower of the left picture, then of the right one if any."""

    points: tuple[Point, ...]


@dataclass
class Bench:
    """What open_bench gives."""

    screen: Screen
    context: BrowserContext
    keyboard: Keyboard

    @property
    def page(self) -> Page:
        """The one tab of the one window."""
        return self.context.pages[0]

    def leave(self) -> None:
        """Go to an empty page, also when the open one is just going somewhere itself."""
        for _ in range(3):
            with suppress(BrowserError):
                self.page.goto("about:blank")
                return
            time.sleep(0.3)

    def watch(self, places: Places) -> PixelWatch:
        return PixelWatch(self.screen, places.points)

    def grid(self, *, n_frames: int = 60) -> TickGrid:
        """The display's ticks, from frame callbacks of the page that is open now."""
        clock = self.page_clock()
        return fit_grid([clock.seconds(ms) for ms in self.page.evaluate(FRAMES, n_frames)])

    def page_clock(self, *, n_asked: int = 20) -> PageClock:
        """Where the open page's clock begins, on CLOCK_MONOTONIC.

        The browser's own account (start of the navigation, on the clock that its events are stamped with)
        is checked against round trips: asking the time of a page bounds its zero from both sides. Raises
        ScreenError when the account lies outside these bounds by more than half a millisecond.
        """
        low, high = -float("inf"), float("inf")
        for _ in range(n_asked):
            before = time.monotonic()
            now = self.page.evaluate("performance.now()") / 1000
            low, high = max(low, before - now), min(high, time.monotonic() - now)
        told = self._navigation_start_s()
        if not low - 0.0005 <= told <= high + 0.0005:
            raise ScreenError(
                f"the page's clock begins between {low:.4f} and {high:.4f} s by round trips, "
                f"but the browser says {told:.4f} s"
            )
        return PageClock(told, (high - low) / 2)

    def _navigation_start_s(self) -> float:
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("Performance.enable")
        metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
        devtools.detach()
        return float(metrics["NavigationStart"])

    def find_places(self, *, n_pictures: int, seconds: float = 20) -> Places:
        """Wait until ``n_pictures`` (1 or 2) test pictures are on the screen and find their patches.

        Looks at the screen, not at the page: works with whatever shows the pictures. Raises ScreenError.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            points = patch_centres(self.screen.picture())
            if len(points) == 2 * n_pictures:
                return Places(
                    tuple(sorted(points, key=lambda point: (point[0] > 0.55 * self.screen.width, point[1])))
                )
            time.sleep(0.01)
        raise ScreenError(f"no {n_pictures} test pictures came to the screen within {seconds:.0f} s")


@contextmanager
def open_bench(*, width: int = 1281, height: int = 921) -> Iterator[Bench]:
    """Screen, browser and keyboard; everything is ended at the end.

    Without a window manager Chromium takes one pixel less each way: pages get 1280 x 920.
    """
    with virtual_screen(width, height) as screen, chromium_on(screen) as context:
        keyboard = Keyboard(screen.display)
        try:
            # A first click gives the page, not the address field, the keys.
            context.pages[0].goto("about:blank")
            keyboard.click(5, height // 2)
            yield Bench(screen, context, keyboard)
        finally:
            keyboard.close()


def measure(bench: Bench, places: Places, drive: Callable[[PixelWatch], None]) -> Measured:
    """Watch the pixels while ``drive(watch)`` runs the open page; returns what was shown, in order.

    ``drive`` may wait for changes on the watch. The grid of the display's ticks is taken before, on the
    page that is open then.
    """
    grid = bench.grid()
    with bench.watch(places) as watch:
        drive(watch)
    return Measured(presentations(watch.changes, grid), grid, watch.changes)


def patch_centres(picture: np.ndarray) -> list[Point]:
    """Centres (x, y) of flat coloured squares on a screen, of at least 20 px a side."""
    levels = np.array(LEVELS, dtype=np.int16)
    small = picture[::4, ::4].astype(np.int16)
    near = np.abs(small[..., None] - levels).min(axis=-1).max(axis=-1) <= TOLERANCE
    coloured = near & (small.max(axis=-1) - small.min(axis=-1) > 2 * TOLERANCE)
    marks, _ = ndimage.label(coloured)
    found = []
    for mark, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        filled = (marks[rows, columns] == mark).mean()
        flat = small[rows, columns][marks[rows, columns] == mark].std(axis=0).max() < 12
        if min(height, width) >= 5 and abs(height - width) <= 2 and filled > 0.9 and flat:
            found.append((2 * (columns.start + columns.stop), 2 * (rows.start + rows.stop)))
    return found
