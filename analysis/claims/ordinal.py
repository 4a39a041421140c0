"""What an effect of a cumulative probit model comes to in points of the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

if TYPE_CHECKING:
    from analysis.mixed import MixedFit

Floats = NDArray[np.float64]


def points_per_z(fit: MixedFit, effect: float) -> float:
    """Mean rating of made minus real faces per unit of ``effect``, over people and pictures as they differ.

    Multiplied with the effect and its standard error this keeps the test as it is (the factor's own
    uncertainty is not counted). Needs a probit model with ``made`` coded ±0.5.
    """
    if not np.isfinite(effect) or effect == 0:
        effect = 1e-3
    spread = np.sqrt(1 + sum(_variance(fit, group) for group in fit.groups))
    low, high = (_mean_rating(fit, place * effect, spread) for place in (-0.5, 0.5))
    return (high - low) / effect


def _variance(fit: MixedFit, group: str) -> float:
    """Mean over both origins of the variance of a group's effects."""
    covariance = fit.random_covariance(group)
    weights = np.array([1.0 if term == "Intercept" else 0.25 for term in covariance.index])
    return float(np.diag(covariance.to_numpy()) @ weights)


def _mean_rating(fit: MixedFit, eta: float, spread: float) -> float:
    categories = np.array([float(value) for value in fit.model.answers.categories])
    below: Floats = np.concatenate([[0.0], ndtr((fit.estimates.thresholds - eta) / spread), [1.0]])
    return float(np.diff(below) @ categories)
