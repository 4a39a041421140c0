"""Open the database, keep its promises, bring its tables up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session as DatabaseSession

MIGRATIONS = Path(__file__).parent / "migrations"

# Any number that nothing else in the database uses.
_MIGRATION_LOCK = 7_325_918_240


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql+psycopg://…``.

    SQLite runs with a write-ahead log, foreign keys and full synchronous: what was acknowledged survives a
    power cut.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would open transactions by itself, and too late; _begin_sqlite does it instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail with "database is locked" however long it
    # would have waited. Writers therefore take the write lock at their beginning.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[DatabaseSession]:
    """One consistent view for reading; nothing is written."""
    with DatabaseSession(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[DatabaseSession]:
    """One transaction for writing: all of it is stored, or nothing."""
    with _turn_to_write(engine), DatabaseSession(engine, expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"writes": True})
        yield session


_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


def _turn_to_write(engine: Engine) -> AbstractContextManager[object]:
    # SQLite has one writer at a time, and lets whoever waits try again and again, in no order, until
    # the time is up. When hundreds come at once they queue here instead, and nobody is sent away.
    if engine.dialect.name != "sqlite":
        return nullcontext()
    return _turns.setdefault(engine, Lock())


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form; does nothing when they are."""
    with changing_tables(engine) as connection:
        bring_to(connection)


@contextmanager
def changing_tables(engine: Engine) -> Iterator[Connection]:
    """One transaction in which tables may be made anew: all of it is done, or nothing."""
    with (
        engine.execution_options(writes=True).connect() as connection,
        _without_cascades(connection),
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            # Several processes start at once; the first brings the tables, the others wait and find them.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        yield connection
        _refuse_orphans(connection)


def bring_to(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision that is not older than theirs."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_revisions() -> set[str]:
    """Every form the tables ever had, by the revision that made it."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@contextmanager
def _without_cascades(connection: Connection) -> Iterator[None]:
    # SQLite changes a table by making it anew and dropping the old one, which would delete every row that
    # points into it. The switch does nothing inside a transaction, so it is set before.
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _refuse_orphans(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    if orphans:
        raise RuntimeError(
            f"the new tables would have {len(orphans)} rows that point nowhere, first in {orphans[0][0]}; "
            "nothing was changed, please report this"
        )
