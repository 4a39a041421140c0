"""A session in Arabic: words run from right to left, faces stay where they are, no other language is seen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import LAPTOP, NARROW, served
from tests.browser.test_pages import Inspector
from tests.browser.walking import Study
from tests.conftest import ROOT, write_stimulus_set

TEXT = "# نص الدراسة\n\nهذه كلمات الدراسة نفسها.\n\n- أولًا\n- ثانيًا\n"
LATIN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node; (node = walker.nextNode()); ) {
    const place = node.parentElement;
    const shown = place.checkVisibility() && !place.closest('output, script, noscript');
    if (shown && /\\p{Script=Latin}/u.test(node.data)) found.push(node.data);
  }
  for (const part of document.querySelectorAll('[aria-label]')) found.push(part.getAttribute('aria-label'));
  return [...found, document.title].filter((words) => /\\p{Script=Latin}/u.test(words));
}"""
KEYS = "أو بالضغط على ← أو F لليسار"


def in_arabic(toml: str) -> str:
    """The short study with words of its own in Arabic, each with a number."""
    numbers = iter(range(1, 100))
    names = "title|text|label|minimum_label|maximum_label"
    toml = re.sub(rf'\b({names}) = "[^"]+"', lambda found: f'{found[1]} = "نص {next(numbers)}"', toml)
    return toml.replace('languages = ["en"]', 'languages = ["ar"]')


@pytest.fixture(scope="module")
def arabic_study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    folder = tmp_path_factory.mktemp("arabic")
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder, dirs_exist_ok=True)
    (folder / "study.toml").write_text(in_arabic((Path(__file__).parent / "short_study.toml").read_text()))
    for text in (folder / "texts").glob("*.md"):
        text.write_text(TEXT)
    write_stimulus_set(folder / "stimuli", n_pairs=4, n_practice=1, size=(480, 600))
    data = tmp_path_factory.mktemp("data")
    with served(folder, data, f"sqlite:///{data / 'study.sqlite'}") as study:
        yield study


class Walk:
    """Somebody who goes by what a page is made of, not by its words; looks at each kind of page once."""

    def __init__(self, page, study, *, touch=False):
        self.page, self.study, self.session = page, study, ""
        self.inspect = Inspector(page, touch=touch)
        self.latin: dict[str, list[str]] = {}

    def look(self, name):
        if name in self.latin:
            return
        self.inspect(name)
        self.latin[name] = self.page.evaluate(LATIN)

    def enter(self):
        self.page.on("response", self._note_session)
        self.page.goto(self.study.link)
        self.look("landing")
        self.page.locator("#age").fill("34")
        self.page.locator("input[name=agree]").check()
        self.page.locator("button[name=consent][value=yes]").click()
        self.page.locator("#go:not([aria-disabled])").wait_for()
        self.look("device")
        self.page.locator("#go").click()
        self.page.locator("form[action$=instructions] button").click()

    def _note_session(self, response):
        if response.url.split("?")[0].endswith("/plan") and response.ok:
            self.session = response.json()["session"]

    def next_question(self):
        """Its kind, or nothing at the questionnaire."""
        begin = "#words .primary:not([aria-disabled])"
        while True:
            self.page.wait_for_selector(f"{begin}, #question, form[action$=questionnaire]")
            if self.page.locator("form[action$=questionnaire]").count():
                return ""
            if not self.page.locator(begin).count():
                return self.page.locator("#panel .question").get_attribute("class").split(maxsplit=1)[1]
            self.look("intro")
            self.page.locator(begin).click()
            self.page.wait_for_selector("#question, form[action$=questionnaire]")

    def answer(self, kind):
        self.page.wait_for_timeout(260)  # or the page takes the click for the second of a double click
        before = self.page.locator("#question").element_handle()
        if kind.startswith("scale"):
            for group in self.page.locator(".step-group").all():
                group.locator("[data-value='2']").click()
        elif kind.startswith("side"):
            self.page.keyboard.press("ArrowLeft")
        elif kind.startswith("choices"):
            self.page.locator(".options label").first.click()
            self.page.locator(".go-on").click()
        else:
            self.page.locator(".go-on").click()
        self.page.wait_for_function("heading => !heading.isConnected", arg=before)

    def x(self, selector):
        box = self.page.locator(selector).bounding_box()
        return box["x"] + box["width"] / 2


@pytest.mark.parametrize("screen", [LAPTOP, NARROW], ids=["laptop", "phone"])
def test_a_session_in_arabic_is_arabic_to_the_end_and_fits(screen, open_window, arabic_study):
    page = open_window(**screen).new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    walk = Walk(page, arabic_study, touch="has_touch" in screen)
    walk.enter()
    while kind := walk.next_question():
        walk.look(kind)
        walk.answer(kind)
    walk.look("questionnaire")
    page.locator("button.primary").click()
    page.wait_for_selector(".fault")
    walk.look("questionnaire with errors")
    page.locator("#age").fill("34")
    page.locator("input[name=ai_use][value='2']").check()
    page.locator("button.primary").click()
    page.wait_for_selector("#completion-code")
    walk.look("debrief")
    for path in ("withdraw", "declined", "withdrawn", "nothing-here"):
        page.goto(arabic_study.link + path)
        walk.look(path)
    assert problems == walk.inspect.problems == []
    assert len(walk.latin) == 15
    latin = {words for found in walk.latin.values() for words in found}
    # The example of a withdrawal code is what people are given, in any language.
    latin -= {"K7QM-3WXD-9TPA"}
    assert all(words.startswith(KEYS) for words in latin), latin
    detected = [
        r.value
        for given in arabic_study.ratings(walk.session).values()
        for r in given
        if r.question == "detect"
    ]
    assert detected == ["left", "left"]


def test_faces_buttons_and_arrows_keep_their_sides_while_scales_run_from_the_right(open_window, arabic_study):
    page = open_window().new_page()
    walk = Walk(page, arabic_study)
    walk.enter()
    walk.answer(walk.next_question())
    assert walk.next_question() == "scale each"
    assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
    assert walk.x("[data-target=left]") < walk.x("#faces") < walk.x("[data-target=right]")
    assert walk.x("[data-target=left] [data-value='7']") < walk.x("[data-target=left] [data-value='1']")
    ends = page.locator("[data-target=left] .ends span")
    assert ends.first.bounding_box()["x"] > ends.last.bounding_box()["x"]
    pictogram = page.locator(".whose.left .pictogram i")
    assert pictogram.first.bounding_box()["x"] < pictogram.last.bounding_box()["x"]
    page.locator("[data-target=left] [data-value='1']").focus()
    for key, value in (("ArrowLeft", "2"), ("ArrowLeft", "3"), ("ArrowRight", "2"), ("ArrowDown", "3")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.value") == value, key
    while (kind := walk.next_question()) != "side one":
        walk.answer(kind)
    assert walk.x(".sides [data-value=left]") < walk.x("#faces") < walk.x(".sides [data-value=right]")
    assert page.locator(".sides button").first.get_attribute("data-value") == "left"
