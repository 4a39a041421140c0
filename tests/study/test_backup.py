"""A backup brings everything back, on either database, and a restore drill shows it."""

from __future__ import annotations

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event as Signal

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from study import flow
from study.backup import BackupError, back_up, restore
from study.cli import facevalue
from study.database import migrate, open_engine, reading, writing
from study.export import Selection, export_study
from study.models import LedgerEntry, Session, StudyStimulus, Trial
from study.settings import Settings
from study.verify import Count, verify_study
from study.verify_export import verify_export
from tests.conftest import MOMENT, sqlite_alone
from tests.study.test_flow import complete, send, start, the_study, trial_message
from tests.study.test_ledger import everything
from tests.study.test_migration import earlier as earlier
from tests.templates import fresh_postgres

LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def elsewhere(tmp_path, request):
    """Makes an empty installation on a database of one kind."""

    def make(kind):
        folder = tmp_path / f"elsewhere-{kind}"
        folder.mkdir()
        if kind == "sqlite":
            url = f"sqlite:///{folder / 'facevalue.sqlite'}"
        else:
            url = fresh_postgres(request.getfixturevalue("postgres_server"))
        return Settings(data=folder, database=url, secret_key="another one")

    return make


def brought_back(settings, file, **how):
    engine = open_engine(settings.database)
    restored = restore(engine, settings, file, **how)
    return engine, restored


def faults(engine):
    with reading(engine) as db:
        return [str(found) for found in verify_study(db, the_study(db), Count())]


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(settings, *arguments):
    where = ["--data", str(settings.data), "--database", settings.database]
    return CliRunner().invoke(facevalue, ["study", *arguments, *where])


@pytest.fixture
def people(published, engine):
    """One who completed and can be known again, one midway."""
    complete(engine, start(engine, identifiers={"PROLIFIC_PID": "abc"}))
    half = start(engine)
    event = {"number": 2, "kind": "event", "event": "hidden", "at_ms": 12.25, "detail": {"é": 0.1, "a": None}}
    send(engine, half, [trial_message(1, 1), event], at=MOMENT + timedelta(microseconds=123456))
    return half


def test_everything_comes_back_on_the_other_database(people, published, engine, elsewhere, tmp_path):
    saved = back_up(engine, published.settings, tmp_path / "saved" / "b.zip", now=LATER)
    assert (saved.n_pictures, saved.missing) == (104, ())
    target = elsewhere("postgresql" if engine.dialect.name == "sqlite" else "sqlite")
    other, restored = brought_back(target, saved.file)
    assert restored.rows == saved.rows
    assert restored.about.saved_at == LATER
    assert everything(other) == everything(engine)
    assert files_of(target.pictures) == files_of(published.settings.pictures)
    assert {path.stat().st_mtime for path in target.pictures.iterdir()} == {0}
    assert faults(other) == []
    for name, of in (("here", engine), ("there", other)):
        export_study(of, published.slug, tmp_path / name, now=LATER)
    assert files_of(tmp_path / "here") == files_of(tmp_path / "there")
    # And people go on there: new rows get numbers of their own.
    assert send(other, people, [trial_message(3, 2)]).acknowledged == (3,)
    complete(other, start(other))
    assert faults(other) == []
    other.dispose()


def test_a_restore_drill_while_robots_answer(published, engine, elsewhere, tmp_path):
    acknowledged: set[tuple[str, int]] = set()
    stop, warm = Signal(), Signal()

    def robot(_):
        while not stop.is_set():
            session = start(engine, namespace="robot")
            for number in range(1, 15):
                outcome = send(engine, session, [trial_message(number, number)])
                acknowledged.update((session, one) for one in outcome.acknowledged)
                if len(acknowledged) > 30:
                    warm.set()
                if stop.is_set():
                    return

    with ThreadPoolExecutor(4) as pool:
        robots = pool.map(robot, range(4))
        try:
            assert warm.wait(timeout=60)
            before = set(acknowledged)
            saved = back_up(engine, published.settings, tmp_path / "b.zip", now=LATER)
        finally:
            stop.set()
        list(robots)
    assert len(before) > 30
    for kind in ("sqlite", "postgresql"):
        target = elsewhere(kind)
        other, _ = brought_back(target, saved.file)
        with reading(other) as db:
            query = select(Session.session, LedgerEntry.number).join(
                Session, Session.id == LedgerEntry.session_id
            )
            there = {tuple(row) for row in db.execute(query.where(LedgerEntry.kind == "trial"))}
        assert before <= there <= acknowledged, "all that was acknowledged before, and nothing that never was"
        assert faults(other) == []
        # What was exported from the copy is what the original held at that moment, link by link.
        export_study(
            other, published.slug, tmp_path / kind, now=LATER, selection=Selection(namespaces=("robot",))
        )
        with reading(engine) as db:
            assert [str(found) for found in verify_export(db, tmp_path / kind)] == []
        other.dispose()
    exports = [files_of(tmp_path / kind) for kind in ("sqlite", "postgresql")]
    assert exports[0] == exports[1]


