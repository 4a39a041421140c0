"""Read the rows of each export table, as they are written, in a fixed order and never all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    BindParameter,
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
    text,
)
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import aliased

from study.codebook import DEVICE_COUNTS, DEVICE_NUMBERS, STIMULUS_COLUMNS, Kind, TableBook, extra_name
from study.export.as_written import as_number, as_written
from study.export.columns import Facts, Value, as_column, as_columns, constant, joined
from study.export.selection import Selection
from study.export.tables import Batch
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
#: Those of one statement.
SOME: BindParameter[Any] = bindparam("some", expanding=True)

Expressions = dict[str, SQLColumnExpression[Any]]
Arrays = dict[str, pa.Array]

#: What rows take from their session, by the names and kinds of the codebook.
_OF_SESSIONS: dict[str, tuple[SQLColumnExpression[Any], Kind]] = {
    "participant": (Session.participant, "string"),
    "session": (Session.session, "string"),
    "namespace": (Session.namespace, "string"),
    "cell": (Session.cell, "string"),
    "list": (Session.list_number, "integer"),
    # That of the protocol which its session followed.
    "protocol_hash": (ProtocolVersion.protocol_hash, "string"),
}


@dataclass(frozen=True)
class Extract:
    """What is exported of a study: the study itself, its protocol, and the sessions wanted."""

    study: Study
    protocol: StudyProtocol
    selection: Selection = field(default_factory=Selection)


def rows(db: DatabaseSession, extract: Extract, book: TableBook) -> Iterator[Batch]:
    """The rows of one table in batches, with an array for every column of the codebook."""
    readers: dict[str, Callable[..., Iterator[Batch]]] = {
        "trials": _trials,
        "ratings": _ratings,
        "participants": _participants,
        "stimuli": _stimuli,
        "events": _events,
    }
    return readers[book.name](db, extract, book)


# ---- some sessions at a time ----


def read_by_index(db: DatabaseSession) -> None:
    """Let PostgreSQL look up the rows of some sessions instead of reading all rows of a table for them.

    For a thousand pieces of a large study it would otherwise read, or compile, more than it looks up.
    """
    if db.get_bind().dialect.name == "postgresql":
        for setting in ("jit", "enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
            db.execute(text(f"SET LOCAL {setting} = off"))


def _as_the_driver_gives_them(result: Any) -> list[Any]:
    # Every value is text or a number, and a row of SQLAlchemy would be a copy.
    found: list[Any] = result.cursor.fetchall()
    return found


def _in_pieces(
    db: DatabaseSession,
    extract: Extract,
    query: Select[Any],
    read: Callable[[Any], list[Any]] = _as_the_driver_gives_them,
) -> Iterator[tuple[Sequence[int], list[Any]]]:
    """A query run for SOME sessions at a time, as many as give about BATCH rows: their ids and the rows.

    One query for all would be sorted as a whole, on disk, before its first row comes.
    """
    connection = db.connection()
    sessions = connection.scalars(
        select(Session.id).where(extract.selection.of_sessions(extract.study)).order_by(Session.id)
    ).all()
    begin, n = 0, 1
    while begin < len(sessions):
        some = sessions[begin : begin + n]
        found = read(connection.execute(query, {"some": some}))
        yield some, found
        begin += n
        n = max(1, min(8 * n, MOST_SESSIONS, n * BATCH // max(1, len(found))))


def _own(model: type[Table], names: Sequence[str]) -> Expressions:
    return {name: getattr(model, name) for name in names if name in model.__table__.columns}


def _arrays_in_pieces(
    db: DatabaseSession,
    extract: Extract,
    book: TableBook,
    expressions: Expressions,
    ordered: Callable[[Select[Any]], Select[Any]],
    of_session: SQLColumnExpression[int],
) -> Iterator[Arrays]:
    """The columns that the database gives, and those that rows take from their session and study."""
    kinds: dict[str, Kind] = {column.name: column.kind for column in book.columns}
    times = extract.selection.times
    written = [as_written(expression, times).label(name) for name, expression in expressions.items()]
    query = ordered(select(of_session.label("of_session"), *written))
    for some, found in _in_pieces(db, extract, query):
        if not found:
            continue
        keys, *values = zip(*found, strict=True)
        arrays = {
            name: as_column(kinds.get(name, "string"), of)
            for name, of in zip(expressions, values, strict=True)
        }
        yield {
            **arrays,
            **_facts_of(db, some).of(pa.array(keys, type=pa.int64())),
            "study": constant(extract.study.slug, len(found)),
        }


def _facts_of(db: DatabaseSession, sessions: Sequence[int]) -> Facts:
    query = (
        select(Session.id, *(expression for expression, _ in _OF_SESSIONS.values()))
        .join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
        .where(Session.id.in_(SOME))
    )
    ids, *values = zip(*db.execute(query, {"some": sessions}).all(), strict=True)
    known = {
        name: as_column(kind, of) for (name, (_, kind)), of in zip(_OF_SESSIONS.items(), values, strict=True)
    }
    return Facts(pa.array(ids, type=pa.int64()), known)


def _in_order(arrays: Arrays, book: TableBook) -> Batch:
    return [arrays[name] for name in book.column_names]


# ---- the tables ----


def _trials(db: DatabaseSession, extract: Extract, book: TableBook) -> Iterator[Batch]:
    origins = _origins(db, extract.study)
    found = _arrays_in_pieces(
        db,
        extract,
        book,
        _own(Trial, book.column_names),
        lambda query: query.where(Trial.session_id.in_(SOME)).order_by(Trial.session_id, Trial.position),
        Trial.session_id,
    )
    for arrays in found:
        arrays["row_id"] = joined("trial", arrays["session"], arrays["position"])
        arrays |= {f"{side}_origin": origins.of(arrays[side])["origin"] for side in ("left", "right")}
        yield _in_order(arrays, book)


def _origins(db: DatabaseSession, study: Study) -> Facts:
    query = select(StudyStimulus.stimulus, StudyStimulus.origin).where(StudyStimulus.study_id == study.id)
    stimuli, origins = zip(*db.execute(query).all(), strict=True)
    return Facts(pa.array(stimuli, type=pa.string()), {"origin": pa.array(origins, type=pa.string())})


def _ratings(db: DatabaseSession, extract: Extract, book: TableBook) -> Iterator[Batch]:
    # Their trials first: PostgreSQL would go through all ratings and look for the session of each.
    some = select(Trial).where(Trial.session_id.in_(SOME)).cte("shown")
    shown = aliased(Trial, some.prefix_with("MATERIALIZED", dialect="postgresql"))
    rated = case(
        (Rating.target.in_(("left", "face")), shown.left),
        (Rating.target == "right", shown.right),
        else_=None,
    )
    expressions = {
        **_own(Rating, book.column_names),
        **{name: getattr(shown, name) for name in ("position", "block", "practice", "pair")},
        "stimulus": rated,
        "value_number": _value_number(extract.protocol, shown.block),
    }
    found = _arrays_in_pieces(
        db,
        extract,
        book,
        expressions,
        lambda query: (
            query.select_from(shown)
            .join(Rating, Rating.trial_id == shown.id)
            .order_by(shown.session_id, shown.position, Rating.order)
        ),
        shown.session_id,
    )
    for arrays in found:
        where = [arrays[name] for name in ("session", "position", "question", "target")]
        arrays["row_id"] = joined("rating", *where)
        yield _in_order(arrays, book)


def _value_number(protocol: StudyProtocol, of_block: SQLColumnExpression[str]) -> ColumnElement[float]:
    scales = [
        (block.name, question.id)
        for block in protocol.blocks
        for question in block.questions
        if question.kind == "scale"
    ]
    on_scale = or_(*(and_(of_block == block, Rating.question == question) for block, question in scales))
    return (
        case((on_scale, as_number(Rating.value)), else_=None) if scales else as_number(literal(None, String))
    )


def _participants(db: DatabaseSession, extract: Extract, book: TableBook) -> Iterator[Batch]:
    trials = select(func.count()).select_from(Trial).where(Trial.session_id == Session.id).correlate(Session)
    items = extract.protocol.items
    expressions: Expressions = {
        **_own(Session, [name for name in book.column_names if name not in _OF_SESSIONS]),
        **{name: expression for name, (expression, _) in _OF_SESSIONS.items()},
        "device": Session.device,
        "n_planned": trials.scalar_subquery(),
        "n_answered": trials.where(Trial.status == "answered").scalar_subquery(),
        **{f"q_{item.id}": _answer(item.id) for item in items},
    }
    whole = [f"q_{item.id}" for item in items if item.is_whole_number]
    for batch in _records(db, extract, expressions, lambda query: query.order_by(Session.id)):
        for record in batch:
            record |= _device(record.pop("device") or {})
            record |= {name: int(record[name]) if record[name] else None for name in whole}
            record["row_id"] = f"participant-{record['session']}"
        yield _of_records(batch, extract, book)


def _records(
    db: DatabaseSession,
    extract: Extract,
    expressions: Expressions,
    ordered: Callable[[Select[Any]], Select[Any]],
) -> Iterator[list[dict[str, Any]]]:
    """Rows that take more than SQL and Arrow can do, each as a dict."""
    times = extract.selection.times
    written = [as_written(expression, times).label(name) for name, expression in expressions.items()]
    query = (
        select(*written).select_from(Session).join(ProtocolVersion, ProtocolVersion.id == Session.version_id)
    )
    pieces = _in_pieces(
        db,
        extract,
        ordered(query.where(Session.id.in_(SOME))),
        lambda result: [dict(row) for row in result.mappings()],
    )
    return (found for _, found in pieces)


def _of_records(records: Sequence[dict[str, Any]], extract: Extract, book: TableBook) -> Batch:
    study = {"study": extract.study.slug}
    return as_columns(
        book.columns, [[(record | study)[name] for name in book.column_names] for record in records]
    )


def _device(found: Mapping[str, Any]) -> dict[str, Value]:
    automated = found.get("automated")
    return {
        **{name: _number(found.get(name)) for name in DEVICE_NUMBERS},
        **{name: found.get(name) for name in DEVICE_COUNTS},
        "misfits": " ".join(found.get("misfits", [])),
        "automated": None if automated is None else int(automated),
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


def _stimuli(db: DatabaseSession, extract: Extract, book: TableBook) -> Iterator[Batch]:
    member = or_(StudyPair.first == StudyStimulus.stimulus, StudyPair.second == StudyStimulus.stimulus)
    pair = (
        select(func.min(StudyPair.pair))
        .where(StudyPair.study_id == StudyStimulus.study_id, member)
        .correlate(StudyStimulus)
        .scalar_subquery()
    )
    # A manifest may have a column called as one of the database that no export shows, such as picture.
    own = _own(StudyStimulus, [name for name in book.column_names if name in STIMULUS_COLUMNS])
    query = select(*own.values(), StudyStimulus.extra, pair.label("pair"))
    query = query.where(StudyStimulus.study_id == extract.study.id).order_by(StudyStimulus.id)
    current: dict[str, Value] = {"protocol_hash": extract.study.current.protocol_hash}
    nothing: dict[str, Value] = dict.fromkeys(book.column_names)
    records = []
    for found in db.execute(query).mappings():
        record = dict(found)
        extra = {extra_name(name): value for name, value in (record.pop("extra") or {}).items()}
        row_id = f"stimulus-{record['stimulus']}"
        records.append({**nothing, **extra, **record, **current, "row_id": row_id})
    yield _of_records(records, extract, book)


def _events(db: DatabaseSession, extract: Extract, book: TableBook) -> Iterator[Batch]:
    of_sessions = {
        name: expression for name, (expression, _) in _OF_SESSIONS.items() if name in book.column_names
    }
    expressions = {**_own(Event, book.column_names), **of_sessions, "sequence": Event.sequence}
    found = _records(
        db,
        extract,
        expressions,
        lambda query: query.join(Event, Event.session_id == Session.id).order_by(Session.id, Event.sequence),
    )
    for batch in found:
        for record in batch:
            record["detail"] = json.dumps(
                record["detail"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            record["row_id"] = f"event-{record['session']}-{record['sequence']}"
        yield _of_records(batch, extract, book)


def extra_columns(db: DatabaseSession, study: Study) -> tuple[str, ...]:
    """Names in the export of the further manifest columns that any stimulus of the study has."""
    query = select(StudyStimulus.extra).where(StudyStimulus.study_id == study.id)
    names = {name for extra in db.scalars(query.execution_options(yield_per=BATCH)) for name in extra or {}}
    return tuple(sorted(extra_name(name) for name in names))
