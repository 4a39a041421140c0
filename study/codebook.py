"""What every column of an export means: one schema for the tables, the codebook and its machine forms.

A column that comes straight from the database takes its words from the comment in ``models.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sqlalchemy import Boolean, Float, Integer
from sqlalchemy import Table as SqlTable

from study import models
from study.protocol import Item, StudyProtocol

Kind = Literal["string", "integer", "number", "boolean", "datetime"]


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, meaning, and the meaning of its values where they are codes."""

    name: str
    kind: Kind
    description: str
    unit: str = ""
    values: tuple[tuple[str, str], ...] = ()
    required: bool = False
    unique: bool = False
    #: Whether a value may be several of the codes, joined by ``;``.
    several: bool = False


@dataclass(frozen=True)
class TableBook:
    """One table of the export: what a row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


ORIGINS = (
    ("real", "a photograph"),
    ("ai", "generated"),
    ("edited", "a photograph with a defect added"),
)
NAMESPACES = (
    ("live", "data of the study"),
    ("pilot", "pilot sessions"),
    ("preview", "a researcher trying the study"),
    ("robot", "simulated participants"),
)
STATUSES = (
    ("consented", "consented, no trial begun"),
    ("in_progress", "has a place and planned trials"),
    ("completed", "sent everything"),
    ("screened_out", "did not qualify, or came when all places were taken"),
    ("failed_checks", "failed more attention checks than allowed; the place was given again"),
    ("lapsed", "was away so long that the place was given to somebody else, or that the study ended"),
    ("technical_failure", "could not go on for a technical reason"),
)
_UNITS = {"_file_width_px": "px", "_ms": "ms", "_px": "CSS px", "_frames": "frames"}
_OF_WORDS = {
    "status": (
        ("planned", "never answered"),
        ("answered", "answered"),
        ("interrupted", "void: interrupted during the exposure"),
        ("timed_out", "not all answered in time"),
    ),
    "evidence": (
        ("element_timing", "the browser's presentation times"),
        ("frame_clock", "the planned frames, as a second clock saw the display keep its time"),
        ("none", "nothing that would prove it"),
        ("simulated", "a robot"),
    ),
    "interruption": (
        ("hidden", "the page was out of sight"),
        ("moved", "the faces moved or changed their size"),
        ("slept", "the device slept or stood still"),
        ("reloaded", "the page was reloaded or left"),
    ),
    "trial_kind": (
        ("target", "a real face and an AI or edited one"),
        ("filler", "both of the same origin"),
        ("repeat", "a pair shown before"),
        ("check", "an attention check"),
    ),
    "layout": (("pair", "two faces side by side"), ("single", "one face")),
}


#: Columns of participants that the device check found, as they are called in what it stored.
DEVICE_NUMBERS = (
    "viewport_width_px",
    "viewport_height_px",
    "device_pixel_ratio",
    "frame_interval_ms",
    "screen_width_px",
    "screen_height_px",
    "decode_ms",
)
DEVICE_COUNTS = ("flashes", "flashes_as_planned")


def codebook(protocol: StudyProtocol | None = None, *, extras: Sequence[str] = ()) -> tuple[TableBook, ...]:
    """The five tables of an export.

    ``protocol`` adds a column for each questionnaire item; ``extras`` are the further columns of the
    stimulus set's manifest.
    """
    items = protocol.items if protocol else ()
    return (
        TableBook("trials", "One planned trial, answered or not, practice included.", _TRIALS),
        TableBook("ratings", "One answer to one question on one trial.", _RATINGS),
        TableBook(
            "participants",
            "One person who consented; people who withdrew are erased and only counted.",
            (*_PARTICIPANTS, *(_questionnaire_column(item) for item in items)),
        ),
        TableBook("stimuli", "One picture of the study.", (*_STIMULI, *map(_extra_column, extras))),
        TableBook("events", "Something that happened besides the answers.", _EVENTS),
    )


def extra_name(column: str) -> str:
    """The export's name for a further manifest column; ``extra_`` sets apart one that is already taken."""
    return f"extra_{column}" if column in STIMULUS_COLUMNS else column


def _extra_column(name: str) -> Column:
    return Column(extra_name(name), "string", "Further column of the manifest, as it stood there.")


def _questionnaire_column(item: Item) -> Column:
    kind: Kind = "integer" if item.is_whole_number else "string"
    values = tuple((option.code, option.label) for option in item.options) if item.options else ()
    scale = ""
    if item.kind in ("likert", "vas"):
        low, high = item.limits
        scale = f" From {low} ({item.minimum_label}) to {high} ({item.maximum_label})."
    words = f"Questionnaire: {item.text}{scale}"
    return Column(f"q_{item.id}", kind, words, values=values, several=item.kind == "choices")


