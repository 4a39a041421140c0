"""The five tables of an export: their columns, types and ranges, as analysis needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "integer", "number", "boolean", "datetime"]


@dataclass(frozen=True)
class Column:
    """One column: its kind, whether a value must be there, and which values are possible."""

    name: str
    kind: Kind = "string"
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


def _must(name: str, *allowed: str) -> Column:
    return Column(name, required=True, allowed=allowed)


def _may(name: str, *allowed: str) -> Column:
    return Column(name, allowed=allowed)


def _number(name: str, *, minimum: float | None = None, required: bool = False) -> Column:
    return Column(name, kind="number", minimum=minimum, required=required)


def _integer(name: str, *, minimum: float | None = None, required: bool = False) -> Column:
    return Column(name, kind="integer", minimum=minimum, required=required)


def _flag(name: str, *, required: bool = False) -> Column:
    return Column(name, kind="boolean", required=required)


def _time(name: str) -> Column:
    return Column(name, kind="datetime")


NAMESPACES = ("live", "pilot", "preview", "robot")
ORIGINS = ("real", "ai", "edited")
LABELS = ("real", "ai")
STATUSES = (
    "consented",
    "in_progress",
    "completed",
    "withdrawn",
    "screened_out",
    "failed_checks",
    "lapsed",
    "technical_failure",
)
INPUTS = ("keyboard", "mouse", "touch", "pen", "simulated")

_WHO = (_must("row_id"), _must("participant"), _must("session"), _must("study"), _must("protocol_hash"))

TRIALS = (
    *_WHO,
    _must("namespace", *NAMESPACES),
    _may("cell"),
    _integer("list"),
    _integer("position", minimum=1, required=True),
    _must("block"),
    _integer("block_position", minimum=0),
    _flag("practice", required=True),
    _must("trial_kind", "target", "filler", "repeat", "check"),
    _must("layout", "pair", "single"),
    _integer("repeat_of", minimum=1),
    _may("pair"),
    _must("left"),
    _may("right"),
    _must("left_origin", *ORIGINS),
    _may("right_origin", *ORIGINS),
    _may("left_label", *LABELS),
    _may("right_label", *LABELS),
    _may("asked_answer"),
    _number("exposure_ms", minimum=1),
    _must("status", "planned", "answered", "interrupted", "timed_out"),
    _integer("block_restarts", minimum=0),
    _may("evidence", "element_timing", "frame_clock", "none", "simulated"),
    _integer("planned_frames", minimum=0),
    _integer("shown_frames", minimum=0),
    _number("onset_ms"),
    _number("offset_ms"),
    _number("shown_ms", minimum=0),
    _number("callback_ms", minimum=0),
    _number("frame_interval_ms", minimum=0),
    _number("longest_gap_ms", minimum=0),
    _integer("late_frames", minimum=0),
    _integer("edges_seen", minimum=0),
    _number("clock_late_ms"),
    _integer("lead_restarts", minimum=0),
    _flag("hidden"),
    _flag("blurred"),
    _flag("resized"),
    _may("interruption", "hidden", "moved", "slept", "reloaded"),
    _number("viewport_width_px", minimum=0),
    _number("viewport_height_px", minimum=0),
    _number("device_pixel_ratio", minimum=0),
    _number("picture_width_px", minimum=0),
    _number("picture_height_px", minimum=0),
    _integer("picture_file_width_px", minimum=1),
    _flag("trusted"),
    _integer("pointer_moves", minimum=0),
    _number("pointer_path_px", minimum=0),
    _number("pointer_straightness", minimum=0),
    _number("pointer_first_ms"),
    _integer("keys_typed", minimum=0),
    _number("key_gap_ms", minimum=0),
    _integer("pastes", minimum=0),
    _time("received_at"),
)

RATINGS = (
    *_WHO,
    _must("namespace", *NAMESPACES),
    _may("cell"),
    _integer("position", minimum=1, required=True),
    _must("block"),
    _flag("practice", required=True),
    _may("pair"),
    _must("target", "left", "right", "pair", "face"),
    _may("stimulus"),
    _must("question"),
    _may("value"),
    _number("value_number"),
    _number("rt_ms", minimum=0),
    _number("release_ms", minimum=0),
    _may("input", *INPUTS),
    _integer("order", minimum=0),
    _time("received_at"),
)

PARTICIPANTS = (
    *_WHO,
    _must("namespace", *NAMESPACES),
    _may("cell"),
    _integer("list"),
    _integer("place"),
    _must("status", *STATUSES),
    _may("language"),
    _may("consent_hash"),
    _time("consented_at"),
    _time("started_at"),
    _time("completed_at"),
    _may("recruiter"),
    _may("lab"),
    _may("browser"),
    _may("operating_system"),
    _may("form", "desktop", "tablet", "phone"),
    _number("viewport_width_px", minimum=0),
    _number("viewport_height_px", minimum=0),
    _number("device_pixel_ratio", minimum=0),
    _number("frame_interval_ms", minimum=0),
    _number("screen_width_px", minimum=0),
    _number("screen_height_px", minimum=0),
    _number("decode_ms", minimum=0),
    _integer("flashes", minimum=0),
    _integer("flashes_as_planned", minimum=0),
    _may("misfits"),
    _flag("automated"),
    _integer("n_planned", minimum=0),
    _integer("n_answered", minimum=0),
    _may("chain_head"),
    _integer("chain_length", minimum=0),
)

STIMULI = (
    _must("row_id"),
    _must("stimulus"),
    _must("study"),
    _must("protocol_hash"),
    _may("pair"),
    _may("sha256"),
    _must("origin", *ORIGINS),
    _may("generator"),
    _may("identity"),
    _may("edited_from"),
    _may("defect"),
    _number("dose"),
    _may("artifacts"),
    _may("gender"),
    _may("age_band"),
    _may("ethnicity"),
    _may("licence"),
    _may("attribution"),
    _may("source"),
    _may("consent"),
)

EVENTS = (
    _must("row_id"),
    _may("participant"),
    _may("session"),
    _must("study"),
    _must("protocol_hash"),
    _integer("number"),
    _must("kind"),
    _integer("position"),
    _number("at_ms"),
    _time("received_at"),
    _may("detail"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "trials": TRIALS,
    "ratings": RATINGS,
    "participants": PARTICIPANTS,
    "stimuli": STIMULI,
    "events": EVENTS,
}

#: The Frictionless types a column of each kind may be declared as in datapackage.json.
#: Text may be declared as anything: it is kept as it was written.
DECLARED_TYPES: dict[Kind, tuple[str, ...]] = {
    "integer": ("integer", "number"),
    "number": ("number", "integer"),
    "boolean": ("boolean",),
    "datetime": ("datetime", "string"),
}
