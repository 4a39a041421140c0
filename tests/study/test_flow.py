"""A person's way through a study, and what is kept of it, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from study import flow
from study.database import reading, writing
from study.messages import DeviceReport
from study.models import (
    Departure,
    Event,
    LedgerEntry,
    Place,
    Rating,
    RecruiterIdentifier,
    Session,
    Study,
    Trial,
)
from study.verify import Count, verify_study
from tests.conftest import MOMENT

GOOD_DEVICE = DeviceReport(
    frame_interval_ms=16.7,
    viewport_width_px=1280,
    viewport_height_px=800,
    device_pixel_ratio=1,
    screen_width_px=1280,
    screen_height_px=800,
    touch=False,
    evidence="element_timing",
)
SMALL_DEVICE = GOOD_DEVICE.model_copy(update={"viewport_width_px": 200})
SHOWN = {
    "evidence": "element_timing",
    "planned_frames": 30,
    "shown_frames": 30,
    "onset_ms": 1000.5,
    "shown_ms": 500.1,
    "late_frames": 0,
    "hidden": False,
}


def the_study(db):
    return db.scalars(select(Study)).one()


def start(engine, *, at=MOMENT, device=GOOD_DEVICE, **visitor):
    """Someone consents and passes the device check; returns the session's identifier."""
    with writing(engine) as db:
        session = flow.enrol(db, the_study(db), flow.Visitor(**visitor), now=at)
        flow.record_device(db, session, device, now=at)
        db.flush()
        flow.finish_instructions(db.connection(), session.session, now=at)
        return session.session


def trial_message(number, position, *, questions=("trust",), status="answered", value="5"):
    ratings = []
    if "trust" in questions:
        ratings += [{"question": "trust", "target": side, "value": value} for side in ("left", "right")]
    if "detect" in questions:
        ratings += [
            {"question": "detect", "target": "pair", "value": "left"},
            {"question": "confidence", "target": "pair", "value": "3"},
            {"question": "cues", "target": "pair", "value": "skin;eyes"},
        ]
    for rating in ratings:
        rating |= {"rt_ms": 812.5, "input": "keyboard"}
    return {
        "number": number,
        "kind": "trial",
        "position": position,
        "status": status,
        "presentation": SHOWN,
        "ratings": ratings if status == "answered" else [],
    }


def questions_at(position):
    return ("detect",) if position > 14 else ("trust",)


def send(engine, session, messages, *, at=MOMENT):
    with writing(engine) as db:
        locked = flow.session_by_id(db, session, for_update=True)
        return flow.record_messages(db, locked, messages, now=at)


def answer_everything(engine, session, *, at=MOMENT):
    with reading(engine) as db:
        positions = db.scalars(
            select(Trial.position).join(Session).where(Session.session == session).order_by(Trial.position)
        ).all()
    send(engine, session, [trial_message(p, p, questions=questions_at(p)) for p in positions], at=at)


def complete(engine, session, *, at=MOMENT):
    answer_everything(engine, session, at=at)
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        assert flow.finish_task(db, current, now=at) == ()
        assert flow.record_questionnaire(db, current, "about_you", {"ai_use": "3"}, now=at) == {}
        return flow.finish(db, current, now=at)


def test_after_the_device_check_a_person_has_a_place_and_a_plan(published, engine):
    session = start(engine)
    with reading(engine) as db:
        row = flow.session_by_id(db, session)
        assert (row.status, row.step, row.place) == ("in_progress", "task", 0)
        assert db.scalar(select(func.count()).select_from(Trial)) == 26
        assert db.scalars(select(Place.holder).where(Place.ordinal == 0)).one() == session


def test_a_small_screen_is_kept_out_and_takes_no_place(published, engine):
    session = start(engine, device=SMALL_DEVICE)
    with reading(engine) as db:
        row = flow.session_by_id(db, session)
        assert (row.status, row.step, row.place) == ("screened_out", "ended", None)
        assert db.scalar(select(func.count()).select_from(Trial)) == 0


def test_an_answer_is_stored_with_what_was_shown(published, engine):
    session = start(engine)
    outcome = send(engine, session, [trial_message(1, 1)])
    assert outcome.acknowledged == (1,)
    with reading(engine) as db:
        trial = db.scalars(select(Trial).where(Trial.position == 1)).one()
        assert (trial.status, trial.shown_frames, trial.shown_ms) == ("answered", 30, 500.1)
        ratings = db.scalars(select(Rating).order_by(Rating.order)).all()
        assert [(r.question, r.target, r.value, r.rt_ms) for r in ratings] == [
            ("trust", "left", "5", 812.5),
            ("trust", "right", "5", 812.5),
        ]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.lists(st.integers(1, 14), min_size=1, max_size=10), min_size=1, max_size=8))
