"""Modes of the random effects (BLUPs) with their standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.mixed.laplace import EXACT_TOLERANCE
from analysis.mixed.threads import measured_threads

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]


def mode_values(fit: MixedFit, place: int) -> Floats:
    """Modes b = Lambda u of one group (by number): levels x terms, per unit of the original columns."""
    layout, structure = fit.model.layout, fit.model.design.structure
    group = structure.groups[place]
    u = fit.estimates.modes.of_group(layout, place, group.n_levels)
    return np.asarray(u @ structure.factors(fit.estimates.theta)[place].T / group.scales)


def mode_covariances(fit: MixedFit, place: int) -> Floats:
    """Conditional covariance of one group's effects, per level, at the estimated parameters."""
    layout, structure = fit.model.layout, fit.model.design.structure
    group, objective = structure.groups[place], fit.estimates.objective
    with measured_threads(layout):
        objective.value(fit.maximum.x, tolerance=EXACT_TOLERANCE)
        inner = objective.factor.inverse().blocks(layout, place, group.n_levels)
    turn = structure.factors(fit.estimates.theta)[place] / group.scales[:, None]
    scale = fit.sigma**2 if fit.family == "gaussian" else 1.0
    return np.asarray(scale * np.einsum("ab,lbc,dc->lad", turn, inner, turn, optimize=True))


def mode_table(fit: MixedFit, group: str) -> pd.DataFrame:
    """One row per level: the mode of every term and, as `<term>_se`, its conditional standard error.

    Conditional on the estimated parameters, as lme4's `condVar`; glmmTMB adds the uncertainty of the
    fixed effects.
    """
    place = fit.place_of(group)
    described = fit.model.design.structure.groups[place]
    values = mode_values(fit, place)
    variances = np.einsum("laa->la", mode_covariances(fit, place))
    columns: dict[str, Floats] = {}
    for number, term in enumerate(described.terms):
        columns[term] = values[:, number]
        columns[f"{term}_se"] = np.sqrt(np.maximum(variances[:, number], 0.0))
    return pd.DataFrame(columns, index=pd.Index(described.levels, name=group))
