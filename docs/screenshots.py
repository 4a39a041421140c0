"""Take the pictures of the README anew: a trial and a report of the demo that needs no download.

Only the two public-domain portraits that come inside matplotlib and scikit-image are ever seen here.
Needs the test extra and a Chromium: `python docs/screenshots.py`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
SIZE = {"width": 1280, "height": 800}
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
NO_MIRROR = "http://127.0.0.1:9"


def main() -> None:
    os.environ["FACEVALUE_CATALOGUE_URL"] = NO_MIRROR
    from study.demo import run_with_robots

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        chromium = os.environ.get("FACEVALUE_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        run_with_robots(faces=None, n=120, out=Path(temporary) / "results", seed=1)
        take_report(browser, Path(temporary) / "results" / "report.html")
        take_trial(browser, Path(temporary) / "demo")
        browser.close()


def take_report(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport=SIZE)
    page.goto(report.as_uri())
    page.get_by_role("heading", name="The claims").evaluate("heading => heading.scrollIntoView()")
    page.screenshot(path=IMAGES / "report.png")


def take_trial(browser: Browser, folder: Path) -> None:
    """The first pair that stays for two seconds, while it is on the screen."""
    from study.demo import prepare_demo
    from study.links import participant_link
    from study.serving import running_server
    from study.settings import read_settings

    settings = read_settings({}, data=folder)
    demo = prepare_demo(folder, database=settings.database, pictures=settings.pictures, faces=None)
    page = browser.new_page(viewport=SIZE)
    with running_server(settings) as address:
        page.goto(participant_link(settings, demo.slug, address=address, namespace="preview"))
        page.get_by_label("How old are you").fill("35")
        for box in page.query_selector_all("input[type=checkbox]"):
            box.check()
        page.click("button[value=yes]")
        page.wait_for_selector("main button.primary:not([disabled])")
        page.wait_for_timeout(4000)
        page.click("main button.primary")
        page.wait_for_selector("text=How it works")
        page.click("main button.primary")
        answer_until_seen(page)


def answer_until_seen(page: Page) -> None:
    faces = (
        "() => [...document.querySelector('#faces').getContext('2d').getImageData(9, 9, 1, 1).data].join()"
    )
    for _ in range(4000):
        if page.is_visible("#words button.primary"):
            page.click("#words button.primary")
        elif page.is_visible("#panel .scale"):
            page.keyboard.press("4")
        elif page.is_visible("#stage") and _colourful(page, faces):
            page.wait_for_timeout(700)
            if _colourful(page, faces):
                page.screenshot(path=IMAGES / "trial.png")
                return
        page.wait_for_timeout(30)
    raise SystemExit("no pair stayed long enough to be photographed")


def _colourful(page: Page, faces: str) -> bool:
    red, green, blue, _ = map(int, page.evaluate(faces).split(","))
    return max(red, green, blue) - min(red, green, blue) > 8


if __name__ == "__main__":
    main()