@sqlite_alone
def test_who_withdrew_since_the_backup_stays_erased(people, published, engine, elsewhere, tmp_path):
    gone = start(engine)
    with writing(engine) as db:
        flow.withdraw(db, flow.session_by_id(db, gone), erasures=published.settings.erasures, now=MOMENT)
    saved = back_up(engine, published.settings, tmp_path / "b.zip", now=LATER)
    with writing(engine) as db:
        flow.withdraw(db, flow.session_by_id(db, people), erasures=published.settings.erasures, now=LATER)
    known = published.settings.erasures.read_bytes()
    other, restored = brought_back(published.settings, saved.file, replace=True)
    assert restored.n_erased_again == 1
    assert published.settings.erasures.read_bytes() == known, "the log was not replaced by an older one"
    assert faults(other) == []
    with reading(other) as db:
        assert people not in set(db.scalars(select(Session.session)))
    other.dispose()
    # On a new machine the log of the backup knows who had withdrawn before.
    target = elsewhere("sqlite")
    elsewhere_engine, restored = brought_back(target, saved.file)
    assert restored.n_erased_again == 0
    assert target.erasures.read_text().count("\n") == 1
    elsewhere_engine.dispose()


def test_an_installation_that_holds_something_is_replaced_only_when_asked(
    people, published, engine, tmp_path
):
    saved = back_up(engine, published.settings, tmp_path / "b.zip", now=LATER)
    before = everything(engine)
    start(engine)
    since = everything(engine)
    with pytest.raises(BackupError, match="expected an empty installation, found 1 studies, 3 sessions in"):
        brought_back(published.settings, saved.file)
    assert everything(engine) == since
    other, _ = brought_back(published.settings, saved.file, replace=True)
    assert everything(other) == before
    other.dispose()


