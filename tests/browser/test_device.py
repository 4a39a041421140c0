"""The device check: what it finds, and what becomes of a window that is too small."""

from __future__ import annotations

from sqlalchemy import select

from study.database import reading
from study.models import Session
from tests.browser.test_pages import Inspector
from tests.browser.walking import Participant

TINY = {"viewport": {"width": 300, "height": 280}}


def consent(page, link):
    page.goto(link)
    page.get_by_label("How old are you").fill("34")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="I agree and take part").click()
    page.locator("#go:not([aria-disabled])").wait_for()


def test_a_window_too_small_is_told_so_enlarged_and_checked_again(open_window, short_study):
    page = open_window(**TINY).new_page()
    inspect = Inspector(page)
    consent(page, short_study.link)
    page.locator("#go").click()
    page.get_by_text("This window is too small for the study").wait_for()
    assert page.get_by_text("it was 300 × 280 points and should be at least 320 × 180").count() == 1
    assert page.locator("#outcome-code").inner_text() == "SCREENED"
    page.set_viewport_size({"width": 1280, "height": 800})
    inspect("too small")
    page.get_by_role("button", name="Check this device again").click()
    page.locator("#go:not([aria-disabled])").wait_for()
    page.locator("#go").click()
    page.wait_for_selector("h1:has-text('How it works')")
    assert inspect.problems == []
    with reading(short_study.engine) as db:
        now, before = db.scalars(select(Session).order_by(Session.id.desc()).limit(2))
        db.expunge_all()
    assert (before.status, before.device["misfits"], before.place) == ("screened_out", ["window"], None)
    assert (now.status, now.consent_hash) == ("in_progress", before.consent_hash)


def test_the_check_measures_flashes_that_nobody_sees(open_window, short_study):
    page = open_window(reduced_motion="reduce").new_page()
    consent(page, short_study.link)
    for _ in range(5):
        if "exact" in page.locator("[data-measure=flashes]").inner_text():
            break
        # On a machine with too much to do there may be evidence for none; the check is made anew.
        page.reload()
        page.locator("#go:not([aria-disabled])").wait_for()
    took_ms = page.evaluate("performance.now()")
    page.locator("#go").click()
    page.wait_for_selector("h1:has-text('How it works')")
    with reading(short_study.engine) as db:
        found = db.scalars(select(Session).order_by(Session.id.desc()).limit(1)).one().device
    assert found["evidence"] == "element_timing"
    assert 1 <= found["flashes"] <= 6
    assert 0 <= found["flashes_as_planned"] <= found["flashes"]
    assert 0 < found["decode_ms"] < took_ms
    assert found["fullscreen_available"] is True


def test_where_the_full_screen_is_required_it_is_asked_for_before_the_first_pair(open_window, short_study):
    context = open_window()

    def require(route):
        plan = route.fetch().json()
        route.fulfill(json=plan | {"fullscreen": "required"})

    context.route("**/plan?*", require)
    page = context.new_page()
    person = Participant(page)
    person.skip_to_task(short_study.link)
    assert page.get_by_role("button", name="Use the full screen").count() == 0
    person.begin()
    page.get_by_text("Please fill the screen").wait_for()
    page.get_by_role("button", name="Use the full screen").click()
    page.wait_for_selector("#stage:not([hidden])")
    assert page.evaluate("document.fullscreenElement !== null")
