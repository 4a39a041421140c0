"""Gaussian mixed models: REML or ML deviance, profiled over fixed effects and residual variance.

With H = Lambda'Z'WZ Lambda + I and V = (W^-1 + Z Lambda Lambda'Z'), so that Var(y) = sigma^2 V:

    deviance(theta) = log|H| + log|X'V^-1 X| + (n - p) (1 + log(2 pi r^2 / (n - p)))     (REML)
    deviance(theta) = log|H| + n (1 + log(2 pi r^2 / n))                                 (ML)

with r^2 the generalised residual sum of squares (Bates et al. 2015, Journal of Statistical Software
67(1), section 3.4). Weights are lme4's: the residual variance of a row is sigma^2 / weight. As there,
a REML log likelihood leaves out the constant log|X'X|.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from analysis.mixed.design import DesignError
from analysis.mixed.factor import BlockFactor, Effects, NotPositiveDefiniteError
from analysis.mixed.layout import CrossedLayout, lambda_parts
from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]

#: Share of the answers' sum of squares below which what the fixed part leaves is rounding.
_NO_REST = 1e-24


@dataclass(frozen=True)
class Profile:
    """What follows from theta: fixed effects, residual variance, and cov(beta) / sigma^2."""

    beta: Floats
    sigma2: float
    unit_covariance: Floats
    deviance: float


class GaussianDeviance:
    """Half the profiled deviance of one data set as a function of theta; rows in the layout's order.

    Works on the residuals of ordinary regression, so that answers may be large beside their differences.
    """

    def __init__(
        self,
        x: Floats,
        y: Floats,
        weight: Floats,
        structure: RandomStructure,
        layout: CrossedLayout,
        *,
        reml: bool,
    ) -> None:
        self._ordinary = _regression(x, y, weight)
        self._combination = np.append(np.zeros(x.shape[1]), 1.0)
        self.table = np.ascontiguousarray(np.column_stack([x, y - x @ self._ordinary]))
        self.weight = weight
        self.structure = structure
        self.layout = layout
        self.reml = reml
        self.n, self.n_fixed = x.shape
        self.factor = BlockFactor(layout, structure)
        weighted = self.table * weight[:, None]
        self._products = self.table.T @ weighted
        self._sums = [self.factor.raw_sums(np.ascontiguousarray(column)) for column in weighted.T]
        self._solved: list[Effects] = []
        self._log_weights = float(np.log(weight).sum())
        self.profile = Profile(np.zeros(0), np.nan, np.zeros((0, 0)), np.inf)
        self.n_evaluations = 0

    @property
    def degrees(self) -> int:
        return int(self.n - self.n_fixed if self.reml else self.n)

    def use(self, structure: RandomStructure) -> None:
        """Read Lambda's elements in another order of the same effects."""
        self.structure = self.factor.structure = structure

    def value(self, theta: Floats, *, tolerance: float = 0.0) -> float:  # noqa: ARG002
        """Half the deviance; infinite where H cannot be factorised. There is no mode to be found."""
        self.n_evaluations += 1
        self.factor.set_lambda(theta)
        try:
            logdet = self.factor.update(self.weight)
        except NotPositiveDefiniteError:
            return np.inf
        right = [self._times_lambda(sums, theta) for sums in self._sums]
        self._solved = [self.factor.solve(each) for each in right]
        products = self._products - np.array([[a.dot(b) for b in self._solved] for a in right])
        self.profile = self._profile(logdet, products)
        return 0.5 * self.profile.deviance

    def gradient(self, sigma2: float | None = None) -> Floats:
        """Derivative of half the deviance in theta; with ``sigma2``, at that fixed residual variance."""
        solved, left, c = self._solved, self._residual_sums(), self._combination
        inner = np.outer(c, c) / (self.profile.sigma2 if sigma2 is None else sigma2)
        if self.reml:
            inner[:-1, :-1] += self.profile.unit_covariance
        parts = self._log_determinant_gradient()
        for g, part in enumerate(parts):
            m, u = self._of_group(left, g), self._of_group(solved, g)
            part -= np.einsum("lap,pq,lbq->ab", m, inner, u, optimize=True)
        return self.structure.theta_of(parts)

    def covariance_derivatives(self) -> Floats:
        """Derivative of cov(beta) / sigma^2 in every element of theta: theta x fixed x fixed."""
        left = self._residual_sums()
        unit, p = self.profile.unit_covariance, self.n_fixed
        products = []
        for g in range(len(self.structure.groups)):
            m, u = self._of_group(left, g)[..., :p], self._of_group(self._solved, g)[..., :p]
            products.append(np.einsum("lap,lbq->abpq", m, u, optimize=True))
        found = np.empty((self.structure.n_theta, p, p))
        for place, entry in enumerate(self.structure.entries):
            change = products[entry.group][entry.row, entry.column]
            found[place] = unit @ (change + change.T) @ unit
        return found

    def residual_sum_derivative(self) -> Floats:
        """Derivative of the generalised residual sum of squares r^2 in theta."""
        left, c = self._residual_sums(), self._combination
        parts = []
        for g in range(len(self.structure.groups)):
            m, u = self._of_group(left, g) @ c, self._of_group(self._solved, g) @ c
            parts.append(-2.0 * m.T @ u)
        return self.structure.theta_of(parts)

    def modes(self) -> Effects:
        """Spherical modes u of the random effects at the last theta."""
        total = self.factor.zeros()
        for weight, each in zip(self._combination, self._solved, strict=True):
            total = total.plus(each, weight)
        return total

    # -- parts --------------------------------------------------------------------------------------

    def _profile(self, logdet: float, products: Floats) -> Profile:
        p = self.n_fixed
        cross = products[:p, p]
        logdet_x, beta, unit = 0.0, np.zeros(0), np.zeros((0, 0))
        if p:
            factor = cho_factor(products[:p, :p], lower=True)
            beta, unit = cho_solve(factor, cross), cho_solve(factor, np.eye(p))
            logdet_x = 2.0 * float(np.log(np.diag(factor[0])).sum())
        r2 = float(products[p, p] - cross @ beta)
        n = self.degrees
        sigma2 = max(r2, 1e-300) / n
        deviance = logdet + n * (1.0 + np.log(2 * np.pi * sigma2)) - self._log_weights
        self._combination = np.append(-beta, 1.0)
        return Profile(
            self._ordinary + beta, sigma2, unit, float(deviance + (logdet_x if self.reml else 0.0))
        )

    def _times_lambda(self, sums: Effects, theta: Floats) -> Effects:
        factors, layout = self.structure.factors(theta), self.layout
        found = Effects(sums.e @ factors[layout.eliminated], np.empty_like(sums.r))
        for g, begin in zip(layout.rest, layout.offsets, strict=True):
            group = self.structure.groups[g]
            part = slice(begin, begin + group.n_effects)
            found.r[part] = (sums.r[part].reshape(group.n_levels, -1) @ factors[g]).ravel()
        return found

    def _residual_sums(self) -> list[Effects]:
        """Z'W (v - Z Lambda U) for every column v of [X y]: Z'V^-1 [X y]."""
        found = []
        fitted, zero = np.empty(self.n), np.zeros(self.n)
        for column, u in zip(self.table.T, self._solved, strict=True):
            self.factor.to_rows(zero, u, fitted)
            found.append(self.factor.raw_sums((column - fitted) * self.weight))
        return found

    def _of_group(self, columns: list[Effects], g: int) -> Floats:
        """Levels x effects x columns of one group."""
        n_levels = self.structure.groups[g].n_levels
        return np.stack([each.of_group(self.layout, g, n_levels) for each in columns], axis=-1)

    def _log_determinant_gradient(self) -> list[Floats]:
        """Derivative of log|H| / 2 in every group's Lambda."""
        _, grad_e, grad_r = self.factor.variances(self.weight)
        return [-part for part in lambda_parts(self.layout, grad_e, grad_r)]


def _regression(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Coefficients of weighted least squares, with one step of refinement."""
    found = np.zeros(x.shape[1])
    if not len(found):
        return found
    weighted = x * weight[:, None]
    factor = cho_factor(x.T @ weighted, lower=True)
    for _ in range(2):
        found = found + cho_solve(factor, weighted.T @ (y - x @ found))
    rest = y - x @ found
    if weight @ rest**2 <= _NO_REST * (weight @ y**2):
        raise DesignError("the fixed part explains every answer exactly; nothing is left that could vary")
    return found
