"""Places under dropout: no place twice, never more than were wanted, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, func, select, update

from study import flow
from study.database import reading, writing
from study.flow.places import keep_place, return_place
from study.models import Departure, Place, ProtocolVersion, Session, Trial
from study.protocol import thaw
from tests.conftest import MOMENT
from tests.study.browser_like import Walker
from tests.study.test_flow import (
    GOOD_DEVICE,
    answer_everything,
    complete,
    send,
    start,
    the_study,
    trial_message,
)

LATER = MOMENT + timedelta(hours=2)
CELLS = [
    {"name": "not_told"},
    {"name": "told", "disclosure": "told"},
    {"name": "labelled", "disclosure": "labelled", "labels": "random", "weight": 2},
]


def change(engine, **parts):
    """Write the study's protocol anew, with other settings."""
    import hashlib
    import json

    with writing(engine) as db:
        version = the_study(db).current
        content = json.loads(version.protocol)
        for name, value in parts.items():
            content[name] = {**content[name], **value} if isinstance(value, dict) else value
        protocol = json.dumps(content, sort_keys=True, separators=(",", ":"))
        named = {"protocol": protocol, "protocol_hash": hashlib.sha256(protocol.encode()).hexdigest()}
        db.execute(update(ProtocolVersion).where(ProtocolVersion.id == version.id).values(named))
        thaw(protocol)


def seen(engine, session):
    with reading(engine) as db:
        row = flow.session_by_id(db, session)
        return SimpleNamespace(
            status=row.status, step=row.step, place=row.place, cell=row.cell, list_number=row.list_number
        )


def places(engine, *statuses):
    with reading(engine) as db:
        columns = select(Place.ordinal, Place.cell, Place.status, Place.holder).order_by(Place.ordinal)
        return [row for row in db.execute(columns) if row.status in statuses]


def begin(engine, *, at=MOMENT, namespace="live"):
    return start(engine, at=at, namespace=namespace)


@pytest.fixture
def wide_engine(engine, database):
    """As many connections as PostgreSQL takes; SQLite takes one writer at a time anyway."""
    if database.startswith("sqlite"):
        yield engine
        return
    wide = create_engine(database, pool_size=80, max_overflow=0, pool_timeout=120)
    yield wide
    wide.dispose()


def test_two_hundred_at_once_get_two_hundred_places(published, engine, wide_engine):
    change(engine, recruitment={"target": 200})
    with ThreadPoolExecutor(200) as pool:
        sessions = list(pool.map(lambda _: begin(wide_engine), range(200)))
    with reading(engine) as db:
        held = db.scalars(select(Session.place)).all()
        assert sorted(held) == list(range(200))
        assert len(set(db.scalars(select(Place.holder)))) == 200
        assert set(db.scalars(select(Place.status))) == {"claimed"}
        rows = db.execute(select(Trial.session_id, func.count()).group_by(Trial.session_id)).all()
        assert {n for _, n in rows} == {26}
    assert len(set(sessions)) == 200


def test_of_two_hundred_at_once_as_many_get_in_as_are_wanted(published, engine, wide_engine):
    change(engine, recruitment={"target": 30})
    with ThreadPoolExecutor(100) as pool:
        sessions = list(pool.map(lambda _: begin(wide_engine), range(200)))
    steps = Counter(seen(engine, session).step for session in sessions)
    assert steps == {"task": 30, "full": 170}


def test_cells_share_the_places_by_weight_and_each_fills_its_lists(published, engine):
    change(engine, cells=CELLS, recruitment={"target": 40})
    sessions = [seen(engine, begin(engine)) for _ in range(41)]
    assert Counter(one.cell for one in sessions[:40]) == {"not_told": 10, "told": 10, "labelled": 20}
    assert sessions[40].status == "screened_out"
    for cell in ("not_told", "told"):
        lists = [one.list_number for one in sessions if one.cell == cell]
        assert lists == list(range(10))
    with reading(engine) as db:
        labelled = select(Trial.left_label).join(Session).where(Session.cell == "labelled")
        assert set(db.scalars(labelled)) == {"real", "ai"}
        others = select(Trial.left_label).join(Session).where(Session.cell != "labelled")
        assert set(db.scalars(others)) == {None}


