"""A whole session in Chromium: what is pressed is what is stored, and what was shown is on the record."""

from __future__ import annotations

import pytest

from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.walking import Participant

# Follows the canvas through the whole task. A style or layout change that moved the faces would show here.
# The last answer leaves the page at once, so the places are kept where the next page can read them.
WATCH_FACES = """
const look = () => {
  const box = document.querySelector('#stage:not([hidden]) #faces')?.getBoundingClientRect();
  if (box?.width) sessionStorage.setItem([box.x, box.y + scrollY, box.width, box.height].join(' '), 'faces');
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@pytest.mark.parametrize(
    ("means", "screen"),
    [
        pytest.param("keyboard", LAPTOP, id="keyboard"),
        pytest.param("mouse", LAPTOP, id="mouse"),
        pytest.param("touch", PHONE, id="touch on a phone"),
    ],
)
def test_what_is_pressed_is_what_is_stored(means, screen, open_window, short_study):
    """A session stored in PostgreSQL is among those through a faulty network."""
    page = open_window(**screen).new_page()
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.add_init_script(WATCH_FACES)
    too_wide = []

    def measure(name):
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            too_wide.append(name)

    person = Participant(page, means, at_each_page=measure)
    person.enter(short_study.link)
    person.run_task(until=5)
    page.wait_for_selector("h1:text('A few questions')")
    places = page.evaluate("Object.keys(sessionStorage).filter((key) => sessionStorage[key] === 'faces')")
    assert len(places) == 1, "the faces moved"
    person.questionnaire()
    assert too_wide == []
    assert person.means_used() == [means], "the session needs something else than one means"

    ratings = short_study.ratings(person.session)
    stored = {
        position: [(rating.question, rating.target, rating.value) for rating in given]
        for position, given in ratings.items()
    }
    assert stored == person.given
    everything = [rating for given in ratings.values() for rating in given]
    assert {rating.input for rating in everything} == {means}
    assert all(rating.rt_ms > 0 and rating.release_ms >= rating.rt_ms for rating in everything)
    assert problems == []
    check_presentations(short_study.trials(person.session))


def check_presentations(trials):
    assert [trial.status for trial in trials] == ["answered"] * 5
    for trial in trials:
        assert trial.evidence in ("element_timing", "frame_clock", "none")
        assert (trial.evidence == "none") == (trial.shown_frames is None)
        assert trial.edges_seen in (0, 1, 2)
    # A machine that runs other tests meanwhile may leave some without evidence, as it should.
    proven = [trial for trial in trials if trial.evidence != "none"]
    assert proven
    for trial in proven:
        interval = trial.frame_interval_ms
        assert 3 < interval < 60
        assert (trial.hidden, trial.blurred, trial.resized) == (False, False, False)
        if trial.shown_ms is None:
            assert trial.edges_seen < 2
            assert trial.shown_frames != trial.planned_frames
        else:
            assert trial.shown_frames == round(trial.shown_ms / interval)
        if trial.evidence == "element_timing" and trial.shown_ms is not None:
            assert trial.shown_ms == pytest.approx(trial.offset_ms - trial.onset_ms, abs=0.01)
        assert trial.picture_height_px == pytest.approx(1.25 * trial.picture_width_px, abs=1)
        if trial.exposure_ms is None:
            assert trial.planned_frames is None
        else:
            assert abs(trial.planned_frames * interval - trial.exposure_ms) <= 0.52 * interval
            assert trial.longest_gap_ms < 1000


def test_an_answer_is_timed_from_the_frame_that_showed_the_faces(open_window, short_study):
    """The press is made by the page's own clock, so the figure can be checked to the millisecond."""
    page = open_window().new_page()
    person = Participant(page, "keyboard")
    person.skip_to_task(short_study.link)
    page.evaluate("""() => {
      window.pressed = [];
      addEventListener('keydown', (event) => window.pressed.push(event.timeStamp), true);
    }""")
    person.run_task(until=1)
    page.wait_for_selector("#words .primary")
    first, second = page.evaluate("window.pressed.slice(-2)")
    page.wait_for_function("() => document.querySelector('#status').textContent === 'Saved'")
    onset = short_study.trials(person.session)[0].onset_ms
    stored = [rating.rt_ms for rating in short_study.ratings(person.session)[1]]
    assert stored == pytest.approx([first - onset, second - onset], abs=0.11)


def test_faces_can_be_chosen_where_they_were_and_a_double_click_answers_once(open_window, short_study):
    page = open_window().new_page()
    person = Participant(page)
    person.skip_to_task(short_study.link, answered=3)
    person.begin()
    page.wait_for_selector(".sides")
    page.wait_for_timeout(300)
    box = page.locator("#faces").bounding_box()
    page.mouse.dblclick(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    page.wait_for_selector("#question:has-text('How sure')")
    assert page.locator("[aria-checked=true]").count() == 0
    person.answer(4)
    # The status still says "Saved" of the trials before until this one is on its way.
    for _ in range(100):
        if 4 in short_study.ratings(person.session):
            break
        page.wait_for_timeout(100)
    first = short_study.ratings(person.session)[4][0]
    assert (first.question, first.value) == ("detect", "right")
