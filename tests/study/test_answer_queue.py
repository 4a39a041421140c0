"""Answers that come together are stored together, and none of them undoes another, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from study import flow
from study.answer_queue import AnswerQueue
from study.database import reading, turn_to_write, writing
from study.models import Event, Rating, Session, Trial
from tests.conftest import MOMENT
from tests.study.test_flow import questions_at, start, trial_message


@pytest.fixture
def queue(engine):
    return AnswerQueue(engine, now=lambda: MOMENT)


def deliver(queue, session, *messages):
    return queue.store(flow.Delivery(session, messages))


def answered(engine, session):
    with reading(engine) as db:
        query = select(Trial.position).join(Session).where(Session.session == session)
        return sorted(db.scalars(query.where(Trial.status == "answered")))


def count_commits(engine):
    commits = []
    event.listen(engine, "commit", lambda _: commits.append(1))
    return commits


def at_once(queue, engine, deliveries):
    """Let all deliveries wait for one turn, then store them."""
    pool = ThreadPoolExecutor(len(deliveries))
    with turn_to_write(engine, among="answers"):
        futures = [pool.submit(queue.store, delivery) for delivery in deliveries]
        while len(queue._waiting) < len(deliveries):
            pass
    pool.shutdown()
    return futures


def test_what_waits_at_the_same_time_is_one_transaction(published, engine, queue):
    sessions = [start(engine) for _ in range(6)]
    commits = count_commits(engine)
    deliveries = [flow.Delivery(session, [trial_message(1, 1)]) for session in sessions]
    outcomes = [future.result() for future in at_once(queue, engine, deliveries)]
    assert [outcome.acknowledged for outcome in outcomes] == [(1,)] * 6
    assert len(commits) == 1
    assert [answered(engine, session) for session in sessions] == [[1]] * 6


def test_a_message_that_cannot_be_kept_undoes_no_other(published, engine, queue):
    good, bad = start(engine), start(engine)
    wrong = trial_message(1, 1, value="99")
    futures = at_once(
        queue, engine, [flow.Delivery(good, [trial_message(1, 1)]), flow.Delivery(bad, [wrong])]
    )
    assert futures[0].result().acknowledged == (1,)
    assert futures[1].result().refused[0][0] == 1
    assert (answered(engine, good), answered(engine, bad)) == ([1], [])


def test_what_the_database_refuses_undoes_no_other(published, engine, queue, monkeypatch):
    good, bad = start(engine), start(engine)
    record = flow.record_deliveries

    def refuse_one(db, deliveries, *, now):
        outcomes = record(db, deliveries, now=now)
        if bad in {delivery.session for delivery in deliveries}:
            raise IntegrityError("INSERT", {}, ValueError("not this one"))
        return outcomes

    monkeypatch.setattr(flow, "record_deliveries", refuse_one)
    first, second = at_once(
        queue, engine, [flow.Delivery(name, [trial_message(1, 1)]) for name in (good, bad)]
    )
    assert first.result().acknowledged == (1,)
    assert isinstance(second.exception(), IntegrityError)
    assert (answered(engine, good), answered(engine, bad)) == ([1], [])
    monkeypatch.undo()
    assert deliver(queue, bad, trial_message(1, 1)).acknowledged == (1,)


def test_nobody_hears_of_an_answer_whose_commit_failed(published, engine, queue):
    session = start(engine)

    def fail(_connection):
        raise OperationalError("COMMIT", {}, ValueError("disk full"))

    event.listen(engine, "commit", fail)
    with pytest.raises(OperationalError):
        deliver(queue, session, trial_message(1, 1))
    event.remove(engine, "commit", fail)
    assert answered(engine, session) == []
    assert deliver(queue, session, trial_message(1, 1)).acknowledged == (1,)


def test_a_session_that_is_no_more_is_none_and_the_others_are_stored(published, engine, queue):
    session = start(engine)
    gone, there = at_once(
        queue,
        engine,
        [flow.Delivery("withdrawn", [trial_message(1, 1)]), flow.Delivery(session, [trial_message(1, 1)])],
    )
    assert gone.result() is None
    assert there.result().acknowledged == (1,)


def test_two_deliveries_of_one_browser_in_one_transaction_store_each_message_once(published, engine, queue):
    session = start(engine)
    same = [flow.Delivery(session, [trial_message(1, 1), trial_message(2, 2)]) for _ in range(3)]
    other = flow.Delivery(session, [trial_message(3, 1, value="1")])
    outcomes = [future.result().acknowledged for future in at_once(queue, engine, [*same, other])]
    assert outcomes == [(1, 2)] * 3 + [(3,)]
    assert answered(engine, session) == [1, 2]
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Rating)) == 4
        assert db.scalars(select(Event.kind)).all() == ["second_answer"]


def test_sixteen_requests_at_a_time_lose_nothing_and_double_nothing(published, engine, queue):
    sessions = [start(engine) for _ in range(8)]
    together = Barrier(16)

    def send(number):
        together.wait()
        session = sessions[number % len(sessions)]
        for position in range(1, 27):
            message = trial_message(position, position, questions=questions_at(position))
            assert deliver(queue, session, message).acknowledged == (position,)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(16)))
    assert [answered(engine, session) for session in sessions] == [list(range(1, 27))] * 8
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Rating)) == 8 * (14 * 2 + 12 * 3)
        assert db.scalar(select(func.count()).select_from(Event)) == 0


def test_an_answer_waits_for_a_page_that_writes(published, engine, queue):
    session = start(engine)
    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as db:
            locked = flow.session_by_id(db, session, for_update=True)
            flow.withdraw(db, locked, erasures=published.settings.erasures, now=MOMENT)
            waiting = pool.submit(deliver, queue, session, trial_message(1, 1))
        assert waiting.result() is None
