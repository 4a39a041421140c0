"""What a participant's browser may send, and whether an answer fits its question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from study.protocol import Block, Question

Milliseconds = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Pixels = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Frames = Annotated[int, Field(ge=0, le=10_000_000)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
# What a column for whole numbers can hold.
Position = Annotated[int, Field(ge=1, le=2**31 - 1)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Presentation(_Message):
    """What was shown on a trial, as the browser measured it."""

    evidence: Literal["element_timing", "frame_clock", "none", "simulated"] | None = None
    planned_frames: Frames | None = None
    shown_frames: Frames | None = None
    onset_ms: Milliseconds | None = None
    offset_ms: Milliseconds | None = None
    shown_ms: Milliseconds | None = None
    callback_ms: Milliseconds | None = None
    frame_interval_ms: Milliseconds | None = None
    longest_gap_ms: Milliseconds | None = None
    late_frames: Frames | None = None
    edges_seen: Annotated[int, Field(ge=0, le=2)] | None = None
    clock_late_ms: Milliseconds | None = None
    lead_restarts: Frames | None = None
    hidden: bool | None = None
    blurred: bool | None = None
    resized: bool | None = None
    interruption: Literal["hidden", "moved", "slept", "reloaded"] | None = None
    viewport_width_px: Pixels | None = None
    viewport_height_px: Pixels | None = None
    device_pixel_ratio: Pixels | None = None
    picture_width_px: Pixels | None = None
    picture_height_px: Pixels | None = None
    picture_file_width_px: Annotated[int, Field(ge=1, le=100_000)] | None = None


class Process(_Message):
    """How the answers of a trial were given, in sums; robots send none."""

    trusted: bool | None = None
    pointer_moves: Count | None = None
    pointer_path_px: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    # Two lengths that are rounded apart can make a straight path a hair longer than itself.
    pointer_straightness: Annotated[float, Field(ge=0, le=1.001, allow_inf_nan=False)] | None = None
    pointer_first_ms: Milliseconds | None = None
    keys_typed: Count | None = None
    key_gap_ms: Milliseconds | None = None
    pastes: Count | None = None


class GivenRating(_Message):
    question: str = Field(max_length=40)
    target: Literal["left", "right", "pair", "face"]
    value: str = Field(max_length=5000)
    rt_ms: Milliseconds | None = None
    release_ms: Milliseconds | None = None
    input: Literal["keyboard", "mouse", "touch", "pen", "simulated"]


class TrialMessage(_Message):
    number: int = Field(ge=1, le=2**31 - 1)
    kind: Literal["trial"]
    position: Position
    status: Literal["answered", "interrupted", "timed_out"]
    presentation: Presentation
    ratings: tuple[GivenRating, ...] = Field((), max_length=50)
    process: Process | None = None


class EventMessage(_Message):
    number: int = Field(ge=1, le=2**31 - 1)
    kind: Literal["event"]
    event: str = Field(pattern=r"^[a-z][a-z_]*$", max_length=40)
    position: Position | None = None
    at_ms: Milliseconds | None = None
    detail: dict[str, str | int | Finite | bool | None] = Field(default_factory=dict, max_length=20)


class DeviceReport(_Message):
    """What the device check found."""

    frame_interval_ms: Milliseconds
    viewport_width_px: Pixels
    viewport_height_px: Pixels
    device_pixel_ratio: Pixels
    screen_width_px: Pixels
    screen_height_px: Pixels
    touch: bool
    decode_ms: Milliseconds | None = None
    flashes: Annotated[int, Field(ge=0, le=100)] | None = None
    flashes_as_planned: Annotated[int, Field(ge=0, le=100)] | None = None
    fullscreen_available: bool | None = None
    evidence: Literal["element_timing", "none", "simulated"]
    automated: bool = False


Message = Annotated[TrialMessage | EventMessage, Field(discriminator="kind")]
_message: TypeAdapter[TrialMessage | EventMessage] = TypeAdapter(Message)


class MessageError(ValueError):
    """A message that cannot be stored; the text says what was expected and found."""


def read_message(raw: Any) -> TrialMessage | EventMessage:
    """One message from the browser, checked for shape and range."""
    try:
        return _message.validate_python(raw)
    except ValidationError as error:
        raise MessageError(_faults(error)) from None


def read_device(raw: Any) -> DeviceReport:
    """What the device check sent, checked for shape and range."""
    try:
        return DeviceReport.model_validate(raw)
    except ValidationError as error:
        raise MessageError(_faults(error)) from None


def _faults(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False)
    )


def check_ratings(ratings: Sequence[GivenRating], block: Block, *, complete: bool = True) -> None:
    """Every question answered once for each of its targets, every answer within its range.

    ``complete`` False: the time to answer ran out, so any of the answers may be missing.
    Raises MessageError with all that is wrong.
    """
    expected = {
        (question.id, target): question for question in block.questions for target in block.targets(question)
    }
    faults: list[str] = []
    seen: set[tuple[str, str]] = set()
    for rating in ratings:
        key = (rating.question, rating.target)
        if key not in expected:
            faults.append(f"{rating.question} of {rating.target} was not asked")
        elif key in seen:
            faults.append(f"{rating.question} of {rating.target} is answered twice")
        elif fault := _fault(rating.value, expected[key]):
            faults.append(f"{rating.question} of {rating.target}: {fault}")
        seen.add(key)
    faults += [
        f"{question} of {target} is not answered"
        for (question, target), asked in expected.items()
        if complete and (question, target) not in seen and not asked.optional
    ]
    if faults:
        raise MessageError("; ".join(faults))


def _fault(value: str, question: Question) -> str | None:
    if "\0" in value:
        # PostgreSQL cannot keep it, and no keyboard makes one.
        return "expected text, found a null character in it"
    if question.optional and value == "":
        return None
    if question.answers:
        return None if value in question.answers else f"expected {_one_of(question)}, found {value!r}"
    if question.kind == "choices":
        codes = {option.code for option in question.options}
        chosen = value.split(";")
        if not set(chosen) <= codes or len(set(chosen)) < len(chosen):
            return f"expected codes from {', '.join(sorted(codes))}, found {value!r}"
    elif len(value) > question.max_length:
        return f"expected at most {question.max_length} characters, found {len(value)}"
    return None


def _one_of(question: Question) -> str:
    if question.kind == "scale":
        return f"a whole number from {question.minimum} to {question.maximum}"
    *others, last = question.answers
    return f"{', '.join(others)} or {last}"
