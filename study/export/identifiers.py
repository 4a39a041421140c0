"""The recruiters' identifiers of exported sessions, in a file apart from the export, and on record."""

from __future__ import annotations

import csv
import getpass
import hashlib
import io
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.export.rows import Extract
from study.export.tables import as_time
from study.models import RecruiterIdentifier, Session

COLUMNS = ("session", "participant", "recruiter", "name", "value")


@dataclass(frozen=True)
class IdentifiersWanted:
    """Where identifiers go: a new ``file`` outside the export, and the ``log`` that keeps that they did."""

    file: Path
    log: Path


def identifiers(db: DatabaseSession, extract: Extract) -> tuple[str, int]:
    """The file's text, one row for each identifier, and of how many sessions it holds any."""
    query = (
        select(
            Session.session,
            Session.participant,
            Session.recruiter,
            RecruiterIdentifier.name,
            RecruiterIdentifier.value,
        )
        .join(RecruiterIdentifier, RecruiterIdentifier.session_id == Session.id)
        .where(extract.selection.of_sessions(extract.study))
        .order_by(Session.id, RecruiterIdentifier.id)
    )
    found = db.execute(query).all()
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *found])
    return text.getvalue(), len({row.session for row in found})


def hand_out(wanted: IdentifiersWanted, text: str, *, study: str, n_sessions: int, at: datetime) -> None:
    """Log it, then write the file, readable for its owner only. Never replaces a file: FileExistsError."""
    content = text.encode()
    entry = {
        "at": as_time(at),
        "study": study,
        "sessions": n_sessions,
        "file": wanted.file.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "account": getpass.getuser(),
    }
    written = os.open(wanted.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _append(wanted.log, json.dumps(entry) + "\n")
        with os.fdopen(written, "wb", closefd=False) as out:
            out.write(content)
    finally:
        os.close(written)


def _append(log: Path, line: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
