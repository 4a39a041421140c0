"""The Laplace approximation of the likelihood and its exact gradient, by the adjoint method.

    log L(beta, theta) ~ l(y | u*) - u*'u*/2 - log|H|/2,   H = Lambda'Z' W Z Lambda + I

at the mode u* of the integrand. W is the *observed* information, as in glmmTMB; lme4 uses the expected
one, which is the same for the logit and differs for the probit (by up to 0.1 standard errors, and by
several units of log likelihood on sharp data). For ordered answers this is ordinal::clmm's.

The gradient differentiates through the mode. With h = diag(Z H^-1 Z'), v = -h w'/2 and the adjoint
a = H^-1 Z'v, the derivative in the linear predictor is l' + v - w Z a; see Kristensen et al. (2016,
Journal of Statistical Software 70(5)), who obtain the same by automatic differentiation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.factor import BlockFactor, Effects, NotPositiveDefiniteError
from analysis.mixed.layout import CrossedLayout, lambda_parts
from analysis.mixed.parameters import Parameters
from analysis.mixed.response import Response, RowDerivatives
from analysis.mixed.structure import RandomStructure
from analysis.mixed.thresholds import (
    threshold_columns,
    threshold_gradient,
    threshold_information,
    threshold_score,
)

Floats = NDArray[np.float64]

#: Newton decrements g' H^-1 g at which a mode is good enough: while searching, and for derivatives. The last
#: gradient of a search is where the differences for the Hessian begin, hence the small first one.
SEARCH_TOLERANCE = 1e-14
EXACT_TOLERANCE = 1e-16
_MAX_NEWTON_STEPS = 60
_MAX_CHORD_STEPS = 8


class Laplace:
    """Negative log likelihood of one data set as a function of all parameters.

    ``x`` (rows x fixed effects), ``offset`` and ``response`` are in the layout's row order. The mode
    and its factor are kept between calls as the next start; results do not depend on them beyond the
    tolerance of the mode.
    """

    def __init__(
        self, x: Floats, offset: Floats, response: Response, structure: RandomStructure, layout: CrossedLayout
    ) -> None:
        self.x = np.ascontiguousarray(x)
        self.offset = offset
        self.response = response
        self.structure = structure
        self.layout = layout
        self.parameters = Parameters(x.shape[1], structure.n_theta, response.n_thresholds)
        self.factor = BlockFactor(layout, structure)
        self.rows = RowDerivatives.empty(len(x), response.n_thresholds)
        self.mode = self.factor.zeros()
        self.n_evaluations = 0
        self._eta = np.empty(len(x))
        self._fixed = np.empty(len(x))
        self._thresholds = np.zeros(0)
        self._mode_slopes: list[Effects] = []
        self._standing: tuple[Floats, float, float] | None = None  # parameters, tolerance, value

    def use(self, structure: RandomStructure) -> None:
        """Read Lambda's elements in another order of the same effects."""
        self.structure = self.factor.structure = structure
        self._standing = None

    def value(self, x: Floats, *, tolerance: float = SEARCH_TOLERANCE) -> float:
        """Negative log likelihood; infinite where thresholds cross or H cannot be factorised."""
        if self._standing is not None:
            before, reached, found = self._standing
            if reached <= tolerance and np.array_equal(before, x):
                return found
        self._standing = None
        self.n_evaluations += 1
        try:
            penalised, logdet = self._find_mode(x, tolerance)
        except NotPositiveDefiniteError:
            self.mode = self.factor.zeros()
            return np.inf
        found = -(penalised - 0.5 * logdet)
        if not np.isfinite(found):
            return np.inf
        self._standing = (x.copy(), tolerance, found)
        return found

    def gradient(self) -> Floats:
        """Gradient of the negative log likelihood at the point ``value`` was last computed at."""
        rows, layout, factor = self.rows, self.layout, self.factor
        h, grad_e, grad_r = factor.variances(rows.w)
        v = -0.5 * h * rows.w3
        adjoint = factor.solve(factor.to_effects(v))
        along = np.empty_like(v)
        factor.to_rows(np.zeros_like(v), adjoint, along)
        full = rows.l1 + v - rows.w * along
        by_full, by_l1 = factor.raw_sums(full), factor.raw_sums(rows.l1)
        parts = lambda_parts(layout, grad_e, grad_r)
        for g, group in enumerate(self.structure.groups):
            of_full, of_l1, mode, change = (
                each.of_group(layout, g, group.n_levels) for each in (by_full, by_l1, self.mode, adjoint)
            )
            parts[g] = parts[g] + of_full.T @ mode + of_l1.T @ change
        theta = self.structure.theta_of(parts)
        thresholds = threshold_gradient(self.response, rows, h, along)
        return -np.concatenate([self.x.T @ full, theta, thresholds])

    def value_and_gradient(self, x: Floats, *, tolerance: float = SEARCH_TOLERANCE) -> tuple[float, Floats]:
        found = self.value(x, tolerance=tolerance)
        if not np.isfinite(found):
            return found, np.full(self.parameters.n, np.nan)
        return found, self.gradient()

    def location_information(self) -> Floats:
        """Information of fixed effects and thresholds with the effects profiled out, at the last mode.

        It leaves out how log|H| changes: close enough to steer a search, not for standard errors.
        """
        rows, n_fixed = self.rows, self.parameters.n_fixed
        # d2l / (deta dparameter) per row: -w x for a fixed effect, its own for a threshold.
        mixed = np.hstack([-rows.w[:, None] * self.x, threshold_columns(self.response, rows)])
        information = np.zeros((mixed.shape[1],) * 2)
        information[:n_fixed, :] = -self.x.T @ mixed
        information[:, :n_fixed] = information[:n_fixed, :].T
        information[n_fixed:, n_fixed:] = threshold_information(self.response, rows)
        right = [self.factor.to_effects(np.ascontiguousarray(column)) for column in mixed.T]
        self._mode_slopes = [self.factor.solve(each) for each in right]
        between = [[a.dot(b) for b in self._mode_slopes] for a in right]
        information -= np.array(between).reshape(information.shape)
        return np.asarray(0.5 * (information + information.T))

    def follow(self, step: Floats) -> None:
        """Move the mode along as fixed effects and thresholds move by ``step``, to first order.

        Uses what the last ``location_information`` found; saves steps of the next search for the mode.
        """
        self._standing = None
        for size, slope in zip(step, self._mode_slopes, strict=True):
            self.mode = self.mode.plus(slope, float(size))

    def location_score(self) -> Floats:
        """Derivative of the penalised log likelihood in fixed effects and thresholds at the last mode."""
        return np.concatenate([self.x.T @ self.rows.l1, threshold_score(self.response, self.rows)])

    # -- the mode -----------------------------------------------------------------------------------

    def _find_mode(self, x: Floats, tolerance: float) -> tuple[float, float]:
        beta, theta, self._thresholds = self.parameters.split(x)
        np.dot(self.x, beta, out=self._fixed)
        self._fixed += self.offset
        self.factor.set_lambda(theta)
        penalised = self._penalised(self.mode)
        if not np.isfinite(penalised):
            self.mode = self.factor.zeros()
            penalised = self._penalised(self.mode)
            if not np.isfinite(penalised):
                return -np.inf, 0.0
        if self.factor.ready:
            penalised, close = self._chord_steps(penalised, tolerance)
            if close:
                return penalised, self.factor.update(self.rows.w)
        for _ in range(_MAX_NEWTON_STEPS):
            self._complete_rows()
            logdet = self.factor.update(self.rows.w)
            score = self._score()
            step = self.factor.solve(score)
            decrement = score.dot(step)
            if decrement < tolerance:
                return penalised, logdet
            penalised = self._line_search(penalised, step, decrement)
            penalised, close = self._chord_steps(penalised, tolerance)
            if close:
                return penalised, self.factor.update(self.rows.w)
        raise NotPositiveDefiniteError("the mode of the random effects was not found")

    def _chord_steps(self, penalised: float, tolerance: float) -> tuple[float, bool]:
        """Newton steps with the factor of an earlier point: row passes and solves only.

        Returns the penalised log likelihood and whether the mode was reached; if so, the rows hold all
        derivatives there. The decrement is measured with the old factor, hence the margin of 10; and a
        small one only counts once a step has been seen to work, since an old factor that is much too large
        makes every step look small. As each step shrinks the decrement by about the same factor, the last
        one is known before it is taken.
        """
        last = np.inf
        for _ in range(_MAX_CHORD_STEPS):
            score = self._score()
            step = self.factor.solve(score)
            decrement = score.dot(step)
            if decrement < 0.1 * tolerance:
                self._complete_rows()
                return penalised, last < np.inf
            if not decrement < 0.2 * last:
                break
            final = last < np.inf and decrement * (decrement / last) < 0.01 * tolerance
            before = self.mode
            self.mode = before.plus(step)
            found = self._penalised(self.mode, complete=final)
            if not found >= penalised - 1e-9 * abs(penalised):
                self.mode = before
                return self._penalised(before), False
            if final:
                return found, True
            penalised, last = found, decrement
        return penalised, False

    def _line_search(self, penalised: float, step: Effects, decrement: float) -> float:
        before, size = self.mode, 1.0
        while True:
            self.mode = before.plus(step, size)
            found = self._penalised(self.mode)
            # Close to the mode the log likelihood no longer changes in floating point.
            if found >= penalised - 1e-10 * abs(penalised) or decrement < 1e-4 or size < 1e-8:
                return found
            size *= 0.5

    def _penalised(self, mode: Effects, *, complete: bool = False) -> float:
        """Penalised log likelihood, with the rows' slopes or, ``complete``, with all their derivatives."""
        self.factor.to_rows(self._fixed, mode, self._eta)
        of_rows = self.response.log_likelihood if complete else self.response.slopes
        found = of_rows(self._eta, self._thresholds, self.rows)
        return found - 0.5 * mode.dot(mode)

    def _complete_rows(self) -> None:
        """All derivatives of the rows where the slopes were last computed."""
        self.response.log_likelihood(self._eta, self._thresholds, self.rows)

    def _score(self) -> Effects:
        score = self.factor.to_effects(self.rows.l1)
        score.e -= self.mode.e
        score.r -= self.mode.r
        return score
