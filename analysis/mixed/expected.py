"""What an ordinal model expects in points of the scale, averaged over people and pictures.

The coefficients of a cumulative model are on a latent scale. Averaging the categories with their marginal
probabilities brings them back to the points people answered in, so that the model can be read beside a mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.mixed.marginal import delta_method, marginal_probability, variance_at
from analysis.mixed.prediction import fixed_columns, random_columns

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]


def expected_answers(
    fit: MixedFit, at: pd.DataFrame, combine: Floats | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Mean answer at each row of ``at``, or of sums of rows, with an interval; ordinal models.

    ``at`` has a column for every predictor. ``combine`` has a line per result and a weight per row of ``at``:
    (-1, 1) is a difference, (0.5, 0.5) an average. Columns: estimate, se, low, high, in units of the
    categories, which have to be numbers. People and pictures are averaged over; intervals by the delta
    method with the uncertainty of fixed effects, thresholds and variances.
    """
    values = _category_values(fit)
    weights = np.eye(len(at)) if combine is None else np.asarray(combine, dtype=float)
    above = _Above(fit, at)

    def expected(parameters: Floats) -> Floats:
        return np.asarray(weights @ (values[0] + above(parameters) @ np.diff(values)))

    estimate, se = delta_method(fit, expected)
    half = float(ndtri(0.5 + level / 2)) * se
    columns = {"estimate": estimate, "se": se, "low": estimate - half, "high": estimate + half}
    return pd.DataFrame(columns)


def expected_shares(fit: MixedFit, at: pd.DataFrame) -> pd.DataFrame:
    """Share of answers in every category at each row of ``at``, averaged over people and pictures."""
    above = _Above(fit, at)(fit.maximum.x)
    edges = np.column_stack([np.ones(len(at)), above, np.zeros(len(at))])
    return pd.DataFrame(-np.diff(edges, axis=1), columns=list(fit.model.answers.categories))


class _Above:
    """Marginal probability of an answer above each threshold, as a function of the parameters."""

    def __init__(self, fit: MixedFit, at: pd.DataFrame) -> None:
        if fit.family != "ordinal":
            raise ValueError(f"expected answers need an ordinal model; this one is {fit.family}")
        self._fit = fit
        self._x = fixed_columns(fit, at)
        self._z = {name: random_columns(fit, at, name) for name in fit.groups}

    def __call__(self, parameters: Floats) -> Floats:
        beta, theta, thresholds = self._fit.estimates.objective.parameters.split(parameters)
        variance = variance_at(self._fit, theta, self._z)
        eta = self._x @ beta
        return np.column_stack(
            [marginal_probability(self._fit, eta - threshold, variance) for threshold in thresholds]
        )


def _category_values(fit: MixedFit) -> Floats:
    try:
        return np.array([float(label) for label in fit.model.answers.categories])
    except ValueError:
        named = ", ".join(map(repr, fit.model.answers.categories))
        raise ValueError(f"expected answers need categories that are numbers; these are {named}") from None