def damaged(file, target, change):
    """A copy of a backup in which one entry was changed, left out or added."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        entries = {name: old.read(name) for name in old.namelist()}
        change(entries)
        for name, content in entries.items():
            new.writestr(name, content)
    return target


def change_a_rating(entries):
    entries["tables/ratings.jsonl"] = entries["tables/ratings.jsonl"].replace(b'"trust"', b'"Trust"', 1)


def leave_a_picture_out(entries):
    del entries[next(name for name in entries if name.startswith("pictures/"))]


def add_a_file(entries):
    entries["../evil"] = b"x"


def forget_the_sums(entries):
    del entries["SHA256SUMS"]


DAMAGE = (
    (change_a_rating, r"tables/ratings.jsonl: expected [0-9a-f]{12}, found [0-9a-f]{12}; take another"),
    (leave_a_picture_out, r"pictures/\S+: expected [0-9a-f]{12}, found nothing"),
    (add_a_file, r"(?s)evil: expected no such file, .*evil: expected a path inside the backup"),
    (forget_the_sums, "expected a backup with backup.json and SHA256SUMS, found none"),
)


@sqlite_alone
def test_a_damaged_backup_is_refused_before_anything_is_touched(people, published, engine, tmp_path):
    saved = back_up(engine, published.settings, tmp_path / "b.zip", now=LATER)
    before = everything(engine), files_of(published.settings.pictures)
    for change, words in DAMAGE:
        bad = damaged(saved.file, tmp_path / "bad.zip", change)
        with pytest.raises(BackupError, match=words):
            brought_back(published.settings, bad, replace=True)
    assert (everything(engine), files_of(published.settings.pictures)) == before


def test_a_restore_that_fails_midway_leaves_everything_as_it_was(people, published, engine, tmp_path):
    saved = back_up(engine, published.settings, tmp_path / "b.zip", now=LATER)

    def cut_off(entries):
        import hashlib

        lines = entries["tables/ratings.jsonl"].splitlines(keepends=True)[:-1]
        old = hashlib.sha256(entries["tables/ratings.jsonl"]).hexdigest()
        entries["tables/ratings.jsonl"] = b"".join(lines)
        new = hashlib.sha256(entries["tables/ratings.jsonl"]).hexdigest()
        entries["SHA256SUMS"] = entries["SHA256SUMS"].replace(old.encode(), new.encode())

    bad = damaged(saved.file, tmp_path / "bad.zip", cut_off)
    before = everything(engine)
    with pytest.raises(BackupError, match=r"ratings: expected 66 rows, found 65; take another backup"):
        brought_back(published.settings, bad, replace=True)
    assert everything(engine) == before
    assert faults(engine) == []


@sqlite_alone
def test_a_file_that_is_no_backup_or_comes_from_the_future_is_refused(published, engine, elsewhere, tmp_path):
    (tmp_path / "x.zip").write_text("nothing")
    target = elsewhere("sqlite")
    done = run(target, "restore", str(tmp_path / "x.zip"))
    assert done.exit_code == 1
    assert "x.zip: expected a backup made by facevalue, found another kind of file" in done.output
    saved = back_up(engine, published.settings, tmp_path / "b.zip", now=LATER)

    def from_the_future(entries):
        import hashlib

        old = hashlib.sha256(entries["backup.json"]).hexdigest()
        facts = json.loads(entries["backup.json"]) | {"revision": "9999", "software": "7.0"}
        entries["backup.json"] = json.dumps(facts).encode()
        new = hashlib.sha256(entries["backup.json"]).hexdigest()
        entries["SHA256SUMS"] = entries["SHA256SUMS"].replace(old.encode(), new.encode())

    bad = damaged(saved.file, tmp_path / "bad.zip", from_the_future)
    with pytest.raises(BackupError, match=r"found revision 9999 of facevalue 7.0; install that release"):
        brought_back(target, bad)


def test_a_backup_of_the_previous_release_is_restored_and_brought_up_to_date(earlier, elsewhere, tmp_path):
    settings = Settings(data=tmp_path, database=earlier.url.render_as_string(False), secret_key="x")
    saved = back_up(earlier, settings, tmp_path / "b.zip", now=LATER)
    assert "messages" in saved.rows
    assert len(saved.missing) == 52, "its pictures are not in this folder"
    other, _ = brought_back(elsewhere("sqlite"), saved.file)
    count = Count()
    with reading(other) as db:
        assert list(verify_study(db, the_study(db), count)) == []
        assert db.scalar(select(func.count()).where(Trial.status == "answered")) == 29
    assert (count.sessions, count.migrated) == (6, 6)
    other.dispose()
    migrate(earlier)
    assert faults(earlier) == [], "the original was only read"


@sqlite_alone
def test_the_commands_save_restore_and_verify(people, published, engine, elsewhere, tmp_path):
    file = tmp_path / "b.zip"
    done = run(published.settings, "backup", str(file))
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{file}: 1 studies, 2 sessions, ")
    assert done.output.endswith(" rows, 104 pictures\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".b.zip*"))
    with zipfile.ZipFile(file) as saved:
        assert all(
            published.settings.secret_key.encode() not in saved.read(name) for name in saved.namelist()
        )
    again = run(published.settings, "backup", str(file))
    assert again.exit_code == 1
    assert "backups are never overwritten" in again.output
    target = elsewhere("sqlite")
    done = run(target, "restore", str(file))
    assert done.exit_code == 0, done.output
    assert "1 studies, 2 sessions, 104 pictures; erased again: 0" in done.output
    assert "headshots-demo: 2 sessions, 37 records: everything is as it was stored" in done.output
    done = run(target, "restore", str(file))
    assert done.exit_code == 1
    assert "expected an empty installation, found 1 studies, 2 sessions" in " ".join(done.output.split())
    assert run(target, "restore", str(file), "--replace").exit_code == 0


@sqlite_alone
def test_a_backup_says_which_pictures_were_not_there(published, engine, tmp_path):
    with reading(engine) as db:
        name = db.scalars(select(StudyStimulus.picture)).first()
    (published.settings.pictures / name).unlink()
    done = run(published.settings, "backup", str(tmp_path / "b.zip"))
    assert done.exit_code == 1
    assert f"pictures/{name}: a study shows it, but it is not there to be saved" in done.output
    assert (tmp_path / "b.zip").exists(), "all the rest is saved"


def test_there_is_no_backup_of_nothing(tmp_path):
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'none.sqlite'}", "x")
    with pytest.raises(BackupError, match=r"expected a database at .*none.sqlite, found none"):
        back_up(open_engine(settings.database), settings, tmp_path / "b.zip", now=LATER)
    empty = replace(settings, database=f"sqlite:///{tmp_path / 'empty.sqlite'}")
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(BackupError, match="expected the tables of facevalue in the database, found none"):
        back_up(open_engine(empty.database), empty, tmp_path / "b.zip", now=LATER)
    assert not list(tmp_path.glob("*b.zip*"))