def test_whatever_comes_twice_or_out_of_order_is_stored_once(published, engine, deliveries):
    session = start(engine)
    for batch in deliveries:
        outcome = send(engine, session, [trial_message(n, n) for n in batch])
        assert set(outcome.acknowledged) == set(batch)
    sent = {n for batch in deliveries for n in batch}
    with reading(engine) as db:
        mine = flow.session_by_id(db, session).id
        stored = db.execute(
            select(Trial.position, Trial.id).where(Trial.session_id == mine, Trial.status == "answered")
        )
        ids = {row.position: row.id for row in stored}
        assert set(ids) == sent
        counts = Counter(db.scalars(select(Rating.trial_id).where(Rating.trial_id.in_(ids.values()))))
        assert set(counts.values()) == {2}
        assert db.scalar(select(func.count()).select_from(Event).where(Event.session_id == mine)) == 0


def test_an_answer_under_a_number_that_another_device_used_is_stored_all_the_same(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(7, 1, value="5")])
    for _ in range(2):
        assert send(engine, session, [trial_message(7, 2, value="3")]).acknowledged == (7,)
    with reading(engine) as db:
        answered = db.scalars(
            select(Trial.position).where(Trial.status == "answered").order_by(Trial.position)
        )
        assert answered.all() == [1, 2]
        assert db.scalars(select(Rating.value).order_by(Rating.id)).all() == ["5", "5", "3", "3"]
        study = db.scalars(select(Study)).one()
        assert list(verify_study(db, study, Count())) == []


def test_a_second_different_answer_is_refused_and_kept_as_an_event(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(1, 1, value="5")])
    outcome = send(engine, session, [trial_message(2, 1, value="1")])
    assert outcome.acknowledged == (2,)
    with reading(engine) as db:
        assert set(db.scalars(select(Rating.value))) == {"5"}
        event = db.scalars(select(Event)).one()
        assert (event.kind, event.position) == ("second_answer", 1)
        assert event.detail["ratings"] == "trust.left=1; trust.right=1"


def test_an_interrupted_exposure_stays_interrupted(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(1, 1, status="interrupted")])
    send(engine, session, [trial_message(2, 1)])
    with reading(engine) as db:
        assert db.scalars(select(Trial.status).where(Trial.position == 1)).one() == "interrupted"
        assert db.scalar(select(func.count()).select_from(Rating)) == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"position": 99}, "position: expected a trial of this session, found 99"),
        ({"status": "shown"}, "trial.status: Input should be 'answered', 'interrupted' or 'timed_out'"),
        ({"ratings": []}, "trust of left is not answered; trust of right is not answered"),
        ({"presentation": {"shown_ms": float("nan")}}, "Input should be a finite number"),
        ({"extra": 1}, "trial.extra: Extra inputs are not permitted"),
    ],
)
def test_a_message_that_cannot_be_kept_is_refused_with_the_reason(published, engine, change, reason):
    session = start(engine)
    outcome = send(engine, session, [trial_message(1, 1) | change, trial_message(2, 2)])
    assert outcome.acknowledged == (2,)
    assert outcome.refused[0][0] == 1
    assert reason in outcome.refused[0][1]


@pytest.mark.parametrize("value", ["0", "8", "5.0", "", "five"])
def test_a_rating_outside_its_scale_is_refused(published, engine, value):
    session = start(engine)
    outcome = send(engine, session, [trial_message(1, 1, value=value)])
    assert outcome.acknowledged == ()
    assert f"expected a whole number from 1 to 7, found {value!r}" in outcome.refused[0][1]


def test_events_are_kept_with_their_time(published, engine):
    session = start(engine)
    event = {
        "number": 1,
        "kind": "event",
        "event": "hidden",
        "position": 3,
        "at_ms": 12.5,
        "detail": {"a": 1},
    }
    assert send(engine, session, [event]).acknowledged == (1,)
    with reading(engine) as db:
        stored = db.scalars(select(Event)).one()
        assert (stored.kind, stored.position, stored.at_ms, stored.detail) == ("hidden", 3, 12.5, {"a": 1})


def test_the_completion_waits_for_every_answer(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(1, 1)])
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        assert flow.finish_task(db, current, now=MOMENT) == tuple(range(2, 27))
        assert current.step == "task"
        assert flow.finish(db, current, now=MOMENT) is None
        assert current.status == "in_progress"
    assert complete(engine, session) is not None
    with reading(engine) as db:
        row = flow.session_by_id(db, session)
        assert (row.status, row.step) == ("completed", "debrief")
        assert db.scalars(select(Place.status).where(Place.holder == session)).one() == "completed"


