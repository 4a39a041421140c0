"""The witness in a process of its own: there where the browser keeps it apart, gone where it does not."""

from __future__ import annotations

from tests.browser.conftest import launch
from tests.browser.walking import Participant

FRAME = "iframe.isolated"
# With these a frame without rights shares the process of the page it stands in.
TOGETHER = ("--disable-site-isolation-trials", "--disable-features=IsolateSandboxedIframes")


def test_the_witness_has_no_rights_and_stands_in_nobodys_way(open_window, short_study):
    page = open_window().new_page()
    person = Participant(page, "keyboard")
    person.enter(short_study.link)
    page.wait_for_selector(FRAME, state="attached")
    attributes = {
        name: page.locator(FRAME).get_attribute(name) for name in ("sandbox", "aria-hidden", "tabindex")
    }
    assert attributes == {"sandbox": "allow-scripts", "aria-hidden": "true", "tabindex": "-1"}
    inside = next(frame for frame in page.frames if frame != page.main_frame)
    inside.wait_for_load_state()
    assert inside.evaluate("[origin, crossOriginIsolated]") == ["null", True]
    # Longer than it takes to find out whether it is kept apart.
    page.wait_for_timeout(1500)
    assert page.locator(FRAME).count() == 1
    person.run_task(until=5)


def test_where_the_browser_does_not_keep_it_apart_it_goes_again(playwright, short_study):
    browser = launch(playwright, *TOGETHER)
    page = browser.new_page()
    person = Participant(page, "keyboard")
    person.enter(short_study.link)
    page.wait_for_selector(FRAME, state="attached")
    page.wait_for_selector(FRAME, state="detached")
    person.run_task(until=1)
    browser.close()
