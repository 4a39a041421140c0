"""A participant without a browser: Flask's client, walking the pages as forms and scripts would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

#: The token in a page's head.
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')

DEVICE = {
    "frame_interval_ms": 16.7,
    "viewport_width_px": 1280,
    "viewport_height_px": 800,
    "device_pixel_ratio": 1,
    "screen_width_px": 1280,
    "screen_height_px": 800,
    "touch": False,
    "decode_ms": 5,
    "evidence": "element_timing",
    "automated": False,
}


ANSWERS = {"scale": "3", "side": "left", "origin": "ai", "choices": "skin;eyes", "text": "words"}


class Walker:
    """Keeps every response it was given, in ``seen``."""

    def __init__(self, client: FlaskClient, slug: str) -> None:
        self.client = client
        self.base = f"/s/{slug}/"
        self.seen: list[TestResponse] = []
        self.token = ""

    def get(self, path: str = "", **kwargs: Any) -> TestResponse:
        return self._keep(self.client.get(self.base + path, **kwargs))

    def post(self, path: str, **form: str | list[str]) -> TestResponse:
        return self._keep(self.client.post(self.base + path, data={"csrf_token": self.token, **form}))

    def send(self, path: str, body: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.token}
        return self._keep(self.client.post(self.base + path, json=body, headers=headers))

    def picture(self, url: str) -> TestResponse:
        return self._keep(self.client.get(url))

    def _keep(self, response: TestResponse) -> TestResponse:
        self.seen.append(response)
        found = TOKEN.search(response.text) if response.mimetype == "text/html" else None
        if found:
            self.token = found[1]
        return response

    def consent(self, **form: str) -> TestResponse:
        self.get()
        return self.post("consent", **{"consent": "yes", "agree": "yes", "age": "35", **form})

    def start(self) -> dict[str, Any]:
        """From consent to the plan."""
        self.consent()
        return self.start_from_device()

    def start_from_device(self) -> dict[str, Any]:
        """From the device check to the plan."""
        self.get("session")
        self.send("device", DEVICE)
        self.get("session")
        self.post("instructions")
        self.get("session")
        return self.get("plan").json

    def answer(self, plan: dict[str, Any]) -> TestResponse:
        return self.send("messages", {"messages": list(answers(plan))})

    def finish(self) -> None:
        self.send("task-done", {})
        self.get("session")
        self.post("questionnaire", page="about_you", age="44", gender="woman", ai_use="3", noticed="")
        self.get("session")


def answers(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number, trial in enumerate(plan["trials"], start=plan["first_number"]):
        questions = plan["blocks"][trial["block"]]["questions"]
        yield {
            "number": number,
            "kind": "trial",
            "position": trial["position"],
            "status": "answered",
            "presentation": {"evidence": "element_timing", "planned_frames": 30, "shown_frames": 30},
            "ratings": [rating for question in questions for rating in _ratings(question)],
        }


def _ratings(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    value = ANSWERS[question["kind"]]
    for target in question["targets"]:
        yield {"question": question["id"], "target": target, "value": value, "rt_ms": 900, "input": "mouse"}
