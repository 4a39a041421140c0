"""What is decided before the data: claims, smallest effect, power, exclusions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from study.protocol.part import Part

Claim = Literal[
    "distrust",
    "milliseconds",
    "closer-look",
    "subconscious",
    "skin",
    "background",
    "body",
    "expression",
    "consistency",
    "turned-away",
    "confidence",
]


class Power(Part):
    """The power analysis, as it will be preregistered."""

    effect: float = Field(description="Effect assumed, in points of the scale or units of d'.")
    power: float = Field(gt=0, lt=1, description="Power for that effect at the target number of people.")
    method: str = Field(
        min_length=1, max_length=2000, description="How it was computed: software, model, variances, seed."
    )


class Analysis(Part):
    """What the report tests, declared beforehand."""

    smallest_effect: float = Field(
        0.2, gt=0, description="Smallest trust difference of interest, scale points."
    )
    alpha: float = Field(
        0.05, gt=0, lt=0.5, description="Two-sided error rate of the primary claims together."
    )
    primary: tuple[Literal["distrust", "milliseconds", "closer-look"], ...] = Field(
        ("distrust", "closer-look"), description="Primary claims, Holm-corrected together."
    )
    power: Power | None = Field(None, description="The power analysis.")


class Hypothesis(Part):
    """One hypothesis in words, tied to the claim of the report that tests it."""

    claim: Claim = Field(description="Claim of the report.")
    text: str = Field(min_length=1, max_length=2000, description="The hypothesis, as it is preregistered.")


class Exclusions(Part):
    """Declared beforehand, applied in analysis; the report gives every result with and without."""

    min_rt_ms: float = Field(200, ge=0, description="Faster answers void the trial, ms.")
    constant_responder: bool = Field(
        True, description="The same trust rating, or the same side, on every trial."
    )
    not_presented_as_planned: bool = Field(True, description="Trials shown for another number of frames.")
    presentation_unclear: bool = Field(
        True,
        description="Trials without evidence of how they were shown, where the browser gave it of others.",
    )
    interrupted: bool = Field(True, description="Trials interrupted during the exposure.")
    min_share_answered: float = Field(
        0.8, ge=0, le=1, description="Fewer answered trials exclude the person."
    )
    max_failed_checks: int | None = Field(
        None,
        ge=0,
        description="More failed attention checks exclude the person and give the place back; else none do.",
    )
