"""Thresholds of ordinal models: sums over rows of what each answer says about its upper and lower one.

The upper threshold of answer k is threshold k, the lower one threshold k - 1; the first answer has no lower
and the last no upper one. Other families have no thresholds and get empty arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.response import Response, RowDerivatives

Floats = NDArray[np.float64]


def threshold_score(response: Response, rows: RowDerivatives) -> Floats:
    """Derivative of the log likelihood at fixed eta."""
    if not response.n_thresholds:
        return np.zeros(0)
    return _by_threshold(response, rows.cross[0], rows.cross[3])


def threshold_gradient(response: Response, rows: RowDerivatives, h: Floats, along: Floats) -> Floats:
    """Derivative of the Laplace log likelihood; ``h`` and ``along`` as in ``Laplace.gradient``."""
    if not response.n_thresholds:
        return np.zeros(0)
    cross = rows.cross
    upper = cross[0] - 0.5 * h * cross[2] + along * cross[1]
    lower = cross[3] - 0.5 * h * cross[5] + along * cross[4]
    return _by_threshold(response, upper, lower)


def threshold_columns(response: Response, rows: RowDerivatives) -> Floats:
    """d2l / (deta dthreshold) of every row: rows x thresholds."""
    n, code = response.n_thresholds, response.code
    columns = np.zeros((len(rows.l1), n))
    if n:
        upper, lower = np.flatnonzero(code < n), np.flatnonzero(code > 0)
        columns[upper, code[upper]] += rows.cross[1, upper]
        columns[lower, code[lower] - 1] += rows.cross[4, lower]
    return columns


def threshold_information(response: Response, rows: RowDerivatives) -> Floats:
    """-d2l / dthreshold2 at fixed eta: tridiagonal."""
    n = response.n_thresholds
    if not n:
        return np.zeros((0, 0))
    weight, cross = response.weight, rows.cross
    first, upper, lower = rows.l1 / weight, cross[0] / weight, cross[3] / weight
    # From d2l / (dt deta): moving a threshold is moving eta the other way, at one end only.
    second_upper = -cross[1] - weight * (first * upper + upper**2)
    second_lower = -cross[4] - weight * (first * lower + lower**2)
    diagonal = -_by_threshold(response, second_upper, second_lower)
    between = np.bincount(response.code, weight * upper * lower, n + 1)[1:n]
    return np.asarray(np.diag(diagonal) + np.diag(between, 1) + np.diag(between, -1))


def _by_threshold(response: Response, upper: Floats, lower: Floats) -> Floats:
    n, code = response.n_thresholds, response.code
    return np.asarray(np.bincount(code, upper, n + 1)[:n] + np.bincount(code, lower, n + 1)[1:])
