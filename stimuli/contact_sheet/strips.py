"""Figures of one measure each: every picture a point, the mean of each origin with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy.stats import t

ROW_PX = 34
MARGIN_PX = 52
TOP_PX = 6
WIDTH_PX = 320
_SPREAD_PX = 18
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Row:
    """One origin. ``points``: x and y in pixels. ``mean``, ``low``, ``high``: x of the mean and of its
    95 % t interval over pictures, None where there are too few."""

    origin: str
    y: float
    points: tuple[tuple[float, float], ...]
    mean: float | None
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True)
class Strip:
    """A figure in pixels. ``ticks``: x and text of each mark on the axis below."""

    measure: str
    height: float
    axis_y: float
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]

    @property
    def words(self) -> str:
        """What the figure shows, for those who do not see it."""
        return f"{self.measure}: " + "; ".join(row.words for row in self.rows)


def strip(measure: str, values: Mapping[str, Sequence[float]]) -> Strip | None:
    """A figure of ``values`` by origin; None if no picture has the measure. nan is left out."""
    stated = {origin: [v for v in column if math.isfinite(v)] for origin, column in values.items()}
    everything = [value for column in stated.values() for value in column]
    if not everything:
        return None
    low, high, step = _scale(min(everything), max(everything))
    across = (WIDTH_PX - MARGIN_PX - 18) / (high - low)

    def x(value: float) -> float:
        return round(MARGIN_PX + (value - low) * across, 1)

    rows = []
    for number, (origin, column) in enumerate((o, c) for o, c in stated.items() if c):
        y = TOP_PX + ROW_PX * (number + 0.5)
        rows.append(_row(origin, column, y, x))
    axis_y = TOP_PX + ROW_PX * len(rows)
    n_ticks = round((high - low) / step)
    digits = max(0, -math.floor(math.log10(step)))
    marks = [low + i * step for i in range(n_ticks + 1)]
    ticks = [(x(mark), f"{mark:,.{digits}f}".replace("-", "−").replace(",", "\u202f")) for mark in marks]
    return Strip(measure, axis_y + 22, axis_y, tuple(rows), tuple(ticks))


def mean_interval(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Mean and its 95 % t interval; None with fewer than two values."""
    if len(values) < 2:
        return None
    mean, error = fmean(values), stdev(values) / math.sqrt(len(values))
    reach = float(t.ppf(0.975, len(values) - 1)) * error
    return mean, mean - reach, mean + reach


def _row(origin: str, column: Sequence[float], y: float, x: Callable[[float], float]) -> Row:
    # Heights that spread evenly whatever the number of points (multiples of the golden ratio).
    points = tuple(
        (x(value), round(y + _SPREAD_PX * ((i * _GOLDEN) % 1 - 0.5), 1))
        for i, value in enumerate(sorted(column))
    )
    interval = mean_interval(column)
    if interval is None:
        words = f"{origin} {column[0]:.3g}, one picture"
        return Row(origin, y, points, None, None, None, words)
    mean, low, high = interval
    words = f"{origin} mean {mean:.3g}, 95 % interval {low:.3g} to {high:.3g}, {len(column)} pictures"
    return Row(origin, y, points, x(mean), x(low), x(high), words)


def _scale(least: float, most: float) -> tuple[float, float, float]:
    """Ends and step of an axis with round numbers, two to seven steps, that holds all values."""
    if most - least < 1e-9 * max(1.0, abs(most)):
        reach = max(abs(most) * 0.05, 0.5)
        least, most = least - reach, most + reach
    raw = (most - least) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if raw <= factor * power * 1.0001)
    return math.floor(least / step + 1e-9) * step, math.ceil(most / step - 1e-9) * step, step
