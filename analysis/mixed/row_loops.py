"""Compiled loops over rows: log likelihood of every answer and its derivatives in the linear predictor.

Plain loops whose compiled code is kept on disk for the next process. Those over all rows hold no branch, so
that the compiler can take several rows at a time; `reassoc` lets it add them up in another order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analysis.mixed.kept import compiled

Array = Any

# The grid of the tables in `links`. It stands here because compiled code is renewed when its own file
# changes, and keeps old numbers when another file does.
LOWEST = -40.0
STEPS_PER_UNIT = 32
N_COEFFICIENTS = 8  # one cache line per node
FAST = {"reassoc", "contract"}
_LAST = N_COEFFICIENTS - 1
_STEP = 1.0 / STEPS_PER_UNIT
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_TINY = 1e-300


@compiled(error_model="numpy", fastmath=FAST)
def _nearest(t: float, last: float) -> tuple[Any, Any]:
    """Where the coefficients of the node nearest to ``t`` begin, and the distance from it.

    Outside the table, and for NaN, the node at its end: what is looked up is always there.
    """
    place = (t - LOWEST) * STEPS_PER_UNIT
    inside = place if place > 0.0 else 0.0
    inside = inside if inside < last else last
    node = np.int32(inside + 0.5)
    return N_COEFFICIENTS * node, (inside - node) * _STEP


@compiled(error_model="numpy", fastmath=FAST)
def _value_and_slope(c: Array, at: Any, d: float) -> tuple[float, float]:
    value, slope = c[at + _LAST], 0.0
    for n in range(1, N_COEFFICIENTS):
        slope = slope * d + value
        value = value * d + c[at + _LAST - n]
    return value, slope


@compiled(error_model="numpy", fastmath=FAST)
def _all_derivatives(c: Array, at: int, d: float) -> tuple[float, float, float, float]:
    value, slope, half, sixth = c[at + _LAST], 0.0, 0.0, 0.0
    for n in range(1, N_COEFFICIENTS):
        sixth = sixth * d + half
        half = half * d + slope
        slope = slope * d + value
        value = value * d + c[at + _LAST - n]
    return value, slope, 2.0 * half, 6.0 * sixth


@compiled(error_model="numpy")
def _lower_tail(t: float, probit: bool) -> tuple[float, float, float, float]:
    if not probit:
        return t, 1.0, -math.exp(t), -math.exp(t)
    s = 1.0 / (t * t)
    shifted = -(1.0 - s * (2.0 - s * (10.0 - 74.0 * s))) / t  # r + t
    r = shifted - t
    second = -r * shifted
    third = r * (shifted * (r + shifted) - 1.0)
    value = -0.5 * t * t - _HALF_LOG_2PI - math.log(r)
    return value, r, second, third


@compiled(error_model="numpy", fastmath=FAST)
def bernoulli_slopes(sign: Array, weight: Array, eta: Array, c: Array, probit: bool, l1: Array) -> float:
    """Log likelihood; fills dl/deta of every row: half the work of ``bernoulli_rows``.

    ``sign`` is +1 for a 1 and -1 for a 0.
    """
    last = c.size // N_COEFFICIENTS - 1.0
    total, below = 0.0, 0
    for r in range(eta.size):
        t = sign[r] * eta[r]
        below += 0 if t >= LOWEST else 1
        at, d = _nearest(t, last)
        value, slope = _value_and_slope(c, at, d)
        total += weight[r] * value
        l1[r] = weight[r] * sign[r] * slope
    if below:
        for r in range(eta.size):
            t = sign[r] * eta[r]
            if not t >= LOWEST:
                value, slope, _, _ = _lower_tail(t, probit)
                total += weight[r] * (value - c[0])
                l1[r] = weight[r] * sign[r] * slope
    return total


@compiled(error_model="numpy", fastmath=FAST)
def bernoulli_rows(
    sign: Array, weight: Array, eta: Array, c: Array, probit: bool, l1: Array, w: Array, w3: Array
) -> float:
    """Log likelihood; fills dl/deta, w = -d2l/deta2 and w3 = dw/deta of every row."""
    last = c.size // N_COEFFICIENTS - 1.0
    total, below = 0.0, 0
    for r in range(eta.size):
        t = sign[r] * eta[r]
        below += 0 if t >= LOWEST else 1
        at, d = _nearest(t, last)
        value, slope, second, third = _all_derivatives(c, at, d)
        total += weight[r] * value
        l1[r] = weight[r] * sign[r] * slope
        w[r] = -weight[r] * second
        w3[r] = -weight[r] * sign[r] * third
    if below:
        for r in range(eta.size):
            t = sign[r] * eta[r]
            if not t >= LOWEST:
                value, slope, second, third = _lower_tail(t, probit)
                total += weight[r] * (value - c[0])
                l1[r] = weight[r] * sign[r] * slope
                w[r] = -weight[r] * second
                w3[r] = -weight[r] * sign[r] * third
    return total


@compiled(error_model="numpy", fastmath=FAST)
def _tail(x: float, c: Array, last: float) -> tuple[float, float]:
    """F(-|x|) and the density at x, from the table of tails; past its end what stands there."""
    place = abs(x) * STEPS_PER_UNIT
    place = place if place < last else last
    node = np.int32(place + 0.5)
    value, slope = _value_and_slope(c, N_COEFFICIENTS * node, (place - node) * _STEP)
    return value, -slope


@compiled(error_model="numpy", fastmath=FAST)
def _between(low: float, high: float, tail_low: float, tail_high: float, eta: float) -> float:
    """F(high) - F(low) from the tails, without cancellation; NaN where ``eta`` is."""
    p = 1.0 - tail_low - tail_high
    p = tail_low - tail_high if low > 0.0 else p
    p = tail_high - tail_low if high < 0.0 else p
    return (p if p > _TINY else _TINY) + 0.0 * eta


@compiled(error_model="numpy", fastmath=FAST)
def cumulative_slopes(
    code: Array, weight: Array, eta: Array, cuts: Array, c: Array, share: Array, l1: Array
) -> None:
    """Fill the probability of each ordered answer, ``share``, and dl/deta: see ``cumulative_rows``."""
    last = c.size // N_COEFFICIENTS - 1.0
    for r in range(eta.size):
        low, high = cuts[code[r]] - eta[r], cuts[code[r] + 1] - eta[r]
        tail_low, f_low = _tail(low, c, last)
        tail_high, f_high = _tail(high, c, last)
        p = _between(low, high, tail_low, tail_high, eta[r])
        share[r] = p
        l1[r] = -weight[r] * (f_high - f_low) / p


@compiled(error_model="numpy", fastmath=FAST)
def _density_slopes(x: float, tail: float, f: float, end: float, probit: bool) -> tuple[float, float]:
    """First and second derivative of the density ``f``; ``x`` is taken no further than ``end``."""
    if probit:
        x = min(max(x, -end), end)
        return -x * f, (x * x - 1.0) * f
    first = f * (2.0 * tail - 1.0)
    return first if x > 0.0 else -first, f * (1.0 - 6.0 * f)


@compiled(error_model="numpy", fastmath=FAST)
def cumulative_rows(
    code: Array,
    weight: Array,
    eta: Array,
    cuts: Array,
    c: Array,
    probit: bool,
    share: Array,
    l1: Array,
    w: Array,
    w3: Array,
    cross: Array,
) -> None:
    """Probability of ordered answers 0..K-1, P(y <= k) = F(cuts[k + 1] - eta), and derivatives.

    ``cuts`` are the thresholds between two far away; ``c`` is the table of tails. ``cross`` (6 x rows) gets,
    for the upper and then the lower threshold t of the answer: dl/dt, d2l/(dt deta), -d3l/(dt deta2).
    """
    last = c.size // N_COEFFICIENTS - 1.0
    end = last * _STEP
    for r in range(eta.size):
        low, high = cuts[code[r]] - eta[r], cuts[code[r] + 1] - eta[r]
        tail_low, fb = _tail(low, c, last)
        tail_high, fa = _tail(high, c, last)
        fa1, fa2 = _density_slopes(high, tail_high, fa, end, probit)
        fb1, fb2 = _density_slopes(low, tail_low, fb, end, probit)
        p = _between(low, high, tail_low, tail_high, eta[r])
        d1 = -(fa - fb) / p
        d2 = (fa1 - fb1) / p
        d3 = -(fa2 - fb2) / p
        m = weight[r]
        share[r] = p
        l1[r] = m * d1
        w[r] = m * (d1 * d1 - d2)
        w3[r] = -m * (d3 - 3.0 * d1 * d2 + 2.0 * d1 * d1 * d1)
        up = fa / p
        x = -fa1 / p - d1 * up
        cross[0, r] = m * up
        cross[1, r] = m * x
        cross[2, r] = -m * (fa2 / p - d2 * up - 2.0 * d1 * x)
        down = -fb / p
        x = fb1 / p - d1 * down
        cross[3, r] = m * down
        cross[4, r] = m * x
        cross[5, r] = -m * (-fb2 / p - d2 * down - 2.0 * d1 * x)


@compiled(error_model="numpy", fastmath=FAST)
def linear_predictor(
    fixed: Array, ze: Array, zr: Array, block_ptr: Array, columns: Array, ue: Array, ur: Array, eta: Array
) -> None:
    """eta = fixed part + eliminated group's effects + all other groups' effects.

    ``ze`` is effects x rows, ``zr`` and ``columns`` likewise for the other groups: see `block_loops`.
    """
    for i in range(ue.shape[0]):
        first, last = block_ptr[i], block_ptr[i + 1]
        for r in range(first, last):
            eta[r] = fixed[r]
        for a in range(ze.shape[0]):
            x = ue[i, a]
            for r in range(first, last):
                eta[r] += x * ze[a, r]
        for m in range(zr.shape[0]):
            for r in range(first, last):
                eta[r] += zr[m, r] * ur[columns[m, r]]


@compiled(error_model="numpy", fastmath=FAST)
def scatter(v: Array, ze: Array, zr: Array, block_ptr: Array, columns: Array, ge: Array, gr: Array) -> None:
    """Z'v, split into the eliminated group's part and the rest."""
    for j in range(gr.size):
        gr[j] = 0.0
    for i in range(ge.shape[0]):
        first, last = block_ptr[i], block_ptr[i + 1]
        for a in range(ze.shape[0]):
            x = 0.0
            for r in range(first, last):
                x += ze[a, r] * v[r]
            ge[i, a] = x
        for m in range(zr.shape[0]):
            for r in range(first, last):
                gr[columns[m, r]] += zr[m, r] * v[r]
