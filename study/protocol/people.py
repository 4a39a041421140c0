"""Who may take part, how many, in which cells, and what they take back to their recruiter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from study.protocol.part import ADDRESS, CODE, CURRENCY, DAY, Identifier, Part, Slug

# TOML has dates of its own; they are read, and frozen, as the words they are written in.
Day = Annotated[str, Field(pattern=DAY)]
Code = Annotated[str, Field(pattern=CODE)]

Outcome = Literal["completed", "no_consent", "screened_out", "failed_checks", "technical_failure", "withdrew"]


class Cell(Part):
    """One between-subject condition. Everything a cell leaves out is as in the rest of the file."""

    name: Identifier = Field(description="Name of the cell in the export.")
    disclosure: Literal["none", "told", "labelled"] = Field(
        "none",
        description="none: AI is not mentioned; told: texts.told is read before the first block; "
        "labelled: the same, and every face carries a label.",
    )
    labels: Literal["true", "random"] = Field(
        "true", description="labelled: what the labels say: the truth, or by chance, each half of the time."
    )
    blocks: tuple[Identifier, ...] = Field(
        (), description="Blocks of this cell in their order; all blocks in the order of the file without it."
    )
    weight: int = Field(1, ge=1, le=20, description="Places of this cell, relative to the others.")


class OutcomeCodes(Part):
    """What a participant takes back to the recruiter. No two outcomes share a code."""

    completed: Code = Field("COMPLETE", description="For people whose data are complete.")
    no_consent: Code = Field(
        "NOCONSENT", description="For people who do not consent: they return their place."
    )
    screened_out: Code = Field(
        "SCREENED", description="For people who do not qualify, or come when all places are taken."
    )
    failed_checks: Code = Field(
        "CHECKSFAILED", description="For people who failed more attention checks than allowed."
    )
    technical_failure: Code = Field(
        "TECHNICAL", description="For people stopped by a technical failure, so that they are paid."
    )
    withdrew: Code = Field("WITHDREW", description="For people who withdraw: they return their place.")


class Recruitment(Part):
    """How people come to the study, and how many."""

    recruiter: Literal["plain", "personal", "prolific", "sona", "mturk"] = Field(
        "plain",
        description="Where participants come from: an open link, personal links (facevalue study invite), "
        "or a recruiting service.",
    )
    target: int = Field(ge=1, le=100_000, description="Completed participants wanted.")
    lease_minutes: float = Field(
        45, gt=0, description="A place held without activity is free again after this."
    )
    return_url: str | None = Field(
        None,
        pattern=ADDRESS,
        max_length=500,
        description="Where people return to, with {code} and the link's own parameters such as "
        "{survey_code}; Prolific's is known.",
    )
    pay_per_hour: float | None = Field(None, ge=0, description="Pay for an hour, in currency.")
    currency: str = Field("GBP", pattern=CURRENCY, description="ISO 4217 code.")
    codes: OutcomeCodes = Field(OutcomeCodes(), description="What participants take back to the recruiter.")


class CellStopping(Part):
    """When nobody new may begin in one cell; the others go on."""

    cell: Identifier = Field(description="Name of the cell.")
    most_started: int = Field(ge=1, description="People who may begin in it at most, dropouts included.")


class Stopping(Part):
    """When nobody new may begin, besides all places being completed."""

    last_day: Day | None = Field(None, description="Last day on which people may begin, UTC, as 2027-06-30.")
    most_started: int | None = Field(
        None, ge=1, description="People who may begin at most, dropouts included."
    )
    cells: tuple[CellStopping, ...] = Field(
        (), description="The same for single cells, whose remaining places then stay empty."
    )


class Eligibility(Part):
    """Who may take part."""

    minimum_age: int = Field(
        18, ge=0, le=99, description="Age in years, asked with the consent and not stored; 0 does not ask."
    )
    again: Literal["refuse", "allow"] = Field(
        "refuse", description="Whether a person known to the recruiter may take part again after completing."
    )
    not_after: tuple[Slug, ...] = Field(
        (), description="Studies of this installation whose participants may not take part."
    )


class Retention(Part):
    """When data are purged (facevalue study purge)."""

    identifiers_days: int = Field(
        90, ge=0, description="Recruiters' identifiers, days after the person was last seen."
    )
    unfinished_days: int | None = Field(
        None, ge=1, description="Answers of people who never completed, days after they were last seen."
    )


class Device(Part):
    """What a participant's screen must offer."""

    minimum_viewport_width_px: int = Field(
        320, ge=0, description="Narrowest window that may take part, CSS px."
    )
    minimum_viewport_height_px: int = Field(
        180, ge=0, description="Lowest window that may take part, CSS px; enlarging the page lowers it."
    )
    minimum_screen_width_px: int = Field(
        0, ge=0, description="Narrowest screen that may take part, CSS px, however it is held."
    )
    minimum_screen_height_px: int = Field(
        0, ge=0, description="Lowest screen that may take part, CSS px, however it is held."
    )
    minimum_refresh_hz: float = Field(0, ge=0, le=240, description="Slowest screen that may take part, Hz.")
    maximum_decode_ms: float | None = Field(
        None, gt=0, description="Longest time that preparing a picture of 480 x 600 px may take, ms."
    )
    minimum_share_as_planned: float = Field(
        0,
        ge=0,
        le=1,
        description="Least share of the device check's empty flashes that come out as planned, where the "
        "browser tells.",
    )
    fullscreen: Literal["never", "offered", "required"] = Field(
        "offered", description="Whether the trials fill the screen; required: only where the browser can."
    )
    forms: tuple[Literal["desktop", "tablet", "phone"], ...] = Field(
        ("desktop", "tablet", "phone"), min_length=1, description="Kinds of device that may take part."
    )
    require_evidence: bool = Field(
        False, description="Whether the browser must tell when a picture was really presented."
    )
