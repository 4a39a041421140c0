"""The best pairs of two groups of pictures, of all possible choices of pairs at once.

A linear assignment (Crouse 2016's variant of the Jonker-Volgenant algorithm, as in scipy), which
is exact; not pair by pair, where an early good pair can cost a later one dearly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from stimuli.pair.traits import Matrix

Allowed = npt.NDArray[np.bool_]
Places = tuple[tuple[int, int], ...]
"""Row and column of each pair, by row."""


def best_pairs(distances: Matrix, allowed: Allowed) -> Places:
    """As many allowed pairs as possible, and among those the smallest total distance."""
    rows, columns = linear_sum_assignment(np.where(allowed, distances, _forbidden(distances, allowed)))
    return _places(rows, columns, allowed)


def best_pairs_of(size: int, distances: Matrix, allowed: Allowed) -> Places:
    """Exactly ``size`` allowed pairs with the smallest total distance.

    ``size`` may be at most the number of ``best_pairs``. Rows and columns that are to be left
    over are taken by stand-ins that cost nothing and cannot pair with one another.
    """
    n, m = distances.shape
    forbidden = _forbidden(distances, allowed)
    costs = np.zeros((n + m - size, m + n - size))
    costs[:n, :m] = np.where(allowed, distances, forbidden)
    costs[n:, m:] = forbidden
    rows, columns = linear_sum_assignment(costs)
    within = (rows < n) & (columns < m)
    return _places(rows[within], columns[within], allowed)


def total(distances: Matrix, places: Places) -> float:
    return sum(float(distances[i, j]) for i, j in places)


def _forbidden(distances: Matrix, allowed: Allowed) -> float:
    """One forbidden pair costs more than all pairs that could be made in its place."""
    largest = float(distances[allowed].max(initial=0.0))
    at_most: int = min(distances.shape)
    return 1.0 + largest * (at_most + 1)


def _places(rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], allowed: Allowed) -> Places:
    chosen = zip(rows.tolist(), columns.tolist(), strict=True)
    return tuple((i, j) for i, j in chosen if allowed[i, j])