def _of(
    model: type[models.Table],
    name: str,
    *,
    column: str | None = None,
    required: bool = False,
    values: tuple[tuple[str, str], ...] = (),
) -> Column:
    """A column as the database has it: type, words and unit from there."""
    source = cast(SqlTable, model.__table__).columns[column or name]
    comment = source.comment
    if comment is None:
        raise ValueError(
            f"{model.__name__}.{source.name}: expected a comment, found none; write it in models.py"
        )
    unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "")
    return Column(name, _kind(source.type), comment, unit=unit, values=values, required=required)


def _kind(type_: Any) -> Kind:
    kinds: tuple[tuple[type[Any], Kind], ...] = (
        (models.UtcDateTime, "datetime"),
        (Boolean, "boolean"),
        (Integer, "integer"),
        (Float, "number"),
    )
    return next((kind for sql, kind in kinds if isinstance(type_, sql)), "string")


def _row_id(table: str) -> Column:
    words = f"Identifier of the row, unique in the whole export; begins with {table}."
    return Column("row_id", "string", words, required=True, unique=True)


_PERSON = (
    _of(models.Session, "participant", required=True),
    _of(models.Session, "session", required=True),
)
_STUDY = (
    _of(models.Study, "study", column="slug", required=True),
    Column(
        "protocol_hash",
        "string",
        "sha256 of the frozen protocol that the session followed; of the current one for stimuli.",
        required=True,
    ),
)
_WHERE = (
    _of(models.Session, "namespace", required=True, values=NAMESPACES),
    _of(models.Session, "cell"),
)
_LIST = _of(models.Session, "list", column="list_number")


def _trial(name: str, *, required: bool = False) -> Column:
    return _of(models.Trial, name, required=required, values=_OF_WORDS.get(name, ()))


def _origin(side: str) -> Column:
    words = f"Origin of the stimulus on the {side}; joined from the stimuli, never sent to a browser."
    return Column(f"{side}_origin", "string", words, values=ORIGINS, required=side == "left")


_PRESENTATION = (
    "evidence",
    "planned_frames",
    "shown_frames",
    "onset_ms",
    "offset_ms",
    "shown_ms",
    "callback_ms",
    "frame_interval_ms",
    "longest_gap_ms",
    "late_frames",
    "edges_seen",
    "clock_late_ms",
    "lead_restarts",
    "hidden",
    "blurred",
    "resized",
    "interruption",
    "viewport_width_px",
    "viewport_height_px",
    "device_pixel_ratio",
    "picture_width_px",
    "picture_height_px",
    "picture_file_width_px",
    "trusted",
    "pointer_moves",
    "pointer_path_px",
    "pointer_straightness",
    "pointer_first_ms",
    "keys_typed",
    "key_gap_ms",
    "pastes",
    "received_at",
)

_TRIALS = (
    _row_id("trial"),
    *_PERSON,
    *_STUDY,
    *_WHERE,
    _LIST,
    _trial("position", required=True),
    _trial("block", required=True),
    _trial("block_position", required=True),
    _trial("practice", required=True),
    _trial("trial_kind", required=True),
    _trial("layout", required=True),
    _trial("repeat_of"),
    _trial("pair"),
    _trial("left", required=True),
    _trial("right"),
    _origin("left"),
    _origin("right"),
    _trial("left_label"),
    _trial("right_label"),
    _trial("asked_answer"),
    _trial("exposure_ms"),
    _trial("status", required=True),
    _trial("block_restarts"),
    *(_trial(name) for name in _PRESENTATION),
)

_RATINGS = (
    _row_id("rating"),
    *_PERSON,
    *_STUDY,
    *_WHERE,
    _trial("position", required=True),
    _trial("block", required=True),
    _trial("practice", required=True),
    _trial("pair"),
    _of(
        models.Rating,
        "target",
        required=True,
        values=(
            ("left", "the face on the left"),
            ("right", "the face on the right"),
            ("pair", "the pair as a whole"),
            ("face", "the single face"),
        ),
    ),
    Column("stimulus", "string", "Stimulus that was rated; empty where the question was about the pair."),
    _of(models.Rating, "question", required=True),
    _of(models.Rating, "value", required=True),
    Column("value_number", "number", "The answer as a number, for questions with a scale; else empty."),
    _of(models.Rating, "rt_ms"),
    _of(models.Rating, "release_ms"),
    _of(
        models.Rating,
        "input",
        required=True,
        values=tuple((kind, kind) for kind in ("keyboard", "mouse", "touch", "pen", "simulated")),
    ),
    _of(models.Rating, "order", required=True),
    _of(models.Rating, "received_at", required=True),
)

