"""Who withdrew stays erased, whatever is restored; what is due is purged."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, make_url, select

from study import flow
from study.app import create_app
from study.cli import facevalue
from study.database import open_engine, reading, writing
from study.erasures import add_lines, digest, note_erasure, read_erasures
from study.models import (
    Departure,
    Invitation,
    LedgerEntry,
    Place,
    Rating,
    RecruiterIdentifier,
    Session,
    Trial,
)
from study.researcher.progress import read_progress
from study.running import now as moment_now
from tests.conftest import MOMENT
from tests.study.browser_like import Walker
from tests.study.test_flow import complete, send, start, the_study, trial_message
from tests.study.variants import publish_variant, study_named
from tests.templates import fresh_postgres

EVERYTHING = (Session, Trial, Rating, LedgerEntry, RecruiterIdentifier)


def count(engine, table):
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(table))


def run(published, *arguments):
    where = ["--data", str(published.settings.data), "--database", published.settings.database]
    return CliRunner().invoke(facevalue, ["study", *arguments, *where])


# ---- the log ----


@given(
    sessions=st.lists(st.text("0123456789abcdef", min_size=16, max_size=16), max_size=20),
    cut=st.integers(2, 92),
)
def test_the_log_gives_back_what_was_noted_even_after_a_line_was_cut_off(tmp_path_factory, sessions, cut):
    log = tmp_path_factory.mktemp("log") / "erasures.log"
    for session in sessions:
        note_erasure(log, session, at=MOMENT)
    assert read_erasures(log) == {digest(session): MOMENT for session in sessions}
    if sessions:
        log.write_bytes(log.read_bytes()[:-cut])
        note_erasure(log, "the next one", at=MOMENT)
        whole = [digest(session) for session in dict.fromkeys(sessions)][:-1]
        assert list(read_erasures(log)) == [*whole, digest("the next one")]


def test_the_log_holds_no_identifier_is_private_and_only_grows(tmp_path):
    log = tmp_path / "erasures.log"
    note_erasure(log, "a1b2c3d4", at=MOMENT)
    first = log.read_bytes()
    note_erasure(log, "a1b2c3d4", at=MOMENT + timedelta(days=1))
    note_erasure(log, "e5f6", at=MOMENT)
    assert log.read_bytes().startswith(first)
    assert len(log.read_text().splitlines()) == 2
    assert "a1b2c3d4" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


# ---- restoring ----


@pytest.fixture
def backup(database, engine, tmp_path, request):
    """Two functions: take a copy of the database, and put it back."""
    if database.startswith("sqlite"):
        file = tmp_path / "facevalue.sqlite"
        copy = tmp_path / "backup.sqlite"

        def take():
            with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(copy)) as saved:
                live.backup(saved)

        def restore():
            engine.dispose()
            for rest in tmp_path.glob("facevalue.sqlite-*"):
                rest.unlink()
            shutil.copy(copy, file)

        yield take, restore
        return
    admin = open_engine(fresh_postgres(request.getfixturevalue("postgres_server")))
    name = make_url(database).database

    def clone(source, target):
        engine.dispose()
        with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
            connection.exec_driver_sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')

    yield (lambda: clone(name, f"{name}_copy")), (lambda: clone(f"{name}_copy", name))
    admin.dispose()


def test_a_restored_backup_never_brings_erased_answers_back(published, engine, backup):
    take, restore = backup
    code = complete(engine, start(engine, identifiers={"PROLIFIC_PID": "abc"}))
    stays = start(engine)
    send(engine, stays, [trial_message(1, 1)])
    take()
    with writing(engine) as db:
        study = the_study(db).id
        assert flow.withdraw_by_code(db, study, code, erasures=published.settings.erasures, now=MOMENT)
    restore()
    assert count(engine, Session) == 2, "the backup did hold the answers"
    assert count(engine, Departure) == 0
    for _ in range(2):
        app = create_app(published.settings)
        app.extensions["facevalue_engine"].dispose()
        with reading(engine) as db:
            assert db.scalars(select(Session.session)).all() == [stays]
            gone = db.scalars(select(Departure)).one()
            assert (gone.kind, gone.status, gone.at) == ("withdrawn", "completed", MOMENT)
            assert db.scalar(select(func.count()).select_from(RecruiterIdentifier)) == 0
            assert db.scalar(select(func.count()).select_from(Rating)) == 2
            places = db.scalars(select(Place.status).where(Place.status != "open")).all()
            assert places == ["claimed"], "the place is free, that of who stays is not"
            assert read_progress(db, the_study(db), namespace="live", now=MOMENT).n_came == 2


def test_an_export_of_a_restored_backup_holds_nothing_erased(published, engine, backup, tmp_path):
    take, restore = backup
    session = start(engine)
    take()
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        flow.withdraw(db, current, erasures=published.settings.erasures, now=MOMENT)
    restore()
    done = run(published, "export", published.slug, "--out", str(tmp_path / "export"))
    assert done.exit_code == 0, done.output
    assert "0 trials" in done.output
    everything = b"".join(f.read_bytes() for f in (tmp_path / "export").rglob("*") if f.is_file())
    assert session.encode() not in everything


def test_a_log_saved_elsewhere_can_be_brought_along(published, engine, tmp_path):
    session = start(engine)
    add_lines(tmp_path / "saved.log", {digest(session): MOMENT})
    done = run(published, "erase-again", "--log", str(tmp_path / "saved.log"))
    assert done.exit_code == 0, done.output
    assert "erasures.log: 1; back in the database and erased again: 1" in done.output
    assert count(engine, Session) == 0
    assert "erased again: 0" in run(published, "erase-again").output
    assert count(engine, Departure) == 1


def test_when_the_erasure_cannot_be_noted_nothing_is_said_to_be_erased(published, engine, tmp_path):
    session = start(engine)
    nowhere = tmp_path / "no" / "such" / "folder.log"
    with pytest.raises(OSError), writing(engine) as db:
        flow.withdraw(db, flow.session_by_id(db, session), erasures=nowhere, now=MOMENT)
    assert count(engine, Session) == 1


def test_pressing_twice_at_once_counts_once(published, engine):
    code = complete(engine, start(engine))

    def withdraw(_):
        with writing(engine) as db:
            study = the_study(db).id
            return flow.withdraw_by_code(db, study, code, erasures=published.settings.erasures, now=MOMENT)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(withdraw, range(8))) == [False] * 7 + [True]
    assert count(engine, Departure) == 1


def test_processes_that_start_at_once_on_a_restored_backup_count_once(published, engine):
    sessions = [start(engine) for _ in range(3)]
    with writing(engine) as db:
        db.scalars(select(Session).where(Session.session == sessions[0])).one().cell = "told"
    for session in sessions:
        note_erasure(published.settings.erasures, session, at=MOMENT)

    def erase(_):
        with writing(engine) as db:
            return flow.erase_again(db, erasures=published.settings.erasures)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(erase, range(6))) == 3
    with reading(engine) as db:
        gone = db.execute(select(Departure.kind, Departure.cell, Departure.status)).all()
    assert sorted(gone) == [("withdrawn", "", "in_progress")] * 2 + [("withdrawn", "told", "in_progress")]


# ---- retention ----

RETENTION = "[retention]\nidentifiers_days = 30\nunfinished_days = 10\n"


@pytest.fixture
def kept(published, engine):
    """A study with dates: one who completed, one who stopped, one who failed nothing but stopped early."""
    slug = publish_variant(published, engine, recruitment='recruiter = "prolific"', tables=RETENTION)
    with writing(engine) as db:
        for number, status in enumerate(("completed", "in_progress", "failed_checks")):
            session = flow.enrol(
                db,
                study_named(db, slug),
                flow.Visitor(identifiers={"PROLIFIC_PID": f"p{number}", "STUDY_ID": "s"}),
                now=MOMENT,
            )
            session.status = status
    return slug


@pytest.mark.parametrize(("days", "identified", "unfinished"), [(9, 0, 0), (11, 0, 1), (31, 3, 1)])
def test_what_is_due_follows_the_dates(kept, engine, days, identified, unfinished):
    with reading(engine) as db:
        due = flow.retention_due(db, study_named(db, kept), now=MOMENT + timedelta(days=days))
    assert (due.n_identifiers_due, due.n_unfinished_due) == (identified, unfinished)
    assert (due.n_identified, due.n_unfinished) == (3, 1)
    assert due.identifiers_next == MOMENT + timedelta(days=30)
    assert due.unfinished_next == MOMENT + timedelta(days=10)


def test_purging_erases_what_is_due_and_counts_whom_it_erased(kept, engine):
    with writing(engine) as db:
        flow.purge(db, study_named(db, kept), now=MOMENT + timedelta(days=11))
    with reading(engine) as db:
        assert sorted(db.scalars(select(Session.status))) == ["completed", "failed_checks"]
        gone = db.scalars(select(Departure)).one()
        assert (gone.kind, gone.status) == ("purged", "in_progress")
        assert read_progress(db, study_named(db, kept), namespace="live", now=MOMENT).n_came == 3
        assert db.scalar(select(func.count()).select_from(RecruiterIdentifier)) == 4
    with writing(engine) as db:
        flow.purge(db, study_named(db, kept), now=MOMENT + timedelta(days=31))
    assert (count(engine, Session), count(engine, RecruiterIdentifier)) == (2, 0)
    with reading(engine) as db:
        due = flow.retention_due(db, study_named(db, kept), now=MOMENT + timedelta(days=32))
    assert (due.n_identified, due.identifiers_next) == (0, None)


def test_the_command_says_what_is_due_and_does_it(kept, published, engine):
    old = moment_now() - MOMENT > timedelta(days=31)
    assert old, "the clock of this machine is before the moment of the tests"
    dry = run(published, "purge", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert f"{published.slug}: answers of people who never completed: kept" in dry.output
    assert "variant: recruiters' identifiers due: 3 of 3 people (kept 30 days)" in dry.output
    assert "variant: answers of people who never completed due: 1 of 1 people (kept 10 days)" in dry.output
    assert count(engine, Session) == 3
    done = run(published, "purge", kept)
    assert "variant: answers of people who never completed purged: 1 of 1" in done.output
    assert (count(engine, Session), count(engine, RecruiterIdentifier)) == (2, 0)
    assert "identifiers purged: 0 of 0" in run(published, "purge", kept).output
    unknown = run(published, "purge", "nothing-here")
    assert unknown.exit_code == 1
    assert "expected the slug of a published study (headshots-demo, variant)" in unknown.output


def test_the_researchers_page_shows_the_dates(kept, published, app, engine):
    with writing(engine) as db:
        token = flow.open_link(db, study_named(db, kept), now=moment_now())
    client = app.test_client()
    entrance = client.get(f"/researcher/enter/{token}").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', entrance)[1]
    client.post(f"/researcher/enter/{token}", data={"csrf_token": csrf})
    page = client.get(f"/researcher/{kept}/").text
    assert "How long data are kept" in page
    assert "2026-03-31" in page
    assert "2026-03-11" in page
    assert f"facevalue study purge {kept}" in page


# ---- invitations ----


def test_invitations_are_printed_once_and_purged_with_the_identifiers(published, engine, app, tmp_path):
    slug = publish_variant(published, engine, recruitment='recruiter = "personal"', tables=RETENTION)
    labels = tmp_path / "people.txt"
    labels.write_text("Ada\n\nBo, née Berg\n", encoding="utf-8")
    done = run(published, "invite", slug, "--labels", str(labels), "--address", "https://x.org/")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(done.output)))
    assert [row["label"] for row in rows] == ["Ada", "Bo, née Berg"]
    assert all(row["link"].startswith(f"https://x.org/s/{slug}/?key=") for row in rows)
    key = rows[0]["link"].partition("key=")[2]
    with reading(engine) as db:
        stored = db.scalars(select(Invitation)).all()
        assert key not in {invitation.token_hash for invitation in stored}
    walker = Walker(app.test_client(), slug)
    walker.get(f"?key={key}")
    walker.post("consent", consent="yes", agree="yes", age="30", key=key)
    with writing(engine) as db:
        session = db.scalars(select(Session)).one()
        session.status = "completed"
        flow.purge(db, study_named(db, slug), now=moment_now() + timedelta(days=31))
    with reading(engine) as db:
        assert db.scalars(select(Invitation.label)).all() == ["Bo, née Berg"]
    again = Walker(app.test_client(), slug)
    assert "This link does not lead in" in again.get(f"?key={key}").text


def test_invitations_come_in_numbers_too(published, engine):
    slug = publish_variant(published, engine, recruitment='recruiter = "personal"')
    done = run(published, "invite", slug, "--n", "50")
    links = [row["link"] for row in csv.DictReader(io.StringIO(done.output))]
    assert len(set(links)) == 50
    assert count(engine, Invitation) == 50


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["headshots-demo", "--n", "2"], 'expected "personal" for personal links, found "plain"'),
        (["nothing-here", "--n", "2"], "expected the slug of a published study"),
        (["headshots-demo"], "expected either --n or --labels"),
    ],
)
def test_invitations_that_cannot_be_made_are_refused_with_the_reason(published, arguments, sentence):
    done = run(published, "invite", *arguments)
    assert done.exit_code != 0
    assert sentence in " ".join(done.output.split())
