"""Bring one export back into a database: everything is checked first, all of it is written or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session as DatabaseSession

from study import flow
from study.database import reading, writing
from study.importing.checking import Checked, check_source
from study.importing.facts import Facts, as_json
from study.importing.problems import Problems
from study.importing.source import open_source
from study.importing.writing import (
    Standing,
    add_departures,
    add_sessions,
    add_stimuli,
    add_study,
    version_row,
)
from study.models import Session, Study

_ASKED_AT_ONCE = 500


@dataclass(frozen=True)
class Imported:
    """What was brought back; ``n_erased`` sessions were left out, as they withdrew since the export."""

    study: str
    protocol_hash: str
    counts: dict[str, int]
    n_erased: int


def import_export(engine: Engine, folder: Path, *, erasures: Path, now: datetime) -> Imported:
    """Make a study of an export folder, in one transaction; the study can be read, but not taken part in.

    Raises ImportRefused with every problem of the folder, and when the database has a study of this slug or
    one of its sessions already. Whoever the log ``erasures`` knows to have withdrawn is left out, and
    counted. Memory does not grow with the number of rows, only with that of sessions.
    """
    problems = Problems()
    checked = read_checked(folder, problems)
    if checked is not None:
        with reading(engine) as db:
            _check_room(db, checked, problems)
    problems.refuse()
    if checked is None:
        raise AssertionError("a folder without problems was not read")
    facts = checked.source.facts
    with writing(engine) as db:
        # Somebody else may have imported the same in between.
        _check_room(db, checked, problems)
        problems.refuse()
        _write(db, checked, now)
        n_erased = flow.erase_again(db, erasures=erasures)
    return Imported(facts.study, facts.protocol_hash, dict(facts.counts), n_erased)


def read_checked(folder: Path, problems: Problems) -> Checked | None:
    """An export that was read and checked; None when so much is wrong that its tables were not read."""
    source = open_source(folder, problems)
    return None if source is None else check_source(source, problems)


def _check_room(db: DatabaseSession, checked: Checked, problems: Problems) -> None:
    facts, file = checked.source.facts, checked.source.files["participants"]
    if db.scalars(select(Study.id).where(Study.slug == facts.study)).first() is not None:
        problems.add(
            "the database",
            f"no study {facts.study} yet",
            "one of this slug",
            "name an empty installation with --data or --database",
        )
    for session in _there(db, list(checked.people)):
        problems.add(
            file,
            "sessions that the database does not have",
            f"session {session} there",
            "name an empty installation with --data or --database",
            row=checked.people[session][0],
            column="session",
        )


def _there(db: DatabaseSession, sessions: Sequence[str]) -> Iterator[str]:
    remaining = iter(sessions)
    while batch := list(islice(remaining, _ASKED_AT_ONCE)):
        yield from db.scalars(select(Session.session).where(Session.session.in_(batch)).order_by(Session.id))


def _write(db: DatabaseSession, checked: Checked, now: datetime) -> None:
    source = checked.source
    facts = source.facts
    versions = [
        version_row(one, frozen_at=one.facts.frozen_at, reason=one.facts.reason) for one in source.versions
    ]
    standing = Standing(
        facts.published_at, facts.opened_at, facts.closed_at, facts.opened_as or "", facts.readiness
    )
    study = add_study(db, versions, standing, slug=facts.study, came_from=_came_from(facts), now=now)
    add_stimuli(db, study, checked)
    add_departures(db, study, checked)
    add_sessions(db, study, checked)


def _came_from(facts: Facts) -> dict[str, Any]:
    merged = [as_json(one) for one in facts.merged_from or ()]
    return as_json(facts) | ({"merged_from": merged} if merged else {})
