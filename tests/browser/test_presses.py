"""What counts as an answer, what else was pressed, and how, in Chromium."""

from __future__ import annotations

import pytest

from tests.browser.test_interruptions import change_plan, wait_for_answer
from tests.browser.walking import Participant

# Presses 7 in the exposure and 6 in the mask, by the page's own clock.
PRESS_EARLY = """() => {
  const press = (key) => dispatchEvent(new KeyboardEvent('keydown', { key, code: `Digit${key}` }));
  const watch = () => {
    if (!document.body.classList.contains('quiet')) return requestAnimationFrame(watch);
    setTimeout(() => press('7'), 1700);
    setTimeout(() => press('6'), 4900);
  };
  watch();
}"""


@pytest.fixture
def slow(open_window, short_study):
    """Somebody before a first trial with a long exposure and a long mask."""
    context = open_window()
    change_plan(context, fixation_ms=200, exposure_ms=3000, mask_ms=3000)
    person = Participant(context.new_page(), "keyboard")
    person.skip_to_task(short_study.link)
    return person


def events_of(study, session, kind):
    return [event for event in study.events(session) if event.kind == kind]


def test_presses_before_the_question_and_after_the_answer_are_recorded_and_do_not_count(slow, short_study):
    page = slow.page
    page.evaluate(PRESS_EARLY)
    slow.begin()
    page.wait_for_selector("#question")
    page.keyboard.press("5")
    page.wait_for_timeout(300)  # sooner, it would be the second half of a double click
    page.locator("[data-target=left] [data-value='2']").click(force=True)
    page.keyboard.press("3")
    page.keyboard.press("4")
    trial = wait_for_answer(page, short_study, slow.session, 1)
    given = short_study.ratings(slow.session)[1]
    assert [(rating.target, rating.value) for rating in given] == [("left", "5"), ("right", "3")]
    page.locator("#words .primary:not([aria-disabled])").wait_for()
    for _ in range(100):
        if len(events_of(short_study, slow.session, "later_press")) == 2:
            break
        page.wait_for_timeout(100)
    early = events_of(short_study, slow.session, "early_press")
    assert [(event.detail["phase"], event.detail["key"]) for event in early] == [
        ("exposure", "7"),
        ("mask", "6"),
    ]
    assert all(event.position == 1 for event in early)
    exposure, mask = (event.at_ms for event in early)
    assert trial.onset_ms < exposure < trial.offset_ms < mask < trial.onset_ms + given[0].rt_ms
    changed, second = events_of(short_study, slow.session, "later_press")
    assert (changed.detail["target"], changed.detail["value"]) == ("left", "2")
    assert (second.detail["phase"], second.detail["key"]) == ("after", "4")


def test_a_pen_and_a_script_answer_and_are_known_for_what_they_are(open_window, short_study):
    page = open_window().new_page()
    person = Participant(page)
    person.skip_to_task(short_study.link)
    devtools = page.context.new_cdp_session(page)
    person.begin()
    page.wait_for_selector("#question")
    page.wait_for_timeout(300)
    for target in ("left", "right"):
        box = page.locator(f"[data-target={target}] [data-value='6']").bounding_box()
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "pointerType": "pen"}
        devtools.send("Input.dispatchMouseEvent", {"type": "mouseMoved", **at})
        for kind in ("mousePressed", "mouseReleased"):
            devtools.send("Input.dispatchMouseEvent", {"type": kind, "button": "left", "clickCount": 1, **at})
    pen = wait_for_answer(page, short_study, person.session, 1)
    assert [(rating.value, rating.input) for rating in short_study.ratings(person.session)[1]] == [
        ("6", "pen")
    ] * 2
    assert (pen.trusted, pen.keys_typed, pen.pastes) == (True, 0, 0)
    assert pen.pointer_moves >= 2
    assert pen.pointer_path_px > 100
    assert pen.pointer_straightness <= 1
    person.begin()
    page.wait_for_selector("#question")
    page.evaluate("""() => document.querySelectorAll("[data-value='1']").forEach((step) => step.click())""")
    assert wait_for_answer(page, short_study, person.session, 2).trusted is False
