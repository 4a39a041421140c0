"""Databases and published studies that are made once in a test run, and copied for every test that begins
with one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, make_url

from study import flow
from study.database import migrate, open_engine, writing
from study.protocol import read_study

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def fresh_postgres(server: str, *, like: str = "template1") -> str:
    """Address of a new database, a copy of ``like``."""
    import psycopg

    name = f"test_{os.urandom(6).hex()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY')
    return server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")


@dataclass(frozen=True)
class Template:
    """A database to copy, the folder with the files that belong to it, and what is known of its content."""

    database: str
    folder: Path
    known: Mapping[str, str]

    @property
    def name(self) -> str:
        """The database as its kind names it: a file on SQLite."""
        return str(make_url(self.database).database)


@dataclass
class Templates:
    """What was made already. ``server`` is the address of PostgreSQL, empty where SQLite is meant."""

    folder: Path
    _made: dict[tuple[str, str], Template] = field(default_factory=dict)

    def tables(self, server: str) -> Template:
        """The tables with nothing in them."""
        return self.made("tables", server, None, lambda engine, _folder: migrate(engine) or {})

    def study(self, folder: Path, server: str, *, at: datetime = MOMENT) -> Template:
        """The study of this folder, with its pictures, published and opened without the checks that a real
        one has to pass; its ``slug`` is known.
        """

        def publish(engine: Engine, own: Path) -> Mapping[str, str]:
            with writing(engine) as db:
                file = read_study(folder / "study.toml")
                study = flow.publish(db, file, pictures=own / "pictures", now=at)
                flow.open_unchecked(db, study, opened_as="test", now=at)
                return {"slug": study.slug}

        return self.made(f"{folder} {at}", server, self.tables(server), publish)

    def made(
        self,
        name: str,
        server: str,
        begin: Template | None,
        go_on: Callable[[Engine, Path], Mapping[str, str]],
    ) -> Template:
        """What ``go_on`` made of a copy of the database of ``begin``, or of one without any tables."""
        if (name, server) not in self._made:
            own = self.folder / str(len(self._made))
            own.mkdir()
            address = copy_database(begin, server, own)
            engine = open_engine(address)
            known = go_on(engine, own)
            engine.dispose()
            self._made[name, server] = Template(address, own, known)
        return self._made[name, server]


def copy_database(template: Template | None, server: str, folder: Path) -> str:
    """Address of a copy of a database, or of one without any tables; a file goes to ``folder``."""
    if server:
        return fresh_postgres(
            server, like=str(make_url(template.database).database) if template else "template1"
        )
    file = folder / "facevalue.sqlite"
    if template:
        shutil.copy(str(make_url(template.database).database), file)
    return f"sqlite:///{file}"


def drop_database(address: str, server: str) -> None:
    """Give back the room that a database of ``server`` takes; a file stays."""
    if server:
        import psycopg

        name = make_url(address).database
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
