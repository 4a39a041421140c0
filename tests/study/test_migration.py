"""A database of the previous release, with people in it, comes up to date unharmed."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import DateTime, Engine, MetaData, func, insert, select, text

from study import flow
from study.database import MIGRATIONS, migrate, open_engine, reading, writing
from study.models import (
    Event,
    LedgerEntry,
    QuestionnaireAnswer,
    Rating,
    RegisterEntry,
    Session,
    Study,
    Trial,
)
from study.verify import Count, verify_study
from tests.conftest import MOMENT
from tests.study.test_flow import send, start, trial_message

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "earlier_release" / "rows_0004.jsonl").read_text().splitlines()
]


def bring_to(engine: Engine, revision: str) -> None:
    with engine.execution_options(writes=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def earlier(empty_database):
    """A database of the previous release with people in it."""
    engine = open_engine(empty_database)
    bring_to(engine, "0004")
    tables = MetaData()
    tables.reflect(engine)
    with engine.execution_options(writes=True).begin() as connection:
        for name, row in ROWS:
            table = tables.tables[name]
            moments = {column.name for column in table.columns if isinstance(column.type, DateTime)}
            values = {k: datetime.fromisoformat(v) if k in moments and v else v for k, v in row.items()}
            connection.execute(insert(table), values)
        if engine.dialect.name == "postgresql":
            for name in {name for name, row in ROWS if "id" in row}:
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")  # noqa: S608
                )
    yield engine
    engine.dispose()


def rows_of(engine: Engine, names) -> dict[str, list[dict]]:
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            name: [
                dict(row)
                for row in connection.execute(
                    select(tables.tables[name]).order_by(*tables.tables[name].primary_key.columns)
                ).mappings()
            ]
            for name in names
        }


def test_no_row_of_the_previous_release_is_lost_or_changed(earlier):
    names = {name for name, _ in ROWS} - {"messages"}
    before = rows_of(earlier, names)
    migrate(earlier)
    after = rows_of(earlier, names)
    for name in names:
        assert len(after[name]) == len(before[name]), name
        for old, new in zip(before[name], after[name], strict=True):
            assert old.items() <= new.items(), name


def test_every_earlier_session_gets_a_chain_that_says_it_was_computed_later(earlier):
    migrate(earlier)
    count = Count()
    with reading(earlier) as db:
        study = db.scalars(select(Study)).one()
        assert [str(found) for found in verify_study(db, study, count)] == []
        assert count.sessions == count.migrated == 6
        first = set(db.scalars(select(LedgerEntry.kind).where(LedgerEntry.sequence == 1)))
        assert first == {"migration"}
        register = db.scalars(select(RegisterEntry.kind).order_by(RegisterEntry.sequence)).all()
        assert register == ["migration", *["begun"] * 6]
        kinds = dict(db.execute(select(LedgerEntry.kind, func.count()).group_by(LedgerEntry.kind)).all())
    assert kinds == {
        "migration": 6,
        "consent": 6,
        "device": 5,
        "plan": 4,
        "trial": 26 + 3 + 1,
        "event": 2,
        "questionnaire": 1,
        "end": 3,
        "code": 2,
    }


def test_messages_that_were_stored_before_are_known_afterwards(earlier):
    numbers = sorted((row["session_id"], row["number"]) for name, row in ROWS if name == "messages")
    migrate(earlier)
    with reading(earlier) as db:
        known = select(LedgerEntry.session_id, LedgerEntry.number).where(LedgerEntry.number.is_not(None))
        assert sorted(tuple(row) for row in db.execute(known)) == numbers
        half = db.scalars(select(Session.session).where(Session.status == "in_progress")).first()
    assert send(earlier, half, [trial_message(4, 1, value="1")]).acknowledged == (4,)
    with reading(earlier) as db:
        assert db.scalar(select(func.count()).select_from(Event)) == 2, "no row was added"


def test_people_go_on_after_the_migration_and_new_ones_come(earlier):
    migrate(earlier)
    with reading(earlier) as db:
        half = db.scalars(select(Session.session).where(Session.status == "in_progress")).first()
    assert send(earlier, half, [trial_message(6, 4)]).acknowledged == (6,)
    start(earlier)
    with writing(earlier) as db:
        flow.purge(db, db.scalars(select(Study)).one(), now=MOMENT)
    with reading(earlier) as db:
        study = db.scalars(select(Study)).one()
        count = Count()
        assert list(verify_study(db, study, count)) == []
    assert (count.sessions, count.migrated) == (7, 6)


REQUIRED = {
    Trial: {"position", "block", "block_position", "practice", "trial_kind", "layout", "left", "status"},
    Rating: {"question", "target", "value", "input", "order", "received_at"},
    Event: {"kind", "received_at", "detail"},
    QuestionnaireAnswer: {"item", "value", "received_at"},
}


@pytest.mark.parametrize("model", REQUIRED, ids=lambda model: model.__tablename__)
def test_a_column_added_to_a_chained_table_may_be_empty(model):
    # What is empty is left out of a link. A new column with a value in earlier rows would change their links.
    keys = {"id", "session_id", "trial_id", "sequence"}
    required = {column.name for column in model.__table__.columns if not column.nullable} - keys
    assert required == REQUIRED[model]
