"""Blocks of trials and what is asked on each."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field

from study.protocol.part import ExposureMs, Identifier, Option, Part, Words

Target = Literal["left", "right", "pair", "face"]


class Question(Part):
    """One question asked of every trial of a block."""

    id: Identifier = Field(description="Name of the rating in the export, such as trust or detect.")
    kind: Literal["scale", "side", "origin", "choices", "text"] = Field(
        description="scale: whole numbers; side: left or right; origin: real or AI; "
        "choices: any of the options; text: free text."
    )
    target: Literal["each", "pair"] = Field(
        "pair", description="Asked of each face, or once of the pair; a single face needs no target."
    )
    text: Words = Field(min_length=1, max_length=300, description="The question as the participant reads it.")
    minimum: int = Field(1, description="Lowest value of a scale.")
    maximum: int = Field(7, description="Highest value of a scale.")
    minimum_label: Words = Field("", max_length=60, description="Words at the low end of a scale.")
    maximum_label: Words = Field("", max_length=60, description="Words at the high end of a scale.")
    both_neither: bool = Field(False, description="Whether a side question offers both and neither too.")
    options: tuple[Option, ...] = Field((), description="What can be chosen, for choices.")
    optional: bool = Field(False, description="Whether the question may be left without an answer.")
    max_length: int = Field(500, ge=1, le=5000, description="Longest free text, in characters.")

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """Every value that can be stored; empty for several choices and free text."""
        if self.kind == "scale":
            return tuple(str(step) for step in range(self.minimum, self.maximum + 1))
        if self.kind == "side":
            return ("left", "right", "both", "neither") if self.both_neither else ("left", "right")
        return ("real", "ai") if self.kind == "origin" else ()


class Block(Part):
    """A run of trials that share questions and timing."""

    name: Identifier = Field(description="Name of the block in the export.")
    practice: bool = Field(False, description="Practice trials use the set's practice pairs; never analysed.")
    feedback: bool = Field(
        False, description="Whether each answer to a side or origin question is followed by the truth."
    )
    layout: Literal["pair", "single"] = Field(
        "pair", description="pair: two faces side by side; single: one face of each pair, alone."
    )
    pairs: int = Field(
        ge=1, le=2000, description="Pairs of a real and an AI face each participant sees in this block."
    )
    fillers: int = Field(
        0, ge=0, le=500, description="Further trials with two real or two AI faces; each uses two more pairs."
    )
    repeats: int = Field(0, ge=0, le=500, description="How many of the pairs come a second time, later on.")
    repeat_side: Literal["same", "swapped"] = Field(
        "swapped", description="Where the faces of a repeat are, compared with the first time."
    )
    checks: int = Field(
        0, ge=0, le=20, description="Attention checks that name the answer to give; each uses one more pair."
    )
    exposures_ms: tuple[ExposureMs | Literal["unlimited"], ...] = Field(
        min_length=1, description='Planned durations in ms, and/or "unlimited".'
    )
    fixation_ms: float = Field(500, ge=0, le=10_000, description="Fixation before each trial, ms.")
    mask_ms: float = Field(250, ge=0, le=10_000, description="Mask after each exposure, ms.")
    gap_ms: float = Field(300, ge=0, le=10_000, description="Pause after the answer, ms.")
    answer_deadline_ms: float | None = Field(
        None, ge=500, le=600_000, description="Time to answer, from the end of the mask, ms; else no limit."
    )
    interrupted: Literal["void", "repeat_at_end"] = Field(
        "void",
        description="What follows an interrupted exposure: the next trial, or also that pair at the end.",
    )
    resume: Literal["continue", "restart_block", "end"] = Field(
        "continue",
        description="When a person comes back to the middle of the block after longest_gap_minutes: it goes "
        "on, is begun again with its practice (what was seen keeps its answers and is not shown again), or "
        "the session ends.",
    )
    longest_gap_minutes: float = Field(
        10, gt=0, le=100_000, description="Absence up to which the block always goes on, minutes."
    )
    intro: str = Field(description="Markdown file read before the block.")
    questions: tuple[Question, ...] = Field(min_length=1, description="What is asked, in this order.")

    @property
    def planned_exposures(self) -> tuple[float | None, ...]:
        """Exposures in ms; ``None`` is unlimited."""
        return tuple(None if e == "unlimited" else float(e) for e in self.exposures_ms)

    @property
    def pairs_used(self) -> int:
        """Pairs of the set that one session needs for this block."""
        return self.pairs + 2 * self.fillers + self.checks

    @property
    def n_trials(self) -> int:
        return self.pairs + self.fillers + self.repeats + self.checks

    def targets(self, question: Question) -> tuple[Target, ...]:
        """What a question is asked of on one trial, in order."""
        if self.layout == "single":
            return ("face",)
        return ("left", "right") if question.target == "each" else ("pair",)
