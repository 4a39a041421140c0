"""What every side of the comparison offers: a server, robots that visit it, and what it has stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.benchmarks.load.http import Connection


class LoadError(RuntimeError):
    """A robot met something else than it should have; the text says what."""


Pause = Callable[[], Awaitable[None]]


async def no_pause() -> None:
    """Think time 0."""


class Robot(Protocol):
    """One visit. ``answer`` returns whether the server acknowledged the answer to a trial, from 1.

    ``enter`` pauses before each page that somebody reads.
    """

    async def enter(self, pause: Pause = no_pause) -> None: ...

    async def answer(self, position: int) -> bool: ...

    async def leave(self) -> None: ...


@dataclass(frozen=True)
class Stored:
    """What the database holds afterwards: answers, and rows beyond one for each trial of a visit."""

    answers: int
    duplicated: int


@dataclass(frozen=True)
class Served:
    """A server under way. ``pid`` is the process that started all others of it."""

    pid: int
    robot: Callable[[Connection], Robot]
    connect: Callable[[], Connection]
    stored: Callable[[], Stored]


@dataclass(frozen=True)
class Side:
    """A platform to be measured. ``serve(database, folder, n)``: n robots will visit."""

    name: str
    serve: Callable[[str, Path, int], AbstractContextManager[Served]]


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise LoadError(what)
