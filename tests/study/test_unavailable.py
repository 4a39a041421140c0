"""While the database is away, full or busy, the browser is told to try again, and nothing is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select, text

from study import database as study_database
from study.app import create_app
from study.database import open_engine, reading, writing
from study.models import Rating, Session, Trial
from tests.study.browser_like import Walker, answers


@pytest.fixture
def app(published, monkeypatch):
    """An app that waits for half a second instead of eight."""
    monkeypatch.setattr(study_database, "PATIENCE_SECONDS", 0.5)
    app = create_app(published.settings)
    yield app
    app.extensions["facevalue_engine"].dispose()


@pytest.fixture
def under_way(app, published):
    """A participant at the first trial, and the plan."""
    walker = Walker(app.test_client(), published.slug)
    return walker, walker.start()


def send_first(walker, plan):
    return walker.send("messages", {"messages": list(answers(plan))[:1]})


def assert_told_to_try_again(reply):
    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "5"
    assert "Nothing you answered is lost" in reply.json["advice"]


def assert_stored_once(walker, plan, engine):
    assert send_first(walker, plan).json["acknowledged"] == [1]
    assert send_first(walker, plan).json["acknowledged"] == [1]
    with reading(engine) as db:
        assert db.scalars(select(Trial.position).where(Trial.status == "answered")).all() == [1]
        assert db.scalar(select(func.count()).select_from(Rating)) == 2


def test_a_full_disk_loses_nothing(app, under_way, engine):
    if engine.dialect.name != "sqlite":
        pytest.skip("SQLite says itself how large a file may become")
    walker, plan = under_way
    ours = app.extensions["facevalue_engine"]
    limit = event.listens_for(ours, "checkout")

    @limit
    def full(connection, *_):
        connection.execute("PRAGMA max_page_count = 1")

    body = {"messages": list(answers(plan))}
    event_text = "x" * 4000
    many = [
        {"number": n, "kind": "event", "event": "noise", "detail": {"text": event_text}}
        for n in range(1000, 1050)
    ]
    assert_told_to_try_again(walker.send("messages", {"messages": many}))
    event.remove(ours, "checkout", full)
    ours.dispose()
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Trial).where(Trial.status == "answered")) == 0
    assert walker.send("messages", body).json["refused"] == []
    assert len(walker.send("messages", {"messages": many}).json["acknowledged"]) == 50


def test_somebody_who_writes_for_long_keeps_nobody_waiting_for_ever(under_way, published, engine):
    walker, plan = under_way
    other = open_engine(published.settings.database)
    with writing(other) as db:
        db.execute(select(Session.id).with_for_update()).all()
        assert_told_to_try_again(send_first(walker, plan))
    other.dispose()
    assert_stored_once(walker, plan, engine)


@pytest.mark.postgres
def test_a_database_that_was_restarted_is_found_again(app, under_way, engine):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    walker, plan = under_way
    end_others = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as connection:
        assert connection.execute(end_others).all()
    # A connection that is only just being closed may still look whole; the browser then comes again.
    first = send_first(walker, plan)
    if first.status_code != 200:
        assert_told_to_try_again(first)
    assert_stored_once(walker, plan, engine)


@pytest.mark.postgres
def test_a_database_that_is_lost_in_the_middle_loses_nothing(app, under_way, engine):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    walker, plan = under_way
    ours = app.extensions["facevalue_engine"]

    def lose(connection):
        pid = connection.connection.dbapi_connection.info.backend_pid
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}).all()

    event.listen(ours, "commit", lose)
    assert_told_to_try_again(send_first(walker, plan))
    event.remove(ours, "commit", lose)
    assert_stored_once(walker, plan, engine)


def test_pages_say_so_too(app, under_way, monkeypatch):
    walker, _ = under_way
    ours = app.extensions["facevalue_engine"]

    def away(*_):
        raise study_database.BusyError("waited")

    event.listen(ours, "engine_connect", away)
    page = walker.get("session")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "Nothing you answered is lost" in page.text
