"""The effect of each kind of claim without a model: for a t test over participants and for the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.claims.formulas import Layout
from analysis.intervals import ratio
from analysis.rates import z_difference

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Statistic:
    """An effect as a function of sums over rows.

    ``columns`` gives one number per row for each sum that is needed, ``value`` the effect from the sums, for
    many samples at once: of everybody, of each participant, of each resample. ``words`` names it.
    """

    words: str
    columns: Callable[[pd.DataFrame], list[Floats]]
    value: Callable[[Floats], Floats]

    def of_participants(self, table: pd.DataFrame) -> pd.Series[float]:
        """The effect of every participant, NaN for those who have none."""
        frame = pd.DataFrame(dict(enumerate(self.columns(table))), index=table.index)
        sums = frame.groupby(table["participant"], sort=True).sum()
        return pd.Series(self.value(sums.to_numpy(dtype=float).T), index=sums.index)


def mean_difference() -> Statistic:
    """Mean of ``difference``."""
    return Statistic(
        "mean difference",
        lambda table: [_numbers(table, "difference"), np.ones(len(table))],
        lambda sums: ratio(sums[0], sums[1]),
    )


def slope_of_difference(over: str) -> Statistic:
    """Least-squares slope of ``difference`` on another column."""
    return Statistic(
        f"slope of the difference on {over}",
        lambda table: _products(_numbers(table, over), _numbers(table, "difference")),
        _slope,
    )


def difference_of_faces(over: str | None = None) -> Statistic:
    """Mean ``answer`` to made faces minus that to real ones; with ``over``, its change from end to end."""

    def columns(table: pd.DataFrame) -> list[Floats]:
        made, answer = _numbers(table, "made") > 0, _numbers(table, "answer")
        found: list[Floats] = []
        for end, _ in _ends(table, over):
            for kind in (end & made, end & ~made):
                found += [np.where(kind, answer, 0.0), kind.astype(float)]
        return [*found, *_spans(table, over)]

    def value(sums: Floats) -> Floats:
        effects = [
            ratio(sums[k], sums[k + 1]) - ratio(sums[k + 2], sums[k + 3]) for k in range(0, len(sums) - 2, 4)
        ]
        return _change(effects, sums)

    return Statistic("mean of made faces minus mean of real ones", columns, value)


def sensitivity_change(layout: Layout, over: str | None = None) -> Statistic:
    """Pooled d', log-linear corrected; with ``over``, at its highest value minus at its lowest, per unit."""
    per_look = 1.0 if layout == "single" else float(np.sqrt(2))

    def columns(table: pd.DataFrame) -> list[Floats]:
        made, said = _numbers(table, "made") > 0, _share_said(table)
        found: list[Floats] = []
        for end, _ in _ends(table, over):
            for kind in (end & made, end & ~made):
                found += [np.where(kind, said, 0.0), kind.astype(float)]
        return [*found, *_spans(table, over)]

    def value(sums: Floats) -> Floats:
        effects = [z_difference(*sums[k : k + 4]) / per_look for k in range(0, len(sums) - 2, 4)]
        return _change(effects, sums)

    words = "pooled d'" if over is None else f"difference in pooled d' between the ends of {over}"
    return Statistic(words, columns, value)


def tagged_sensitivity(over: str) -> Statistic:
    """Single faces: z of "AI" to made faces highest in ``over`` minus z of those lowest, per unit of it."""

    def columns(table: pd.DataFrame) -> list[Floats]:
        made, said = _numbers(table, "made") > 0, _share_said(table)
        values = _numbers(table, over)
        low, high = values[made].min(), values[made].max()
        found: list[Floats] = []
        for kind in (made & (values == high), made & (values == low)):
            found += [np.where(kind, said, 0.0), kind.astype(float)]
        ones = np.ones(len(table))
        return [*found, ones * (high - low), ones]

    def value(sums: Floats) -> Floats:
        return ratio(z_difference(*sums[:4]), ratio(sums[4], sums[5]))

    return Statistic("difference in z of calling them AI", columns, value)


def slope_of_accuracy() -> Statistic:
    """Least-squares slope of being right on confidence, divided by the normal density: in z per point."""

    def value(sums: Floats) -> Floats:
        share = ratio(sums[1], sums[4])
        with np.errstate(invalid="ignore", divide="ignore"):
            z = ndtri(np.clip(share, 0.01, 0.99))
            return np.asarray(_slope(sums) * np.sqrt(2 * np.pi) * np.exp(z * z / 2))

    return Statistic(
        "slope of accuracy on confidence, in z",
        lambda table: _products(_numbers(table, "confidence"), _numbers(table, "answer")),
        value,
    )


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    return table[name].to_numpy(dtype=float)


def _share_said(table: pd.DataFrame) -> Floats:
    """Answers from 0 to 1; a tie in the middle of three counts half."""
    answer = _numbers(table, "answer")
    return answer / max(float(answer.max(initial=0.0)), 1.0)


def _ends(table: pd.DataFrame, over: str | None) -> list[tuple[NDArray[np.bool_], float]]:
    """Rows at the highest and at the lowest value of ``over``; all rows without it."""
    if over is None:
        return [(np.ones(len(table), dtype=bool), 0.0)]
    values = _numbers(table, over)
    return [(values == end, float(end)) for end in (values.max(), values.min())]


def _spans(table: pd.DataFrame, over: str | None) -> list[Floats]:
    """The distance between the ends, summed like everything else, and the number of rows."""
    ones = np.ones(len(table))
    ends = [end for _, end in _ends(table, over)]
    return [ones * (ends[0] - ends[-1] if over else 1.0), ones]


def _change(effects: list[Floats], sums: Floats) -> Floats:
    if len(effects) == 1:
        return effects[0]
    return ratio(effects[0] - effects[1], ratio(sums[-2], sums[-1]))


def _products(x: Floats, y: Floats) -> list[Floats]:
    return [x, y, x * y, x * x, np.ones(len(x))]


def _slope(sums: Floats) -> Floats:
    sx, sy, sxy, sxx, n = sums
    return ratio(sxy - ratio(sx * sy, n), sxx - ratio(sx * sx, n))