def test_who_comes_back_in_time_keeps_the_place(published, engine):
    session = begin(engine)
    send(engine, session, [trial_message(1, 1)], at=LATER)
    begin(engine, at=LATER)
    assert places(engine, "claimed")[0].holder == session
    assert seen(engine, session).status == "in_progress"


def test_who_comes_back_too_late_goes_on_in_another_place_of_the_same_list(published, engine):
    """The demo study has 12 lists and 48 places: list 0 is at places 0, 12, 24 and 36."""
    late = begin(engine)
    other = begin(engine, at=LATER)
    assert seen(engine, other).place == 0
    complete(engine, late, at=LATER + timedelta(minutes=1))
    assert seen(engine, late).status == "completed"
    assert seen(engine, late).place == 0
    held = {row.ordinal: row.holder for row in places(engine, "claimed", "completed")}
    assert held == {0: other, 12: late}


def test_without_a_place_of_the_same_list_the_last_one_of_the_cell_is_taken(published, engine):
    change(engine, recruitment={"target": 10})
    late = begin(engine)
    begin(engine, at=LATER)
    send(engine, late, [trial_message(1, 1)], at=LATER)
    assert {row.ordinal for row in places(engine, "claimed")} == {0, 9}


@pytest.mark.parametrize("step", ["messages", "end of the trials", "end"])
def test_who_comes_back_when_no_place_is_left_ends_as_lapsed(published, engine, step):
    change(engine, recruitment={"target": 2})
    late = begin(engine)
    if step != "messages":
        answer_everything(engine, late)
    if step == "end":
        with writing(engine) as db:
            current = flow.session_by_id(db, late)
            flow.finish_task(db, current, now=MOMENT)
            current.step = "debrief"
    for _ in range(2):
        complete(engine, begin(engine, at=LATER), at=LATER)
    if step == "messages":
        outcome = send(engine, late, [trial_message(1, 1)], at=LATER)
        assert outcome.acknowledged == (1,)
    with writing(engine) as db:
        current = flow.session_by_id(db, late)
        assert flow.finish_task(db, current, now=LATER) == ()
        assert flow.finish(db, current, now=LATER) is None
        assert current.completed_at is None
    assert (seen(engine, late).status, seen(engine, late).step) == ("lapsed", "lapsed")
    assert len(places(engine, "completed")) == 2


def test_a_lapsed_session_takes_no_place_of_another_cell(published, engine):
    change(engine, cells=CELLS[:2], recruitment={"target": 4})
    late = begin(engine)
    cell = seen(engine, late).cell
    taken = [begin(engine, at=LATER) for _ in range(3)]
    free = [row.cell for row in places(engine, "open")]
    send(engine, late, [trial_message(1, 1)], at=LATER)
    holds = [row for row in places(engine, "claimed") if row.holder == late]
    assert (seen(engine, late).status == "lapsed") == (cell not in free)
    assert all(row.cell == cell for row in holds)
    assert len(taken) == 3


def test_who_comes_back_to_a_full_study_learns_it_on_the_next_page(app, published, engine):
    walker = Walker(app.test_client(), published.slug)
    walker.start()
    with writing(engine) as db:
        db.execute(update(Place).values(status="completed", holder="somebody else"))
    assert walker.get("session").status_code == 200
    assert walker.get("plan").status_code == 404
    with reading(engine) as db:
        lapsed = db.scalars(select(Session)).one()
        assert lapsed.status == "lapsed"
        assert lapsed.withdrawal_code_hash is not None


