"""One robot's way through the real pages, as a browser would go it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import numpy as np
import requests
from PIL import Image

from stimuli.manifest import Stimulus
from study.conditions import is_met
from study.robots.connection import PATIENCE_SECONDS, TIMEOUT_SECONDS, Connection, WalkError
from study.robots.mind import FRAME_MS, Mind, Seen, Shown
from study.robots.page import Form, FormField, Page, read_page

BATCH = 10
VIEWPORT_PX = (1280, 800)
PICTURE_WIDTH_PX = 320


class VanishedError(WalkError):
    """A robot that left without a word, as it was meant to."""


class Walk:
    """One session. ``stimuli`` finds a picture's stimulus by the sha256 of its bytes.

    A robot knows nothing of a picture but its bytes: neither its name nor the page says where it is from.
    With ``leaves_after`` it vanishes when it has sent this share of its trials, below 1. What it answered it
    keeps until the server has acknowledged it, ``batch`` messages at a time; when the server was away
    meanwhile, it opens the study again and sees that it goes on at the same trial with the same pictures.
    ``acknowledged`` is called with every message that the server holds.
    """

    def __init__(
        self,
        url: str,
        mind: Mind,
        stimuli: Mapping[str, Stimulus],
        *,
        leaves_after: float | None = None,
        batch: int = BATCH,
        patience_seconds: float = PATIENCE_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
        acknowledged: Callable[[Mapping[str, Any]], None] = lambda _message: None,
    ) -> None:
        self._leaves_after = leaves_after
        self._batch = batch
        self._acknowledged = acknowledged
        self._mind = mind
        self._forms = mind.random(0)
        self._stimuli = stimuli
        self._landing = url
        self._base = url.partition("?")[0].rstrip("/") + "/"
        self._http = Connection(patience_seconds=patience_seconds, timeout_seconds=timeout_seconds)
        #: The session's random identifier, once the plan was read.
        self.session = ""
        #: How often it came back to the same trial and pictures after the server had been away.
        self.n_resumed = 0
        self._token = ""
        self._page = Page()

    def enrol(self) -> None:
        """From the landing page through consent to a place in the study."""
        self._open(self._landing)
        form = self._form("/consent")
        # An age asked with the consent decides who may take part and is not stored: old enough everywhere.
        numbers = {name: str(_limits(one)[1]) for name, one in _asked(form) if _is_number(one)}
        self._submit(form, {"agree": "yes", "consent": "yes", **numbers})
        self._send("device", _DEVICE)
        self._open(self._base + "session")

    @property
    def enrolled(self) -> bool:
        """Whether a place was taken: the next page is a questionnaire or the instructions."""
        forms = (self._page.form_to("/instructions"), self._page.form_to("/questionnaire"))
        return any(form is not None for form in forms)

    def answer_everything(self) -> int:
        """Questionnaires, instructions, trials; returns the number of trials that were run."""
        self._questionnaires()
        self._submit(self._form("/instructions"), {})
        plan = self._json("GET", "plan")
        self.session = plan["session"]
        pictures = self._download(plan)
        messages = list(self._messages(plan, pictures))
        staying = len(messages) if self._leaves_after is None else int(self._leaves_after * len(messages))
        for start in range(0, staying, self._batch):
            batch = messages[start : min(start + self._batch, staying)]
            failures = self._http.failures
            self._deliver(batch)
            if self._http.failures > failures:
                self._come_back(plan, messages[start + len(batch) :])
            self._hear_truth(batch, plan, pictures)
        if self._leaves_after is not None:
            raise VanishedError(f"left after {staying} of {len(messages)} trials, as asked")
        done = self._send("task-done", {})
        if not done["complete"]:
            raise WalkError(f"task-done: expected all trials to be there, missing {done['missing']}")
        self._open(urljoin(self._base, done["next"]))
        self._questionnaires()
        return len(plan["trials"])

    @property
    def completion_code(self) -> str:
        """The code on the page the robot is at; empty without one."""
        return self._page.completion_code

    @property
    def heading(self) -> str:
        return self._page.heading.strip()

    def close(self) -> None:
        self._http.close()

    def _download(self, plan: Mapping[str, Any]) -> dict[str, Stimulus]:
        """Every picture of the plan, checked as the browser does, and what it is."""
        shown = [trial[side] for trial in plan["trials"] for side in _SIDES if trial[side]]
        named = {picture["url"]: picture["sha256"] for picture in shown}
        return {url: self._picture(urljoin(self._base, url), expected) for url, expected in named.items()}

    def _picture(self, url: str, expected: str) -> Stimulus:
        content = self._http.bytes(url, lambda found: hashlib.sha256(found).hexdigest() == expected)
        found = hashlib.sha256(content).hexdigest()
        if found != expected:
            raise WalkError(f"{url}: expected a picture with sha256 {expected[:12]}…, found {found[:12]}…")
        try:
            with Image.open(io.BytesIO(content)) as image:
                image.load()
        except OSError as error:
            raise WalkError(f"{url}: expected a picture that decodes, found {error}") from None
        stimulus = self._stimuli.get(found)
        if stimulus is None:
            raise WalkError(
                f"{url}: expected a picture of the stimulus set, found another (sha256 {found[:12]}…); "
                "give the folder of the set this study was published from"
            )
        return stimulus

    def _messages(
        self, plan: Mapping[str, Any], pictures: Mapping[str, Stimulus]
    ) -> Iterator[dict[str, Any]]:
        picture = plan["picture"]
        height = PICTURE_WIDTH_PX * picture["height_px"] / picture["width_px"]
        clock = 5_000.0
        number = plan["first_number"]
        if "told_html" in plan:
            yield {"number": number, "kind": "event", "event": "told", "at_ms": clock}
            number += 1
        for number, trial in enumerate(plan["trials"], start=number):  # noqa: B020 - counted on
            block = plan["blocks"][trial["block"]]
            seen = _seen(trial, pictures)
            rng = self._mind.random(trial["position"])
            shown = self._mind.show(seen, rng)
            ready = shown.shown_ms + block["mask_ms"]
            ratings = self._mind.answer(
                seen,
                block["questions"],
                ready_ms=ready,
                rng=rng,
                check=trial.get("asked"),
                until_ms=_end_of_answers(trial, block, ready),
            )
            clock += block["fixation_ms"]
            yield {
                "number": number,
                "kind": "trial",
                "position": trial["position"],
                "status": "answered" if len(ratings) == _n_answers(block) else "timed_out",
                "presentation": _presentation(
                    shown, clock, picture_height_px=height, file_width_px=picture["file_width_px"]
                ),
                "ratings": ratings,
            }
            clock += max((rating["release_ms"] for rating in ratings), default=ready) + block["gap_ms"]

    def _hear_truth(
        self, messages: list[dict[str, Any]], plan: Mapping[str, Any], pictures: Mapping[str, Stimulus]
    ) -> None:
        """In blocks with feedback, ask for it as the browser does, and see that it is true."""
        trials = {trial["position"]: trial for trial in plan["trials"]}
        for position in (message["position"] for message in messages if message["kind"] == "trial"):
            trial = trials[position]
            if not plan["blocks"][trial["block"]]["feedback"]:
                continue
            seen = _seen(trial, pictures)
            targets = ("left", "right") if seen.right else ("face",)
            known = {t: "real" if seen.face(t).origin == "real" else "ai" for t in targets}
            told = self._json("GET", f"feedback/{position}")
            if told != known:
                raise WalkError(f"feedback/{position}: expected {known}, as the pictures are, found {told}")

    def _deliver(self, messages: list[dict[str, Any]]) -> None:
        unsent = {message["number"]: message for message in messages}
        while unsent:
            outcome = self._send("messages", {"messages": list(unsent.values())})
            if outcome["refused"]:
                first = outcome["refused"][0]
                raise WalkError(f"messages: number {first['number']} was refused: {first['reason']}")
            done = [unsent.pop(number) for number in outcome["acknowledged"] if number in unsent]
            if not done:
                raise WalkError(f"messages: expected some of {sorted(unsent)} to be acknowledged, found none")
            for message in done:
                self._acknowledged(message)

    def _come_back(self, plan: Mapping[str, Any], left: list[dict[str, Any]]) -> None:
        """Open the study again, as after an outage; all that is left must be as it was planned."""
        self._open(self._base + "session")
        self._send("resume", {"unsent": []})
        found = self._json("GET", "plan")["trials"]
        positions = {message["position"] for message in left if message["kind"] == "trial"}
        expected = [trial for trial in plan["trials"] if trial["position"] in positions]
        if found != expected:
            raise WalkError(
                f"plan: expected the trials {[trial['position'] for trial in expected]} with the pictures "
                f"planned before the server was away, found {[trial['position'] for trial in found]}"
            )
        self.n_resumed += 1

    def _questionnaires(self) -> None:
        """Every page of questions that follows, each answered as its conditions ask."""
        while form := self._page.form_to("/questionnaire"):
            answers = _filled(form, self._forms)
            if self._submit(form, answers, accept=422).status_code == 422:
                raise WalkError(f"questionnaire: expected the answers {answers} to do, found complaints")

    def _form(self, ending: str) -> Form:
        form = self._page.form_to(ending)
        if form is None:
            page = self.heading or "without a heading"
            raise WalkError(f"expected a page with a form to {ending}, found the page {page!r}")
        return form

    def _submit(
        self, form: Form, answers: Mapping[str, str | list[str]], *, accept: int = 200
    ) -> requests.Response:
        address = urljoin(self._base, form.action)
        response = self._http.page("POST", address, accept=accept, data={**form.hidden(), **answers})
        self._read(response)
        return response

    def _open(self, url: str) -> None:
        self._read(self._http.page("GET", url))

    def _read(self, response: requests.Response) -> None:
        self._page = read_page(response.text)
        self._token = self._page.token or self._token

    def _send(self, path: str, body: Any) -> Any:
        return self._json("POST", path, json=body, headers={"X-CSRFToken": self._token})

    def _json(self, method: str, path: str, **options: Any) -> Any:
        return self._http.json(method, self._base + path, **options)


_SIDES = ("left", "right")
_DEVICE = {
    "frame_interval_ms": FRAME_MS,
    "viewport_width_px": VIEWPORT_PX[0],
    "viewport_height_px": VIEWPORT_PX[1],
    "device_pixel_ratio": 1,
    "screen_width_px": VIEWPORT_PX[0],
    "screen_height_px": VIEWPORT_PX[1],
    "touch": False,
    "decode_ms": None,
    "evidence": "simulated",
    "automated": True,
}


def _presentation(
    shown: Shown, onset_ms: float, *, picture_height_px: float, file_width_px: int
) -> dict[str, Any]:
    return {
        "evidence": "simulated",
        "planned_frames": shown.planned_frames,
        "shown_frames": shown.shown_frames,
        "onset_ms": round(onset_ms, 1),
        "offset_ms": round(onset_ms + shown.shown_ms, 1),
        "shown_ms": round(shown.shown_ms, 3),
        "callback_ms": round(shown.shown_ms, 3),
        "frame_interval_ms": round(FRAME_MS, 3),
        "longest_gap_ms": round(FRAME_MS * (2 if shown.late else 1), 3),
        "late_frames": int(shown.late),
        "hidden": False,
        "blurred": False,
        "resized": False,
        "viewport_width_px": VIEWPORT_PX[0],
        "viewport_height_px": VIEWPORT_PX[1],
        "device_pixel_ratio": 1,
        "picture_width_px": PICTURE_WIDTH_PX,
        "picture_height_px": round(picture_height_px, 1),
        "picture_file_width_px": file_width_px,
    }


def _seen(trial: Mapping[str, Any], pictures: Mapping[str, Stimulus]) -> Seen:
    right = pictures[trial["right"]["url"]] if trial["right"] else None
    return Seen(pictures[trial["left"]["url"]], right, trial["exposure_ms"])


def _end_of_answers(trial: Mapping[str, Any], block: Mapping[str, Any], ready_ms: float) -> float | None:
    """When the time to answer is over, from the onset; None without a deadline."""
    deadline = block["answer_deadline_ms"]
    if deadline is None:
        return None
    return float(deadline) if trial["exposure_ms"] is None else float(ready_ms + deadline)


def _n_answers(block: Mapping[str, Any]) -> int:
    return sum(len(question["targets"]) for question in block["questions"])


def _asked(form: Form) -> Iterator[tuple[str, FormField]]:
    yield from ((name, one) for name, one in form.fields.items() if one.kind not in ("hidden", "submit"))


def _filled(form: Form, rng: np.random.Generator) -> dict[str, str | list[str]]:
    """An answer to each field that is to be answered, given those before it."""
    answers: dict[str, str | list[str]] = {}
    known: dict[str, str] = {}
    for name, one in _asked(form):
        if is_met(one.condition, known):
            answer = _answer(one, rng)
            answers[name] = answer
            known[name] = answer if isinstance(answer, str) else ";".join(answer)
    return answers


def _answer(one: FormField, rng: np.random.Generator) -> str | list[str]:
    if one.kind == "checkbox":
        chosen = [code for code in one.offers if rng.random() < 0.4]
        return chosen or [str(rng.choice(one.offers))]
    if one.offers:
        return str(one.offers[rng.integers(len(one.offers))])
    if _is_number(one):
        return _number(one, rng)
    return "simulated" if one.required else ""


def _is_number(one: FormField) -> bool:
    return one.kind == "number"


def _number(one: FormField, rng: np.random.Generator) -> str:
    low, high = _limits(one)
    return str(rng.integers(low, high + 1))


def _limits(one: FormField) -> tuple[int, int]:
    """Lowest and highest number of a field; without an upper limit, sixty above the lower."""
    low = min(0, one.maximum or 0) if one.minimum is None else one.minimum
    return low, low + 60 if one.maximum is None else one.maximum
