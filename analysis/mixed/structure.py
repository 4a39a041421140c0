"""The covariance of the random effects as a lower-triangular factor Lambda, and its free parameters theta.

As in lme4, effects are b = Lambda u with u ~ N(0, I) (times sigma in Gaussian models), and theta are the
entries of Lambda, group by group, column by column. Terms of the same group stand in one block; entries
between terms that are not correlated are fixed at 0. Columns are scaled by a power of two to a root
mean square near 1, so that theta is comparable between an intercept and a slope over milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class RandomGroup:
    """One grouping factor: its levels, the rows' codes, and all random-effect columns of its terms.

    ``raw`` (rows x columns) is scaled: the original column is ``raw * scales``. ``blocks`` are the runs
    of columns that are correlated among themselves.
    """

    name: str
    levels: pd.Index
    codes: Integers
    terms: tuple[str, ...]
    raw: Floats
    scales: Floats
    blocks: tuple[tuple[int, ...], ...]

    @property
    def n_levels(self) -> int:
        return len(self.levels)

    @property
    def n_effects(self) -> int:
        return self.n_levels * len(self.terms)


@dataclass(frozen=True)
class Entry:
    """One free element of Lambda: group (by number), row, column, and block of correlated columns."""

    group: int
    row: int
    column: int
    block: int

    @property
    def diagonal(self) -> bool:
        return self.row == self.column


@dataclass(frozen=True)
class RandomStructure:
    """Which elements of Lambda are free. theta is ordered as ``entries``."""

    groups: tuple[RandomGroup, ...]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(
            Entry(g, row, column, block)
            for g, group in enumerate(self.groups)
            for block, members in enumerate(group.blocks)
            for place, column in enumerate(members)
            for row in members[place:]
        )

    @property
    def n_theta(self) -> int:
        return len(self.entries)

    def factors(self, theta: Floats) -> list[Floats]:
        """Lambda of every group, in scaled columns."""
        found = [np.zeros((len(group.terms), len(group.terms))) for group in self.groups]
        for value, entry in zip(theta, self.entries, strict=True):
            found[entry.group][entry.row, entry.column] = value
        return found

    def theta_of(self, factors: list[Floats]) -> Floats:
        return np.array([factors[entry.group][entry.row, entry.column] for entry in self.entries])

    def covariances(self, theta: Floats) -> list[Floats]:
        """Covariance matrix of the effects of every group, in the units of the original columns."""
        return [
            factor @ factor.T / np.outer(group.scales, group.scales)
            for factor, group in zip(self.factors(theta), self.groups, strict=True)
        ]

    def start(self, size: float) -> Floats:
        """Uncorrelated effects of standard deviation ``size`` on the scaled columns."""
        return np.array([size if entry.diagonal else 0.0 for entry in self.entries])

    def canonical(self, theta: Floats, tolerance: float = 0.0) -> Floats:
        """The same covariance with a non-negative diagonal, and zero columns where it has no rank.

        Sign flips of whole columns leave the likelihood as it is. A diagonal element of at most
        ``tolerance`` is a boundary: its column becomes 0 and what the column added to later effects
        moves into their own columns, so that the variances stay as they are.
        """
        factors = self.factors(theta)
        for group, factor in zip(self.groups, factors, strict=True):
            for members in group.blocks:
                place = np.ix_(members, members)
                factor[place] = semidefinite_cholesky(factor[place], tolerance)
        return self.theta_of(factors)

    def boundary(self, theta: Floats) -> NDArray[np.bool_]:
        """Elements of theta that stand in a zero column of a canonical Lambda."""
        zero = {
            (entry.group, entry.column)
            for value, entry in zip(theta, self.entries, strict=True)
            if entry.diagonal and value == 0.0
        }
        return np.array([(entry.group, entry.column) in zero for entry in self.entries])


def semidefinite_cholesky(factor: Floats, tolerance: float) -> Floats:
    """Lower triangle with non-negative diagonal of the same product, by rotating zero columns away."""
    lower = factor.copy()
    size = len(lower)
    for column in range(size):
        if abs(lower[column, column]) > tolerance:
            if lower[column, column] < 0:
                lower[:, column] = -lower[:, column]
            continue
        rest = lower[column + 1 :, column:].copy()
        lower[column:, column] = 0.0
        if rest.size and np.any(rest[:, 0]):
            # rest = [old column, later columns]; an RQ-like step makes it lower triangular again.
            upper = np.asarray(np.linalg.qr(rest.T, mode="r"))
            square = np.zeros((len(rest), len(rest)))
            square[:, : min(upper.shape)] = upper.T[:, : len(rest)]
            lower[column + 1 :, column + 1 :] = square * np.where(np.diag(square) < 0, -1.0, 1.0)
    return lower


def correlation(covariance: Floats, row: int, first: int) -> float:
    """Correlation of two effects; NaN where one of them does not vary."""
    scale = float(np.sqrt(covariance[row, row] * covariance[first, first]))
    return float(covariance[row, first] / scale) if scale > 0 else float("nan")


def power_of_two_scale(column: Floats) -> float:
    """The power of two next to a column's root mean square; 1 for a column of zeros."""
    size = float(np.sqrt(np.mean(column**2)))
    return float(2.0 ** np.round(np.log2(size))) if size > 0 else 1.0
