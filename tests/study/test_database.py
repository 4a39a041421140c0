"""The database keeps its promises, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from study.database import MIGRATIONS, migrate, open_engine, reading, writing
from study.models import Departure, Rating, RecruiterIdentifier, Session, Study, Table
from tests.conftest import MOMENT
from tests.templates import fresh_postgres


def a_study(slug="faces"):
    return Study(
        slug=slug,
        picture_width_px=1,
        picture_height_px=1,
        published_at=MOMENT,
    )


def test_many_processes_may_start_at_once_on_an_empty_database(empty_database):
    def start(_):
        engine = open_engine(empty_database)
        migrate(engine)
        engine.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    engine = open_engine(empty_database)
    assert set(Table.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Table.metadata)
    assert differences == []


@pytest.mark.postgres
def test_every_column_that_is_exported_carries_its_comment(postgres_server):
    engine = open_engine(fresh_postgres(postgres_server))
    migrate(engine)
    for table in ("trials", "ratings", "sessions"):
        columns = {column["name"]: column["comment"] for column in inspect(engine).get_columns(table)}
        silent = {name for name, comment in columns.items() if not comment}
        assert silent <= {"id", "study_id", "version_id", "session_id", "trial_id"}, table
    engine.dispose()


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(engine):
    elsewhere = timezone(timedelta(hours=9))
    with writing(engine) as db:
        study = a_study()
        db.add(study)
        db.flush()
        at = datetime(2026, 3, 1, 21, 30, 0, 123000, elsewhere)
        db.add(Departure(study_id=study.id, namespace="live", kind="declined", at=at))
    with reading(engine) as db:
        stored = db.scalars(select(Departure.at)).one()
    assert stored == datetime(2026, 3, 1, 12, 30, 0, 123000, UTC)
    assert stored.tzinfo == UTC


def test_a_time_without_a_zone_is_refused(engine):
    with pytest.raises(Exception, match="expected a time with a zone"), writing(engine) as db:
        db.add(Departure(study_id=1, namespace="live", kind="declined", at=datetime(2026, 3, 1)))


def test_a_failed_transaction_leaves_nothing(engine):
    def publish_twice():
        with writing(engine) as db:
            db.add(a_study())
            db.flush()
            db.add(a_study())

    with pytest.raises(IntegrityError):
        publish_twice()
    with reading(engine) as db:
        assert db.scalars(select(Study)).all() == []


def test_rows_that_point_nowhere_are_refused(engine):
    with pytest.raises(IntegrityError), writing(engine) as db:
        db.add(Departure(study_id=99, namespace="live", kind="declined", at=MOMENT))


def test_sqlite_survives_a_power_cut(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'study.sqlite'}")
    with engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]
    assert found == ["wal", 2, 1]
    engine.dispose()


def test_answers_of_an_earlier_release_survive_the_migration(empty_database):
    engine = open_engine(empty_database)
    with engine.execution_options(writes=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with engine.execution_options(writes=True).begin() as connection:
        for statement in EARLIER_ROWS:
            connection.execute(text(statement))
    migrate(engine)
    with reading(engine) as db:
        session = db.scalars(select(Session)).one()
        assert (session.version.number, session.version.protocol_hash) == (1, "ab")
        assert session.study.current.title == "Faces"
        assert db.scalars(select(Rating.value)).all() == ["left"]
        named = db.scalars(select(RecruiterIdentifier).order_by(RecruiterIdentifier.id)).all()
        assert [(row.value, row.study_id, row.namespace, row.attempt) for row in named] == [
            ("abc", 1, "live", 1),
            ("s", 1, "live", None),
        ]
    with writing(engine) as db:
        db.delete(db.scalars(select(Session)).one())
    with reading(engine) as db:
        assert db.scalars(select(Rating)).all() == [], "foreign keys must be on again"
    engine.dispose()


EARLIER_ROWS = (
    "INSERT INTO studies (id, slug, title, protocol, protocol_hash, study_toml, texts, picture_width_px, "
    "picture_height_px, published_at) VALUES (1, 'faces', 'Faces', '{}', 'ab', '', '{}', 1, 1, "
    "'2026-03-01 12:00:00')",
    "INSERT INTO sessions (id, study_id, session, participant, namespace, cell, status, step, language, "
    "consent_hash, consented_at, last_seen_at, recruiter, browser, operating_system, form, device) VALUES "
    "(1, 1, 's', 'p', 'live', '', 'in_progress', 'task', 'en', 'cd', '2026-03-01 12:00:00', "
    "'2026-03-01 12:00:00', 'plain', '', '', '', '{}')",
    "INSERT INTO recruiter_identifiers (session_id, name, value) VALUES (1, 'PROLIFIC_PID', 'abc'), "
    "(1, 'STUDY_ID', 's')",
    "INSERT INTO trials (id, session_id, position, block, block_position, practice, trial_kind, layout, "
    'pair, "left", "right", status) '
    "VALUES (1, 1, 1, 'detect', 1, false, 'target', 'pair', 'a', 'b', 'c', 'answered')",
    'INSERT INTO ratings (trial_id, question, target, value, input, "order", received_at) VALUES '
    "(1, 'detect', 'pair', 'left', 'mouse', 1, '2026-03-01 12:00:00')",
)
