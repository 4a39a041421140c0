"""Single faces, labels, feedback, checks, deadlines and conditional questions in Chromium."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from study.database import reading, writing
from study.models import QuestionnaireAnswer, Session
from tests.browser.conftest import LAPTOP, NARROW, served
from tests.browser.test_pages import Inspector
from tests.browser.walking import Participant
from tests.everything import plan_everything, write_everything

# Everything that is drawn: what (a picture, or a sheet such as a label or a mask) and in which frame.
WATCH_DRAWING = """
window.drawn = [];
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (source, x, y, ...size) {
  const kind = source instanceof ImageBitmap ? 'picture' : y > 0 ? 'label' : 'mask';
  window.drawn.push([document.timeline.currentTime, kind]);
  return draw.call(this, source, x, y, ...size);
};
"""


def drawn_together(page):
    """For each frame in which faces were drawn: how many, and how many labels in the same frame."""
    frames = {}
    for frame, kind in page.evaluate("drawn"):
        frames.setdefault(frame, []).append(kind)
    return [(kinds.count("picture"), kinds.count("label")) for kinds in frames.values() if "picture" in kinds]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The study with everything, behind the production server."""
    data = tmp_path_factory.mktemp("data")
    folder = write_everything(tmp_path_factory.mktemp("everything"))
    with served(folder, data, f"sqlite:///{data / 'study.sqlite'}") as study:
        yield study


class Visitor(Participant):
    """Walks as any participant and answers what only this study asks."""

    def arrive(self, study, cell="silent"):
        """To the questions before; the session gets its cell and plan on the way."""
        self.page.goto(study.link)
        self.agree()
        self.page.locator("#go:not([aria-disabled])").wait_for()
        self.press(self.button("Continue"))
        self.page.get_by_role("heading", name="Before we begin").wait_for()
        with writing(study.engine) as db:
            plan_everything(db, newest(db), cell=cell)

    def arrive_at_once(self, study):
        """As ``arrive``, without the pages before."""
        self.skip_device(study.link)
        self.page.goto(f"{study.link}session")
        self.page.get_by_role("heading", name="Before we begin").wait_for()
        with writing(study.engine) as db:
            plan_everything(db, newest(db), cell="silent")

    def go_back_to(self, control):
        """Against the order of the page, with Shift and Tab."""
        for _ in range(20):
            if control.evaluate("control => control === document.activeElement"):
                return
            self.page.keyboard.press("Shift+Tab")
        raise AssertionError(f"Shift+Tab does not reach {control}")

    def skip_to_trials(self):
        self.press(self.page.get_by_label("No", exact=True))
        self.press(self.button("Continue"))
        self.page.get_by_role("heading", name="How it works").wait_for()
        self.press(self.button("Continue"))
        self.page.locator("#words .primary").wait_for()

    def asked(self, words):
        self.page.locator("#question", has_text=words).wait_for()
        self._settle()

    def step(self, value, target="face", key=None):
        group = self.page.locator(f"[data-target={target}]")
        self.press(group.locator(f"[data-value='{value}']"), key=key)


def newest(db):
    return db.scalars(select(Session.session).order_by(Session.id.desc())).first()


def stored_answers(study, session):
    with reading(study.engine) as db:
        rows = db.scalars(
            select(QuestionnaireAnswer)
            .join(Session, Session.id == QuestionnaireAnswer.session_id)
            .where(Session.session == session)
        )
        return {row.item: row.value for row in rows}


