"""Read the rows of each export table, in a fixed order and never all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import aliased

from study.codebook import extra_name
from study.models import (
    Event,
    ProtocolVersion,
    QuestionnaireAnswer,
    Rating,
    Session,
    Study,
    StudyPair,
    StudyStimulus,
    Trial,
)
from study.protocol import StudyProtocol

#: Rows fetched from the database at once.
BATCH = 2_000

Value = str | int | float | bool | datetime | None
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Extract:
    """What is exported of a study: the study itself, its protocol, and the namespaces wanted."""

    study: Study
    protocol: StudyProtocol
    namespaces: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Value]:
        """What is the same on every row. The protocol hash is not: each session has its own."""
        return {"study": self.study.slug}


def rows(db: DatabaseSession, extract: Extract, table: str, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of one table, each with a value for every column of the codebook."""
    readers: dict[str, Callable[..., Iterator[Mapping[str, Value]]]] = {
        "trials": _trials,
        "ratings": _ratings,
        "participants": _participants,
        "stimuli": _stimuli,
        "events": _events,
    }
    for record in readers[table](db, extract, columns):
        yield tuple(record[name] for name in columns)


def _stream(db: DatabaseSession, query: Select[Any]) -> Iterator[dict[str, Any]]:
    # yield_per makes PostgreSQL keep the result on its side; without it all rows would arrive at once.
    for row in db.execute(query.execution_options(yield_per=BATCH)).mappings():
        yield dict(row)


def _of_extract(query: Select[Any], extract: Extract) -> Select[Any]:
    """The rows of the sessions wanted, each with the hash of the protocol its session followed."""
    return (
        query.add_columns(ProtocolVersion.protocol_hash)
        .join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
        .where(Session.study_id == extract.study.id, Session.namespace.in_(extract.namespaces))
    )


_PERSON = (Session.participant, Session.session, Session.namespace, Session.cell)


