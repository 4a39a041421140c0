"""Rank correlations of many measures at once, with resamples, permutations and adjusted p."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.estimate import Floats


def ranks_within(table: pd.DataFrame, kinds: pd.Series[str]) -> Floats:
    """Ranks within each kind from about -.5 to .5, with mean 0 there; NaN stays NaN."""
    grouped = table.groupby(kinds.to_numpy())
    return np.asarray((grouped.rank() - (grouped.transform("count") + 1) / 2) / grouped.transform("count"))


def correlations(measures: Floats, values: Floats) -> Floats:
    """Correlation of every measure with every column of values: measure x column; unknown cells left out."""
    known = np.isfinite(measures).astype(float)
    x = np.where(known > 0, measures, 0.0)
    n = known.sum(axis=0)[:, None]
    sx, sxx, sy, syy = (
        x.sum(axis=0)[:, None],
        (x * x).sum(axis=0)[:, None],
        known.T @ values,
        known.T @ values**2,
    )
    return _correlation(n, sx, sy, x.T @ values, sxx, syy)


def weighted_correlations(measures: Floats, values: Floats, weights: Floats) -> Floats:
    """Correlation of every measure with the values under each set of weights: set x measure."""
    known = np.isfinite(measures).astype(float)
    x, y = np.where(known > 0, measures, 0.0), known * values[:, None]
    return _correlation(*(weights @ each for each in (known, x, y, x * y, x * x, y * y)))


def _correlation(n: Floats, sx: Floats, sy: Floats, sxy: Floats, sxx: Floats, syy: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (sxx - sx * sx / n) * (syy - sy * sy / n)
        return np.asarray(np.where(spread > 1e-12, (sxy - sx * sy / n) / np.sqrt(spread), 0.0))


def step_down(statistics: Floats) -> Floats:
    """p adjusted over all rows by Westfall & Young's (1993) step-down maximum, never above 1.

    ``statistics`` (row x permutation), larger is more extreme, the observed ones in the first column.
    """
    order = np.argsort(-statistics[:, 0], kind="stable")
    # Of each permutation the largest among the row itself and all that are less extreme in the data.
    largest = np.maximum.accumulate(statistics[order][::-1, 1:], axis=0)[::-1]
    extreme = (largest >= statistics[order, :1] - 1e-12).sum(axis=1)
    adjusted = np.maximum.accumulate((1 + extreme) / statistics.shape[1])
    found = np.empty(len(order))
    found[order] = adjusted
    return found
