"""What a page has to put up with while its trials run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page

THROTTLE_RATE = 4

BUSY = """() => {
  const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  setInterval(() => spin(5), 20);
}"""

BLOCKED = """() => {
  const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  const block = () => { spin(20 + 100 * Math.random()); setTimeout(block, 100 + 300 * Math.random()); };
  setTimeout(block, 300 * Math.random());
}"""

CONDITIONS = {
    "idle": "nothing else to do",
    "throttled": f"main thread slowed down {THROTTLE_RATE} times by the browser, from the first page on",
    "busy": "main thread busy for 5 of every 20 ms",
    "blocked": "main thread blocked for 20-120 ms at a time, 100-400 ms apart, at random",
    "contended": "other programs compete for the processors in bursts; see contention.py",
    "harsh": "more of them, of all kinds, with shorter pauses",
}
CONTENTION = ("contended", "harsh")
# Those that need nothing from the machine; contention disturbs everybody else on it.
ORDINARY = ("idle", "throttled", "busy", "blocked")


# The first runs are left out: a throttle begins some tens of ms after it is asked for.
WORK = """() => {
  const took = Array.from({ length: 60 }, () => {
    const begun = performance.now();
    let sum = 0;
    for (let n = 0; n < 1e6; n += 1) sum += n % 7;
    return performance.now() - begun + 0 * sum;
  });
  return took.slice(30).sort((a, b) => a - b)[15];
}"""


@contextmanager
def throttled(context: BrowserContext, page: Page, condition: str) -> Iterator[None]:
    """Slow the page's main thread down if the condition says so; it stays slow across pages."""
    if condition != "throttled":
        yield
        return
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE_RATE})
    try:
        yield
    finally:
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        devtools.detach()


def burden(page: Page, condition: str) -> None:
    """Give the open page's main thread other work, until the page is left."""
    if condition == "busy":
        page.evaluate(BUSY)
    elif condition == "blocked":
        page.evaluate(BLOCKED)


def work_ms(page: Page) -> float:
    """What a fixed piece of work takes on the page's main thread: about 1 ms, 4 ms when throttled."""
    return float(page.evaluate(WORK))
