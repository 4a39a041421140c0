"""From starting values to the maximum, boundary included.

Lambda is searched without bounds: flipping the sign of one of its columns leaves the likelihood as it
is, so a standard deviation of 0, or a correlation of 1, is an ordinary stationary point on which the
search can converge quickly. Four things can go wrong there, and each is looked for:

- the search stops close to the boundary, not on it: the column is set to 0 and kept so if the
  likelihood does not fall;
- it stops on a boundary that is a saddle: the curvature of the zero columns is computed, and a negative
  one is followed;
- a variance next to 0 comes before a large one in Lambda, which makes the likelihood flat: the effects
  change places (see ``pivoting``);
- another boundary, or the interior, is better: a singular fit is tried again from other starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from analysis.mixed import pivoting, search
from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.laplace import EXACT_TOLERANCE, SEARCH_TOLERANCE, Laplace
from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Diagonal elements of Lambda below this are tried at 0 (columns are scaled to size 1).
_NEAR_BOUNDARY = 0.15
#: Log likelihood that may be lost by setting a small variance to 0.
_SNAP_LOSS = 1e-6
#: Log likelihood another start must gain to be taken.
_RESTART_GAIN = 1e-5
_MAX_ROUNDS = 6
#: Elements of Lambda from which a variance is taken to grow without bound: standard deviations relative to
#: the residual's; the same where effects could explain every answer, or on the latent scale, where the link
#: tells nothing apart any more.
_RUN_OFF, _EARLY_RUN_OFF = 1e5, 1e2
#: Where no mode has to be found the gradient is exact to rounding: the search may end closer, and a
#: smaller step has a smaller error.
_EXACT_HANDOVER, _EXACT_STEP = 1e-8, 2e-5


@dataclass(frozen=True)
class Maximum:
    """A maximum of the likelihood.

    ``covariance`` is over all parameters: inverse Hessian of the free ones, NaN in rows and columns of
    parameters at the boundary. ``decrement`` is the squared distance to the maximum in standard errors.
    Where a variance ``ran_off`` without bound there is no maximum: the search was ended, and ``covariance``
    is NaN.
    """

    x: Floats
    loglik: float
    gradient: Floats
    covariance: Floats
    free: Mask
    decrement: float
    definite: bool
    n_iterations: int
    ran_off: bool = False

    @property
    def singular(self) -> bool:
        return not bool(self.free.all())

    @property
    def converged(self) -> bool:
        return bool(self.decrement < search.ACCEPTABLE and self.definite and not self.ran_off)


class Turnable(search.Objective, Protocol):
    """An objective whose Lambda can be written in another order of its effects."""

    def use(self, structure: RandomStructure) -> None: ...


@dataclass(frozen=True)
class Summit:
    """Where a climb ended: in terms of ``structure``, with the Hessian over the free parameters."""

    point: search.Point
    matrix: Floats
    structure: RandomStructure


class Maximiser:
    """Finds the maximum of one objective. ``theta`` is where Lambda's elements stand in its parameters.

    ``exact`` asks for a closer search and smaller differences, which degrees of freedom need and which a
    gradient without a mode to be found allows.
    """

    def __init__(
        self, objective: search.Objective, structure: RandomStructure, theta: slice, *, exact: bool = False
    ) -> None:
        self.objective = objective
        self.declared = self.structure = structure
        self.theta = theta
        self.exact = exact
        self._until = _EXACT_HANDOVER if exact else search.HANDOVER
        self._farthest = _farthest(objective, structure)

    def run(self, x: Floats, inverse: Floats) -> Maximum:
        """Climb from ``x`` with the metric ``inverse``."""
        movable = np.ones(len(x), dtype=bool)
        summit = self._climb(x, inverse, movable)
        ran_off = self._ran_off(summit.point.x)
        if ran_off or not bool(summit.point.free.all()):
            for start in self._other_starts(x if ran_off else self._as_declared(summit)):
                other = self._climb(start, inverse.copy(), movable)
                # Beside a summit, one without end is none, however high it was left.
                if self._ran_off(other.point.x):
                    continue
                if self._ran_off(summit.point.x) or (other.point.value < summit.point.value - _RESTART_GAIN):
                    summit = other
        return self._maximum(summit)

    def reach(self, x: Floats, inverse: Floats, *, held: Mask | None = None) -> search.Point:
        """Descend only, to a decrement of 1e-7: for likelihoods along a profile."""
        free = np.ones(len(x), dtype=bool) if held is None else ~held
        index = np.flatnonzero(free)
        point = search.start_at(
            self.objective, x, inverse[np.ix_(index, index)], free, tolerance=SEARCH_TOLERANCE
        )
        return search.descend(
            self.objective, point, tolerance=SEARCH_TOLERANCE, until=1e-7, ran_off=self._ran_off
        )

    def _climb(self, x: Floats, inverse: Floats, movable: Mask) -> Summit:
        """Descend, settle on the boundary where it is best, leave it where it is a saddle."""
        self._use(self.declared)
        point = self._descend(x, inverse, movable)
        for _ in range(_MAX_ROUNDS):
            if self._ran_off(point.x):
                return Summit(point, np.eye(len(x)), self.structure)
            point = self._settle(self._reordered(point, movable), movable)
            matrix = self._hessian(point)
            away = self._rising_direction(point, matrix, movable)
            if away is None:
                break
            moved = self._leave(point, away)
            if moved is None:
                break
            point = self._descend(moved, self._padded(point, len(x)), movable)
        else:
            point = self._settle(point, movable)
            matrix = self._hessian(point)
        polished = search.polish(self.objective, point, matrix, tolerance=EXACT_TOLERANCE)
        return Summit(*polished, self.structure)

    def _hessian(self, point: search.Point) -> Floats:
        step = _EXACT_STEP if self.exact else search.STEP
        return search.hessian(self.objective, point, tolerance=EXACT_TOLERANCE, relative_step=step)

    def _descend(self, x: Floats, inverse: Floats, free: Mask) -> search.Point:
        index = np.flatnonzero(free)
        point = search.start_at(
            self.objective, x, inverse[np.ix_(index, index)], free, tolerance=SEARCH_TOLERANCE
        )
        return search.descend(
            self.objective, point, tolerance=SEARCH_TOLERANCE, until=self._until, ran_off=self._ran_off
        )

    def _ran_off(self, x: Floats) -> bool:
        return bool(np.abs(x[self.theta]).max(initial=0.0) > self._farthest)

    def _use(self, structure: RandomStructure) -> None:
        if structure is not self.structure:
            self.structure = structure
            cast("Turnable", self.objective).use(structure)

    def _reordered(self, point: search.Point, movable: Mask) -> search.Point:
        """The same point, small variances after large ones, and from there further down."""
        theta = self.structure.canonical(point.x[self.theta])
        better = pivoting.better_order(self.structure, theta, _NEAR_BOUNDARY)
        if better is None:
            return point
        x, turn = point.x.copy(), np.eye(len(point.x))
        x[self.theta] = pivoting.carried(theta, self.structure, better)
        turn[self.theta, self.theta] = pivoting.jacobian(
            self.structure, theta, ~self.structure.boundary(theta), better, x[self.theta]
        )
        inverse = turn @ self._padded(_turned(point, self._with(point.x, theta)), len(x)) @ turn.T
        missing = np.diag(inverse) <= 0.0
        inverse[missing, missing] = 0.01
        self._use(better)
        return self._descend(x, inverse, movable)

    def _with(self, x: Floats, theta: Floats) -> Floats:
        changed = x.copy()
        changed[self.theta] = theta
        return changed

    def _settle(self, point: search.Point, movable: Mask) -> search.Point:
        """Canonical Lambda; small diagonal elements become 0 where the likelihood does not mind."""
        x = point.x.copy()
        x[self.theta] = self.structure.canonical(x[self.theta])
        diagonal = [
            value
            for value, entry, free in zip(
                x[self.theta], self.structure.entries, movable[self.theta], strict=True
            )
            if entry.diagonal and free and value < _NEAR_BOUNDARY
        ]
        best = point
        for bound in sorted(diagonal):
            trial = x.copy()
            trial[self.theta] = self.structure.canonical(x[self.theta], tolerance=bound)
            free = movable.copy()
            free[self.theta] &= ~self.structure.boundary(trial[self.theta])
            found = self._descend(trial, self._padded(point, len(x)), free)
            if found.value <= point.value + _SNAP_LOSS:
                best, x = found, found.x.copy()
        return _turned(point, x) if best is point else best

    def _rising_direction(self, point: search.Point, matrix: Floats, movable: Mask) -> Floats | None:
        """A direction of negative curvature: among the free parameters, or out of the zero columns."""
        direction = np.zeros(len(point.x))
        inside = search.negative_direction(matrix)
        if inside is not None:
            direction[point.free] = inside
            return direction
        still = movable & ~point.free
        if not still.any():
            return None
        flat = search.Point(point.x, point.value, self._gradient_at(point.x), np.eye(still.sum()), still)
        outward = search.hessian(self.objective, flat, tolerance=EXACT_TOLERANCE, relative_step=0.02)
        out = search.negative_direction(outward)
        if out is None:
            return None
        direction[still] = out
        return direction

    def _leave(self, point: search.Point, direction: Floats) -> Floats | None:
        """The best of a few steps along a rising direction."""
        unit = direction / np.abs(direction).max()
        best, found = point.value - 1e-7, None
        for size in (0.02, 0.05, 0.1, 0.2, 0.4):
            for sign in (1.0, -1.0):
                x = point.x + sign * size * unit
                value = self.objective.value(x, tolerance=SEARCH_TOLERANCE)
                if value < best:
                    best, found = value, x
        return found

    def _other_starts(self, x: Floats) -> Iterator[Floats]:
        """Interior starts: moderate sizes with correlations of either sign."""
        sizes = [np.sqrt(np.diag(f @ f.T)) for f in self.declared.factors(x[self.theta])]
        for tilt in (0.5, -0.5):
            start = np.array(
                [
                    max(0.25, sizes[e.group][e.row]) * (1.0 if e.diagonal else tilt)
                    for e in self.declared.entries
                ]
            )
            yield self._with(x, start)
            if all(entry.diagonal for entry in self.declared.entries):
                return  # without correlations both starts are the same

    def _gradient_at(self, x: Floats) -> Floats:
        self.objective.value(x, tolerance=EXACT_TOLERANCE)
        return self.objective.gradient()

    def _padded(self, point: search.Point, n: int, variance: float = 0.01) -> Floats:
        """The point's metric over all parameters, ``variance`` where it has none."""
        found = variance * np.eye(n)
        index = np.flatnonzero(point.free)
        found[np.ix_(index, index)] = point.inverse
        return found

    def _as_declared(self, summit: Summit) -> Floats:
        """Parameters of a summit in the declared order."""
        x = summit.point.x
        if summit.structure is self.declared:
            return x
        return self._with(x, pivoting.carried(x[self.theta], summit.structure, self.declared))

    def _maximum(self, summit: Summit) -> Maximum:
        point, matrix = summit.point, summit.matrix
        x = self._as_declared(summit)
        self._use(self.declared)
        value = self.objective.value(x, tolerance=EXACT_TOLERANCE)
        covariance, free, gradient = self._padded(point, len(x), 0.0), point.free, point.gradient
        if summit.structure is not self.declared:
            free = np.ones(len(x), dtype=bool)
            free[self.theta] = ~self.declared.boundary(x[self.theta])
            turn = np.eye(len(x))
            turn[self.theta, self.theta] = pivoting.jacobian(
                summit.structure, point.x[self.theta], point.free[self.theta], self.declared, x[self.theta]
            )
            covariance, gradient = turn @ covariance @ turn.T, self.objective.gradient()
        ran_off = self._ran_off(x)
        covariance[~free | ran_off, :] = covariance[:, ~free | ran_off] = np.nan
        scale = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
        smallest = np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] if len(matrix) else 1.0
        return Maximum(
            x=x,
            loglik=-value,
            gradient=gradient,
            covariance=covariance,
            free=free,
            decrement=point.decrement,
            definite=bool(smallest > 1e-8),
            n_iterations=point.n_iterations,
            ran_off=ran_off,
        )


def _farthest(objective: search.Objective, structure: RandomStructure) -> float:
    """The largest element of Lambda that is not taken for a variance without bound."""
    if not isinstance(objective, GaussianDeviance):
        return _EARLY_RUN_OFF if isinstance(objective, Laplace) else _RUN_OFF
    n_effects = sum(group.n_effects for group in structure.groups)
    return _EARLY_RUN_OFF if n_effects + objective.n_fixed >= objective.n else _RUN_OFF


def _turned(point: search.Point, x: Floats) -> search.Point:
    """The same point with some signs changed: gradient and metric turn with them."""
    signs = np.where(x * point.x < 0, -1.0, 1.0)
    inner = signs[point.free]
    inverse = point.inverse * np.outer(inner, inner)
    return search.Point(x, point.value, point.gradient * signs, inverse, point.free, point.n_iterations)
