"""Make a backup: one consistent view of every table, the pictures, and the erasure log."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, make_url, select, text

from study.backup.archive import (
    ABOUT,
    CHUNK,
    ERASURES,
    OWN_TABLES,
    PICTURES,
    About,
    BackupError,
    Writer,
    row_line,
    table_path,
)
from study.database import reading
from study.picture_sizes import copy_name
from study.settings import Settings

#: Rows fetched from the database at once.
BATCH = 2_000


@dataclass(frozen=True)
class Saved:
    """What is in a backup; ``missing`` are pictures that a study shows and that were not there."""

    file: Path
    rows: Mapping[str, int]
    n_pictures: int
    missing: tuple[str, ...]


def back_up(engine: Engine, settings: Settings, target: Path, *, now: datetime) -> Saved:
    """Write a backup to the new file ``target``, readable by its owner only.

    What was acknowledged before it began is in it. Participants go on; memory does not grow with their
    number. The tables are saved as they are, whatever release made them. Nothing is left behind when it
    fails. BackupError when the file is there already, or there is no installation.
    """
    target = Path(target).absolute()
    if target.exists():
        raise BackupError(
            f"expected a new file, found {target}; name another one, backups are never overwritten"
        )
    _check_installation(settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            saved = _write(Writer(file), engine, settings, target, now)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return saved


def _check_installation(settings: Settings) -> None:
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise BackupError(f"expected a database at {url.database}, found none; is --data right?")


def _write(writer: Writer, engine: Engine, settings: Settings, target: Path, now: datetime) -> Saved:
    with reading(engine) as db:
        connection = db.connection()
        tables = MetaData()
        tables.reflect(connection, only=lambda name, _: name in {*OWN_TABLES, "alembic_version"})
        revision = _revision(connection, tables)
        rows = {}
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                counter = _Counted(_lines(connection, table))
                writer.add(table_path(table.name), counter)
                rows[table.name] = counter.n - 1
        shown = set(_shown(connection, tables))
    # Pictures are in their folder before a study is, and never change.
    n_pictures, missing = _add_pictures(writer, settings.pictures, shown)
    # Last: who withdraws while the backup is made stays erased when it is restored.
    if settings.erasures.exists():
        writer.add(ERASURES, _chunks(settings.erasures))
    about = About(revision, version("facevalue"), engine.dialect.name, now, rows)
    writer.add(ABOUT, [about.as_json().encode()])
    writer.close()
    return Saved(target, rows, n_pictures, missing)


def _revision(connection: Connection, tables: MetaData) -> str:
    if "alembic_version" not in tables.tables:
        raise BackupError(
            "expected the tables of facevalue in the database, found none; publish a study first"
        )
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


class _Counted:
    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines, self.n = lines, 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self.lines:
            self.n += 1
            yield line


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    yield row_line(column.name for column in table.columns)
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execute(query.execution_options(yield_per=BATCH)):
        yield row_line(row)


def _shown(connection: Connection, tables: MetaData) -> Iterator[str]:
    """Every file that participants' browsers may load; earlier releases had no copies of other widths.

    Nobody loads those of a study that came from an export, and they are not in it.
    """
    studies = connection.execute(select(tables.tables["studies"])).mappings()
    imported = {row["id"] for row in studies if row.get("imported_at")}
    for row in connection.execute(select(tables.tables["stimuli"])).mappings():
        if row["study_id"] not in imported:
            yield row["picture"]
            yield from (copy_name(row["picture"], int(width)) for width in row.get("copies") or {})


def _add_pictures(writer: Writer, folder: Path, shown: set[str]) -> tuple[int, tuple[str, ...]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    for path in files:
        # They are compressed already.
        writer.add(PICTURES + path.relative_to(folder).as_posix(), _chunks(path), compressed=False)
    return len(files), tuple(sorted(shown - {path.name for path in files}))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
