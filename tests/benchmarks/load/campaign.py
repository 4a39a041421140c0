"""Let robots visit a server and measure what comes of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

from tests.benchmarks.load.answer import N_TRIALS
from tests.benchmarks.load.side import LoadError, Pause, Robot, Served, no_pause
from tests.benchmarks.load.usage import Memory, cpu_seconds, memory

#: Pages before the first trial that somebody thinks over, and the pause after them.
N_PAGES = 5


@dataclass
class Tally:
    """What the robots saw: seconds of each request for an answer, answers acknowledged, errors."""

    latencies: list[float] = field(default_factory=list)
    acknowledged: int = 0
    finished: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """One run. ``cpu`` is that of saving answers, ``database_cpu`` that of a database server beside it.

    ``robots_cpu`` is what the robots themselves took for their whole visits; nothing of it is the server's.
    """

    tally: Tally
    robots: int
    seconds: float
    cpu: float
    database_cpu: float
    visit_cpu: float
    robots_cpu: float
    memory: Memory
    lost: int
    duplicated: int


@dataclass(frozen=True)
class Plan:
    """``robots`` at a time, each thinking ``think`` seconds between its requests, ``waves`` times.

    Those that think arrive evenly over the time of one visit, or all ``at_once``.
    """

    robots: int
    waves: int
    think: tuple[float, float] = (0.0, 0.0)
    at_once: bool = False

    @property
    def visits(self) -> int:
        return self.robots * self.waves

    @property
    def arrival_seconds(self) -> float:
        """Over how long robots arrive: about as long as one of them stays."""
        return 0 if self.at_once else (N_TRIALS + N_PAGES) * sum(self.think) / 2


def run(served: Served, plan: Plan, *, database_pid: int | None = None) -> Result:
    """All robots answer all trials; CPU is counted while they answer, and over the whole visits too."""
    return asyncio.run(_run(served, plan, database_pid))


async def _run(served: Served, plan: Plan, database_pid: int | None) -> Result:
    tally = Tally()
    clock = _Clock(served.pid, database_pid)
    begun = clock.cpu()
    robots_begun = time.process_time()
    if plan.think[1] > 0:
        with clock:
            await _thoughtful(served, plan, tally)
    else:
        for _ in range(plan.waves):
            await _hasty_wave(served, plan, tally, clock)
    visit_cpu = sum(clock.cpu()) - sum(begun)
    robots_cpu = time.process_time() - robots_begun
    stored = served.stored()
    return Result(
        tally=tally,
        robots=plan.visits,
        seconds=clock.seconds,
        cpu=clock.server,
        database_cpu=clock.database,
        visit_cpu=visit_cpu,
        robots_cpu=robots_cpu,
        memory=memory(served.pid),
        lost=max(0, tally.acknowledged - stored.answers),
        duplicated=stored.duplicated,
    )


class _Clock:
    """Adds up wall and CPU seconds of the blocks it is entered for."""

    def __init__(self, server_pid: int, database_pid: int | None) -> None:
        self._pids = (server_pid, database_pid)
        self.seconds = self.server = self.database = 0.0

    def cpu(self) -> tuple[float, float]:
        server, database = self._pids
        return cpu_seconds(server), cpu_seconds(database) if database else 0.0

    def __enter__(self) -> None:
        self._begun = (time.perf_counter(), *self.cpu())

    def __exit__(self, *_: object) -> None:
        now = (time.perf_counter(), *self.cpu())
        wall, server, database = (end - start for end, start in zip(now, self._begun, strict=True))
        self.seconds += wall
        self.server += server
        self.database += database


async def _hasty_wave(served: Served, plan: Plan, tally: Tally, clock: _Clock) -> None:
    """Everybody enters, everybody answers as fast as they can, everybody leaves."""
    connections = [served.connect() for _ in range(plan.robots)]
    robots = [served.robot(connection) for connection in connections]
    entered = await _all(tally, [robot.enter() for robot in robots])
    inside = [robot for robot, came in zip(robots, entered, strict=True) if came]
    with clock:
        answered = await _all(tally, [_answer_all(robot, tally, no_pause) for robot in inside])
    done = [robot for robot, through in zip(inside, answered, strict=True) if through]
    tally.finished += sum(await _all(tally, [robot.leave() for robot in done]))
    for connection in connections:
        connection.close()


async def _thoughtful(served: Served, plan: Plan, tally: Tally) -> None:
    """Everybody goes their own way, with a pause before every step; who has left is followed by another."""
    rng = random.Random(plan.robots)

    async def pause() -> None:
        await asyncio.sleep(rng.uniform(*plan.think))

    async def visits(number: int) -> None:
        await asyncio.sleep(number / plan.robots * plan.arrival_seconds)
        for _ in range(plan.waves):
            (through,) = await _all(tally, [visit()])
            tally.finished += through

    async def visit() -> None:
        connection = served.connect()
        robot = served.robot(connection)
        await robot.enter(pause)
        await pause()
        await _answer_all(robot, tally, pause)
        await robot.leave()
        connection.close()

    await asyncio.gather(*(visits(number) for number in range(plan.robots)))


async def _answer_all(robot: Robot, tally: Tally, pause: Pause) -> None:
    for position in range(1, N_TRIALS + 1):
        begun = time.perf_counter()
        saved = await robot.answer(position)
        tally.acknowledged += saved
        tally.latencies.append(time.perf_counter() - begun)
        await pause()


async def _all(tally: Tally, steps: list[Awaitable[None]]) -> list[bool]:
    """Run all at once; which of them went well. What went wrong is noted."""

    async def attempt(step: Awaitable[None]) -> bool:
        try:
            await step
        except (LoadError, OSError, EOFError, TimeoutError) as error:
            tally.errors.append(f"{type(error).__name__}: {error}")
            return False
        return True

    return list(await asyncio.gather(*(attempt(step) for step in steps)))
