"""Find the maximum of a likelihood: quasi-Newton from a good metric, then Newton steps with a real Hessian.

Works on negative log likelihoods with analytic gradients. The *decrement* g' H^-1 g is twice the
log likelihood still to be gained and, at the same time, the squared distance to the maximum in standard
errors; it needs no scaling of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Decrement at which the quasi-Newton search hands over to Newton steps: 0.001 standard errors.
HANDOVER = 1e-6
#: Decrement at which the maximum is reached: 0.0001 standard errors.
REACHED = 1e-8
#: Decrement from which one more Newton step ends the search without another look at the gradient.
LAST_STEP = 1e-5
#: Decrement up to which a fit counts as converged although the last steps no longer gained anything.
ACCEPTABLE = 1e-5
#: Steps of the differences that give a Hessian, in standard errors.
STEP = 5e-4
_MAX_ITERATIONS = 200
_MAX_POLISH = 8


class Objective(Protocol):
    """A negative log likelihood. ``gradient`` is of the point ``value`` was last computed at."""

    def value(self, x: Floats, *, tolerance: float) -> float: ...

    def gradient(self) -> Floats: ...


@dataclass
class Point:
    """Where a search stands. ``inverse`` is the inverse Hessian over the free parameters, or a guess."""

    x: Floats
    value: float
    gradient: Floats
    inverse: Floats
    free: Mask
    n_iterations: int = 0

    @property
    def decrement(self) -> float:
        g = self.gradient[self.free]
        return float(g @ self.inverse @ g)


def start_at(objective: Objective, x: Floats, inverse: Floats, free: Mask, *, tolerance: float) -> Point:
    """Evaluate a starting point."""
    value = objective.value(x, tolerance=tolerance)
    if not np.isfinite(value):
        raise ArithmeticError(
            "the likelihood cannot be computed at the starting values; look for extreme offsets or weights"
        )
    return Point(x.copy(), value, objective.gradient(), inverse, free)


def descend(
    objective: Objective,
    point: Point,
    *,
    tolerance: float,
    until: float = HANDOVER,
    longest: float = 5.0,
    ran_off: Callable[[Floats], bool] | None = None,
) -> Point:
    """BFGS with backtracking until the decrement is below ``until``, or the parameters have ``ran_off``.

    ``longest`` bounds the first trial step, in units of the metric (standard errors): far from the
    maximum the metric knows little.
    """
    index = np.flatnonzero(point.free)
    for _ in range(_MAX_ITERATIONS):
        g = point.gradient[index]
        direction = -point.inverse @ g
        slope = float(g @ direction)
        if slope >= 0:  # the metric has lost its sense: forget what it learned
            point.inverse = np.diag(np.abs(np.diag(point.inverse)))
            direction = -point.inverse @ g
            slope = float(g @ direction)
        if -slope < until:
            break
        size = min(1.0, longest * np.sqrt(len(index)) / np.sqrt(-slope))
        taken = _backtrack(objective, point, direction, slope, index, size, tolerance)
        if taken is None:
            break
        point = taken
        if ran_off is not None and ran_off(point.x):
            break
    return point


def _backtrack(
    objective: Objective,
    point: Point,
    direction: Floats,
    slope: float,
    index: NDArray[np.int64],
    size: float,
    tolerance: float,
) -> Point | None:
    for _ in range(40):
        x = point.x.copy()
        x[index] += size * direction
        value = objective.value(x, tolerance=tolerance)
        if value <= point.value + 1e-4 * size * slope:
            gradient = objective.gradient()
            inverse = _bfgs(point.inverse, x[index] - point.x[index], (gradient - point.gradient)[index])
            return Point(x, value, gradient, inverse, point.free, point.n_iterations + 1)
        if size * size * -slope < 1e-12:
            return None
        fitted = 0.1 * size
        if np.isfinite(value):  # the minimum of the parabola through what is known
            fitted = -0.5 * slope * size**2 / (value - point.value - slope * size)
        size = float(np.clip(fitted, 0.1 * size, 0.5 * size))
    return None


def _bfgs(inverse: Floats, step: Floats, change: Floats) -> Floats:
    curvature = float(step @ change)
    if curvature <= 1e-10 * np.sqrt((step @ step) * (change @ change)):
        return inverse
    along = inverse @ change
    factor = (curvature + float(change @ along)) / curvature**2
    cross = np.outer(along, step) / curvature
    return np.asarray(inverse + factor * np.outer(step, step) - cross - cross.T)


def hessian(objective: Objective, point: Point, *, tolerance: float, relative_step: float = STEP) -> Floats:
    """Hessian over the free parameters from differences of the analytic gradient.

    Steps are ``relative_step`` standard errors of the metric. ``objective`` is not left at ``point``.
    """
    index = np.flatnonzero(point.free)
    found = np.empty((len(index), len(index)))
    steps = relative_step * np.sqrt(np.maximum(np.diag(point.inverse), 1e-300))
    for row, place in enumerate(index):
        x = point.x.copy()
        x[place] += steps[row]
        objective.value(x, tolerance=tolerance)
        ahead = objective.gradient()[index]
        found[row] = (ahead - point.gradient[index]) / (x[place] - point.x[place])
    return np.asarray(0.5 * (found + found.T))


def polish(objective: Objective, point: Point, matrix: Floats, *, tolerance: float) -> tuple[Point, Floats]:
    """Newton steps with a fixed Hessian until the decrement is below ``REACHED``.

    Returns the point and the Hessian, corrected along the steps by what the gradients showed.
    Directions of negative curvature are left alone: see ``negative_direction``.
    """
    index = np.flatnonzero(point.free)
    point.inverse = positive_inverse(matrix)
    for _ in range(_MAX_POLISH):
        if point.decrement < REACHED:
            break
        x = point.x.copy()
        step = -point.inverse @ point.gradient[index]
        x[index] += step
        value = objective.value(x, tolerance=tolerance)
        if not value <= point.value + 1e-7 * max(1.0, abs(point.value) * 1e-3):
            break
        if point.decrement < LAST_STEP:
            # What is left is a millionth of this. The gradient from before the step is kept: it is the
            # larger one, and a new one would cost as much as the step.
            return Point(x, value, point.gradient, point.inverse, point.free, point.n_iterations + 1), matrix
        gradient = objective.gradient()
        residual = (gradient - point.gradient)[index] - matrix @ step
        against = float(residual @ step)
        if abs(against) > 1e-8 * np.sqrt((residual @ residual) * (step @ step)):
            matrix = matrix + np.outer(residual, residual) / against  # symmetric rank one
        point = Point(x, value, gradient, positive_inverse(matrix), point.free, point.n_iterations + 1)
    return point, matrix


def positive_inverse(matrix: Floats) -> Floats:
    """Inverse of a Hessian; directions without positive curvature are left out (pseudo-inverse)."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    kept = values > 1e-10 * max(values.max(initial=0.0), 1e-300)
    vectors = vectors[:, kept] / scale[:, None]
    return np.asarray((vectors / values[kept]) @ vectors.T)


def negative_direction(matrix: Floats, threshold: float = 1e-3) -> Floats | None:
    """The direction along which the likelihood still rises from a stationary point, if there is one."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if not len(values) or values[0] >= -threshold:
        return None
    return np.asarray(vectors[:, 0] / scale)
