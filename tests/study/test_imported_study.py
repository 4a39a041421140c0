"""What a study that came from an export does and what it does not, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from study import flow
from study.app import create_app
from study.backup import back_up, restore
from study.cli import facevalue
from study.database import migrate, open_engine, reading, writing
from study.export import export_study
from study.links import check_takes_participants
from study.models import Departure, RegisterEntry, Session, Study
from study.protocol import ProtocolError, read_study
from study.replay import planned_sessions, replay
from study.settings import Settings
from study.verify import Count, verify_study
from study.verify_export import verify_export
from tests.conftest import MOMENT, PublishedStudy, sqlite_alone
from tests.study.imports import assert_same_bytes, bring_back
from tests.study.own_study import edit
from tests.study.test_export import LATER
from tests.study.test_flow import start, the_study, trial_message
from tests.templates import copy_database, drop_database

WHY = (
    "headshots-demo was imported from an export, without pictures and seeds, and cannot {}; do it in the "
    "installation that ran the study, or publish its study file under another slug"
)


@pytest.fixture
def imported_template(templates, filled_template, server):
    """The study brought back into another database."""

    def go_on(engine, _folder):
        bring_back(engine, filled_template.folder / "export")
        return {}

    return templates.made("imported", server, templates.tables(server), go_on)


@pytest.fixture
def there(imported_template, server, tmp_path):
    (tmp_path / "installation").mkdir()
    address = copy_database(imported_template, server, tmp_path / "installation")
    engine = open_engine(address)
    yield engine
    engine.dispose()
    drop_database(address, server)


@pytest.fixture
def imported(exported, published, there, tmp_path):
    """The study in the other database."""
    address = there.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path / "installation", database=address, secret_key="for tests only")
    return PublishedStudy(published.slug, settings, published.folder)


@pytest.fixture
def client(imported):
    app = create_app(imported.settings)
    app.config.update(RATELIMIT_ENABLED=False, WTF_CSRF_ENABLED=False)
    yield app.test_client()
    app.extensions["facevalue_engine"].dispose()


# ---- participants ----


@pytest.mark.parametrize("path", ["", "?as=pilot"])
def test_its_page_for_participants_says_that_it_has_ended(client, path):
    page = client.get(f"/s/headshots-demo/{path}")
    assert page.status_code == 200
    assert "This study has ended" in page.text
    assert "<form" not in page.text


def test_nobody_can_agree_to_take_part(client, there):
    agreed = {"consent": "yes", "agree": "yes", "age": "35"}
    assert client.post("/s/headshots-demo/consent", data=agreed).status_code == 403
    with reading(there) as db:
        assert db.scalar(select(func.count()).select_from(Session)) == 3


def test_nobody_goes_on_with_a_session_that_came_from_an_export(client, there, filled):
    with client.session_transaction() as kept:
        kept["session:headshots-demo"] = filled["stopped"]
    assert client.get("/s/headshots-demo/session").status_code == 302
    assert client.get("/s/headshots-demo/plan").status_code == 404
    sent = client.post("/s/headshots-demo/messages", json={"messages": [trial_message(50, 5)]})
    assert sent.status_code == 410
    with reading(there) as db:
        assert flow.session_by_id(db, filled["stopped"]).chain_length == 8


@pytest.mark.parametrize("namespace", ["live", "pilot", "preview", "robot"])
def test_no_session_begins_in_it(imported, there, namespace):
    with pytest.raises(flow.FlowError) as refused:
        start(there, namespace=namespace)
    assert str(refused.value) == WHY.format("take participants")


# ---- researchers ----


def test_it_cannot_be_opened_amended_or_published_and_invites_nobody(imported, there, tmp_path):
    study_file = read_study(imported.folder / "study.toml")
    with writing(there) as db:
        study = the_study(db)
        with pytest.raises(flow.FlowError) as opening:
            flow.open_unchecked(db, study, opened_as="test", now=LATER)
        with pytest.raises(flow.FlowError) as inviting:
            flow.invite(db, study, ["somebody"], now=LATER)
        with pytest.raises(ProtocolError) as amending:
            flow.propose_amendment(db, study_file, now=LATER)
        with pytest.raises(ProtocolError) as publishing:
            flow.publish(db, study_file, pictures=tmp_path / "pictures", now=LATER)
        assert not study.is_open
    assert str(opening.value) == WHY.format("be opened")
    assert str(inviting.value) == WHY.format("invite people")
    assert str(amending.value) == "slug: " + WHY.format("be amended")
    assert str(publishing.value) == "slug: " + WHY.format("be published")


def test_its_sessions_cannot_be_replayed(imported, there):
    with reading(there) as db:
        with pytest.raises(LookupError, match="cannot be replayed"):
            planned_sessions(db, "headshots-demo")
        with pytest.raises(LookupError, match="cannot be replayed"):
            replay(db, db.scalars(select(Session)).first())


@sqlite_alone
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("ready", "headshots-demo"), "be opened"),
        (("open", "headshots-demo"), "be opened"),
        (("close", "headshots-demo"), "be closed"),
        (("invite", "headshots-demo", "--n", "3"), "invite people"),
        (("link", "headshots-demo", "--for", "robot"), "take participants"),
        (("link", "headshots-demo", "--for", "pilot"), "take participants"),
        (("replay", "--all", "headshots-demo"), "be replayed"),
    ],
)
def test_every_command_that_needs_participants_says_why_it_cannot(imported, command, said):
    installation = ["--data", str(imported.settings.data), "--database", imported.settings.database]
    done = CliRunner().invoke(facevalue, ["study", *command, *installation])
    assert done.exit_code == 1
    assert WHY.format(said) in done.output


def test_a_study_that_was_published_here_takes_participants(published):
    check_takes_participants(published.settings, published.slug)


def test_the_researchers_page_says_that_it_was_imported(client, there):
    with writing(there) as db:
        token = flow.open_link(db, the_study(db), now=LATER, hours=24 * 365 * 50)
    client.post(f"/researcher/enter/{token}")
    page = " ".join(client.get("/researcher/headshots-demo/").text.split())
    assert "imported 2026-03-02" in page
    assert "This study was imported from an export: its data can be looked at" in page
    assert "Nobody can take part yet" not in page
    assert client.get("/researcher/headshots-demo/export.zip").status_code == 200


def test_the_researchers_page_names_the_labs(client, there):
    with writing(there) as db:
        sources = [{"lab": "Lund"}, {"lab": "Graz"}]
        db.execute(update(Study).values(imported_from={"register": {}, "merged_from": sources}))
        token = flow.open_link(db, the_study(db), now=LATER, hours=24 * 365 * 50)
    client.post(f"/researcher/enter/{token}")
    assert "imported from an export of Lund, Graz: its data" in client.get("/researcher/headshots-demo/").text


# ---- verifying ----


def findings(engine):
    with reading(engine) as db:
        count = Count()
        return [str(found) for found in verify_study(db, the_study(db), count)], count


def test_verifying_it_finds_no_fault_and_counts_sessions_without_a_chain(imported, there):
    found, count = findings(there)
    assert found == []
    assert (count.sessions, count.imported, count.links) == (3, 3, 0)


@sqlite_alone
def test_the_command_says_that_chains_cannot_be_computed_from_an_export(imported):
    installation = ["--data", str(imported.settings.data), "--database", imported.settings.database]
    done = CliRunner().invoke(facevalue, ["study", "verify", *installation])
    assert done.exit_code == 0
    assert "3 sessions came from an export; their chains cannot be computed from it" in done.output
    as_json = CliRunner().invoke(facevalue, ["study", "verify", "--json", *installation])
    assert json.loads(as_json.output)["studies"][0]["imported"] == 3


def test_its_export_is_compared_by_heads(imported, exported, there, filled):
    with reading(there) as db:
        assert list(verify_export(db, exported)) == []
    with writing(there) as db:
        flow.session_by_id(db, filled["done"]).chain_head = "0" * 63 + "1"
    with reading(there) as db:
        found = [str(one) for one in verify_export(db, exported)]
    assert len(found) == 1
    assert f"session {filled['done']}" in found[0]


def test_the_register_goes_on_from_the_head_that_came_along(imported, there, filled, tmp_path):
    with reading(there) as db:
        study = the_study(db)
        head, length = study.register_head, study.register_length
        assert length == 4
    with writing(there) as db:
        session = flow.session_by_id(db, filled["done"])
        flow.withdraw(db, session, erasures=tmp_path / "log", now=LATER)
    assert findings(there)[0] == []
    with writing(there) as db:
        assert the_study(db).register_length == length + 1
        db.execute(update(RegisterEntry).values(at=MOMENT))
    assert "register, link 5 (withdrawn " in findings(there)[0][0]
    with writing(there) as db:
        db.query(RegisterEntry).delete()
        study = the_study(db)
        study.register_head, study.register_length = "0" * 64, length
    assert head != "0" * 64
    assert "head of the chain" in findings(there)[0][0]


def test_what_is_due_is_purged_by_the_last_moment_the_export_knows(imported, there, filled):
    toml = imported.folder / "study.toml"
    assert "unfinished_days" not in toml.read_text()
    with reading(there) as db:
        due = flow.retention_due(db, the_study(db), now=LATER)
        assert due.n_identified == 0
        assert due.n_unfinished == 2
        assert flow.session_by_id(db, filled["stopped"]).last_seen_at == MOMENT


def test_a_purge_counts_those_whom_it_erases(study_folder, engine, elsewhere, tmp_path):
    folder = shutil.copytree(study_folder, tmp_path / "short")
    edit(folder / "study.toml", "[analysis]", "[retention]\nunfinished_days = 10\n[analysis]")
    with writing(engine) as db:
        study = flow.publish(db, read_study(folder / "study.toml"), pictures=tmp_path / "p", now=MOMENT)
        flow.open_unchecked(db, study, opened_as="test", now=MOMENT)
    start(engine)
    export_study(engine, "headshots-demo", tmp_path / "export", now=LATER)
    bring_back(elsewhere, tmp_path / "export")
    with writing(elsewhere) as db:
        flow.purge(db, the_study(db), now=MOMENT + timedelta(days=11))
    with reading(elsewhere) as db:
        assert db.scalars(select(Departure.kind)).all() == ["purged"]
        assert db.scalar(select(func.count()).select_from(Session)) == 0
    assert findings(elsewhere)[0] == []


# ---- backups ----


def test_a_backup_holds_it_and_misses_no_picture(imported, there, exported, tmp_path):
    saved = back_up(there, imported.settings, tmp_path / "saved.zip", now=LATER)
    assert saved.missing == ()
    other = replace(
        imported.settings, data=tmp_path / "drill", database=f"sqlite:///{tmp_path / 'drill.sqlite'}"
    )
    other.data.mkdir()
    engine = open_engine(other.database)
    restore(engine, other, tmp_path / "saved.zip")
    migrate(engine)
    assert findings(engine)[0] == []
    export_study(engine, "headshots-demo", tmp_path / "again", now=LATER)
    engine.dispose()
    assert_same_bytes(exported, tmp_path / "again")
