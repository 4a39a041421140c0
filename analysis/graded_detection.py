"""Detection by answers graded with confidence: areas under the ROC, free of criterion and of normality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.estimate import Estimate
from analysis.intervals import Resampling
from analysis.single_faces import graded_area


@dataclass(frozen=True)
class GradedDetection:
    """Area at one exposure (``None``: all), and the d' it comes to under the usual model (same interval)."""

    exposure_ms: float | None
    area: Estimate
    d_prime: float


def graded_detection(
    graded: pd.DataFrame, resampling: Resampling, *, pairs: bool
) -> tuple[GradedDetection, ...]:
    """Over all exposures and at each. Needs ``confident_judgements``, or ``graded_choices`` for pairs.

    0.5 is guessing, 1 perfect. Under equal-variance signal detection the area of single faces is
    Phi(d' / sqrt(2)); of pairs graded from surely left to surely right it is Phi(d'), since the two sides lie
    sqrt(2) d' apart.
    """
    levels: list[float | None] = [None]
    exposures = np.sort(graded["exposure_ms"].unique())
    if len(exposures) > 1:
        levels += [float(each) for each in exposures]
    found = []
    for exposure in levels:
        part = graded if exposure is None else graded[graded["exposure_ms"] == exposure]
        area = graded_area(part, resampling)
        z = float(ndtri(area.estimate))
        found.append(GradedDetection(exposure, area, z if pairs else z * float(np.sqrt(2))))
    return tuple(found)


def graded_choices(choices: pd.DataFrame) -> pd.DataFrame:
    """``confident_choices`` graded from surely left to surely right, in the columns of ``graded_area``.

    ``made``: the made face was on the right; ``evidence``: confidence, negative for an answer "left".
    """
    sign = np.where(choices["said_left"], -1.0, 1.0)
    return choices.assign(made=~choices["made_left"].astype(bool), evidence=sign * choices["confidence"])
