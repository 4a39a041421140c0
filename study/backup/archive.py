"""The file of a backup: a ZIP with every table as JSON lines, the pictures, the erasure log, and checksums.

    backup.json           what it is: format, revision of the tables, software, time, rows of each table
    tables/NAME.jsonl     the names of the columns, then a row a line
    pictures/…            as they lie in the data folder
    erasures.log          who asked to be erased, as digests
    SHA256SUMS            of all the others

It belongs to neither database and can be read without facevalue.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import IO, Any

from study.models import Table

#: Tables of this release and of earlier ones; whatever else is in a database is somebody else's.
OWN_TABLES = frozenset({*Table.metadata.tables, "messages"})

FORMAT = 1
ABOUT = "backup.json"
SUMS = "SHA256SUMS"
ERASURES = "erasures.log"
PICTURES = "pictures/"
CHUNK = 1 << 20


class BackupError(ValueError):
    """A backup that cannot be made or restored; ``problems`` holds every reason."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class About:
    """What backup.json says."""

    revision: str
    software: str
    database: str
    saved_at: datetime
    rows: Mapping[str, int]

    def as_json(self) -> str:
        facts = {
            "format": FORMAT,
            "revision": self.revision,
            "software": self.software,
            "database": self.database,
            "saved_at": self.saved_at.astimezone(UTC).isoformat(),
            "rows": dict(self.rows),
        }
        return json.dumps(facts, indent=2) + "\n"


def table_path(table: str) -> str:
    return f"tables/{table}.jsonl"


# ---- writing ----


class Writer:
    """Puts entries into a new ZIP, each as a stream, and their checksums at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._sums: dict[str, str] = {}

    def add(self, name: str, chunks: Iterable[bytes], *, compressed: bool = True) -> None:
        # A fixed date: when a row was stored is in the row.
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        digest = hashlib.sha256()
        with self._zip.open(info, "w", force_zip64=True) as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
        self._sums[name] = digest.hexdigest()

    def close(self) -> None:
        lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self._zip.writestr(SUMS, lines)
        self._zip.close()


def row_line(values: Iterable[Any]) -> bytes:
    """One row as a line of JSON; times as ISO 8601 in UTC (SQLite forgets the zone, and it is UTC)."""
    return (
        json.dumps([_as_json(value) for value in values], separators=(",", ":"), allow_nan=False).encode()
        + b"\n"
    )


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value


# ---- reading ----


class Reader:
    """A backup that has been checked: BackupError, with all that is wrong, unless every sum is right."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile:
            raise BackupError(
                f"{name}: expected a backup made by facevalue, found another kind of file"
            ) from None
        self.names = tuple(one for one in self._zip.namelist() if one != SUMS)
        if problems := list(self._problems(name)):
            raise BackupError(problems)
        self.about = self._about(name)

    def _problems(self, name: str) -> Iterator[str]:
        if SUMS not in self._zip.namelist() or ABOUT not in self.names:
            yield f"{name}: expected a backup with {ABOUT} and {SUMS}, found none; take another backup"
            return
        sums = {path: digest for digest, _, path in (line.partition("  ") for line in self._sums())}
        for path in sorted({*sums, *self.names}):
            found = self._digest(path) if path in self.names else "nothing"
            if found != sums.get(path):
                expected = sums.get(path, "no such file")
                yield f"{name}: {path}: expected {expected[:12]}, found {found[:12]}; take another backup"
            if not _is_plain(path):
                yield f"{name}: {path}: expected a path inside the backup; take another backup"

    def _sums(self) -> list[str]:
        return self._zip.read(SUMS).decode("utf-8", "replace").splitlines()

    def _digest(self, path: str) -> str:
        digest = hashlib.sha256()
        try:
            for chunk in self.chunks(path):
                digest.update(chunk)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
            return f"damage ({error})"
        return digest.hexdigest()

    def _about(self, name: str) -> About:
        facts = json.loads(self._zip.read(ABOUT))
        if facts["format"] != FORMAT:
            raise BackupError(
                f"{name}: expected a backup of format {FORMAT}, found {facts['format']}; restore it with the "
                f"release that made it, facevalue {facts['software']}"
            )
        saved_at = datetime.fromisoformat(facts["saved_at"])
        return About(facts["revision"], facts["software"], facts["database"], saved_at, facts["rows"])

    def chunks(self, path: str) -> Iterator[bytes]:
        with self._zip.open(path) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table, as JSON has them."""
        with self._zip.open(table_path(table)) as file:
            names = json.loads(file.readline())
            for line in file:
                yield dict(zip(names, json.loads(line), strict=True))


def _is_plain(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return not path.startswith("/") and "\\" not in path and ".." not in parts
