"""Bring a backup back: checked first, all of it or nothing, up to date, and without who withdrew since."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, Engine, MetaData, Table, func, insert, inspect, select

from study import flow
from study.backup.archive import ERASURES, OWN_TABLES, PICTURES, About, BackupError, Reader, table_path
from study.database import bring_to, changing_tables, known_revisions, writing
from study.erasures import add_lines, read_erasures
from study.settings import Settings

#: Rows put into the database at once.
BATCH = 1_000


@dataclass(frozen=True)
class Restored:
    """What came back: the backup, rows of each table, pictures, and sessions that were erased again."""

    about: About
    rows: Mapping[str, int]
    n_pictures: int
    n_erased_again: int


def restore(engine: Engine, settings: Settings, file: Path, *, replace: bool = False) -> Restored:
    """Put a backup into an empty installation, or with ``replace`` in the place of what is there.

    Nobody may be served meanwhile. Every checksum is compared before anything is touched; the database is
    changed in one transaction, which also brings the tables up to date. The erasure log of the installation
    learns what that of the backup knows, and who is in it is erased. BackupError with every reason.
    """
    with file.open("rb") as opened:
        reader = Reader(opened, file.name)
        _check_revision(reader.about, file.name)
        if not replace and (held := _held(engine)):
            raise BackupError(
                f"expected an empty installation, found {held} in {engine.url.render_as_string()}; "
                "name an empty one with --data and --database, or give --replace to lose what is there"
            )
        n_pictures = _put_pictures(reader, settings.pictures)
        with changing_tables(engine) as connection:
            rows = _put_rows(connection, reader)
        _put_erasures(reader, settings)
    with writing(engine) as db:
        n_erased = flow.erase_again(db, erasures=settings.erasures)
    return Restored(reader.about, rows, n_pictures, n_erased)


def _check_revision(about: About, name: str) -> None:
    if about.revision not in known_revisions():
        raise BackupError(
            f"{name}: expected tables of this release or an earlier one, found revision {about.revision} of "
            f"facevalue {about.software}; install that release or a newer one"
        )


def _held(engine: Engine) -> str:
    """What an installation holds, in words; empty when it holds nothing."""
    tables = MetaData()
    tables.reflect(engine, only=lambda name, _: name in OWN_TABLES)
    with engine.connect() as connection:
        counts = {
            name: connection.scalar(select(func.count()).select_from(tables.tables[name]))
            for name in ("studies", "sessions")
            if name in tables.tables
        }
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n)


def _put_rows(connection: Connection, reader: Reader) -> dict[str, int]:
    _drop_tables(connection)
    bring_to(connection, reader.about.revision)
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: name in OWN_TABLES)
    rows = {}
    for table in tables.sorted_tables:
        n = rows[table.name] = _put_table(connection, table, reader)
        expected = reader.about.rows.get(table.name, 0)
        if n != expected:
            raise BackupError(f"{table.name}: expected {expected} rows, found {n}; take another backup")
    bring_to(connection)
    return rows


def _drop_tables(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names()) & {*OWN_TABLES, "alembic_version"}
    old = MetaData()
    old.reflect(connection, only=sorted(there))
    old.drop_all(connection)


def _put_table(connection: Connection, table: Table, reader: Reader) -> int:
    if table_path(table.name) not in reader.names:
        return 0
    moments = {column.name for column in table.columns if isinstance(column.type, DateTime)}
    for column in table.columns:
        if isinstance(column.type, JSON):
            # What was empty stays empty, and does not become the word null.
            column.type = JSON(none_as_null=True)
    n = 0
    rows = reader.rows(table.name)
    while batch := [_values(row, moments) for row in islice(rows, BATCH)]:
        connection.execute(insert(table), batch)
        n += len(batch)
    if n and "id" in table.columns and connection.dialect.name == "postgresql":
        # The next row that is added must not get a number that came with the backup.
        last = select(func.max(table.c.id)).scalar_subquery()
        connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
    return n


def _values(row: Mapping[str, Any], moments: set[str]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in moments and value is not None else value
        for name, value in row.items()
    }


def _put_pictures(reader: Reader, folder: Path) -> int:
    names = [name for name in reader.names if name.startswith(PICTURES)]
    for name in names:
        target = folder / name.removeprefix(PICTURES)
        target.parent.mkdir(parents=True, exist_ok=True)
        _put_file(target, reader.chunks(name))
        # As when they were published: the order in which files were written would follow the backup.
        os.utime(target, (0, 0))
    return len(names)


def _put_file(target: Path, chunks: Iterator[bytes]) -> None:
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(target)


def _put_erasures(reader: Reader, settings: Settings) -> None:
    # The log is never replaced by an older copy of itself: what it lacks is added.
    if ERASURES not in reader.names:
        return
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / ERASURES
        log.write_bytes(b"".join(reader.chunks(ERASURES)))
        add_lines(settings.erasures, read_erasures(log))
