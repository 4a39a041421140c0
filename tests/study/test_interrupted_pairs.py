"""A pair whose exposure was interrupted, and how answers were given, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from study import flow
from study.database import reading, writing
from study.flow import Visitor
from study.messages import MessageError, read_message
from study.models import Event, Trial
from study.participant.trial_plan import trial_plan
from study.replay import replay
from tests.conftest import MOMENT
from tests.study.test_flow import GOOD_DEVICE, questions_at, send, start, trial_message
from tests.study.variants import publish_variant, study_named

AGAIN = 'pairs = 12\ninterrupted = "repeat_at_end"'
PROCESS = {
    "trusted": True,
    "pointer_moves": 12,
    "pointer_path_px": 340.0,
    "pointer_straightness": 0.91,
    "pointer_first_ms": 620.5,
    "keys_typed": 5,
    "key_gap_ms": 180.2,
    "pastes": 1,
}


def begin(published, engine, *, trust_pairs=AGAIN):
    slug = publish_variant(published, engine, trust_pairs=trust_pairs)
    with writing(engine) as db:
        session = flow.enrol(db, study_named(db, slug), Visitor(), now=MOMENT)
        flow.record_device(db, session, GOOD_DEVICE, now=MOMENT)
        db.flush()
        flow.finish_instructions(db.connection(), session.session, now=MOMENT)
        return session.session


def interrupted(number, position, why="hidden"):
    message = trial_message(number, position, status="interrupted")
    return message | {"presentation": message["presentation"] | {"interruption": why}}


def trials_of(engine, session):
    with reading(engine) as db:
        rows = db.scalars(
            select(Trial)
            .where(Trial.session_id == flow.session_by_id(db, session).id)
            .order_by(Trial.position)
        ).all()
        db.expunge_all()
        return list(rows)


def plan_of(engine, session):
    with reading(engine) as db:
        return trial_plan(db.connection(), flow.session_by_id(db, session))


def test_a_voided_pair_says_why_and_is_not_shown_again_unless_the_study_asks(published, engine):
    session = start(engine)
    send(engine, session, [interrupted(1, 4, "moved")])
    trials = trials_of(engine, session)
    assert (trials[3].status, trials[3].interruption) == ("interrupted", "moved")
    assert len(trials) == 26
    assert 4 not in [trial["position"] for trial in plan_of(engine, session)["trials"]]


def test_where_the_study_asks_the_pair_comes_again_at_the_end_of_its_block_marked_as_a_repeat(
    published, engine
):
    session = begin(published, engine)
    send(engine, session, [interrupted(1, 4)])
    voided, again = (trials_of(engine, session)[place] for place in (3, -1))
    assert (again.position, again.trial_kind, again.repeat_of) == (27, "repeat", 4)
    assert (again.pair, again.left, again.right, again.exposure_ms) == (
        voided.pair,
        voided.left,
        voided.right,
        voided.exposure_ms,
    )
    plan = plan_of(engine, session)
    block = [trial["position"] for trial in plan["trials"] if trial["block"] == voided.block]
    assert block[-1] == 27
    assert [trial["block"] for trial in plan["trials"]] == sorted(
        (trial["block"] for trial in plan["trials"]), key=["practice", "trust", "detect"].index
    )
    assert plan["n_trials"] == 27
    shown_again = next(trial for trial in plan["trials"] if trial["position"] == 27)
    assert set(shown_again) == set(plan["trials"][0])


def test_a_replacement_is_answered_like_any_trial_and_the_task_waits_for_it(published, engine):
    session = begin(published, engine)
    send(engine, session, [interrupted(1, 4)])
    rest = [p for p in range(1, 27) if p != 4]
    send(engine, session, [trial_message(p + 1, p, questions=questions_at(p)) for p in rest])
    with writing(engine) as db:
        assert flow.finish_task(db, flow.session_by_id(db, session), now=MOMENT) == (27,)
    send(engine, session, [trial_message(60, 27)])
    with writing(engine) as db:
        assert flow.finish_task(db, flow.session_by_id(db, session), now=MOMENT) == ()
    assert trials_of(engine, session)[-1].status == "answered"


@pytest.mark.parametrize(
    ("position", "why"), [(1, "a practice pair"), (27, "a replacement that was interrupted itself")]
)
def test_no_replacement_for(published, engine, position, why):
    session = begin(published, engine)
    send(engine, session, [interrupted(1, 4)])
    send(engine, session, [interrupted(2, position)])
    assert len(trials_of(engine, session)) == 27, why


def test_the_same_interruption_sent_twice_plans_one_replacement(published, engine):
    session = begin(published, engine)
    for number in (1, 1, 2):
        send(engine, session, [interrupted(number, 4)])
    assert len(trials_of(engine, session)) == 27


def test_a_session_with_a_replacement_is_still_what_protocol_and_seed_give(published, engine):
    session = begin(published, engine)
    send(engine, session, [interrupted(1, 4)])
    with reading(engine) as db:
        assert replay(db, flow.session_by_id(db, session)).same
    with writing(engine) as db:
        db.add(trials_of(engine, session)[-1].__class__(**_stranger(engine, session)))
    with reading(engine) as db:
        assert not replay(db, flow.session_by_id(db, session)).same


def _stranger(engine, session):
    """A further trial that stands in for none."""
    last = trials_of(engine, session)[-1]
    own = {
        column.name: getattr(last, column.name) for column in Trial.__table__.columns if column.name != "id"
    }
    return own | {"position": 28, "repeat_of": 5}


def test_how_answers_were_given_is_kept_beside_them(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(1, 1) | {"process": PROCESS}, trial_message(2, 2)])
    first, second = trials_of(engine, session)[:2]
    assert {name: getattr(first, name) for name in PROCESS} == PROCESS
    assert {getattr(second, name) for name in PROCESS} == {None}


@pytest.mark.parametrize(
    "wrong",
    [{"pointer_moves": -1}, {"pointer_straightness": 1.2}, {"keys": "the ears"}, {"trusted": "maybe"}],
)
def test_process_evidence_of_another_shape_is_refused(wrong):
    with pytest.raises(MessageError, match=r"process\." + next(iter(wrong))):
        read_message(trial_message(1, 1) | {"process": PROCESS | wrong})


def test_a_press_that_came_too_soon_is_an_event_and_no_answer(published, engine):
    session = start(engine)
    detail = {"phase": "mask", "since_onset_ms": 320.1, "input": "keyboard", "key": "5"}
    early = {"number": 2, "kind": "event", "event": "early_press", "position": 1, "at_ms": 1320.1}
    outcome = send(engine, session, [trial_message(1, 1), early | {"detail": detail}])
    assert outcome.acknowledged == (1, 2)
    with reading(engine) as db:
        event = db.scalars(select(Event)).one()
        assert (event.kind, event.position, event.detail) == ("early_press", 1, detail)
