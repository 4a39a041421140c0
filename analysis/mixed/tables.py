"""Tables of estimates: Wald statistics, p values and intervals, and the names of all parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

if TYPE_CHECKING:
    from analysis.mixed.model import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ParameterNames:
    """Names of all parameters, by kind."""

    fixed: tuple[str, ...]
    thresholds: tuple[str, ...]
    theta: tuple[str, ...]
    sigma: tuple[str, ...]

    @property
    def all(self) -> list[str]:
        return [*self.fixed, *self.thresholds, *self.theta, *self.sigma]

    @property
    def engine(self) -> list[str]:
        """In the order of the search."""
        if self.sigma:
            return list(self.theta)
        return [*self.fixed, *self.theta, *self.thresholds]


def parameter_names(model: Model) -> ParameterNames:
    """Fixed effects, thresholds `1|2`, elements of Lambda `group: row, column`, and `sigma`."""
    structure = model.design.structure
    theta = []
    for entry in structure.entries:
        group = structure.groups[entry.group]
        row, column = group.terms[entry.row], group.terms[entry.column]
        theta.append(f"{group.name}: {row}" if entry.diagonal else f"{group.name}: {row}, {column}")
    return ParameterNames(
        fixed=model.design.fixed_names,
        thresholds=tuple(f"{low}|{high}" for low, high in pairwise(model.answers.categories)),
        theta=tuple(theta),
        sigma=("sigma",) if model.family == "gaussian" else (),
    )


def coefficient_table(
    names: Sequence[str], estimate: Floats, variance: Floats, degrees: Floats, level: float
) -> pd.DataFrame:
    """estimate, se, statistic, df, p (two-sided against 0), low, high; index ``term``.

    With infinite ``degrees`` the normal distribution is used, otherwise Student's t.
    """
    se = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    finite = np.isfinite(degrees)
    df = np.where(finite, degrees, 1.0)
    p = 2 * np.where(finite, special.stdtr(df, -np.abs(statistic)), special.ndtr(-np.abs(statistic)))
    tail = 0.5 + level / 2
    quantile = np.where(finite, special.stdtrit(df, tail), special.ndtri(tail))
    columns = {
        "estimate": estimate,
        "se": se,
        "statistic": statistic,
        "df": degrees,
        "p": p,
        "low": estimate - quantile * se,
        "high": estimate + quantile * se,
    }
    return pd.DataFrame(columns, index=pd.Index(list(names), name="term"))
