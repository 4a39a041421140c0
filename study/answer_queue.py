"""The one way answers take into the database: what waits at the same time is stored in one transaction.

A commit costs as much as storing many answers, and SQLite has one writer at a time. So whoever gets the turn
to write takes along what everybody else has brought meanwhile. Each request hears of its own messages only
after the commit that holds them.

One answer never undoes another. What cannot be stored is refused before anything is written; should the
database itself refuse a transaction, every delivery is tried again in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from study import flow
from study.database import turn_to_write


@dataclass
class _Job:
    delivery: flow.Delivery
    outcome: flow.MessageOutcome | None = None
    error: Exception | None = None
    done: bool = False


class AnswerQueue:
    """Deliveries that wait to be stored; ``now`` is the clock that their rows carry."""

    def __init__(self, engine: Engine, *, now: Callable[[], datetime]) -> None:
        # Without the session of the ORM, which costs as much as two statements.
        self._engine = engine.execution_options(writes=True)
        self._now = now
        self._waiting: list[_Job] = []
        self._guard = Lock()
        # With PostgreSQL the turn is among the answers of this process only.
        self._turn = turn_to_write(engine, among="answers")

    def store(self, delivery: flow.Delivery) -> flow.MessageOutcome | None:
        """Store a delivery; returns when it is safe. None for a session that is no more."""
        job = _Job(delivery)
        with self._guard:
            self._waiting.append(job)
        with self._turn:
            if not job.done:
                self._store_waiting()
        if job.error is not None:
            raise job.error
        return job.outcome

    def _store_waiting(self) -> None:
        with self._guard:
            jobs, self._waiting = self._waiting, []
        try:
            self._store_together(jobs)
        except Exception as error:
            if len(jobs) == 1 or (isinstance(error, DBAPIError) and error.connection_invalidated):
                _fail(jobs, error)
            else:
                self._store_one_by_one(jobs)

    def _store_together(self, jobs: Sequence[_Job]) -> None:
        with self._engine.begin() as db:
            outcomes = flow.record_deliveries(db, [job.delivery for job in jobs], now=self._now())
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.outcome, job.done = outcome, True

    def _store_one_by_one(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            try:
                self._store_together([job])
            except Exception as error:
                _fail([job], error)


def _fail(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        job.error, job.done = error, True
