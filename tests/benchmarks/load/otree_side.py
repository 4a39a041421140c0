"""oTree with the same ten trials: a page for each, with the same fields, in an environment of its own.

The environment is made once in a cache folder outside the project; oTree's pinned dependencies would not
go together with ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from sqlalchemy import Engine, create_engine, text

from study.serving import child_server, free_port
from tests.benchmarks.load.answer import N_TRIALS, SHOWN, rating
from tests.benchmarks.load.http import Connection, Reply
from tests.benchmarks.load.side import Pause, Served, Side, Stored, expect, no_pause

APP = "ten_trials"
REST_KEY = "for benchmarks only"
SETTINGS = f"""
SESSION_CONFIGS = [dict(name="load", app_sequence=["{APP}"], num_demo_participants=1)]
SESSION_CONFIG_DEFAULTS = dict(real_world_currency_per_point=1.0, participation_fee=0.0, doc="")
PARTICIPANT_FIELDS = []
SESSION_FIELDS = []
LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "EUR"
USE_POINTS = False
ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = "for benchmarks only"
SECRET_KEY = "for benchmarks only"
"""

TEMPLATE = """{{ block title }}Trial {{ player.round_number }}{{ endblock }}
{{ block content }}
<p>How trustworthy does this person look?</p>
FIELDS
<button>Next</button>
{{ endblock }}
"""


def fields() -> dict[str, Any]:
    """What one page stores: the two answers with their times and how the faces were shown."""
    answers = {
        f"{target}_{name}": value
        for target in ("left", "right")
        for name, value in rating("trust", target, 1).items()
        if name in ("value", "rt_ms", "release_ms", "input")
    }
    return {**answers, **SHOWN}


def write_project(folder: Path) -> None:
    """A project with one app of ten rounds of one page."""
    app = folder / APP
    app.mkdir(parents=True)
    for empty in ("_static", "_templates"):
        (folder / empty).mkdir()
    kinds = {bool: "BooleanField", int: "IntegerField", float: "FloatField", str: "StringField"}
    columns = [f"    {name} = models.{kinds[type(value)]}(blank=True)" for name, value in fields().items()]
    (folder / "settings.py").write_text(SETTINGS, encoding="utf-8")
    (app / "__init__.py").write_text(
        "\n".join(
            [
                "from otree.api import *",
                "class C(BaseConstants):",
                f'    NAME_IN_URL = "{APP}"',
                "    PLAYERS_PER_GROUP = None",
                f"    NUM_ROUNDS = {N_TRIALS}",
                "class Subsession(BaseSubsession): pass",
                "class Group(BaseGroup): pass",
                "class Player(BasePlayer):",
                *columns,
                "class Trial(Page):",
                '    form_model = "player"',
                f"    form_fields = {list(fields())!r}",
                "page_sequence = [Trial]",
            ]
        ),
        encoding="utf-8",
    )
    inputs = "\n".join(f'<input type="hidden" name="{name}">' for name in fields())
    (app / "Trial.html").write_text(TEMPLATE.replace("FIELDS", inputs), encoding="utf-8")


def environment_folder() -> Path:
    """The environment with oTree, made when it is not there."""
    folder = user_cache_path("facevalue-benchmarks") / "otree"
    if not (folder / "bin" / "otree").exists():
        print(f"installing oTree into {folder} …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        command = [folder / "bin" / "pip", "install", "-qq", "otree", "psycopg2-binary"]
        subprocess.run(command, check=True)
    return folder


@contextmanager
def serve(database: str, folder: Path, n: int) -> Iterator[Served]:
    otree = environment_folder() / "bin"
    project = folder / "project"
    write_project(project)
    port = free_port(0)
    address = f"http://127.0.0.1:{port}"
    plain = database.replace("postgresql+psycopg://", "postgresql://")
    if database.startswith("sqlite"):
        plain = f"sqlite:///{project / 'db.sqlite3'}"
    environment = {
        **os.environ,
        "PATH": f"{otree}{os.pathsep}{os.environ['PATH']}",
        "OTREE_PRODUCTION": "1",
        "OTREE_REST_KEY": REST_KEY,
    }
    if not database.startswith("sqlite"):
        environment["DATABASE_URL"] = plain
    run = {"cwd": project, "env": environment, "check": True, "capture_output": True}
    subprocess.run([otree / "otree", "resetdb", "--noinput"], **run)  # type: ignore[call-overload]
    command = [str(otree / "otree"), "prodserver1of2", f"127.0.0.1:{port}"]
    engine = create_engine(plain.replace("postgresql://", "postgresql+psycopg://"))
    with child_server(
        command, address, environment=environment, folder=project, path="/api/otree_version"
    ) as process:
        codes = iter(_participants(address, n))
        yield Served(
            pid=process.pid,
            robot=lambda http: OtreeRobot(http, next(codes)),
            connect=lambda: Connection(address),
            stored=lambda: count(engine),
        )
    engine.dispose()


def _participants(address: str, n: int) -> list[str]:
    """The codes of the people of a new session."""
    body = {"session_config_name": "load", "num_participants": n}
    created = _rest(f"{address}/api/sessions", body)
    people = _rest(f"{address}/api/get_session/{created['code']}", {})["participants"]
    return [person["code"] for person in people]


def _rest(url: str, body: Any) -> Any:
    request = urllib.request.Request(  # noqa: S310 - our own server
        url, json.dumps(body).encode(), {"otree-rest-key": REST_KEY, "Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=600) as reply:  # noqa: S310
        return json.loads(reply.read())


def count(engine: Engine) -> Stored:
    """Rounds with an answer; a row for each round of a person is there from the beginning."""
    with engine.connect() as connection:
        answered = f"SELECT count(*) FROM {APP}_player WHERE left_value IS NOT NULL"  # noqa: S608
        return Stored(int(connection.scalar(text(answered)) or 0), 0)


class OtreeRobot:
    """Sends the form of each page and is led to the next one."""

    def __init__(self, http: Connection, code: str) -> None:
        self._http = http
        self._code = code

    async def enter(self, pause: Pause = no_pause) -> None:
        await pause()
        self._look(await self._http.get(f"/InitializeParticipant/{self._code}"), 1)

    async def answer(self, position: int) -> bool:
        given = {name: str(value) for name, value in fields().items()}
        reply = await self._http.form(f"/p/{self._code}/{APP}/Trial/{position}", given)
        if position < N_TRIALS:
            self._look(reply, position + 1)
        return reply.status == 200

    async def leave(self) -> None:
        """The last page says that it is over."""

    def _look(self, reply: Reply, position: int) -> None:
        expect(reply.status == 200, f"trial {position}: expected status 200, found {reply.status}")
        expect(f"Trial {position}<" in reply.text, f"trial {position}: expected its page, found another")


OTREE = Side("oTree", serve)
