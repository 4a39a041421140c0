"""Coming back: the block's policy by the server's clock, other devices; nothing seen is new again."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from study import flow
from study.answer_queue import AnswerQueue
from study.app import create_app
from study.database import reading, writing
from study.models import Event, LedgerEntry, Place, Rating, Session, Trial
from study.participant import task
from study.protocol import check_study, read_study
from study.running import now
from study.settings import Settings
from tests.study.browser_like import Walker, answers
from tests.study.own_study import edit

PRACTICE, TRUST, DETECT = range(1, 3), range(3, 15), range(15, 27)


@pytest.fixture
def visit(study_folder, database, engine, tmp_path, monkeypatch):
    """A browser at a study whose main blocks have a policy; `visit.after(minutes)` moves the clock."""
    made = []

    def make(policy: str, *, recruitment: str = "") -> Walker:
        folder = tmp_path / "own"
        shutil.copytree(study_folder, folder)
        file = folder / "study.toml"
        for name in ("trust", "detect"):
            edit(file, f'name = "{name}"\n', f'name = "{name}"\n{policy}\n')
        if recruitment:
            edit(file, 'recruiter = "plain"', recruitment)
        settings = Settings(data=tmp_path, database=database, secret_key="for tests only")
        with writing(engine) as db:
            study = flow.publish(db, read_study(file), pictures=settings.pictures, now=now())
            flow.open_unchecked(db, study, opened_as="test", now=now())
            slug = study.slug
        app = create_app(settings)
        app.config["RATELIMIT_ENABLED"] = False
        made.append(app)
        return Walker(app.test_client(), slug)

    def after(minutes: float) -> None:
        later = now() + timedelta(minutes=minutes)
        monkeypatch.setattr(task, "now", lambda: later)
        for app in made:
            monkeypatch.setitem(app.extensions, "facevalue_answers", answers_at(app, later))

    make.after = after
    make.apps = made
    yield make
    for app in made:
        app.extensions["facevalue_engine"].dispose()


def answers_at(app, moment):
    """The queue that stores answers, with its clock at a moment."""
    return AnswerQueue(app.extensions["facevalue_engine"], now=lambda: moment)


def begin(walker: Walker, until: int) -> dict:
    """Answer the trials up to a position; returns the whole plan."""
    plan = walker.start()
    walker.send("messages", {"messages": [m for m in answers(plan) if m["position"] <= until]})
    return plan


def stored(engine, model, *columns):
    with reading(engine) as db:
        return db.execute(select(*columns).order_by(model.id)).all()


def positions(trials) -> list[int]:
    return [trial["position"] for trial in trials]


RESTART = 'resume = "restart_block"\nlongest_gap_minutes = 5'
END = 'resume = "end"\nlongest_gap_minutes = 5'


@pytest.mark.parametrize("policy", [RESTART, END, ""])
def test_a_short_absence_simply_goes_on(visit, engine, policy):
    walker = visit(policy)
    begin(walker, until=8)
    visit.after(4.9)
    assert walker.send("resume", {"unsent": []}).json == {"resume": "continue", "next": None}
    plan = walker.get("plan").json
    assert positions(plan["trials"]) == list(range(9, 27))
    assert plan["again"] == []
    assert stored(engine, Event, Event.kind) == []


def test_by_default_even_a_long_absence_goes_on(visit):
    walker = visit("")
    begin(walker, until=8)
    visit.after(40)
    assert walker.send("resume", {"unsent": []}).json["resume"] == "continue"


def test_a_restarted_block_begins_with_its_practice_and_shows_nothing_again_that_was_seen(visit, engine):
    walker = visit(RESTART)
    whole = begin(walker, until=8)
    visit.after(6)
    assert walker.send("resume", {"unsent": []}).json["resume"] == "restart_block"
    plan = walker.get("plan").json
    assert positions(plan["again"]) == list(PRACTICE)
    assert positions(plan["trials"]) == list(range(9, 27))
    assert plan["trials"] == [trial for trial in whole["trials"] if trial["position"] >= 9]
    marked = {p: n for p, n in stored(engine, Trial, Trial.position, Trial.block_restarts) if n}
    assert marked == dict.fromkeys(range(9, 15), 1)
    [(kind, position, detail)] = stored(engine, Event, Event.kind, Event.position, Event.detail)
    assert (kind, position) == ("block_restarted", 9)
    assert detail == {"block": "trust", "away_minutes": pytest.approx(6, abs=0.1), "trials_left": 6}


def test_practice_comes_again_until_a_trial_of_the_block_is_answered(visit, engine):
    walker = visit(RESTART)
    begin(walker, until=8)
    visit.after(6)
    walker.send("resume", {"unsent": []})
    assert walker.send("resume", {"unsent": []}).json["resume"] == "continue"
    assert positions(walker.get("plan").json["again"]) == list(PRACTICE)
    visit.after(7)
    plan = walker.get("plan").json
    walker.send("messages", {"messages": [next(answers(plan))]})
    assert walker.get("plan").json["again"] == []
    assert {r for (r,) in stored(engine, Trial, Trial.block_restarts)} == {None, 1}


def test_one_row_stays_one_row_however_often_a_block_is_restarted(visit, engine):
    walker = visit(RESTART)
    begin(walker, until=4)
    for turn, answered in ((1, 6), (2, 8), (3, 26)):
        visit.after(10 * turn)
        walker.send("resume", {"unsent": []})
        plan = walker.get("plan").json
        walker.send("messages", {"messages": [m for m in answers(plan) if m["position"] <= answered]})
    rows = stored(engine, Trial, Trial.position, Trial.status, Trial.block_restarts)
    assert [position for position, _, _ in rows] == list(range(1, 27))
    assert {status for _, status, _ in rows} == {"answered"}
    assert [restarts for _, _, restarts in rows] == [None] * 4 + [1] * 2 + [2] * 2 + [3] * 6 + [None] * 12


def test_answers_that_waited_in_the_browser_were_given_before_the_restart(visit, engine):
    walker = visit(RESTART)
    begin(walker, until=8)
    visit.after(6)
    walker.send("resume", {"unsent": [9, 10]})
    marked = [p for p, n in stored(engine, Trial, Trial.position, Trial.block_restarts) if n]
    assert marked == list(range(11, 15))


@pytest.mark.parametrize(("policy", "until"), [(RESTART, 14), (END, 14), (END, 0)])
def test_between_blocks_there_is_nothing_to_restart_and_nothing_to_end(visit, policy, until):
    walker = visit(policy)
    begin(walker, until=until)
    visit.after(30)
    assert walker.send("resume", {"unsent": []}).json["resume"] == "continue"


def test_where_the_block_says_so_a_long_absence_ends_kindly_and_frees_the_place(visit, engine):
    walker = visit(END)
    plan = begin(walker, until=8)
    visit.after(6)
    assert walker.send("resume", {"unsent": []}).json == {
        "resume": "end",
        "next": "/s/headshots-demo/session",
    }
    page = walker.get("session").text
    assert "The study ended while you were away" in page
    assert "TECHNICAL" in page
    assert "withdraw" in page
    with reading(engine) as db:
        session = db.scalars(select(Session)).one()
        assert (session.status, session.step) == ("lapsed", "away")
        assert session.withdrawal_code_hash
        assert {p.status for p in db.scalars(select(Place).where(Place.holder == session.session))} == set()
        assert db.scalars(select(Event.kind)).all() == ["ended_after_gap"]
    # What was on its way still arrives and is kept.
    late = [m for m in answers(plan) if m["position"] == 9]
    assert walker.send("messages", {"messages": late}).json["acknowledged"] == [late[0]["number"]]
    assert walker.get("plan").status_code == 404
    assert walker.send("resume", {"unsent": []}).json["resume"] == "end"


def test_a_place_freed_by_the_end_goes_to_the_next_person(visit, engine):
    walker = visit(END)
    begin(walker, until=8)
    with reading(engine) as db:
        place = db.scalars(select(Session.place)).one()
    visit.after(6)
    walker.send("resume", {"unsent": []})
    Walker(visit.apps[0].test_client(), "headshots-demo").start()
    with reading(engine) as db:
        assert db.scalars(select(Session.place).order_by(Session.id)).all() == [place, place]


@pytest.mark.parametrize("body", [{}, {"unsent": 1}, {"unsent": ["1"]}, {"unsent": [True]}, [], 3])
def test_resuming_by_a_body_that_makes_no_sense_changes_nothing(visit, engine, body):
    walker = visit(END)
    begin(walker, until=8)
    visit.after(60)
    assert walker.send("resume", body).status_code == 400
    assert stored(engine, Session, Session.status) == [("in_progress",)]


def test_opening_addresses_without_sending_anything_changes_nothing(visit, engine):
    """Link previews, prefetching browsers and history views only ever get."""
    walker = visit(END)
    for path in ("", "session", "plan", "messages", "resume", "task-done", "device", "questionnaire"):
        walker.get(path)
    assert stored(engine, Session, Session.id) == []
    begin(walker, until=8)
    before = stored(engine, Session, Session.status, Session.step, Session.last_seen_at)
    visit.after(60)
    for path in ("", "session", "plan", "resume", "information", "withdraw", "trouble"):
        walker.get(path)
    assert stored(engine, Session, Session.status, Session.step, Session.last_seen_at) == before
    assert walker.send("resume", {"unsent": []}).json["resume"] == "end"


def test_on_a_second_device_the_session_goes_on_and_what_comes_late_from_the_first_is_no_second_row(
    visit, engine
):
    link = {"PROLIFIC_PID": "a" * 24, "STUDY_ID": "b" * 24, "SESSION_ID": "c" * 24}
    first = visit("", recruitment='recruiter = "prolific"')
    first.get(query_string=link)
    first.post("consent", consent="yes", agree="yes", age="35", **link)
    plan = first.start_from_device()
    meant = list(answers(plan))
    first.send("messages", {"messages": meant[:4]})
    in_flight = [meant[4] | {"number": 1_048_577}, meant[5] | {"number": 1_048_578}]

    second = Walker(visit.apps[0].test_client(), first.base.split("/")[2])
    assert "Welcome back" in second.get(query_string=link).text
    second.post("consent", consent="back", **link)
    second.get("session")
    second.send("resume", {"unsent": []})
    there = second.get("plan").json
    assert positions(there["trials"]) == list(range(5, 27))
    assert there["session"] == plan["session"]
    here = [m | {"number": 2_097_153 + place} for place, m in enumerate(list(answers(there))[:1])]
    here[0]["ratings"] = [rating | {"value": "6"} for rating in here[0]["ratings"]]
    second.send("messages", {"messages": here})

    told = first.send("messages", {"messages": in_flight}).json
    assert told["acknowledged"] == [1_048_577, 1_048_578]
    with reading(engine) as db:
        trials = db.scalars(select(Trial).where(Trial.status == "answered").order_by(Trial.position)).all()
        assert [trial.position for trial in trials] == [1, 2, 3, 4, 5, 6]
        fifth = db.scalars(select(Rating.value).where(Rating.trial_id == trials[4].id)).all()
        assert fifth == ["6", "6"]
        [event] = db.scalars(select(Event)).all()
        assert (event.kind, event.position, event.detail["ratings"]) == (
            "second_answer",
            5,
            "trust.left=3; trust.right=3",
        )
        assert len(db.scalars(select(LedgerEntry.number).where(LedgerEntry.number.is_not(None))).all()) == 7
        assert db.scalars(select(Session.id)).all() == [1]


def test_the_check_names_policies_that_cannot_work(study_folder, tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(study_folder, folder)
    file = folder / "study.toml"
    edit(file, 'name = "practice"\n', 'name = "practice"\nresume = "restart_block"\n')
    edit(file, 'name = "trust"\n', 'name = "trust"\nlongest_gap_minutes = 20\n')
    edit(file, 'name = "detect"\n', 'name = "detect"\nresume = "restart"\nlongest_gap_minutes = 0\n')
    said = [str(problem) for problem in check_study(file).problems]
    assert any("expected continue or end in practice, found restart_block" in one for one in said)
    assert any("expected resume to say what follows a longer absence, found continue" in one for one in said)
    assert any('found "restart"' in one for one in said)
    assert any("expected a number above 0, found 0" in one for one in said)
