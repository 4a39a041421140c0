"""Questions as they are seen, touched and read aloud, in low windows and in forced colours too."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.browser.conftest import LAPTOP, NARROW, PHONE
from tests.browser.walking import Participant

SIDEWAYS = {**PHONE, "viewport": {"width": 844, "height": 390}}
CUES = (
    *("Skin", "Eyes", "Hair", "Expression", "Lighting", "Background"),
    *("Body or clothes", "Symmetry", "Something else", "I cannot say"),
)
# First and last column of each face in the middle row of the layer that holds them, and whether all of them
# is on the screen.
FACES = """() => {
  const canvas = document.querySelector('#faces .faces');
  const { data } = canvas.getContext('2d').getImageData(0, Math.round(canvas.height / 2), canvas.width, 1);
  const isFace = (x) => x >= 0 && x < canvas.width && [0, 1, 2].some((part) => data[4 * x + part] !== 128);
  const runs = [];
  let grey = 99;
  for (let x = 0; x < canvas.width; x += 1) {
    if (!isFace(x)) grey += 1;
    else {
      if (grey >= 8) runs.push([x, x]);
      runs.at(-1)[1] = x;
      grey = 0;
    }
  }
  const box = document.querySelector('#faces').getBoundingClientRect();
  const scale = box.width / canvas.width;
  const isSeen = box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
  return { widths: runs.map(([first, last]) => (last - first + 1) * scale), isSeen };
}"""


def ask_only_for_cues(context):
    """Serve the plan with one question in every block: the ten cues of the demonstration."""

    def change(route):
        plan = route.fetch().json()
        asked = next(one for one in plan["blocks"]["detect"]["questions"] if one["kind"] == "choices")
        asked["options"] = [{"code": f"cue_{place}", "label": label} for place, label in enumerate(CUES)]
        for block in plan["blocks"].values():
            block["questions"] = [asked]
        route.fulfill(json=plan)

    context.route("**/plan*", change)


def first_question(context, study):
    person = Participant(context.new_page())
    person.skip_to_task(study.link)
    person.begin()
    person.page.wait_for_selector("#question")
    return person


@pytest.mark.parametrize("screen", [LAPTOP, SIDEWAYS, NARROW], ids=["laptop", "sideways", "narrow"])
def test_what_is_missing_is_said_where_it_is_seen_and_no_longer_once_it_is_there(
    screen, open_window, short_study
):
    context = open_window(**screen)
    ask_only_for_cues(context)
    page = first_question(context, short_study).page
    page.wait_for_timeout(260)  # or the page takes the click for the second of a double click
    page.locator(".go-on").click()
    message = page.locator("#panel .message")
    assert message.inner_text() == "Please choose at least one, then continue."
    box = message.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= screen["viewport"]["height"] + 0.5
    page.locator("label:has([value=cue_1])").click()
    assert message.inner_text() == "Choose one or more."
    page.keyboard.press("2")
    page.locator(".go-on").click()
    assert message.inner_text() == "Please choose at least one, then continue."
    page.keyboard.press("3")
    assert message.inner_text() == "Choose one or more."


def test_ten_cues_fit_a_laptop_without_scrolling_also_while_one_is_missing(open_window, short_study):
    context = open_window()
    ask_only_for_cues(context)
    page = first_question(context, short_study).page
    too_tall = "document.documentElement.scrollHeight - innerHeight"
    assert page.evaluate(too_tall) <= 0
    page.wait_for_timeout(260)
    page.locator(".go-on").click()
    page.get_by_text("Please choose at least one").wait_for()
    assert page.evaluate(too_tall) <= 0


@pytest.mark.parametrize("screen", [LAPTOP, PHONE, SIDEWAYS], ids=["laptop", "phone", "sideways"])
def test_both_faces_are_on_the_screen_and_equally_large_beside_their_question(
    screen, open_window, short_study
):
    context = open_window(**screen)

    def without_limit(route):
        plan = route.fetch().json()
        for trial in plan["trials"]:
            trial["exposure_ms"] = None
        route.fulfill(json=plan)

    context.route("**/plan*", without_limit)
    page = first_question(context, short_study).page
    faces = page.evaluate(FACES)
    left, right = faces["widths"]
    assert left == right > 120
    assert faces["isSeen"]


def test_a_step_under_a_resting_finger_does_not_look_chosen(open_window, short_study):
    page = first_question(open_window(**PHONE), short_study).page
    steps = page.locator("[data-target=left] button")
    steps.nth(3).hover()
    colours = steps.evaluate_all("steps => steps.map((step) => getComputedStyle(step).backgroundColor)")
    assert set(colours) == {"rgb(207, 207, 207)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_forced_colours_faces_keep_their_grey_and_words_get_the_colours_asked_for(
    scheme, open_window, short_study
):
    context = open_window(forced_colors="active", color_scheme=scheme)
    page = first_question(context, short_study).page
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    faces, panel = (page.locator(part).bounding_box() for part in ("#faces", "#panel"))
    beside = (int(faces["x"] / 2), int(faces["y"] + faces["height"] / 2))
    between = (int(faces["x"] + faces["width"] / 2), beside[1])
    assert picture.getpixel(beside) == picture.getpixel(between) == (128, 128, 128)
    corner = picture.crop((14, 2, 24, 12))  # of the witness, see study.css
    assert all(low >= 127 and high <= 128 for low, high in corner.getextrema())
    canvas = {"light": (255, 255, 255), "dark": (0, 0, 0)}[scheme]
    assert picture.getpixel((int(panel["x"] + 3), int(panel["y"] + panel["height"] - 3))) == canvas
    for side, filled in (("left", 0), ("right", 1)):
        halves = page.locator(f".whose.{side} .pictogram i")
        fills = halves.evaluate_all("halves => halves.map((half) => getComputedStyle(half).backgroundColor)")
        assert fills[filled] != fills[1 - filled], "the small picture does not tell left from right"


def test_nothing_moves_for_people_who_want_little_motion(open_window, short_study):
    page = open_window(reduced_motion="reduce").new_page()
    moving = """() => [...document.querySelectorAll('*')].filter((part) => {
      const { transitionDuration, animationName } = getComputedStyle(part);
      return animationName !== 'none' || transitionDuration.split(', ').some((one) => one !== '0s');
    }).map((part) => part.outerHTML.slice(0, 80))"""
    found = []
    person = Participant(page, at_each_page=lambda _name: found.extend(page.evaluate(moving)))
    person.enter(short_study.link)
    person.begin()
    page.wait_for_selector("#question")
    found += page.evaluate(moving)
    assert found == []


def test_what_is_read_aloud_is_the_same_for_every_pair(open_window, short_study):
    """So it cannot tell which face is real, wherever that one is."""
    page = open_window().new_page()
    read: dict[str, list[str]] = {}

    def listen(name):
        if name in ("trust", "detect", "confidence", "cues", "comment"):
            read.setdefault(name, []).append(page.locator("#stage").aria_snapshot())

    person = Participant(page, at_each_page=listen)
    person.skip_to_task(short_study.link)
    person.run_task()
    trials = short_study.trials(person.session)
    assert len({trial.left for trial in trials}) == 5
    assert {name: len(heard) for name, heard in read.items()} == {
        "trust": 3,
        "detect": 2,
        "confidence": 2,
        "cues": 2,
        "comment": 2,
    }
    for heard in read.values():
        assert len({"\n".join(lines(snapshot)) for snapshot in heard}) == 1
        assert "Face, left; face, right" in heard[0]


def lines(snapshot):
    """What is read aloud, without the number of the pair."""
    return [line for line in snapshot.splitlines() if " of 5" not in line]