def test_a_wrong_questionnaire_stores_nothing_and_says_what_is_wrong(published, engine):
    session = start(engine)
    answer_everything(engine, session)
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        flow.finish_task(db, current, now=MOMENT)
        entered = {"age": "12", "gender": "x"}
        faults = flow.record_questionnaire(db, current, "about_you", entered, now=MOMENT)
        assert {item: str(fault) for item, fault in faults.items()} == {
            "age": "Please enter a whole number from 18 to 110.",
            "gender": "Please choose one of the options.",
            "ai_use": "Please answer this question.",
        }
        assert current.step == "after"


def test_withdrawing_erases_everything_counts_it_and_frees_the_place(published, engine):
    session = start(engine, identifiers={"PROLIFIC_PID": "abc"})
    send(engine, session, [trial_message(1, 1)])
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        flow.withdraw(db, current, erasures=published.settings.erasures, now=MOMENT)
    with reading(engine) as db:
        for table in (Session, Trial, Rating, LedgerEntry, Event, RecruiterIdentifier):
            assert db.scalar(select(func.count()).select_from(table)) == 0
        assert db.scalars(select(Departure.kind)).all() == ["withdrawn"]
        assert db.scalars(select(Place.status).where(Place.ordinal == 0)).one() == "open"


def test_the_withdrawal_code_works_once_however_it_is_typed(published, engine):
    code = complete(engine, start(engine))
    with writing(engine) as db:
        study = the_study(db).id
        log = published.settings.erasures
        typed = f" {code.lower().replace('-', ' ')} "
        assert not flow.withdraw_by_code(db, study, "AAAA-AAAA-AAAA", erasures=log, now=MOMENT)
        assert flow.withdraw_by_code(db, study, typed, erasures=log, now=MOMENT)
        assert not flow.withdraw_by_code(db, study, code, erasures=log, now=MOMENT)


def test_a_place_left_behind_is_given_to_the_next_person(published, engine):
    start(engine)
    start(engine)
    late = start(engine, at=MOMENT + timedelta(hours=2))
    with reading(engine) as db:
        assert flow.session_by_id(db, late).place == 0


def test_activity_keeps_a_place(published, engine):
    first = start(engine)
    send(engine, first, [trial_message(1, 1)], at=MOMENT + timedelta(minutes=40))
    other = start(engine, at=MOMENT + timedelta(minutes=50))
    with reading(engine) as db:
        assert flow.session_by_id(db, other).place == 1


def test_when_all_places_are_taken_the_study_is_full(published, engine):
    sessions = [start(engine) for _ in range(49)]
    with reading(engine) as db:
        rows = [flow.session_by_id(db, session) for session in sessions]
        assert {row.place for row in rows[:48]} == set(range(48))
        assert (rows[48].status, rows[48].step) == ("screened_out", "full")
        lists = Counter(row.list_number for row in rows[:48])
        assert set(lists.values()) == {4}


def test_rehearsals_have_places_of_their_own(published, engine):
    robots = [start(engine, namespace="robot") for _ in range(3)]
    person = start(engine)
    with reading(engine) as db:
        assert [flow.session_by_id(db, robot).place for robot in robots] == [0, 1, 2]
        assert flow.session_by_id(db, person).place == 0


def test_forty_at_once_get_forty_places(published, engine):
    with ThreadPoolExecutor(16) as pool:
        sessions = list(pool.map(lambda _: start(engine), range(40)))
    with reading(engine) as db:
        taken = [flow.session_by_id(db, session).place for session in sessions]
    assert sorted(taken) == list(range(40))


def test_the_same_recruiter_identifier_finds_the_same_session(published, engine):
    first = start(engine, identifiers={"PROLIFIC_PID": "abc"})
    with writing(engine) as db:
        again = flow.enrol(db, the_study(db), flow.Visitor(identifiers={"PROLIFIC_PID": "abc"}), now=MOMENT)
        other = flow.enrol(db, the_study(db), flow.Visitor(identifiers={"PROLIFIC_PID": "xyz"}), now=MOMENT)
        assert again.session == first
        assert other.session != first


def test_a_refused_consent_is_counted_and_nothing_else_is_kept(published, engine):
    with writing(engine) as db:
        flow.decline(db, the_study(db), namespace="live", now=MOMENT)
    with reading(engine) as db:
        assert db.scalars(select(Departure.kind)).all() == ["declined"]
        assert db.scalar(select(func.count()).select_from(Session)) == 0


def test_a_researcher_link_works_once_and_not_for_ever(published, engine):
    with writing(engine) as db:
        token = flow.open_link(db, the_study(db), now=MOMENT)
        old = flow.open_link(db, the_study(db), now=MOMENT - timedelta(days=8))
        assert flow.use_link(db, old, now=MOMENT) is None
        assert flow.use_link(db, token, now=MOMENT) is not None
        assert flow.use_link(db, token, now=MOMENT) is None
        assert flow.use_link(db, "guess", now=MOMENT) is None
