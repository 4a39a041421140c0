"""Open the database, keep its promises, bring its tables up to date."""

from __future__ import annotations

import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnDefault,
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    text,
)
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as DatabaseSession

from study.prepared import Prepared, run

MIGRATIONS = Path(__file__).parent / "migrations"

#: How long a request waits for its turn, or for a statement. Browsers stop waiting after 10 s.
PATIENCE_SECONDS = 8.0

#: Connections of one process: one for each of its threads (study.serving).
POOL_SIZE = 20

# Any number that nothing else in the database uses.
_MIGRATION_LOCK = 7_325_918_240


def open_engine(url: str, *, patient: bool = True) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql+psycopg://…``.

    SQLite runs with a write-ahead log, foreign keys and full synchronous: what was acknowledged survives a
    power cut. Commands are ``patient``; for a server no statement and no wait takes longer than
    PATIENCE_SECONDS.
    """
    is_sqlite = url.startswith("sqlite")
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        # The connection used last has the warmest caches, and connections that nobody needs are never opened.
        pool_use_lifo=True,
        pool_timeout=None if patient else PATIENCE_SECONDS,
        # What participants answered does not belong into messages of errors.
        hide_parameters=True,
        execution_options={"patient": patient},
        connect_args={} if is_sqlite or patient else _impatience(),
    )
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "checkout", _refuse_broken)
    return engine


def _impatience() -> dict[str, Any]:
    """How long PostgreSQL may take to connect, to get a lock, to run a statement, and to be lost."""
    limit_ms = int(PATIENCE_SECONDS * 1000)
    return {
        "connect_timeout": int(PATIENCE_SECONDS / 2),
        "options": f"-c statement_timeout={limit_ms} -c lock_timeout={limit_ms // 2}",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": limit_ms,
    }


def _refuse_broken(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have all connections replaced when the server has closed this one, as it does when it is restarted.

    A connection at rest has nothing to read but its end, so looking at the socket tells as much as a ping,
    without the way there and back that would come before every transaction.
    """
    socket = None if connection.closed else connection.fileno()
    if socket is None or _has_something_to_read(socket):
        raise InvalidatePoolError


def _has_something_to_read(socket: int) -> bool:
    # select(2) cannot look at sockets above 1,024; Windows has nothing else, but no such numbers either.
    if not hasattr(select, "poll"):
        return bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would open transactions by itself, and too late; _begin_sqlite does it instead.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        f"busy_timeout={int(PATIENCE_SECONDS * 1000)}",
        # A megabyte for each connection; the operating system keeps the rest at hand for all of them.
        "cache_size=-1024",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail with "database is locked" however long it
    # would have waited. Writers therefore take the write lock at their beginning.
    writes = connection.get_execution_options().get("writes", False)
    run(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[DatabaseSession]:
    """One consistent view for reading; nothing is written."""
    with DatabaseSession(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.rollback()


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """For statements that read by themselves: without the transaction that would give them one view.

    On PostgreSQL a transaction takes two ways there and back more than what is asked for.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@contextmanager
def viewing(engine: Engine) -> Iterator[Connection]:
    """One consistent view for reading, without the objects of the ORM."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """One transaction for writing without the objects of the ORM: all of it is stored, or nothing."""
    with turn_to_write(engine), engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[DatabaseSession]:
    """One transaction for writing: all of it is stored, or nothing."""
    with turn_to_write(engine), DatabaseSession(engine, expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"writes": True})
        yield session


def add_rows(db: DatabaseSession, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, all with the same columns, to a table; without flushing what else the session holds."""
    if rows:
        _insertion(table, tuple(rows[0])).change_each(db.connection(), rows)


@cache
def _insertion(table: type[DeclarativeBase], names: tuple[str, ...]) -> Prepared:
    columns = cast(Table, table.__table__).columns
    # Where a row does not say, the table's own word stands, as when SQLAlchemy stores it.
    silent = [one for one in columns if one.name not in names and one.default is not None]
    others = {one.name: cast(ColumnDefault, one.default).arg for one in silent}
    if functions := [name for name, word in others.items() if callable(word)]:
        raise ValueError(f"{table.__tablename__}: expected a value for {', '.join(functions)}, found none")
    return Prepared(insert(table).values({**others, **{name: bindparam(name) for name in names}}))


@contextmanager
def within(connection: Connection) -> Iterator[DatabaseSession]:
    """A session in the transaction of a connection: what it has changed is flushed at the end."""
    with DatabaseSession(connection) as session:
        yield session
        session.flush()


class BusyError(RuntimeError):
    """The database was busy for longer than a request may wait; nothing was stored."""


class _Turn:
    """A lock that a server gives up after a while: whoever sent the request has stopped waiting by then."""

    def __init__(self, *, patient: bool) -> None:
        self._lock = Lock()
        self._timeout = -1 if patient else PATIENCE_SECONDS

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._timeout):
            raise BusyError(f"waited {PATIENCE_SECONDS:g} s for a turn to write; try again later")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_turns: WeakKeyDictionary[Engine, dict[str, _Turn]] = WeakKeyDictionary()


def turn_to_write(engine: Engine, *, among: str = "") -> AbstractContextManager[None]:
    """The turn to write: of everybody on SQLite; elsewhere only among those of one name.

    SQLite has one writer at a time, and lets whoever waits try again and again, in no order, until the time
    is up. When hundreds come at once they queue here instead, and nobody is sent away.
    """
    if engine.dialect.name == "sqlite":
        among = "everybody"
    elif not among:
        return nullcontext()
    patient = bool(engine.get_execution_options().get("patient", True))
    return _turns.setdefault(engine, {}).setdefault(among, _Turn(patient=patient))


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form; does nothing when they are."""
    if revision_of(engine) == newest_revision():
        return
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
            # However long that takes: a server's time limits are for requests.
            for limit in ("statement_timeout", "lock_timeout"):
                connection.execute(text(f"SET LOCAL {limit} = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        yield connection
        _refuse_orphans(connection)


def bring_to(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision that is not older than theirs."""
    # Loading the tool for it takes longer than everything else that a server does to start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(engine: Engine) -> str | None:
    """The form that the tables have; None without tables."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        number = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if number is None else str(number)


def known_revisions() -> set[str]:
    """Every form the tables ever had: migrations are numbered, and each is a file."""
    return {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def newest_revision() -> str:
    return max(known_revisions())


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