def _trials(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[dict[str, Value]]:
    left, right = aliased(StudyStimulus), aliased(StudyStimulus)
    own = [getattr(Trial, name) for name in columns if name in Trial.__table__.columns]
    query = (
        select(
            *_PERSON,
            Session.list_number.label("list"),
            left.origin.label("left_origin"),
            right.origin.label("right_origin"),
            *own,
        )
        .join(Session, Session.id == Trial.session_id)
        .outerjoin(left, and_(left.study_id == Session.study_id, left.stimulus == Trial.left))
        .outerjoin(right, and_(right.study_id == Session.study_id, right.stimulus == Trial.right))
        .order_by(Session.id, Trial.position)
    )
    for record in _stream(db, _of_extract(query, extract)):
        row_id = f"trial-{record['session']}-{record['position']}"
        yield {**record, **extract.facts, "row_id": row_id}


def _ratings(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[dict[str, Value]]:
    rated: ColumnElement[Any] = case(
        (Rating.target.in_(("left", "face")), Trial.left),
        (Rating.target == "right", Trial.right),
        else_=None,
    )
    own = [getattr(Rating, name) for name in columns if name in Rating.__table__.columns]
    query = (
        select(
            *_PERSON,
            Trial.position,
            Trial.block,
            Trial.practice,
            Trial.pair,
            rated.label("stimulus"),
            *own,
        )
        .join(Trial, Trial.id == Rating.trial_id)
        .join(Session, Session.id == Trial.session_id)
        .order_by(Session.id, Trial.position, Rating.order)
    )
    scales = {
        (block.name, question.id)
        for block in extract.protocol.blocks
        for question in block.questions
        if question.kind == "scale"
    }
    for record in _stream(db, _of_extract(query, extract)):
        on_scale = (record["block"], record["question"]) in scales
        where = f"{record['session']}-{record['position']}-{record['question']}-{record['target']}"
        yield {
            **record,
            **extract.facts,
            "row_id": f"rating-{where}",
            "value_number": float(record["value"]) if on_scale else None,
        }


_DEVICE = (
    "viewport_width_px",
    "viewport_height_px",
    "device_pixel_ratio",
    "frame_interval_ms",
    "screen_width_px",
    "screen_height_px",
    "decode_ms",
)
_COUNTED = ("flashes", "flashes_as_planned")


def _participants(
    db: DatabaseSession, extract: Extract, columns: Sequence[str]
) -> Iterator[dict[str, Value]]:
    trials = select(func.count()).select_from(Trial).where(Trial.session_id == Session.id).correlate(Session)
    own = [getattr(Session, name) for name in columns if name in Session.__table__.columns]
    items = extract.protocol.items
    query = select(
        *own,
        Session.list_number.label("list"),
        Session.device,
        trials.scalar_subquery().label("n_planned"),
        trials.where(Trial.status == "answered").scalar_subquery().label("n_answered"),
        *(_answer(item.id).label(f"q_{item.id}") for item in items),
    ).order_by(Session.id)
    whole = [f"q_{item.id}" for item in items if item.is_whole_number]
    for record in _stream(db, _of_extract(query, extract)):
        device = record.pop("device") or {}
        record |= {name: _number(device.get(name)) for name in _DEVICE}
        record |= {name: device.get(name) for name in _COUNTED}
        record["misfits"] = " ".join(device.get("misfits", []))
        record["automated"] = device.get("automated")
        record |= {name: int(record[name]) if record[name] else None for name in whole}
        yield {**record, **extract.facts, "row_id": f"participant-{record['session']}"}


def _answer(item: str) -> Any:
    return (
        select(QuestionnaireAnswer.value)
        .where(QuestionnaireAnswer.session_id == Session.id, QuestionnaireAnswer.item == item)
        .correlate(Session)
        .scalar_subquery()
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _stimuli(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[dict[str, Value]]:
    own = [getattr(StudyStimulus, name) for name in columns if name in StudyStimulus.__table__.columns]
    member = or_(StudyPair.first == StudyStimulus.stimulus, StudyPair.second == StudyStimulus.stimulus)
    pair = (
        select(func.min(StudyPair.pair))
        .where(StudyPair.study_id == StudyStimulus.study_id, member)
        .correlate(StudyStimulus)
        .scalar_subquery()
    )
    query = select(*own, StudyStimulus.extra, pair.label("pair"))
    query = query.where(StudyStimulus.study_id == extract.study.id).order_by(StudyStimulus.id)
    known = set(columns)
    for record in _stream(db, query):
        extra = {extra_name(name): value for name, value in (record.pop("extra") or {}).items()}
        missing: dict[str, Value] = dict.fromkeys(known - record.keys())
        row_id = f"stimulus-{record['stimulus']}"
        current: dict[str, Value] = {"protocol_hash": extract.study.current.protocol_hash}
        yield {**missing, **extra, **record, **extract.facts, **current, "row_id": row_id}


def _events(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[dict[str, Value]]:
    own = [getattr(Event, name) for name in columns if name in Event.__table__.columns]
    query = select(Session.participant, Session.session, Event.id.label("event_id"), *own)
    query = query.join(Session, Session.id == Event.session_id).order_by(Session.id, Event.id)
    for record in _stream(db, _of_extract(query, extract)):
        detail = json.dumps(record["detail"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        row_id = f"event-{record['session']}-{record['event_id']}"
        yield {**record, **extract.facts, "row_id": row_id, "detail": detail}


def extra_columns(db: DatabaseSession, study: Study) -> tuple[str, ...]:
    """Names in the export of the further manifest columns that any stimulus of the study has."""
    query = select(StudyStimulus.extra).where(StudyStimulus.study_id == study.id)
    names = {name for extra in db.scalars(query.execution_options(yield_per=BATCH)) for name in extra or {}}
    return tuple(sorted(extra_name(name) for name in names))
