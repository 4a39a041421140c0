"""Read the rows of each export table, as they are written, in a fixed order and never all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import aliased

from study.codebook import STIMULUS_COLUMNS, extra_name
from study.export.as_written import as_number, as_written, joined
from study.export.selection import Selection
from study.export.tables import Row, Value, as_flag
from study.models import (
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
from study.protocol import StudyProtocol

#: Rows in memory at once, about.
BATCH = 5_000
#: And of how many sessions at most: a statement takes only so many parameters.
MOST_SESSIONS = 1_000

Expressions = dict[str, SQLColumnExpression[Any]]


@dataclass(frozen=True)
class Extract:
    """What is exported of a study: the study itself, its protocol, and the sessions wanted."""

    study: Study
    protocol: StudyProtocol
    selection: Selection = field(default_factory=Selection)


def rows(
    db: DatabaseSession, extract: Extract, table: str, columns: Sequence[str]
) -> Iterator[Sequence[Row]]:
    """The rows of one table in batches, each row with a value for every column of the codebook."""
    readers: dict[str, Callable[..., Iterator[Sequence[Row]]]] = {
        "trials": _trials,
        "ratings": _ratings,
        "participants": _participants,
        "stimuli": _stimuli,
        "events": _events,
    }
    return readers[table](db, extract, columns)


def _batches(db: DatabaseSession, extract: Extract, query: Select[Any]) -> Iterator[Sequence[Row]]:
    """The rows of some sessions after the other, as the driver gives them."""
    # Every value is text or a number by now: nothing is left to convert, and a row would only be copied.
    return _in_pieces(db, extract, query, lambda result: result.cursor.fetchall())


def _records(db: DatabaseSession, extract: Extract, query: Select[Any]) -> Iterator[list[dict[str, Any]]]:
    """The same for what takes more than SQL: each row as a dict."""
    return _in_pieces(db, extract, query, lambda result: [dict(row) for row in result.mappings()])


def _in_pieces(
    db: DatabaseSession, extract: Extract, query: Select[Any], read: Callable[[Any], list[Any]]
) -> Iterator[list[Any]]:
    """A query over sessions, run for some of them at a time, as many as give about BATCH rows.

    One query for all would be sorted as a whole, on disk, before its first row comes.
    """
    connection = db.connection()
    sessions = connection.scalars(
        select(Session.id).where(extract.selection.of_sessions(extract.study)).order_by(Session.id)
    ).all()
    piece = query.where(Session.id.in_(bindparam("some", expanding=True)))
    begin, n = 0, 1
    while begin < len(sessions):
        batch = read(connection.execute(piece, {"some": sessions[begin : begin + n]}))
        yield batch
        begin += n
        n = max(1, min(8 * n, MOST_SESSIONS, n * BATCH // max(1, len(batch))))


def _in_order(records: Sequence[Mapping[str, Value]], columns: Sequence[str]) -> list[Row]:
    return [[record[name] for name in columns] for record in records]


def _of_sessions(extract: Extract) -> Expressions:
    """What a row takes from its session. The hash is that of the protocol its session followed."""
    person = {name: getattr(Session, name) for name in ("participant", "session", "namespace", "cell")}
    return {
        **person,
        "list": Session.list_number,
        "study": literal(extract.study.slug, String),
        "protocol_hash": ProtocolVersion.protocol_hash,
    }


def _own(model: type[Table], columns: Sequence[str]) -> Expressions:
    return {name: getattr(model, name) for name in columns if name in model.__table__.columns}


def _selected(expressions: Expressions, names: Sequence[str], extract: Extract) -> Select[Any]:
    """These columns as they are written; of which sessions, _in_pieces says."""
    times = extract.selection.times
    written = [as_written(expressions[name], times).label(name) for name in names]
    return (
        select(*written).select_from(Session).join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
    )


def _trials(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[Sequence[Row]]:
    left, right = aliased(StudyStimulus), aliased(StudyStimulus)
    expressions = {
        **_own(Trial, columns),
        **_of_sessions(extract),
        "row_id": joined("trial", Session.session, Trial.position),
        "left_origin": left.origin,
        "right_origin": right.origin,
    }
    query = (
        _selected(expressions, columns, extract)
        .join(Trial, Trial.session_id == Session.id)
        .outerjoin(left, and_(left.study_id == Session.study_id, left.stimulus == Trial.left))
        .outerjoin(right, and_(right.study_id == Session.study_id, right.stimulus == Trial.right))
        .order_by(Session.id, Trial.position)
    )
    return _batches(db, extract, query)


def _ratings(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[Sequence[Row]]:
    rated = case(
        (Rating.target.in_(("left", "face")), Trial.left),
        (Rating.target == "right", Trial.right),
        else_=None,
    )
    expressions = {
        **_own(Rating, columns),
        **_of_sessions(extract),
        **{name: getattr(Trial, name) for name in ("position", "block", "practice", "pair")},
        "row_id": joined("rating", Session.session, Trial.position, Rating.question, Rating.target),
        "stimulus": rated,
        "value_number": _value_number(extract.protocol),
    }
    query = (
        _selected(expressions, columns, extract)
        .join(Trial, Trial.session_id == Session.id)
        .join(Rating, Rating.trial_id == Trial.id)
        .order_by(Session.id, Trial.position, Rating.order)
    )
    return _batches(db, extract, query)


def _value_number(protocol: StudyProtocol) -> ColumnElement[float]:
    scales = [
        (block.name, question.id)
        for block in protocol.blocks
        for question in block.questions
        if question.kind == "scale"
    ]
    on_scale = or_(*(and_(Trial.block == block, Rating.question == question) for block, question in scales))
    return (
        case((on_scale, as_number(Rating.value)), else_=None) if scales else as_number(literal(None, String))
    )


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


def _participants(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[Sequence[Row]]:
    trials = select(func.count()).select_from(Trial).where(Trial.session_id == Session.id).correlate(Session)
    items = extract.protocol.items
    expressions: Expressions = {
        **_own(Session, columns),
        **_of_sessions(extract),
        "row_id": joined("participant", Session.session),
        "device": Session.device,
        "n_planned": trials.scalar_subquery(),
        "n_answered": trials.where(Trial.status == "answered").scalar_subquery(),
        **{f"q_{item.id}": _answer(item.id) for item in items},
    }
    query = _selected(expressions, list(expressions), extract).order_by(Session.id)
    whole = [f"q_{item.id}" for item in items if item.is_whole_number]
    for batch in _records(db, extract, query):
        for record in batch:
            record |= _device(record.pop("device") or {})
            record |= {name: int(record[name]) if record[name] else None for name in whole}
        yield _in_order(batch, columns)


def _device(found: Mapping[str, Any]) -> dict[str, Value]:
    return {
        **{name: _number(found.get(name)) for name in _DEVICE},
        **{name: found.get(name) for name in _COUNTED},
        "misfits": " ".join(found.get("misfits", [])),
        "automated": as_flag(found.get("automated")),
    }


def _answer(item: str) -> ColumnElement[Any]:
    return (
        select(QuestionnaireAnswer.value)
        .where(QuestionnaireAnswer.session_id == Session.id, QuestionnaireAnswer.item == item)
        .correlate(Session)
        .scalar_subquery()
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _stimuli(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[Sequence[Row]]:
    member = or_(StudyPair.first == StudyStimulus.stimulus, StudyPair.second == StudyStimulus.stimulus)
    pair = (
        select(func.min(StudyPair.pair))
        .where(StudyPair.study_id == StudyStimulus.study_id, member)
        .correlate(StudyStimulus)
        .scalar_subquery()
    )
    # A manifest may have a column called as one of the database that no export shows, such as picture.
    own = _own(StudyStimulus, [name for name in columns if name in STIMULUS_COLUMNS])
    query = select(*own.values(), StudyStimulus.extra, pair.label("pair"))
    query = query.where(StudyStimulus.study_id == extract.study.id).order_by(StudyStimulus.id)
    study: dict[str, Value] = {
        "study": extract.study.slug,
        "protocol_hash": extract.study.current.protocol_hash,
    }
    nothing: dict[str, Value] = dict.fromkeys(columns)
    records = []
    for found in db.execute(query).mappings():
        record = dict(found)
        extra = {extra_name(name): value for name, value in (record.pop("extra") or {}).items()}
        row_id = f"stimulus-{record['stimulus']}"
        records.append({**nothing, **extra, **record, **study, "row_id": row_id})
    yield _in_order(records, columns)


def _events(db: DatabaseSession, extract: Extract, columns: Sequence[str]) -> Iterator[Sequence[Row]]:
    expressions = {
        **_own(Event, columns),
        **_of_sessions(extract),
        "row_id": joined("event", Session.session, Event.sequence),
    }
    query = (
        _selected(expressions, columns, extract)
        .join(Event, Event.session_id == Session.id)
        .order_by(Session.id, Event.sequence)
    )
    for batch in _records(db, extract, query):
        for record in batch:
            record["detail"] = json.dumps(
                record["detail"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
        yield _in_order(batch, columns)


def extra_columns(db: DatabaseSession, study: Study) -> tuple[str, ...]:
    """Names in the export of the further manifest columns that any stimulus of the study has."""
    query = select(StudyStimulus.extra).where(StudyStimulus.study_id == study.id)
    names = {name for extra in db.scalars(query.execution_options(yield_per=BATCH)) for name in extra or {}}
    return tuple(sorted(extra_name(name) for name in names))
