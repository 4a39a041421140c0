"""Compiled loops over rows: log likelihood of every answer and its derivatives in the linear predictor.

Plain loops whose compiled code is kept on disk for the next process. Those over all rows hold no branch, so
that the compiler can take several rows at a time; `reassoc` lets it add them up in another order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

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


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _nearest(t: float, last: float) -> tuple[Any, Any]:
    """Where the coefficients of the node nearest to ``t`` begin, and the distance from it.

    Outside the table, and for NaN, the node at its end: what is looked up is always there.
    """
    place = (t - LOWEST) * STEPS_PER_UNIT
    inside = place if place > 0.0 else 0.0
    inside = inside if inside < last else last
    node = np.int32(inside + 0.5)
    return N_COEFFICIENTS * node, (inside - node) * _STEP


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _value_and_slope(c: Array, at: int, d: float) -> tuple[float, float]:
    value, slope = c[at + _LAST], 0.0
    for n in range(1, N_COEFFICIENTS):
        slope = slope * d + value
        value = value * d + c[at + _LAST - n]
    return value, slope


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _all_derivatives(c: Array, at: int, d: float) -> tuple[float, float, float, float]:
    value, slope, half, sixth = c[at + _LAST], 0.0, 0.0, 0.0
    for n in range(1, N_COEFFICIENTS):
        sixth = sixth * d + half
        half = half * d + slope
        slope = slope * d + value
        value = value * d + c[at + _LAST - n]
    return value, slope, 2.0 * half, 6.0 * sixth


@njit(cache=True, error_model="numpy", fastmath=FAST)
def log_cdf(t: float, c: Array, probit: bool) -> tuple[float, float, float, float]:
    """log F(t) and its first three derivatives; ``c`` are the coefficients of the table, node by node."""
    if not t >= LOWEST:
        return _lower_tail(t, probit)
    at, d = _nearest(t, c.size // N_COEFFICIENTS - 1.0)
    return _all_derivatives(c, at, d)


@njit(cache=True, error_model="numpy")
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


@njit(cache=True, error_model="numpy", fastmath=FAST)
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


@njit(cache=True, error_model="numpy", fastmath=FAST)
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


@njit(cache=True, error_model="numpy")
def _shares(x: float, c: Array, probit: bool) -> tuple[float, float, float]:
    """F, 1 - F and density, each accurate in its own tail."""
    value, first, _, _ = log_cdf(-abs(x), c, probit)
    tail = math.exp(value)
    if x < 0.0:
        return tail, 1.0 - tail, tail * first
    return 1.0 - tail, tail, tail * first


@njit(cache=True, error_model="numpy")
def _distribution(x: float, c: Array, probit: bool) -> tuple[float, float, float, float, float]:
    """F, 1 - F, density and its first two derivatives, each accurate in its own tail."""
    below, above, f = _shares(x, c, probit)
    if probit:
        return below, above, f, -x * f, (x * x - 1.0) * f
    return below, above, f, f * (above - below), f * (1.0 - 6.0 * f)


@njit(cache=True, error_model="numpy")
def cumulative_slopes(
    code: Array, weight: Array, eta: Array, thresholds: Array, c: Array, probit: bool, l1: Array
) -> float:
    """Log likelihood of ordered answers, filling dl/deta only: see ``cumulative_rows``."""
    total = 0.0
    last = thresholds.size
    for r in range(eta.size):
        answer = code[r]
        a, ga, fa = 1.0, 0.0, 0.0
        b, gb, fb = 0.0, 1.0, 0.0
        if answer < last:
            a, ga, fa = _shares(thresholds[answer] - eta[r], c, probit)
        if answer > 0:
            b, gb, fb = _shares(thresholds[answer - 1] - eta[r], c, probit)
        p = max(a - b if b < 0.5 else gb - ga, _TINY)
        total += weight[r] * math.log(p)
        l1[r] = -weight[r] * (fa - fb) / p
    return total


@njit(cache=True, error_model="numpy")
def cumulative_rows(
    code: Array,
    weight: Array,
    eta: Array,
    thresholds: Array,
    c: Array,
    probit: bool,
    l1: Array,
    w: Array,
    w3: Array,
    cross: Array,
) -> float:
    """Log likelihood of ordered answers 0..K-1, P(y <= k) = F(threshold[k] - eta), and derivatives.

    ``cross`` gets per row, for the upper and then the lower threshold t of the answer:
    dl/dt, d2l/(dt deta), -d3l/(dt deta2).
    """
    total = 0.0
    last = thresholds.size
    for r in range(eta.size):
        answer = code[r]
        a, ga, fa, fa1, fa2 = 1.0, 0.0, 0.0, 0.0, 0.0
        b, gb, fb, fb1, fb2 = 0.0, 1.0, 0.0, 0.0, 0.0
        if answer < last:
            a, ga, fa, fa1, fa2 = _distribution(thresholds[answer] - eta[r], c, probit)
        if answer > 0:
            b, gb, fb, fb1, fb2 = _distribution(thresholds[answer - 1] - eta[r], c, probit)
        p = max(a - b if b < 0.5 else gb - ga, _TINY)
        d1 = -(fa - fb) / p
        d2 = (fa1 - fb1) / p
        d3 = -(fa2 - fb2) / p
        m = weight[r]
        total += m * math.log(p)
        l1[r] = m * d1
        w[r] = m * (d1 * d1 - d2)
        w3[r] = -m * (d3 - 3.0 * d1 * d2 + 2.0 * d1 * d1 * d1)
        up = fa / p
        x = -fa1 / p - d1 * up
        cross[r, 0] = m * up
        cross[r, 1] = m * x
        cross[r, 2] = -m * (fa2 / p - d2 * up - 2.0 * d1 * x)
        low = -fb / p
        x = fb1 / p - d1 * low
        cross[r, 3] = m * low
        cross[r, 4] = m * x
        cross[r, 5] = -m * (-fb2 / p - d2 * low - 2.0 * d1 * x)
    return total


@njit(cache=True, error_model="numpy", fastmath=FAST)
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


@njit(cache=True, error_model="numpy", fastmath=FAST)
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
