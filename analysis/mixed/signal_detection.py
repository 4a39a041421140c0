"""Sensitivity d' and side bias from a probit mixed model.

The probit model *is* equal-variance signal detection theory with people and pictures as random
(DeCarlo 1998, Psychological Methods 3:186-205): its linear predictor is in z units.

- Pairs, the answer being "the right-hand picture", the predictor which side held the AI picture (coded
  -.5 and .5): d' = slope / sqrt(2), in the units of a yes/no task, since a pair gives two looks at the
  evidence; the intercept is the side bias, positive to the right.
- Single faces, the answer being "AI", the predictor origin (-.5, .5): d' = slope, criterion
  c = -intercept.

Both are of an average person looking at average pictures: larger than d' from pooled answers, which mixes
people and pictures that differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.mixed.bootstrap import parametric_bootstrap
from analysis.mixed.grid import Values, grid
from analysis.mixed.prediction import fixed_columns

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]
Layout = Literal["pair", "single"]


def sensitivity(
    fit: MixedFit,
    predictor: str,
    *,
    layout: Layout,
    at: Values | None = None,
    level: float = 0.95,
    n_bootstrap: int = 0,
    seed: int = 1,
) -> pd.DataFrame:
    """d' and side bias (pairs) or criterion (single faces) at every combination of ``at``.

    Columns: the other predictors, quantity, estimate, se, low, high, method. ``predictor`` is the
    variable that tells the AI picture's side or the picture's origin; whatever its coding, d' is the
    difference between its two values. Delta method (exact here: both are linear in the fixed effects), or
    with ``n_bootstrap`` the percentiles of a parametric bootstrap with this ``seed``.
    """
    if fit.family != "bernoulli" or fit.link != "probit":
        raise ValueError(f"d' needs a Bernoulli probit model; this one is {fit.family} {fit.link}")
    rows, contrasts = _contrasts(fit, predictor, dict(at or {}), layout)
    estimate = contrasts @ fit.estimates.beta
    if n_bootstrap:
        draws = parametric_bootstrap(
            fit, n=n_bootstrap, seed=seed, statistic=lambda one: _numbered(contrasts @ one.estimates.beta)
        )
        table = draws.intervals(level)
        se, low, high = (table[name].to_numpy() for name in ("se", "low", "high"))
        method = f"parametric bootstrap, {len(draws.draws)} data sets"
    else:
        se = np.sqrt(np.einsum("ra,ab,rb->r", contrasts, fit.estimates.fixed_covariance, contrasts))
        quantile = float(ndtri(0.5 + level / 2))
        low, high = estimate - quantile * se, estimate + quantile * se
        method = "delta method"
    return rows.assign(estimate=estimate, se=se, low=low, high=high, method=method)


def _contrasts(
    fit: MixedFit, predictor: str, at: dict[str, Any], layout: Layout
) -> tuple[pd.DataFrame, Floats]:
    """One row per quantity and its weights on the fixed effects."""
    values = np.unique(fit.model.design.frame[predictor].to_numpy())
    if len(values) != 2:
        raise ValueError(
            f"{predictor}: expected two values (which side, or which origin), found {len(values)}"
        )
    if predictor in at:
        raise ValueError(f"at: {predictor} is what d' compares; leave it out")
    low, high = (grid(fit, {**at, predictor: value}) for value in values)
    x_low, x_high = fixed_columns(fit, low), fixed_columns(fit, high)
    others = low.drop(columns=predictor)
    difference, middle = x_high - x_low, 0.5 * (x_high + x_low)
    if layout == "pair":
        quantities = (("d_prime", difference / np.sqrt(2)), ("side_bias", middle))
    else:
        quantities = (("d_prime", difference), ("criterion", -middle))
    rows = pd.concat([others.assign(quantity=name) for name, _ in quantities], ignore_index=True)
    return rows, np.vstack([weights for _, weights in quantities])


def _numbered(values: Floats) -> dict[str, float]:
    return {str(place): float(value) for place, value in enumerate(values)}
