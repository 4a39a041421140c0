"""Every page: nothing for axe to find, nothing wider than the screen, large enough to hit."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import LAPTOP, NARROW
from tests.browser.walking import Participant

AXE = Axe()
# Four times as large on a laptop of 1280 x 800: the same as a window of a quarter of the size.
ZOOMED_DARK = {
    "viewport": {"width": 320, "height": 200},
    "device_scale_factor": 4,
    "color_scheme": "dark",
}
# In CSS px; only a scale of more than seven steps may have narrower ones, on a single line.
SMALL_TARGETS = """() => ['button', '.button', 'textarea', '.tick', '.picks label', '.likert label']
  .concat('.options label')
  .flatMap((kind) => [...document.querySelectorAll(kind)])
  .filter((control) => control.checkVisibility())
  .map((control) => [control, control.getBoundingClientRect()])
  .filter(([control, box]) => box.width < (control.closest('[data-many]') ? 24 : 43.5) || box.height < 43.5)
  .map(([{ textContent: name }, box]) => `${name.trim()}: ${box.width} x ${box.height}`)"""
# Controls and words that stick out of the screen, or lie on top of each other.
MISPLACED = """() => {
  const kinds = 'button, input, textarea, .options label, h1, .ends span';
  const shown = [...document.querySelectorAll(kinds)]
    .filter((part) => part.checkVisibility() && !part.closest('.unseen') && part.type !== 'hidden');
  const boxes = shown.map((part) => [part, part.getBoundingClientRect()]);
  const name = (part) => part.textContent.trim() || part.name || part.tagName;
  const width = document.documentElement.clientWidth;
  const out = boxes.filter(([, box]) => box.left < -0.5 || box.right > width + 0.5);
  const over = boxes.filter(([part, box]) => boxes.some(([other, place]) =>
    part !== other && !part.contains(other) && !other.contains(part) &&
    Math.min(box.right, place.right) - Math.max(box.left, place.left) > 1 &&
    Math.min(box.bottom, place.bottom) - Math.max(box.top, place.top) > 1));
  const cut = shown.filter((part) => part.matches('button') && part.scrollWidth > part.clientWidth + 1);
  return [
    ...out.map(([part]) => `${name(part)} sticks out`),
    ...over.map(([part]) => `${name(part)} overlaps`),
    ...cut.map((part) => `${name(part)} is cut off`),
  ];
}"""


class Inspector:
    """Looks at each page once."""

    def __init__(self, page, *, touch: bool = False) -> None:
        self.page, self.touch, self.seen, self.problems = page, touch, [], []

    def __call__(self, name: str) -> None:
        if name not in self.seen:
            self.seen.append(name)
            self.look(name)

    def look(self, name: str) -> list[str]:
        """All that is wrong with the page as it is now, and with those looked at before."""
        found = AXE.run(self.page).response["violations"]
        self.problems += [f"{name}: {f['id']}: {f['nodes'][0]['html']}" for f in found]
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            self.problems.append(f"{name}: {too_wide} px wider than the screen")
        self.problems += [f"{name}: {fault}" for fault in self.page.evaluate(MISPLACED)]
        if self.touch:
            self.problems += [f"{name}: small: {target}" for target in self.page.evaluate(SMALL_TARGETS)]
        return self.problems


@pytest.mark.parametrize(
    "screen", [LAPTOP, NARROW, ZOOMED_DARK], ids=["laptop", "phone", "zoomed to 400 %, dark"]
)
def test_every_page_is_accessible_and_fits(screen, open_window, short_study):
    page = open_window(**screen).new_page()
    inspect = Inspector(page, touch="has_touch" in screen)
    person = Participant(page, at_each_page=inspect)
    person.enter(short_study.link)
    person.run_task()
    page.locator("button.primary").click()
    page.wait_for_selector(".fault")
    inspect("questionnaire with errors")
    person.questionnaire()
    departures = ("declined", "under_age", "took_part_before", "withdrawn")
    for path in ("withdraw", "information", *departures, "nothing-here"):
        page.goto(short_study.link + path)
        inspect(path)
    assert inspect.problems == []
    assert len(inspect.seen) == 19


def test_a_refused_questionnaire_keeps_what_was_entered(open_window, short_study):
    page = open_window().new_page()
    person = Participant(page)
    person.skip_to_questionnaire(short_study.link)
    page.get_by_label("How old are you").fill("12")
    page.locator("input[name=ai_use][value='4']").check()
    page.locator("#noticed").fill("Teeth & hair")
    person.button("Send and finish").click()
    assert "from 18 to 110" in page.locator("#age-fault").inner_text()
    assert page.get_by_label("How old are you").input_value() == "12"
    assert page.locator("input[name=ai_use][value='4']").is_checked()
    assert page.locator("#noticed").input_value() == "Teeth & hair"


def test_leaving_erases_the_answers_also_in_this_browser(open_window, short_study):
    page = open_window().new_page()
    person = Participant(page)
    person.skip_to_task(short_study.link)
    person.run_task(until=1)
    page.get_by_role("link", name="Leave the study").click()
    page.get_by_role("button", name="Leave and erase my answers").click()
    page.get_by_role("heading", name="Your answers are erased").wait_for()
    assert short_study.trials(person.session) == []
    page.wait_for_function("() => indexedDB.databases().then((found) => found.length === 0)")


def test_nothing_is_coloured_near_the_faces(open_window, short_study):
    """In dark mode too: the surround never changes."""
    page = open_window(**ZOOMED_DARK).new_page()
    person = Participant(page)
    person.skip_to_task(short_study.link)
    person.begin()
    page.wait_for_selector("#question")
    colours = page.evaluate("""() => [...document.querySelectorAll('body, body *')].flatMap((part) => {
      const style = getComputedStyle(part);
      return [style.color, style.backgroundColor, style.borderTopColor, style.outlineColor];
    })""")
    for colour in set(colours):
        red, green, blue = (float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
        assert red == green == blue, colour
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(128, 128, 128)"
