"""The bare reference: what remains when everything is left out but saving."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select

from study.serving import child_server, free_port
from tests.benchmarks.load.answer import value_of
from tests.benchmarks.load.bare_app import answers, open_engine
from tests.benchmarks.load.http import Connection
from tests.benchmarks.load.side import Pause, Served, Side, Stored, expect, no_pause


@contextmanager
def serve(database: str, _folder: Path, _n: int) -> Iterator[Served]:
    port = free_port(0)
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.benchmarks.load.bare_app", str(port)]
    engine = open_engine(database)
    with child_server(
        command, address, environment={**os.environ, "FACEVALUE_DATABASE": database}
    ) as process:
        yield Served(
            pid=process.pid,
            robot=BareRobot,
            connect=lambda: Connection(address),
            stored=lambda: count(engine),
        )
    engine.dispose()


def count(engine: Engine) -> Stored:
    twice = (
        select(func.count())
        .select_from(answers)
        .group_by(answers.c.participant, answers.c.position)
        .having(func.count() > 1)
    )
    with engine.connect() as connection:
        there = connection.scalar(select(func.count()).select_from(answers)) or 0
        return Stored(there, len(connection.scalars(twice).all()))


class BareRobot:
    """Sends each answer with a name for itself; there is nothing else to do."""

    def __init__(self, http: Connection) -> None:
        self._http = http
        self._name = secrets.token_hex(16)

    async def enter(self, pause: Pause = no_pause) -> None:
        """There is no page."""

    async def answer(self, position: int) -> bool:
        body = {
            "participant": self._name,
            "position": position,
            "first": value_of("trust", position),
            "second": value_of("trust", position + 1),
            "first_rt_ms": 812.4 + position,
            "second_rt_ms": 1612.4 + position,
            "shown_ms": 500.0,
        }
        reply = await self._http.send("/answers", json.dumps(body).encode())
        expect(reply.status == 200, f"answers: expected status 200, found {reply.status}")
        return bool(reply.json["saved"])

    async def leave(self) -> None:
        """There is no page."""


BARE = Side("bare Flask", serve)
