"""What an effect of a cumulative probit model comes to in points of the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analysis.mixed import MixedFit


def points_per_z(fit: MixedFit, effect: float) -> float:
    """Mean rating of made minus real faces per unit of ``effect``, over people and pictures as they differ.

    Multiplied with the effect and its standard error this keeps the test as it is (the factor's own
    uncertainty is not counted). Needs ``made`` coded ±0.5. NaN for an effect of exactly 0.
    """
    from analysis.mixed import expected_answers

    if not np.isfinite(effect) or effect == 0:
        return float("nan")
    origins = pd.DataFrame({"made": [-0.5, 0.5]})
    difference = expected_answers(fit, origins, np.array([[-1.0, 1.0]]))
    return float(difference["estimate"].iloc[0]) / effect
