"""The erasure log: who asked to be erased, as digests, so that no backup brings their answers back.

A file of the data folder, one line for each erased session: the sha256 of its identifier and the time, UTC.
Lines are only ever added, and each is on the disk before the answers leave the database.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

_LINE = re.compile(r"^([0-9a-f]{64}) (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)$", re.MULTILINE)
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


def digest(session: str) -> str:
    """What the log holds of a session: the sha256 of its random identifier."""
    return hashlib.sha256(session.encode()).hexdigest()


def note_erasure(log: Path, session: str, *, at: datetime) -> None:
    """Add a session to the log; on the disk, power cut or not, when this returns."""
    add_lines(log, {digest(session): at})


def add_lines(log: Path, erased: Mapping[str, datetime]) -> None:
    """Add digests that the log does not hold yet; does nothing when it holds them all."""
    known = read_erasures(log)
    fresh = {one: at for one, at in erased.items() if one not in known}
    if not fresh:
        return
    lines = "".join(f"{one} {at.astimezone(UTC).strftime(_FORM)}\n" for one, at in fresh.items())
    is_new = not log.exists()
    descriptor = os.open(log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if not _ends_whole(descriptor):
            # A power cut in the middle of a line must not spoil the next one.
            lines = "\n" + lines
        os.write(descriptor, lines.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(log.parent)


def read_erasures(log: Path) -> dict[str, datetime]:
    """Digests and times in the log, empty without a file. A line cut off by a power cut is passed over:
    its session was not erased, and nobody was told that it was."""
    text = log.read_text(encoding="ascii", errors="replace") if log.exists() else ""
    return {one: datetime.strptime(at, _FORM).replace(tzinfo=UTC) for one, at in _LINE.findall(text)}


def _ends_whole(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
