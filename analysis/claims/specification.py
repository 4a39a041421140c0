"""One way of analysing a claim: which answers count, which model, which measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.protocol import ExclusionRules

Model = Literal["mixed", "intercepts", "means", "bootstrap"]
Measure = Literal["points", "ordinal"]
Exposures = Literal["all", "ends", "shortest", "longest"]

MODEL_WORDS: dict[Model, str] = {
    "mixed": "mixed model, effects differ by person and pair",
    "intercepts": "mixed model, random intercepts only",
    "means": "t test of participants' means",
    "bootstrap": "bootstrap over people and pairs",
}
MEASURE_WORDS: dict[Measure, str] = {"points": "in points", "ordinal": "ordinal"}
EXPOSURE_WORDS: dict[Exposures, str] = {
    "all": "all exposures",
    "ends": "shortest and longest exposure",
    "shortest": "shortest exposure",
    "longest": "longest exposure",
}


@dataclass(frozen=True)
class Specification:
    """The choices of one analysis; the defaults are those of the report.

    - ``model``: ``mixed`` is the crossed mixed model with its slopes, simplified by the declared rule;
      ``intercepts`` the same without slopes; ``means`` a t test of one number per participant, as usually
      published, which says nothing about other pictures; ``bootstrap`` resamples participants and pairs.
    - ``measure``: ratings as numbers (``points``), or by a cumulative probit model, whose effect is put back
      into points (``ordinal``).
    - ``exclusions``: rules applied to the data that are given, which then have to be those before exclusion;
      ``None`` takes them as they are.
    - ``min_rt_ms``, ``max_rt_ms``: trials with any answer sooner, or later, after the onset are left out.
    - ``completed_only``: only people who finished the session.
    - ``exposures``: which exposures count.
    """

    model: Model = "mixed"
    measure: Measure = "points"
    exclusions: ExclusionRules | None = None
    min_rt_ms: float | None = None
    max_rt_ms: float | None = None
    completed_only: bool = False
    exposures: Exposures = "all"


#: The analysis of the report: data as kept by the declared rules, the mixed model, points.
DECLARED = Specification()