@pytest.mark.parametrize(
    ("means", "screen", "cell"),
    [
        pytest.param("keyboard", LAPTOP, "labelled", id="by keyboard, labelled"),
        pytest.param("touch", NARROW, "silent", id="by finger on a phone, silent"),
    ],
)
def test_a_session_with_everything(open_window, everything, means, screen, cell):
    page = open_window(**screen).new_page()
    problems, refused = [], []
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    page.on("response", lambda response: refused.append(response.request) if response.status == 422 else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.add_init_script(WATCH_DRAWING)
    inspect = Inspector(page, touch=means == "touch")
    person = Visitor(page, means)
    person.arrive(everything, cell)
    fill_in_beforehand(person, inspect)
    person.press(person.button("Continue"))
    page.get_by_role("heading", name="How it works").wait_for()
    person.press(person.button("Continue"))
    if cell == "labelled":
        page.get_by_role("heading", name="About the pictures").wait_for()
        inspect("told")
        person.begin()
    run_trials(person, inspect)
    together = drawn_together(page)
    # The second is the feedback of the first trial, which is labelled in every cell.
    assert together.pop(1) == (1, 1)
    n_faces = [1, 1, 1, 2, 2, 2, 2]
    assert together == [(n, n if cell == "labelled" else 0) for n in n_faces]
    fill_in_afterwards(person, inspect)
    assert inspect.problems == []
    assert person.means_used() == [means], "the session needs something else than one means"
    # The browser itself complains of the page that came back because the line had been left out.
    assert [problem for problem in problems if "422" not in problem] == []
    # The script that sends it learns of the refusal first; then the browser sends it, for the page that
    # says why.
    assert [request.resource_type for request in refused] == ["fetch", "document"]

    statuses = [trial.status for trial in everything.trials(person.session)]
    assert statuses == ["answered"] * 7
    stored = {
        position: [(rating.question, rating.target, rating.value) for rating in given]
        for position, given in everything.ratings(person.session).items()
    }
    two = [("trust", "left", "3"), ("trust", "right", "3"), ("which", "pair", "neither")]
    two += [("each_one", "left", "real"), ("each_one", "right", "ai")]
    assert stored[1] == [("detect", "face", "real")]
    assert stored[2] == stored[3] == [("lifelike", "face", "10"), ("detect", "face", "ai")]
    assert stored[4] == stored[5] == stored[6] == stored[7] == two
    kinds = [event.kind for event in everything.events(person.session)]
    assert ("told" in kinds) == (cell == "labelled")


def fill_in_beforehand(person, inspect):
    page = person.page
    tools, model = page.locator("#tools"), page.locator("[data-item=own_model]")
    # The heading is there before the script that asks only what is called for.
    tools.wait_for(state="hidden")
    person.tick(page.get_by_label("Yes", exact=True))
    tools.wait_for()
    assert not model.is_visible()
    person.tick(page.get_by_label("On my own computer"))
    model.wait_for()
    inspect("questions before")
    if person.means == "keyboard":
        person.go_back_to(page.get_by_label("Yes", exact=True))
        page.keyboard.press("ArrowDown")
    else:
        person.press(page.get_by_label("No", exact=True))
    tools.wait_for(state="hidden")
    assert not model.is_visible()


def run_trials(person, inspect):
    page = person.page
    person.begin()
    person.asked("Is this a real person or AI?")
    assert page.locator("#progress").inner_text() == "Picture 1 of 7"
    inspect("origin of one face")
    person.step("real", key="f")
    page.get_by_role("heading", name="Not correct").wait_for()
    assert page.get_by_text("This face was made by AI.").is_visible()
    assert page.locator("#faces").get_attribute("aria-label") == "Face, labelled “AI-generated”"
    inspect("feedback")
    person._settle()
    person.press(person.button("Continue"), key="Enter")
    person.begin()
    for _ in range(2):
        person.asked("How lifelike is this face?")
        inspect("scale of eleven steps")
        choose_the_last_step(person)
        person.asked("Is this a real person or AI?")
        person.step("ai", key="2")
    person.begin()
    for position in range(4, 8):
        person.asked("Attention check" if position == 6 else "How trustworthy")
        inspect("attention check" if position == 6 else "scale of two faces")
        for target in ("left", "right"):
            person.step(3, target, key="3")
        person.asked("Which of them")
        inspect("both or neither")
        person.press(person.button("Neither"), key="ArrowDown")
        person.asked("Real or AI?")
        inspect("origin of two faces")
        for target, value in (("left", "real"), ("right", "ai")):
            person.step(value, target, key={"real": "1", "ai": "j"}[value])


def choose_the_last_step(person):
    """Ten has no key of its own: Tab, an arrow and Enter reach it."""
    if person.means != "keyboard":
        return person.step(10)
    for key in ("Tab", "ArrowLeft", "Enter"):
        person.page.keyboard.press(key)
    return None


def fill_in_afterwards(person, inspect):
    page = person.page
    line, why = page.get_by_role("slider"), page.locator("[data-item=why_tired]")
    line.wait_for()
    inspect("a line without an answer")
    assert line.get_attribute("aria-valuetext") == "Not yet answered"
    person.press(
        person.button("Send and finish" if page.get_by_text("Send and finish").count() else "Continue")
    )
    page.get_by_text("Please answer this question.").wait_for()
    inspect("a line that was left out")
    assert not why.is_visible()
    if person.means == "keyboard":
        person.reach(line)
        for key in ("PageUp", "PageUp", "ArrowLeft"):
            page.keyboard.press(key)
    else:
        box = line.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    why.wait_for()
    marked = int(page.locator("[name=tired]").input_value())
    assert marked == 69 if person.means == "keyboard" else 66 <= marked <= 74
    assert line.get_attribute("aria-valuetext").startswith(f"{marked}, between “Wide awake”")
    inspect("a line with an answer")
    person.press(page.locator("button.primary"))
    page.locator("#completion-code").wait_for()


def test_a_line_is_marked_by_one_press_even_in_its_middle_and_by_nothing_else(open_window, everything):
    page = open_window().new_page()
    person = Visitor(page)
    person.arrive_at_once(everything)
    person.skip_to_trials()
    with writing(everything.engine) as db:
        row = db.scalars(select(Session).where(Session.session == newest(db))).one()
        row.step = "after"
    page.goto(everything.link)
    line, sent = page.get_by_role("slider"), page.locator("[name=tired]")
    line.focus()
    assert sent.input_value() == ""
    box = line.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert sent.input_value() == "50"
    page.mouse.click(box["x"] + 1, box["y"] + box["height"] / 2)
    assert sent.input_value() == "0"
    page.reload()
    assert sent.input_value() == "0", "what was marked is kept in this tab"
    page.evaluate("sessionStorage.clear()")
    page.reload()
    line.focus()
    assert sent.input_value() == ""
    page.keyboard.press("Enter")
    assert sent.input_value() == "50"
    page.reload()
    assert sent.input_value() == "50", "a mark by Enter is kept as any other"
    assert page.url.endswith("/session")


def shorten_deadline(context, ms):
    def shorten(route):
        plan = route.fetch().json()
        plan["blocks"]["one"]["answer_deadline_ms"] = ms
        route.fulfill(json=plan)

    context.route("**/plan?*", shorten)


def test_when_the_time_is_over_what_was_answered_is_kept_and_the_faces_have_not_moved(
    open_window, everything
):
    context = open_window()
    shorten_deadline(context, 3000)
    page = context.new_page()
    person = Visitor(page)
    person.arrive_at_once(everything)
    person.skip_to_trials()
    person.begin()
    person.asked("Is this a real person or AI?")
    person.step("ai")
    page.get_by_role("heading", name="Correct", exact=True).wait_for()
    person._settle()
    person.button("Continue").click()
    person.begin()
    person.asked("How lifelike")
    before = page.locator("#faces").bounding_box()
    person.step(4)
    page.get_by_text("1 second left").first.wait_for()
    assert page.locator("#faces").bounding_box() == before
    page.get_by_role("heading", name="The time to answer was over").wait_for()
    person.begin()
    person.asked("How lifelike")
    page.get_by_role("heading", name="The time to answer was over").wait_for()
    page.wait_for_function("() => document.querySelector('#status').textContent === 'Saved'")
    trials = everything.trials(person.session)
    assert [trial.status for trial in trials[1:3]] == ["timed_out", "timed_out"]
    assert trials[2].callback_ms == pytest.approx(3000, abs=400)
    ratings = everything.ratings(person.session)
    assert [(rating.question, rating.value) for rating in ratings[2]] == [("lifelike", "4")]
    assert 3 not in ratings


def test_without_a_connection_feedback_says_that_the_answer_is_kept_and_goes_on(open_window, everything):
    context = open_window()
    page = context.new_page()
    page.add_init_script(
        "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, Math.min(ms, 900))"
    )
    person = Visitor(page)
    person.arrive_at_once(everything)
    person.skip_to_trials()
    person.begin()
    person.asked("Is this a real person or AI?")
    context.set_offline(True)
    person.step("ai")
    page.get_by_role("heading", name="Your answer is kept").wait_for()
    person._settle()
    person.button("Continue").click()
    person.page.locator("#words .primary").wait_for()
    context.set_offline(False)
    page.wait_for_function("() => document.querySelector('#status').textContent === 'Saved'")
    assert everything.trials(person.session)[0].status == "answered"
