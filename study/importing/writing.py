"""Write what was read of an export as rows: a study that is there to be read, not to take part in."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import String, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session as DatabaseSession

from study import flow
from study.codebook import DEVICE_COUNTS, DEVICE_NUMBERS, codebook
from study.importing.checking import Checked, event_sequence
from study.importing.problems import Problems
from study.importing.tables import MODELS
from study.importing.versions import ReadVersion
from study.importing.walking import Row, SessionRecords, walk
from study.models import (
    IMPORTED_STEP,
    Departure,
    Event,
    ProtocolVersion,
    QuestionnaireAnswer,
    Rating,
    Session,
    Study,
    StudyPair,
    StudyStimulus,
    Table,
    Trial,
)

#: Sessions are written together until they have so many rows.
BATCH = 10_000


@dataclass(frozen=True)
class Standing:
    """When a study was published, opened and closed, and how."""

    published_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    opened_as: str
    readiness: list[Any]


def add_study(
    db: DatabaseSession,
    versions: Sequence[ProtocolVersion],
    standing: Standing,
    *,
    slug: str,
    came_from: dict[str, Any],
    now: datetime,
) -> Study:
    """A study without pictures; ``came_from`` has the register that its erasures go on with."""
    study = Study(
        slug=slug,
        # The pictures are not in an export, and neither is their size.
        picture_width_px=0,
        picture_height_px=0,
        published_at=standing.published_at,
        opened_at=standing.opened_at,
        closed_at=standing.closed_at,
        opened_as=standing.opened_as,
        readiness=standing.readiness,
        register_head=came_from["register"]["head"],
        register_length=came_from["register"]["length"],
        imported_at=now,
        imported_from=came_from,
        versions=list(versions),
    )
    flow.add_imported(db, study)
    return study


def version_row(read: ReadVersion, *, frozen_at: datetime, reason: str) -> ProtocolVersion:
    """The row of a version, as it was frozen."""
    return ProtocolVersion(
        number=read.facts.number,
        title=read.protocol.title,
        protocol=read.canonical,
        protocol_hash=read.facts.protocol_hash,
        study_toml=read.study_toml,
        texts=dict(read.texts),
        translations={language: dict(words) for language, words in read.translations.items()},
        reason=reason,
        frozen_at=frozen_at,
    )


def add_stimuli(db: DatabaseSession, study: Study, checked: Checked) -> None:
    """Pictures by name and what is known of them, and the pairs as far as an export tells them."""
    own = next(book.column_names for book in codebook() if book.name == "stimuli")
    extras = [name for name in checked.source.books["stimuli"].column_names if name not in own]
    rows = []
    members: dict[str, list[str]] = defaultdict(list)
    for row in checked.stimuli:
        stimulus = _stored(StudyStimulus, row)
        # Nobody can load it: the name only has to be another one than any picture's.
        stimulus |= {"study_id": study.id, "picture": f"imported-{secrets.token_urlsafe(18)}", "copies": {}}
        rows.append(stimulus | {"extra": {name: row[name] or "" for name in extras}})
        if row["pair"] is not None:
            # The real face is the first of its pair.
            place = 0 if row["origin"] == "real" else len(members[row["pair"]])
            members[row["pair"]].insert(place, row["stimulus"])
    flow.add_imported_rows(db, StudyStimulus, rows)
    pairs = [
        {
            "study_id": study.id,
            "pair": pair,
            "first": of_pair[0],
            "second": of_pair[-1],
            "distance": None,
            "practice": pair in checked.practice,
        }
        for pair, of_pair in members.items()
    ]
    flow.add_imported_rows(db, StudyPair, pairs)


def add_departures(db: DatabaseSession, study: Study, checked: Checked) -> None:
    """Who left nothing but a count; when, and from which of several namespaces, an export does not say."""
    facts = checked.source.facts
    namespace = facts.namespaces[0]
    rows = [
        {"study_id": study.id, "namespace": namespace, "kind": kind, "cell": "", "status": ""}
        for kind, n in facts.departures.items()
        for _ in range(n)
    ]
    flow.add_imported_rows(db, Departure, (row | {"at": facts.exported_at} for row in rows))


def add_sessions(db: DatabaseSession, study: Study, checked: Checked, *, lab: str | None = None) -> None:
    """Every session with its trials, ratings, events and answers, batch by batch.

    ``lab`` is that of sessions whose rows name none.
    """
    follow = _Follow(study)
    for batch in _batches(walk(checked.source, checked.people, Problems())):
        sessions = [_session(one, study, follow, lab) for one in batch]
        flow.add_imported_rows(db, Session, sessions)
        ids = _ids(db, [session["session"] for session in sessions])
        _add_trials(db, batch, ids)
        flow.add_imported_rows(db, Event, (event for one in batch for event in _events(one, ids)))
        items = checked.source.protocol.items
        names = {f"q_{item.id}": item.id for item in items}
        flow.add_imported_rows(
            db, QuestionnaireAnswer, (row for one in batch for row in _answers(one, ids, names))
        )


def _batches(records: Iterator[SessionRecords]) -> Iterator[list[SessionRecords]]:
    batch: list[SessionRecords] = []
    n_rows = 0
    for one in records:
        batch.append(one)
        n_rows += 1 + len(one.trials) + len(one.ratings) + len(one.events)
        if n_rows >= BATCH:
            yield batch
            batch, n_rows = [], 0
    if batch:
        yield batch


def _ids(db: DatabaseSession, sessions: Sequence[str]) -> dict[str, int]:
    query = select(Session.session, Session.id).where(Session.session.in_(sessions))
    return {row.session: row.id for row in db.execute(query)}


class _Follow:
    """Which version a session followed: an amendment may have come back to an earlier protocol."""

    def __init__(self, study: Study) -> None:
        self._by_hash: dict[str, list[ProtocolVersion]] = defaultdict(list)
        for version in study.versions:
            self._by_hash[version.protocol_hash].append(version)

    def version_id(self, person: Row) -> int:
        candidates = self._by_hash[person["protocol_hash"]]
        began = [version for version in candidates if version.frozen_at <= person["consented_at"]]
        return (began or candidates)[-1 if began else 0].id


def _session(records: SessionRecords, study: Study, follow: _Follow, lab: str | None) -> dict[str, Any]:
    person = records.person
    device = {
        name: person[name]
        for name in (*DEVICE_NUMBERS, *DEVICE_COUNTS, "automated")
        if person[name] is not None
    }
    misfits = (person["misfits"] or "").split()
    return {
        **_stored(Session, person),
        "study_id": study.id,
        "version_id": follow.version_id(person),
        "list_number": person["list"],
        "lab": person["lab"] or lab,
        "step": IMPORTED_STEP,
        "last_seen_at": _last_seen(records),
        "device": device | ({"misfits": misfits} if misfits else {}),
        # Left out of an export on purpose.
        "seed": None,
        "consent_action": "",
        "withdrawal_code_hash": None,
    }


def _last_seen(records: SessionRecords) -> datetime:
    """The last moment that the export knows of a session."""
    person = records.person
    moments = [person[name] for name in ("consented_at", "started_at", "completed_at")]
    moments += [row["received_at"] for rows in (records.trials, records.events) for _, row in rows]
    last: datetime = max(moment for moment in moments if moment is not None)
    return last


def _add_trials(db: DatabaseSession, batch: Sequence[SessionRecords], ids: Mapping[str, int]) -> None:
    rows = [
        {**_stored(Trial, row), "session_id": ids[row["session"]]} for one in batch for _, row in one.trials
    ]
    if not rows:
        return
    flow.add_imported_rows(db, Trial, rows)
    names = {number: session for session, number in ids.items()}
    query = select(Trial.id, Trial.session_id, Trial.position).where(Trial.session_id.in_(ids.values()))
    trials = {(names[row.session_id], row.position): row.id for row in db.execute(query)}
    flow.add_imported_rows(
        db,
        Rating,
        (
            {**_stored(Rating, row), "trial_id": trials[row["session"], row["position"]]}
            for one in batch
            for _, row in one.ratings
        ),
    )


def _events(records: SessionRecords, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for _, row in records.events:
        yield {
            **_stored(Event, row),
            "session_id": ids[row["session"]],
            "sequence": event_sequence(row),
            "detail": json.loads(row["detail"]),
        }


def _answers(
    records: SessionRecords, ids: Mapping[str, int], names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    person = records.person
    at = person["completed_at"] or _last_seen(records)
    for column, item in names.items():
        if person[column] is not None:
            # The link of its page, and the time, are not in an export.
            row = {"session_id": ids[person["session"]], "sequence": 0, "item": item}
            yield {**row, "value": str(person[column]), "received_at": at}


def _stored(model: type[Table], row: Row) -> dict[str, Any]:
    """The columns of a row that the table has too; text that may not be missing is empty instead."""
    names, texts = _columns(model)
    stored = {name: row[name] for name in names}
    for name in texts:
        if stored[name] is None:
            stored[name] = ""
    return stored


@cache
def _columns(model: type[Table]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that a table shares with its export, and the texts among them that may not be missing."""
    exported = next(book.column_names for book in codebook() if MODELS[book.name] is model)
    table = cast(SqlTable, model.__table__)
    shared = [table.columns[name] for name in exported if name in table.columns]
    texts = tuple(c.name for c in shared if isinstance(c.type, String) and not c.nullable)
    return tuple(column.name for column in shared), texts