_PARTICIPANTS = (
    _row_id("participant"),
    *_PERSON,
    *_STUDY,
    *_WHERE,
    _LIST,
    _of(models.Session, "place"),
    _of(
        models.Session,
        "status",
        required=True,
        values=STATUSES,
    ),
    _of(models.Session, "language"),
    _of(models.Session, "consent_hash"),
    _of(models.Session, "consented_at", required=True),
    _of(models.Session, "started_at"),
    _of(models.Session, "completed_at"),
    _of(models.Session, "recruiter"),
    _of(models.Session, "lab"),
    _of(models.Session, "browser"),
    _of(models.Session, "operating_system"),
    _of(
        models.Session,
        "form",
        values=(("desktop", "desktop or laptop"), ("tablet", "tablet"), ("phone", "phone")),
    ),
    Column("viewport_width_px", "number", "Width of the window at the device check.", unit="CSS px"),
    Column("viewport_height_px", "number", "Height of the window at the device check.", unit="CSS px"),
    Column("device_pixel_ratio", "number", "Screen pixels per CSS px at the device check."),
    Column("frame_interval_ms", "number", "Typical interval of frames at the device check.", unit="ms"),
    Column("screen_width_px", "number", "Width of the screen at the device check.", unit="CSS px"),
    Column("screen_height_px", "number", "Height of the screen at the device check.", unit="CSS px"),
    Column("decode_ms", "number", "Preparing a picture of 480 x 600 px at the device check.", unit="ms"),
    Column("flashes", "integer", "Empty flashes of the device check with evidence."),
    Column("flashes_as_planned", "integer", "Of these, shown for the planned number of frames."),
    Column("misfits", "string", "What the device lacked for the study's rules, separated by spaces."),
    Column("automated", "boolean", "Whether the browser said that a program drives it."),
    Column(
        "n_planned",
        "integer",
        "Trials planned, practice included; 0 before a place was taken.",
        required=True,
    ),
    Column("n_answered", "integer", "Trials answered, practice included.", required=True),
    _of(models.Session, "chain_head", required=True),
    _of(models.Session, "chain_length", required=True),
)


def _stimulus(name: str, **options: Any) -> Column:
    return _of(models.StudyStimulus, name, **options)


_STATED = (
    "generator",
    "identity",
    "edited_from",
    "defect",
    "dose",
    "artifacts",
    "gender",
    "age_band",
    "ethnicity",
    "licence",
    "attribution",
    "source",
    "consent",
)

_STIMULI = (
    _row_id("stimulus"),
    _stimulus("stimulus", required=True),
    *_STUDY,
    Column("pair", "string", "Pair the stimulus belongs to; empty where it has none."),
    _stimulus("sha256", required=True),
    _stimulus("origin", required=True, values=ORIGINS),
    *(_stimulus(name) for name in _STATED),
)

#: Names that a further column of a manifest cannot have.
STIMULUS_COLUMNS = frozenset(column.name for column in _STIMULI)

_EVENTS = (
    _row_id("event"),
    *_PERSON,
    *_STUDY,
    _of(models.Event, "number"),
    _of(models.Event, "kind", required=True),
    _of(models.Event, "position"),
    _of(models.Event, "at_ms"),
    _of(models.Event, "received_at", required=True),
    _of(models.Event, "detail", required=True),
)


def as_markdown(book: TableBook) -> str:
    """One table of the codebook as a Markdown table."""
    return "\n".join(_markdown_lines(book))


def _markdown_lines(book: TableBook) -> Iterator[str]:
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for column in book.columns:
        codes = (
            "" if _explains_its_codes(column) else "; ".join(f"`{c}`: {words}" for c, words in column.values)
        )
        meaning = f"{column.description} {codes}." if codes else column.description
        cells = (f"`{column.name}`", column.kind, column.unit, meaning)
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _explains_its_codes(column: Column) -> bool:
    """Whether the description says already what each code means."""
    words = column.description
    named = all(code in words for code, _ in column.values)
    return named and (any(f"{c}:" in words or f"{c} (" in words for c, _ in column.values) or _plain(column))


def _plain(column: Column) -> bool:
    return all(code == words for code, words in column.values)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