def test_opening_a_page_keeps_a_place(app, published, engine):
    walker = Walker(app.test_client(), published.slug)
    walker.start()
    with writing(engine) as db:
        db.execute(update(Place).values(lease_until=MOMENT))
    walker.get("session")
    with reading(engine) as db:
        assert db.scalars(select(Place.lease_until).where(Place.status == "claimed")).one() > MOMENT


def test_a_place_given_back_goes_to_the_next_person(published, engine):
    first, _ = begin(engine), begin(engine)
    complete(engine, first)
    with writing(engine) as db:
        return_place(db, flow.session_by_id(db, first))
    assert seen(engine, begin(engine)).place == 0


def test_activity_of_a_completed_session_claims_nothing(published, engine):
    first = begin(engine)
    complete(engine, first)
    with writing(engine) as db:
        assert keep_place(db, flow.session_by_id(db, first), now=LATER)
    assert len(places(engine, "completed")) == 1
    assert places(engine, "claimed") == []


def test_after_the_last_day_nobody_new_begins_but_who_began_may_finish(published, engine):
    change(engine, stopping={"last_day": "2026-03-01"})
    under_way = begin(engine)
    next_day = MOMENT + timedelta(days=1)
    assert seen(engine, begin(engine, at=next_day)).step == "full"
    assert seen(engine, begin(engine, at=next_day, namespace="pilot")).step == "task"
    complete(engine, under_way, at=next_day)
    assert seen(engine, under_way).status == "completed"


def test_no_more_begin_than_may_however_many_come_at_once(published, engine):
    change(engine, stopping={"most_started": 12})
    with ThreadPoolExecutor(40) as pool:
        sessions = list(pool.map(lambda _: begin(engine), range(40)))
    assert Counter(seen(engine, session).step for session in sessions) == {"task": 12, "full": 28}


def test_a_cell_that_has_stopped_gets_nobody_new_and_the_others_go_on(published, engine):
    change(engine, cells=CELLS, stopping={"cells": [{"cell": "told", "most_started": 3}]})
    with ThreadPoolExecutor(20) as pool:
        sessions = list(pool.map(lambda _: begin(engine), range(20)))
    cells = Counter(seen(engine, session).cell for session in sessions)
    assert cells["told"] == 3
    assert sum(cells.values()) == 20


def test_who_withdrew_has_begun_all_the_same(published, engine):
    change(engine, stopping={"most_started": 2})
    with writing(engine) as db:
        db.add(
            Departure(
                study_id=the_study(db).id, namespace="live", kind="withdrawn", status="in_progress", at=MOMENT
            )
        )
    assert [seen(engine, begin(engine)).step for _ in range(2)] == ["task", "full"]


def test_a_lowered_target_closes_the_places_beyond_it(published, engine):
    begin(engine)
    change(engine, recruitment={"target": 2})
    assert [seen(engine, begin(engine)).step for _ in range(2)] == ["task", "full"]


def test_a_raised_target_opens_more_places(published, engine):
    change(engine, recruitment={"target": 1})
    assert [seen(engine, begin(engine)).step for _ in range(2)] == ["task", "full"]
    change(engine, recruitment={"target": 3})
    assert [seen(engine, begin(engine)).step for _ in range(3)] == ["task", "task", "full"]


def test_rehearsals_have_places_without_end(published, engine):
    change(engine, recruitment={"target": 2})
    robots = [seen(engine, begin(engine, namespace="robot")) for _ in range(70)]
    assert [robot.place for robot in robots] == list(range(70))
    assert seen(engine, begin(engine)).place == 0


def test_the_device_decides_before_a_place_is_taken(published, engine):
    with writing(engine) as db:
        session = flow.enrol(db, the_study(db), flow.Visitor(), now=MOMENT)
        assert keep_place(db, session, now=MOMENT)
        flow.record_device(db, session, GOOD_DEVICE, now=MOMENT)
        assert session.place == 0
