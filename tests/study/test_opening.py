"""A published study lets participants in when it is opened, and nobody new once it is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from study import flow
from study.app import create_app
from study.database import reading, writing
from study.links import participant_link
from study.models import Departure, Session
from study.protocol import read_study
from study.readiness.check import Check
from study.settings import Settings
from tests.conftest import MOMENT
from tests.study.browser_like import Walker
from tests.study.test_flow import complete, start, the_study
from tests.study.variants import publish_variant, study_named

PASSED = (Check("texts", True, "in words of your own"),)
FAILED = (*PASSED, Check("power", False, "no power analysis is stated", "write one"))
LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def unopened(study_folder, database, engine, tmp_path):
    settings = Settings(data=tmp_path, database=database, secret_key="for tests only")
    with writing(engine) as db:
        flow.publish(db, read_study(study_folder / "study.toml"), pictures=settings.pictures, now=MOMENT)
    return settings


@pytest.fixture
def client(unopened):
    app = create_app(unopened)
    app.config["RATELIMIT_ENABLED"] = False
    yield app.test_client()
    app.extensions["facevalue_engine"].dispose()


@pytest.fixture
def walker(client):
    return Walker(client, "headshots-demo")


def n_stored(engine):
    with reading(engine) as db:
        return [db.scalar(select(func.count()).select_from(table)) for table in (Session, Departure)]


def test_before_it_is_opened_the_page_says_so_and_offers_no_consent(walker, engine):
    page = walker.get()
    assert page.status_code == 200
    assert "This study has not begun yet" in page.text
    assert "Your agreement" not in page.text
    assert 'name="consent"' not in page.text


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_before_it_is_opened_no_answer_to_the_consent_is_taken(walker, engine, answer):
    walker.get()
    refused = walker.post("consent", consent=answer)
    assert refused.status_code == 403
    assert "This study has not begun yet" in refused.text
    assert n_stored(engine) == [0, 0]


@pytest.mark.parametrize("namespace", ["preview", "pilot", "robot"])
def test_rehearsals_need_no_opening(walker, unopened, engine, namespace):
    link = participant_link(unopened, "headshots-demo", address="", namespace=namespace)
    page = walker.client.get(link)
    assert "Your agreement" in page.text
    token = link.partition("?as=")[2]
    walker.get(query_string={"as": token})
    assert walker.post("consent", consent="yes", agree="yes", age="30", **{"as": token}).status_code == 303
    with reading(engine) as db:
        assert db.scalars(select(Session.namespace)).all() == [namespace]


def test_a_forged_rehearsal_link_is_let_in_no_sooner(walker):
    assert "has not begun yet" in walker.get(query_string={"as": "eyJhIjoxfQ.forged"}).text


def test_an_opened_study_lets_people_in_and_keeps_what_was_checked(walker, engine):
    with writing(engine) as db:
        flow.open_study(db, the_study(db), PASSED, now=LATER)
    assert walker.consent().status_code == 303
    with reading(engine) as db:
        study = the_study(db)
        assert (study.is_open, study.opened_as, study.opened_at) == (True, "study", LATER)
        assert study.readiness == [
            {"name": "texts", "passed": True, "found": "in words of your own", "remedy": ""}
        ]


def test_a_failing_check_keeps_it_closed_and_is_named(unopened, engine):
    with pytest.raises(flow.NotReadyError) as refused, writing(engine) as db:
        flow.open_study(db, the_study(db), FAILED, now=LATER)
    assert str(refused.value) == "power: no power analysis is stated; write one"
    with reading(engine) as db:
        assert not the_study(db).is_open


def test_opening_without_any_check_is_a_mistake_of_ours(unopened, engine):
    with pytest.raises(ValueError, match="expected the checks"), writing(engine) as db:
        flow.open_study(db, the_study(db), (), now=LATER)


def test_what_was_opened_without_checks_says_so_for_ever(published, engine):
    with reading(engine) as db:
        study = the_study(db)
        assert (study.opened_as, study.readiness) == ("test", [])


def test_after_closing_nobody_new_comes_in(published, app, engine):
    with writing(engine) as db:
        flow.close_study(db, the_study(db), now=LATER)
    walker = Walker(app.test_client(), published.slug)
    assert "This study has ended" in walker.get().text
    refused = walker.post("consent", consent="yes", agree="yes", age="30")
    assert refused.status_code == 403
    assert n_stored(engine) == [0, 0]


def test_who_is_under_way_when_it_closes_finishes(published, app, engine):
    walker = Walker(app.test_client(), published.slug)
    plan = walker.start()
    with writing(engine) as db:
        flow.close_study(db, the_study(db), now=LATER)
    walker.answer(plan)
    walker.finish()
    assert "COMPLETE" in walker.seen[-1].text


def test_who_comes_back_by_the_recruiters_link_after_closing_goes_on(published, app, engine):
    slug = publish_variant(published, engine, recruitment='recruiter = "prolific"')
    mine, other = ({"PROLIFIC_PID": name, "STUDY_ID": "s", "SESSION_ID": "x"} for name in ("abc", "xyz"))
    first = Walker(app.test_client(), slug)
    first.get(query_string=mine)
    first.post("consent", consent="yes", agree="yes", age="30", **mine)
    with writing(engine) as db:
        flow.close_study(db, study_named(db, slug), now=LATER)
    again = Walker(app.test_client(), slug)
    assert "Welcome back" in again.get(query_string=mine).text
    assert again.post("consent", consent="back", **mine).status_code == 303
    stranger = Walker(app.test_client(), slug)
    assert "has ended" in stranger.get(query_string=other).text
    assert n_stored(engine) == [1, 0]


def test_a_closed_study_can_be_opened_again_and_remembers_its_first_opening(unopened, engine):
    with writing(engine) as db:
        flow.open_study(db, the_study(db), PASSED, now=MOMENT)
        flow.close_study(db, the_study(db), now=MOMENT)
        flow.open_study(db, the_study(db), PASSED, now=LATER)
    with reading(engine) as db:
        study = the_study(db)
        assert (study.is_open, study.opened_at, study.closed_at) == (True, MOMENT, None)


def test_enrolling_by_another_way_than_the_page_is_refused_too(unopened, engine):
    with pytest.raises(flow.FlowError, match="headshots-demo is not open to participants"):
        start(engine)
    assert complete(engine, start(engine, namespace="robot"))
