"""Whether the server lives, and whether it can take answers."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from sqlalchemy import text

from study import health
from study.database import newest_revision, revision_of

Usage = namedtuple("Usage", "total used free")


def test_a_server_with_everything_it_needs_is_ready(app):
    client = app.test_client()
    assert client.get("/health").json == {"status": "ok"}
    reply = client.get("/ready")
    assert (reply.status_code, reply.json["status"]) == (200, "ready")
    assert reply.json["checks"] == {"database": "ok", "disk": "ok", "pictures": "ok"}


def test_a_server_without_its_pictures_lives_and_is_not_ready(app, published):
    shutil.rmtree(published.settings.pictures)
    client = app.test_client()
    assert client.get("/health").status_code == 200
    reply = client.get("/ready")
    assert reply.status_code == 503
    assert reply.json["checks"]["pictures"] == "the folder is missing"


def test_a_disk_that_is_almost_full_is_not_ready(app, monkeypatch):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - 2**20, 2**20))
    reply = app.test_client().get("/ready")
    assert (reply.status_code, reply.json["checks"]["disk"]) == (503, "almost full")


def test_tables_of_another_release_are_not_ready(app, engine):
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    reply = app.test_client().get("/ready")
    assert (reply.status_code, reply.json["checks"]["database"]) == (503, "not migrated")


def test_the_newest_form_of_the_tables_is_known_without_the_migration_tool(engine):
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from study.database import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()
    assert revision_of(engine) == newest_revision()


@pytest.mark.parametrize("check", ["database", "disk", "pictures"])
def test_what_went_wrong_in_detail_is_not_told_to_anybody_who_asks(app, monkeypatch, check):
    def fail(*_):
        raise OSError("/home/somebody/secret: password=hidden")

    monkeypatch.setattr(health, f"_{check}", fail)
    reply = app.test_client().get("/ready")
    assert (reply.status_code, reply.json["checks"][check]) == (503, "out of reach")
    assert "secret" not in reply.text
