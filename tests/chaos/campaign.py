"""Robots take part while everything fails; afterwards every answer is compared with what was meant."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from stimuli.manifest import Stimulus, read_set
from study import flow
from study.database import migrate, open_engine, reading, writing
from study.links import participant_link
from study.models import Event, LedgerEntry, Rating, Session, Study, Trial
from study.protocol import read_study
from study.robots import RobotTruth
from study.robots.connection import WalkError
from study.robots.mind import Mind
from study.robots.walk import Walk
from study.running import now
from study.settings import Settings
from study.verify import Count, verify_study
from tests.chaos.databases import ChaosDatabase, chaos_database, fill, make_room
from tests.chaos.proxy import FaultyProxy
from tests.chaos.server import KillableServer
from tests.conftest import ROOT, write_stimulus_set

N_PAIRS = 100
N_TRIALS = 100

Key = tuple[str, int]


@dataclass
class Ledger:
    """What robots meant to say and what they were told is safe, by session and position."""

    acknowledged: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    twice: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, session: str, message: Mapping[str, Any]) -> None:
        if message["kind"] != "trial":
            return
        with self._lock:
            key = (session, message["position"])
            self.twice += key in self.acknowledged
            self.acknowledged[key] = message

    def copy(self) -> dict[Key, Mapping[str, Any]]:
        with self._lock:
            return dict(self.acknowledged)


@dataclass(frozen=True)
class Verdict:
    """Acknowledged answers held against the database, one by one.

    ``lost``: not there. ``changed``: there with another rating, time or measure. ``duplicated``: rows beyond
    one for each trial, one for each rating, one for each message, and answers kept as a second answer.
    """

    n: int
    lost: tuple[Key, ...]
    changed: tuple[Key, ...]
    duplicated: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.changed or self.duplicated)


def compare(engine: Engine, acknowledged: Mapping[Key, Mapping[str, Any]]) -> Verdict:
    """What the database holds of the answers that robots were told are safe."""
    with reading(engine) as db:
        stored: dict[Key, list[Trial]] = {}
        of_trial: dict[int, Key] = {}
        query = select(Session.session, Trial).join(Trial, Trial.session_id == Session.id)
        for session, trial in db.execute(query):
            stored.setdefault((session, trial.position), []).append(trial)
            of_trial[trial.id] = (session, trial.position)
        ratings: dict[Key, list[Rating]] = {}
        for rating in db.scalars(select(Rating).order_by(Rating.trial_id, Rating.order)):
            ratings.setdefault(of_trial[rating.trial_id], []).append(rating)
        lost = tuple(key for key in acknowledged if not _is_there(stored.get(key)))
        changed = tuple(
            key
            for key, message in acknowledged.items()
            if _is_there(stored.get(key)) and not _is_same(message, stored[key][0], ratings.get(key, []))
        )
        doubles = sum(len(rows) - 1 for rows in stored.values())
        doubles += sum(
            len(given) - len({(r.question, r.target) for r in given}) for given in ratings.values()
        )
        numbers = (
            select(LedgerEntry.number)
            .where(LedgerEntry.number.is_not(None))
            .group_by(LedgerEntry.session_id, LedgerEntry.number)
            .having(func.count() > 1)
        )
        doubles += len(db.scalars(numbers).all())
        seconds = select(func.count()).select_from(Event).where(Event.kind == "second_answer")
        doubles += db.scalar(seconds) or 0
    return Verdict(len(acknowledged), lost, changed, doubles)


def follow_chains(engine: Engine) -> tuple[int, list[str]]:
    """How many records are chained, and every one that is not as its chain says it was stored."""
    count = Count()
    with reading(engine) as db:
        studies = db.scalars(select(Study)).all()
        broken = [str(found) for study in studies for found in verify_study(db, study, count)]
    return count.links, broken


def _is_there(rows: list[Trial] | None) -> bool:
    return bool(rows) and rows is not None and rows[0].status in ("answered", "timed_out")


def _is_same(message: Mapping[str, Any], trial: Trial, given: list[Rating]) -> bool:
    meant = [
        (r["question"], r["target"], r["value"], r["rt_ms"], r["release_ms"], r["input"])
        for r in message["ratings"]
        if r["value"] != ""
    ]
    found = [(r.question, r.target, r.value, r.rt_ms, r.release_ms, r.input) for r in given]
    shown = all(getattr(trial, name) == value for name, value in message["presentation"].items())
    return trial.status == message["status"] and meant == found and shown


@dataclass
class Campaign:
    """How it went: faults by kind, checks on the way, the verdict at the end, what the chains tell."""

    faults: Counter[str]
    verdict: Verdict
    records: int
    broken: list[str]
    n_robots: int
    n_completed: int
    n_resumed: int
    checks: list[Verdict]
    failures: list[str]
    starts: list[float]
    seconds: float

    @property
    def is_clean(self) -> bool:
        wrong = [check for check in (self.verdict, *self.checks) if not check.is_clean]
        return not (wrong or self.failures or self.broken)


class ChaosWalk(Walk):
    """A robot that does not fetch a picture which another has fetched and checked already."""

    known: dict[str, Stimulus]

    def _picture(self, url: str, expected: str) -> Stimulus:
        if expected not in self.known:
            self.known[expected] = super()._picture(url, expected)
        return self.known[expected]


def run_campaign(
    kind: str,
    *,
    n_answers: int,
    n_damages: int,
    rate: float,
    seed: int,
    concurrency: int = 8,
    progress: Callable[[str], None] = lambda _said: None,
) -> Campaign:
    """At least ``n_answers`` answers on a ``kind`` of database while requests fail at ``rate`` and, spread
    evenly, ``n_damages`` times server, network, disk or database break down."""
    begun = time.monotonic()
    with (
        chaos_database(kind) as database,
        _published(database) as (settings, slug, stimuli, engine),
        KillableServer(settings) as server,
        FaultyProxy(server.port, rate=rate, seed=seed) as proxy,
    ):
        run = _Run(database, server, proxy, engine, Ledger(), Random(seed), progress)
        robots = [
            _Robot(
                participant_link(settings, slug, address=proxy.address, namespace="robot"), k, stimuli, run
            )
            for k in range(1, -(-n_answers // N_TRIALS) + 1)
        ]
        stop = threading.Event()
        breaker = threading.Thread(target=run.break_things, args=(n_answers, n_damages, stop))
        breaker.start()
        with ThreadPoolExecutor(concurrency) as pool:
            failures = [said for said in pool.map(_Robot.take_part, robots) if said]
        stop.set()
        breaker.join()
        proxy.rate = 0
        proxy.settle()
        records, broken = follow_chains(engine)
        return Campaign(
            faults=proxy.counts + run.damages,
            verdict=compare(engine, run.ledger.copy()),
            records=records,
            broken=broken,
            n_robots=len(robots),
            n_completed=len(robots) - len(failures),
            n_resumed=sum(robot.n_resumed for robot in robots),
            checks=run.checks,
            failures=failures + run.failures,
            starts=server.starts,
            seconds=time.monotonic() - begun,
        )


class _Robot:
    def __init__(self, link: str, number: int, stimuli: Mapping[str, Stimulus], run: _Run) -> None:
        mind = Mind(RobotTruth(), seed=3, number=number)
        self._walk = ChaosWalk(
            link,
            mind,
            stimuli,
            batch=1 + number % 3,
            patience_seconds=180,
            timeout_seconds=4,
            acknowledged=lambda message: run.ledger.note(self._walk.session, message),
        )
        self._walk.known = run.known
        self.n_resumed = 0

    def take_part(self) -> str:
        """Go the whole way; what stopped it, empty if nothing did."""
        try:
            self._enrol()
            self._walk.answer_everything()
        except WalkError as error:
            return str(error)
        finally:
            self.n_resumed = self._walk.n_resumed
            self._walk.close()
        return "" if self._walk.completion_code else f"no completion code on {self._walk.heading!r}"

    def _enrol(self) -> None:
        # A robot has no patience before its first answer; a person tries the link again.
        for attempt in range(60):
            try:
                return self._walk.enrol()
            except WalkError:
                if attempt == 59:
                    raise
                time.sleep(0.5)
        return None


@dataclass
class _Run:
    database: ChaosDatabase
    server: KillableServer
    proxy: FaultyProxy
    engine: Engine
    ledger: Ledger
    rng: Random
    progress: Callable[[str], None]
    known: dict[str, Stimulus] = field(default_factory=dict)
    damages: Counter[str] = field(default_factory=Counter)
    checks: list[Verdict] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def break_things(self, n_answers: int, n_damages: int, stop: threading.Event) -> None:
        """At evenly spread numbers of answers, break something at random, and look what was kept."""
        kinds = self._kinds()
        turns = [kinds[number % len(kinds)] for number in range(n_damages)]
        self.rng.shuffle(turns)
        for number, (name, damage) in enumerate(turns, start=1):
            while len(self.ledger.acknowledged) < number * n_answers / (n_damages + 1):
                if stop.wait(0.02):
                    return
            time.sleep(self.rng.uniform(0, 0.1))
            try:
                damage()
                self.damages[name] += 1
                verdict = compare(self.engine, self.ledger.copy())
            except (AssertionError, DBAPIError, OSError) as error:
                self.failures.append(f"{name}: {error}")
                continue
            self.checks.append(verdict)
            said = "all there" if verdict.is_clean else f"WRONG: {verdict}"
            self.progress(f"{verdict.n:6d} answers, {name}: {said}")

    def _kinds(self) -> list[tuple[str, Callable[[], None]]]:
        kinds: list[tuple[str, Callable[[], None]]] = [
            ("kill -9 of the server", self._kill),
            ("network away", self._cut_off),
            ("database locked", self._hold),
        ]
        if self.database.disk is not None:
            kinds.append(("disk full", self._fill))
        if not self.database.url.startswith("sqlite"):
            kinds.append(("database crashed", self._crash))
        return kinds

    def _kill(self) -> None:
        self.server.kill()
        self.server.start()

    def _cut_off(self) -> None:
        rate, kinds = self.proxy.rate, self.proxy.kinds
        self.proxy.kinds, self.proxy.rate = ("reset on the way there", "lost on the way back"), 1.0
        time.sleep(self.rng.uniform(0.5, 2))
        self.proxy.kinds, self.proxy.rate = kinds, rate

    def _hold(self) -> None:
        self.database.hold(self.rng.uniform(1, 6))

    def _fill(self) -> None:
        disk = self.database.disk
        assert disk is not None
        fill(disk)
        time.sleep(self.rng.uniform(0.5, 2))
        make_room(disk)
        self.database.revive()

    def _crash(self) -> None:
        self.database.restart()


@contextmanager
def _published(
    database: ChaosDatabase,
) -> Iterator[tuple[Settings, str, Mapping[str, Stimulus], Engine]]:
    folder = Path(tempfile.mkdtemp(prefix="facevalue-chaos-study-"))
    engine = open_engine(database.url)
    try:
        shutil.copytree(ROOT / "study" / "demo_studies" / "ai" / "texts", folder / "texts")
        shutil.copy(Path(__file__).parent / "study.toml", folder / "study.toml")
        write_stimulus_set(folder / "stimuli", n_pairs=N_PAIRS)
        settings = Settings(data=folder / "data", database=database.url, secret_key="for tests only")
        migrate(engine)
        with writing(engine) as db:
            study = flow.publish(db, read_study(folder / "study.toml"), pictures=settings.pictures, now=now())
            flow.open_unchecked(db, study, opened_as="test", now=now())
            slug = study.slug
        stimuli = {stimulus.sha256: stimulus for stimulus in read_set(folder / "stimuli").stimuli}
        yield settings, slug, stimuli, engine
    finally:
        engine.dispose()
        shutil.rmtree(folder, ignore_errors=True)
