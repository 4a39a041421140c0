"""A participant at a real browser, with a keyboard, a mouse or a finger; remembers what was pressed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.sync_api import Error, Locator, Page
from sqlalchemy import Engine, select

from study.database import reading
from study.models import Event, Rating, Session, Trial
from tests.study.browser_like import DEVICE, TOKEN, answers

QUESTIONS = {
    "How trustworthy does this person look?": "trust",
    "Which picture was made by AI?": "detect",
    "How sure are you?": "confidence",
    "What gave it away?": "cues",
    "Anything else?": "comment",
}
CUES = ["skin", "eyes", "hair", "background", "none_named"]
# Counts what people do on every page of a session, by the device they do it with.
COUNT_MEANS = """
const count = (kind) => sessionStorage.setItem(kind, 1 + Number(sessionStorage[kind] ?? 0));
const listen = (name, act) => addEventListener(name, (event) => event.isTrusted && act(event), true);
listen('keydown', () => count('keyboard'));
const pointer = (event) => count(event.pointerType);
for (const name of ['pointerdown', 'pointermove', 'pointerup']) listen(name, pointer);
for (const name of ['wheel', 'dragstart']) listen(name, () => count(name));
"""
MEANS_USED = (
    "() => Object.keys(sessionStorage).filter((key) => /^[1-9][0-9]*$/.test(sessionStorage[key])).sort()"
)
# What the device check finds of a window.
WINDOW = """() => ({
  viewport_width_px: innerWidth,
  viewport_height_px: innerHeight,
  device_pixel_ratio: devicePixelRatio,
  screen_width_px: screen.width,
  screen_height_px: screen.height,
  touch: navigator.maxTouchPoints > 0,
  automated: navigator.webdriver,
})"""


@dataclass(frozen=True)
class Study:
    """A study behind a server, and its database."""

    address: str
    slug: str
    engine: Engine

    @property
    def link(self) -> str:
        return f"{self.address}/s/{self.slug}/"

    def trials(self, session: str) -> list[Trial]:
        return self._rows(Trial, session, Trial.position)

    def events(self, session: str) -> list[Event]:
        return self._rows(Event, session, Event.id)

    def step(self, session: str) -> str:
        with reading(self.engine) as db:
            return db.scalars(select(Session.step).where(Session.session == session)).one()

    def ratings(self, session: str) -> dict[int, list[Rating]]:
        """Ratings by position, in the order they were given."""
        found: dict[int, list[Rating]] = {}
        with reading(self.engine) as db:
            rows = db.execute(
                select(Trial.position, Rating)
                .join(Rating, Rating.trial_id == Trial.id)
                .join(Session, Session.id == Trial.session_id)
                .where(Session.session == session)
                .order_by(Trial.position, Rating.order)
            )
            for position, rating in rows:
                db.expunge(rating)
                found.setdefault(position, []).append(rating)
        return found

    def _rows(self, table, session: str, order) -> list:
        with reading(self.engine) as db:
            rows = db.scalars(
                select(table)
                .join(Session, Session.id == table.session_id)
                .where(Session.session == session)
                .order_by(order)
            ).all()
            db.expunge_all()
            return list(rows)


@dataclass
class Participant:
    """Walks through the pages. ``means`` is keyboard, mouse or touch, and nothing else is used."""

    page: Page
    means: str = "mouse"
    session: str = ""
    given: dict[int, list[tuple[str, str, str]]] = field(default_factory=dict)
    at_each_page: Callable[[str], None] = lambda _name: None

    def __post_init__(self) -> None:
        self.page.on("response", self._learn_session)
        self.page.add_init_script(COUNT_MEANS)

    def means_used(self) -> list[str]:
        return self.page.evaluate(MEANS_USED)

    def _learn_session(self, response) -> None:
        is_json = "application/json" in response.headers.get("content-type", "")
        if response.url.split("?")[0].endswith("/plan") and response.ok and is_json:
            # An answer that was cut off on its way has no body.
            with suppress(Error, ValueError):
                self.session = response.json()["session"]

    # ---- single acts ----

    def press(self, control: Locator, key: str | None = None) -> None:
        """Use a control by key, mouse or finger; without a shortcut the key is Enter on it."""
        if self.means == "keyboard":
            if key is None:
                self.reach(control)
                key = "Enter"
            self.page.keyboard.press(key)
        elif self.means == "touch":
            control.tap()
        else:
            control.click()

    def reach(self, control: Locator) -> None:
        """Go to a control with the Tab key, as somebody who has nothing else."""
        control.wait_for()
        focused = "control => control === document.activeElement"
        for _ in range(80):
            if control.evaluate(focused):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {control}")

    def write(self, field: Locator, words: str) -> None:
        """Type into a field; a phone's own keyboard sends words without keys."""
        if self.means == "keyboard":
            self.reach(field)
            self.page.keyboard.type(words)
        else:
            self.press(field)
            self.page.keyboard.insert_text(words)

    def tick(self, box: Locator) -> None:
        """Check a box or a radio button."""
        if self.means == "keyboard":
            self.reach(box)
            self.page.keyboard.press("Space")
        else:
            self.press(box)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    # ---- pages ----

    def enter(self, link: str) -> None:
        """Read, agree, check the device, read the instructions; ends at the first block's words."""
        self.page.goto(link)
        self.at_each_page("landing")
        self.agree()
        self.page.locator("#go:not([aria-disabled])").wait_for()
        self.at_each_page("device")
        self.press(self.button("Continue"))
        self.page.wait_for_selector("h1:has-text('How it works')")
        self.at_each_page("instructions")
        self.press(self.button("Continue"))
        self.page.locator("#words .primary").wait_for()

    def skip_to_task(self, link: str, *, answered: int = 0) -> None:
        """To the first block's words without the pages before, of which the device check takes seconds; so
        many trials are answered already.
        """
        self._skip_to_plan(link, answered)
        self.page.goto(urljoin(link, "session"))
        self.page.locator("#words .primary").wait_for()

    def skip_to_questionnaire(self, link: str) -> None:
        """To the questions after the task, with all trials answered."""
        self._skip_to_plan(link, None)
        self._send(link, "task-done", data={})
        self.page.goto(urljoin(link, "session"))
        self.page.get_by_role("heading", name="A few questions").wait_for()

    def skip_device(self, link: str) -> None:
        """Agreed and found fit, without a page that was looked at."""
        agreed = {"consent": "yes", "agree": "yes", "age": "34", **dict(parse_qsl(urlsplit(link).query))}
        self._send(link, "consent", shown=link, form=agreed)
        self._send(link, "device", data={**DEVICE, **self.page.evaluate(WINDOW)})

    def _skip_to_plan(self, link: str, answered: int | None) -> None:
        self.skip_device(link)
        self._send(link, "instructions", form={})
        plan = self.page.request.get(urljoin(link, "plan")).json()
        self.session = plan["session"]
        if answered != 0:
            self._send(link, "messages", data={"messages": list(answers(plan))[:answered]})

    def _send(self, link: str, path: str, *, shown: str = "session", **sent: object) -> None:
        """What a form or the script of the page ``shown`` sends."""
        token = TOKEN.search(self.page.request.get(urljoin(link, shown)).text())[1]
        answer = self.page.request.post(urljoin(link, path), headers={"X-CSRFToken": token}, **sent)
        assert answer.ok, f"{path}: {answer.status}"

    def agree(self) -> None:
        """Say one's age and agree, on the landing page."""
        self.write(self.page.get_by_label("How old are you"), "34")
        self.tick(self.page.get_by_role("checkbox"))
        self.press(self.button("I agree and take part"))

    def begin(self) -> None:
        """Leave a block's words for its first trial."""
        self.page.locator("#words .primary:not([aria-disabled])").wait_for()
        self.press(self.page.locator("#words .primary"))

    def run_task(self, until: int | None = None) -> None:
        """Answer what comes until the questionnaire, or until trial ``until`` is answered."""
        while True:
            ready = "#words .primary:not([aria-disabled])"
            self.page.wait_for_selector(f"{ready}, #question, h1:text('A few questions')")
            if self.page.locator("h1:text('A few questions')").count():
                return
            if self.page.locator(ready).count():
                self.at_each_page("intro")
                self.begin()
                continue
            position = self.position()
            self.answer(position)
            if position == until:
                return

    def position(self) -> int:
        return int(self.page.locator("#progress").inner_text().split()[1])

    def answer(self, position: int) -> None:
        """Answer the questions of one trial, different at each position."""
        while (question := self.page.locator("#question")).count():
            text = question.inner_text()
            name = QUESTIONS[text]
            self.at_each_page(name)
            getattr(self, f"_{name}")(position)
            self.page.wait_for_function(
                "text => document.querySelector('#question')?.textContent !== text", arg=text
            )

    def _note(self, position: int, question: str, target: str, value: str) -> None:
        self.given.setdefault(position, []).append((question, target, value))

    def _trust(self, position: int) -> None:
        self._settle()
        for target, value in (("left", position % 7 + 1), ("right", (position + 3) % 7 + 1)):
            group = self.page.locator(f"[data-target={target}]")
            self.press(group.locator(f"[data-value='{value}']"), key=str(value))
            self._note(position, "trust", target, str(value))

    def _detect(self, position: int) -> None:
        value = ("left", "right")[position % 2]
        keys = {"left": ("ArrowLeft", "f"), "right": ("ArrowRight", "j")}[value]
        self._settle()
        self.press(self.page.locator(f".sides [data-value={value}]"), key=keys[position % 2])
        self._note(position, "detect", "pair", value)

    def _confidence(self, position: int) -> None:
        value = position % 4 + 1
        self._settle()
        self.press(self.page.locator(f"#panel [data-value='{value}']"), key=str(value))
        self._note(position, "confidence", "pair", str(value))

    def _cues(self, position: int) -> None:
        chosen = CUES[:2] if position % 2 else CUES[4:]
        self._settle()
        for code in chosen:
            self.press(self.page.locator(f"label:has([value={code}])"), key=str(CUES.index(code) + 1))
        self.press(self.button("Continue"), key="Enter")
        self._note(position, "cues", "pair", ";".join(chosen))

    def _comment(self, position: int) -> None:
        self._settle()
        if position % 2:
            self.write(self.page.locator("#panel textarea"), "The ears.")
            self._note(position, "comment", "pair", "The ears.")
        self.press(self.button("Continue"))

    def _settle(self) -> None:
        # The page takes a second click within a quarter second for a double click.
        if self.means != "keyboard":
            self.page.wait_for_timeout(260)

    def questionnaire(self) -> None:
        self.at_each_page("questionnaire")
        self.write(self.page.get_by_label("How old are you"), "34")
        self.tick(self.page.locator("input[name=ai_use]").first)
        if self.means == "keyboard":
            self.page.keyboard.press("ArrowRight")
        else:
            self.press(self.page.locator("input[name=ai_use][value='2']"))
        assert self.page.locator("input[name=ai_use][value='2']").is_checked()
        self.press(self.button("Send and finish"))
        self.page.wait_for_selector("#completion-code")
        self.at_each_page("debrief")
