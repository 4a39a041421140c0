"""A short stretch of rough weather on both databases, and whether the comparison would notice a loss."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from study.database import writing
from study.models import Event, Rating, Session, Trial
from tests.chaos.campaign import Ledger, compare, run_campaign
from tests.study.browser_like import Walker, answers


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_nothing_is_lost_doubled_or_changed_while_everything_fails(kind):
    outcome = run_campaign(kind, n_answers=200, n_damages=5, rate=0.15, seed=4, concurrency=2)
    assert outcome.failures == []
    assert outcome.verdict.n == 200
    assert outcome.verdict.is_clean, outcome.verdict
    assert all(check.is_clean for check in outcome.checks), outcome.checks
    assert outcome.broken == []
    assert outcome.records >= 200
    assert outcome.faults["kill -9 of the server"] >= 1
    assert outcome.faults.total() >= 10
    assert outcome.n_completed == outcome.n_robots == 2
    assert outcome.n_resumed > 0


@pytest.fixture
def told_safe(app, published, engine):
    """A whole plan answered, and the ledger of what was acknowledged."""
    walker = Walker(app.test_client(), published.slug)
    plan = walker.start()
    walker.answer(plan)
    ledger = Ledger()
    for message in answers(plan):
        message["presentation"] = {"planned_frames": 30}
        for rating in message["ratings"]:
            rating.setdefault("release_ms", None)
        ledger.note(plan["session"], message)
    return ledger.copy()


def test_the_comparison_finds_everything_in_its_place(told_safe, engine):
    verdict = compare(engine, told_safe)
    assert (verdict.n, verdict.is_clean) == (26, True)


def test_the_comparison_notices_whatever_is_wrong(told_safe, engine):
    with writing(engine) as db:
        by_position = {trial.position: trial.id for trial in db.scalars(select(Trial))}
        db.execute(update(Trial).where(Trial.position == 3).values(status="planned"))
        db.execute(update(Trial).where(Trial.position == 4).values(planned_frames=29))
        db.execute(
            update(Rating).where(Rating.trial_id == by_position[5], Rating.target == "left").values(value="7")
        )
        db.execute(delete(Rating).where(Rating.trial_id == by_position[6], Rating.target == "right"))
        db.execute(update(Rating).where(Rating.trial_id == by_position[7]).values(rt_ms=1))
        session = db.scalars(select(Session)).one()
        db.add(
            Event(
                session_id=session.id,
                sequence=session.chain_length + 1,
                kind="second_answer",
                position=8,
                received_at=session.last_seen_at,
                detail={},
            )
        )
    verdict = compare(engine, told_safe)
    assert [position for _, position in verdict.lost] == [3]
    assert [position for _, position in verdict.changed] == [4, 5, 6, 7]
    assert verdict.duplicated == 1


def test_the_ledger_counts_what_is_acknowledged_twice():
    ledger = Ledger()
    for _ in range(2):
        ledger.note("s", {"kind": "trial", "position": 1})
    ledger.note("s", {"kind": "event"})
    assert (len(ledger.acknowledged), ledger.twice) == (1, 1)
