"""In which order the effects of a block enter Lambda: small variances last.

With an order (intercept, slope) Lambda is [[a, 0], [b, c]]. Where the intercept hardly varies, a is near 0
and only b^2 + c^2, the slope's variance, matters: the likelihood is flat along a circle and a search gets
nowhere. Taken the other way round the slope's standard deviation is one element and the intercept's small
effects are the others; nothing is flat. This is Cholesky's factor with pivoting. The model is the same:
estimates are carried back to the declared order at the end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.structure import RandomStructure, semidefinite_cholesky

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

#: Effects smaller than this are none: what they would add to the log likelihood is below rounding.
_NOTHING = 1e-9


def better_order(structure: RandomStructure, theta: Floats, small: float) -> RandomStructure | None:
    """The structure with pivoted blocks; None where a canonical ``theta`` needs none.

    A block does where a diagonal element is below ``small`` and an element under it is larger.
    """
    groups = tuple(
        replace(group, blocks=tuple(_pivoted(factor, members, small) for members in group.blocks))
        for group, factor in zip(structure.groups, structure.factors(theta), strict=True)
    )
    changed = RandomStructure(groups)
    same = all(a.blocks == b.blocks for a, b in zip(groups, structure.groups, strict=True))
    return None if same else changed


def carried(theta: Floats, old: RandomStructure, new: RandomStructure) -> Floats:
    """Canonical elements with the same covariances in another order of the same blocks."""
    factors = old.factors(theta)
    for group, factor in zip(new.groups, factors, strict=True):
        for members in group.blocks:
            place = np.ix_(members, members)
            factor[place] = _triangular(factor[place])
    return new.theta_of(factors)


def jacobian(
    old: RandomStructure, theta: Floats, free: Mask, new: RandomStructure, carried_theta: Floats
) -> Floats:
    """How the elements in the new order change with those in the old one: theta x theta.

    Both give the same change of the covariances. Rows and columns of elements that are not ``free`` (zero
    columns) are 0.
    """
    found = np.zeros((len(theta), len(theta)))
    free_there = ~new.boundary(carried_theta)
    here = _covariance_changes(old, theta)[:, free]
    there = _covariance_changes(new, carried_theta)[:, free_there]
    found[np.ix_(free_there, free)] = np.linalg.lstsq(there, here, rcond=1e-12)[0]
    return found


def _pivoted(factor: Floats, members: tuple[int, ...], small: float) -> tuple[int, ...]:
    lower = factor[np.ix_(members, members)]
    under = [np.abs(lower[column + 1 :, column]).max(initial=0.0) for column in range(len(lower))]
    diagonal = np.diag(lower)
    if not np.any((diagonal < small) & (under > diagonal)):
        return members
    rest, order = lower @ lower.T, []
    left = list(range(len(members)))
    while left:
        place = max(left, key=lambda each: rest[each, each])
        left.remove(place)
        order.append(place)
        if rest[place, place] > 0:
            rest = rest - np.outer(rest[:, place], rest[place]) / rest[place, place]
    return tuple(members[place] for place in order)


def _triangular(factor: Floats) -> Floats:
    """Lower triangle of the same product, with as many zero columns at least."""
    kept = factor[:, np.any(factor != 0, axis=0)]
    square = np.zeros_like(factor)
    if kept.size:
        upper = np.asarray(np.linalg.qr(kept.T, mode="r"))
        square[:, : len(upper)] = upper.T
    return semidefinite_cholesky(square, _NOTHING)


def _covariance_changes(structure: RandomStructure, theta: Floats) -> Floats:
    """Derivative of all covariances in every element of theta: covariances x theta."""
    factors, columns = structure.factors(theta), []
    for entry in structure.entries:
        change = [np.zeros_like(factor) for factor in factors]
        change[entry.group][entry.row] = factors[entry.group][:, entry.column]
        columns.append(np.concatenate([(each + each.T).ravel() for each in change]))
    return np.column_stack(columns)
