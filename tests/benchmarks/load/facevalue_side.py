"""facevalue itself: the ten-trial study behind its own server, one answer in each request."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from study import flow
from study.database import migrate, open_engine, reading, writing
from study.models import Rating, Trial
from study.protocol import read_study
from study.running import now
from study.serving import server_process
from study.settings import Settings
from tests.benchmarks.load.answer import N_TRIALS, SHOWN, rating
from tests.benchmarks.load.http import Connection
from tests.benchmarks.load.side import Pause, Served, Side, Stored, expect, no_pause
from tests.conftest import ROOT, write_stimulus_set
from tests.study.browser_like import DEVICE

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@contextmanager
def serve(database: str, folder: Path, _n: int, *, workers: int = 1) -> Iterator[Served]:
    settings = Settings(data=folder / "data", database=database, secret_key="for benchmarks only")
    publish(settings, folder / "study")
    engine = open_engine(database)
    with server_process(settings, workers=workers) as (process, address):
        yield Served(
            pid=process.pid,
            robot=FacevalueRobot,
            connect=lambda: Connection(address),
            stored=lambda: count(engine),
        )
    engine.dispose()


def publish(settings: Settings, folder: Path) -> None:
    """Publish the ten-trial study and open it to people."""
    settings.data.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai" / "texts", folder / "texts")
    shutil.copy(Path(__file__).with_name("study.toml"), folder)
    write_stimulus_set(folder / "stimuli", n_pairs=N_TRIALS)
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        study = flow.publish(db, read_study(folder / "study.toml"), pictures=settings.pictures, now=now())
        flow.open_unchecked(db, study, opened_as="test", now=now())
    engine.dispose()


def count(engine: Engine) -> Stored:
    """Trials with an answer; ratings that stand twice for one question of a trial."""
    twice = (
        select(func.count())
        .select_from(Rating)
        .group_by(Rating.trial_id, Rating.question, Rating.target)
        .having(func.count() > 1)
    )
    with reading(engine) as db:
        answered = select(func.count()).select_from(Trial).where(Trial.status == "answered")
        rated = select(func.count(func.distinct(Rating.trial_id)))
        complete = min(db.scalar(answered) or 0, db.scalar(rated) or 0)
        return Stored(complete, len(db.scalars(twice).all()))


@cache
def message(number: int, at: int, asked: tuple[tuple[str, str], ...], position: int) -> bytes:
    """The request that brings an answer; every robot sends the same, so it is written once."""
    answer = {
        "number": number,
        "kind": "trial",
        "position": at,
        "status": "answered",
        "presentation": SHOWN,
        "ratings": [rating(question, target, position) for question, target in asked],
    }
    return json.dumps({"messages": [answer]}).encode()


class FacevalueRobot:
    """Walks the pages as a browser does, and sends each answer in a request of its own."""

    def __init__(self, http: Connection) -> None:
        self._http = http
        self._token = ""
        self._plan: dict[str, Any] = {}

    async def enter(self, pause: Pause = no_pause) -> None:
        await pause()
        await self._page("")
        await pause()
        await self._form("consent", {"consent": "yes", "agree": "yes", "age": "35"})
        await pause()
        await self._json("device", DEVICE)
        await self._page("session")
        await pause()
        await self._form("instructions", {})
        await self._json("resume", {"unsent": []})
        reply = await self._http.get("/s/load/plan")
        expect(reply.status == 200, f"plan: expected status 200, found {reply.status}")
        self._plan = reply.json

    async def answer(self, position: int) -> bool:
        trial = self._plan["trials"][position - 1]
        number = self._plan["first_number"] + position - 1
        questions = self._plan["blocks"][trial["block"]]["questions"]
        asked = tuple((question["id"], target) for question in questions for target in question["targets"])
        said = await self._send("messages", message(number, trial["position"], asked, position))
        expect(not said["refused"], f"messages: expected no refusal, found {said['refused']}")
        return number in said["acknowledged"]

    async def leave(self) -> None:
        done = await self._json("task-done", {})
        expect(done["complete"], f"task-done: expected nothing missing, found {done}")
        await self._page("session")

    async def _page(self, path: str) -> None:
        self._read(await self._http.get(f"/s/load/{path}"), path)

    async def _form(self, path: str, fields: dict[str, str]) -> None:
        self._read(await self._http.form(f"/s/load/{path}", {"csrf_token": self._token, **fields}), path)

    def _read(self, reply: Any, path: str) -> None:
        expect(reply.status == 200, f"{path or 'landing'}: expected status 200, found {reply.status}")
        found = _TOKEN.search(reply.text)
        self._token = found[1] if found else self._token

    async def _json(self, path: str, body: Any) -> Any:
        return await self._send(path, json.dumps(body).encode())

    async def _send(self, path: str, body: bytes) -> Any:
        reply = await self._http.send(f"/s/load/{path}", body, headers=f"X-CSRFToken: {self._token}\r\n")
        expect(reply.status == 200, f"{path}: expected status 200, found {reply.status}")
        return reply.json


FACEVALUE = Side("facevalue", serve)
FACEVALUE_TWICE = Side("facevalue x 2", partial(serve, workers=2))
