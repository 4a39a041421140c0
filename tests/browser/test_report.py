"""The report in a real browser: nothing for axe, nothing wider than the screen, all can be saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from analysis.report import render_html
from tests.analysis.usual import whole_report
from tests.browser.conftest import LAPTOP, PHONE

AXE = Axe()
WINDOWS = {"laptop": LAPTOP, "phone": PHONE, "dark": {**LAPTOP, "color_scheme": "dark"}}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(whole_report(tmp_path_factory)[0]), encoding="utf-8")
    return path


@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing_and_nothing_sticks_out(chromium: Browser, page_file: Path, window: str) -> None:
    page = chromium.new_page(**WINDOWS[window])
    page.goto(page_file.as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = AXE.run(page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_the_data_of_a_table_are_saved_under_its_name(chromium: Browser, page_file: Path) -> None:
    page = chromium.new_page(**LAPTOP)
    page.goto(page_file.as_uri())
    with page.expect_download() as saved:
        page.click("a[download='trust.csv']")
    assert saved.value.suggested_filename == "trust.csv"
    lines = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("exposure_ms,difference,low,high,")
    assert len(lines) == 5
    page.close()


def test_print_shows_models_and_all_words_and_hides_what_only_a_screen_can_do(
    chromium: Browser, page_file: Path
) -> None:
    page = chromium.new_page(**LAPTOP)
    page.goto(page_file.as_uri())
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator("a.get").first.is_hidden()
    assert page.get_by_text("Left out in print, but in the page").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.close()
