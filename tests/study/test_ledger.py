"""No answer twice, none changed: held by the database itself, whatever arrives and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from study import flow
from study.database import reading, writing
from study.models import Event, LedgerEntry, QuestionnaireAnswer, Rating, Session, Table, Trial
from study.verify import Count, verify_study
from tests.conftest import MOMENT
from tests.study.test_flow import send, start, the_study, trial_message

EVENT = {"number": 3, "kind": "event", "event": "hidden", "at_ms": 1.5, "detail": {}}


def everything(engine):
    """Every row of every table but the places' leases and the last sign of life."""
    passing = {"last_seen_at", "lease_until"}
    with engine.connect() as connection:
        return {
            (table.name, tuple(str(row[c.name]) for c in table.columns if c.name not in passing))
            for table in Table.metadata.sorted_tables
            for row in connection.execute(select(table)).mappings()
        }


def is_whole(engine):
    with reading(engine) as db:
        return list(verify_study(db, the_study(db), Count())) == []


THERE_ALREADY = (
    (LedgerEntry, {"number": 99, "kind": "event", "name": "same place in the chain"}),
    (LedgerEntry, {"sequence": 99, "kind": "event", "name": "same message"}),
    (LedgerEntry, {"sequence": 99, "number": 99}),
    (Event, {"kind": "same place in the chain"}),
    (Trial, {"status": "answered", "left": "same position"}),
    (Rating, {"value": "1"}),
    (QuestionnaireAnswer, {"value": "1"}),
)


def put(engine, model, row):
    with writing(engine) as db:
        db.execute(insert(model.__table__), row)


def test_the_database_itself_refuses_what_is_there_already(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(1, 1), EVENT])
    with writing(engine) as db:
        answer = {"session_id": 1, "sequence": 50, "item": "age", "value": "30", "received_at": MOMENT}
        db.execute(insert(QuestionnaireAnswer), [answer])
    before = everything(engine)
    for model, changes in THERE_ALREADY:
        query = select(model.__table__)
        if model is LedgerEntry:
            query = query.where(LedgerEntry.kind == "trial")
        with reading(engine) as db:
            row = dict(db.execute(query.limit(1)).mappings().one())
        row.pop("id", None)
        with pytest.raises(IntegrityError, match=r"(?i)unique"):
            put(engine, model, {**row, **changes})
    assert everything(engine) == before


def test_a_replay_of_everything_adds_no_row_and_changes_none(published, engine):
    session = start(engine)
    batch = [
        trial_message(1, 1),
        trial_message(2, 2, status="interrupted"),
        EVENT,
        trial_message(4, 1, value="1"),
    ]
    first = send(engine, session, batch)
    before = everything(engine)
    for again in (batch, batch[::-1], batch[:1], batch * 3):
        outcome = send(engine, session, again, at=MOMENT + timedelta(minutes=3))
        assert set(outcome.acknowledged) == {message["number"] for message in again}
    assert first.acknowledged == (1, 2, 3, 4)
    assert everything(engine) == before
    assert is_whole(engine)


def test_a_late_older_request_never_changes_a_newer_answer(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(7, 1, value="5")])
    before = everything(engine)
    assert send(engine, session, [trial_message(2, 1, value="1")]).acknowledged == (2,)
    added = everything(engine) - before
    assert {table for table, _ in added} == {"sessions", "ledger", "events"}, "the chain grew by one event"
    with reading(engine) as db:
        assert set(db.scalars(select(Rating.value))) == {"5"}
    assert is_whole(engine)


@pytest.mark.parametrize("locked", [True, False])
def test_of_two_answers_at_once_one_is_kept_and_the_other_noted(published, engine, locked):
    session = start(engine)
    gate = Barrier(2)

    def answer(value):
        gate.wait(timeout=20)
        for _ in range(5):
            try:
                with writing(engine) as db:
                    current = flow.session_by_id(db, session, for_update=locked)
                    return flow.record_messages(
                        db, current, [trial_message(value, 1, value=str(value))], now=MOMENT
                    )
            except IntegrityError:
                # Without the lock both want the same place in the chain: the second one has to come again.
                assert not locked
        raise AssertionError("never stored")

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(answer, (3, 6)))
    assert sorted(outcome.acknowledged for outcome in outcomes) == [(3,), (6,)]
    with reading(engine) as db:
        kept = set(db.scalars(select(Rating.value)))
        noted = db.scalars(select(Event.detail)).one()
        assert db.scalar(select(func.count()).select_from(Rating)) == 2
    assert len(kept) == 1
    assert noted["ratings"] == "; ".join(
        f"trust.{side}={({'3', '6'} - kept).pop()}" for side in ("left", "right")
    )
    assert is_whole(engine)


def test_many_deliveries_of_the_same_messages_at_once_store_each_once(published, engine):
    session = start(engine)
    batches = [[trial_message(n, n) for n in range(first, first + 5)] for first in range(1, 8)] * 2

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda batch: send(engine, session, batch), batches))
    assert all(len(outcome.acknowledged) == 5 and not outcome.refused for outcome in outcomes)
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Rating)) == 2 * 11
        assert db.scalar(select(func.count()).where(LedgerEntry.kind == "trial")) == 11
        assert db.scalar(select(func.count()).where(Trial.status == "answered")) == 11
        length = db.scalars(select(Session.chain_length)).one()
        assert db.scalars(select(LedgerEntry.sequence).order_by(LedgerEntry.sequence)).all() == [
            *range(1, length + 1)
        ]
    assert is_whole(engine)


def test_a_message_that_is_refused_leaves_the_chain_as_it_was(published, engine):
    session = start(engine)
    before = everything(engine)
    nonsense = [trial_message(1, 99), trial_message(2, 1, value="9"), {"number": [1]}, {"number": 2**40}, 7]
    assert send(engine, session, nonsense).acknowledged == ()
    assert everything(engine) == before


def test_what_a_database_cannot_keep_is_refused_on_both(published, engine):
    nonsense = [
        {**EVENT, "detail": {"a": float("nan")}},
        trial_message(1, 1, value="5\0"),
        trial_message(2, 1, value="half a sign: \ud83d"),
    ]
    outcome = send(engine, start(engine), nonsense)
    assert outcome.acknowledged == ()
    assert "finite number" in outcome.refused[0][1]
    assert "expected text, found a null character" in outcome.refused[1][1]
    assert "unable to parse raw data as a unicode string" in outcome.refused[2][1]
