"""Compiled loops over rows: log likelihood of every answer and its derivatives in the linear predictor.

Written as plain scalar loops: they compile in well under a second each, and the compiled code is kept
on disk for the next process.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

Array = Any

# The grid of the tables in `links`. It stands here because compiled code is renewed when its own file
# changes, and keeps old numbers when another file does.
LOWEST = -40.0
STEPS_PER_UNIT = 32
N_COEFFICIENTS = 8  # one cache line per node
_LAST = N_COEFFICIENTS - 1
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_TINY = 1e-300


@njit(cache=True, error_model="numpy")
def log_cdf(t: float, table: Array, probit: bool) -> tuple[float, float, float, float]:
    """log F(t) and its first three derivatives."""
    place = (t - LOWEST) * STEPS_PER_UNIT
    if place < 0.0:
        return _lower_tail(t, probit)
    node = int(place + 0.5)
    if node >= table.shape[0]:
        return 0.0, 0.0, 0.0, 0.0
    d = (place - node) / STEPS_PER_UNIT
    v = table[node, _LAST]
    g = 0.0
    h = 0.0
    e = 0.0
    for n in range(_LAST - 1, -1, -1):
        e = e * d + h
        h = h * d + g
        g = g * d + v
        v = v * d + table[node, n]
    return v, g, 2.0 * h, 6.0 * e


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


@njit(cache=True, error_model="numpy")
def bernoulli_rows(
    sign: Array, weight: Array, eta: Array, table: Array, probit: bool, l1: Array, w: Array, w3: Array
) -> float:
    """Log likelihood; fills dl/deta, w = -d2l/deta2 and w3 = dw/deta of every row.

    ``sign`` is +1 for a 1 and -1 for a 0.
    """
    total = 0.0
    for r in range(eta.size):
        value, first, second, third = log_cdf(sign[r] * eta[r], table, probit)
        total += weight[r] * value
        l1[r] = weight[r] * sign[r] * first
        w[r] = -weight[r] * second
        w3[r] = -weight[r] * sign[r] * third
    return total


@njit(cache=True, error_model="numpy")
def _distribution(x: float, table: Array, probit: bool) -> tuple[float, float, float, float, float]:
    """F, 1 - F, density and its first two derivatives, each accurate in its own tail."""
    value, first, _, _ = log_cdf(-abs(x), table, probit)
    tail = math.exp(value)
    f = tail * first
    below = tail if x < 0.0 else 1.0 - tail
    above = 1.0 - tail if x < 0.0 else tail
    if probit:
        return below, above, f, -x * f, (x * x - 1.0) * f
    return below, above, f, f * (above - below), f * (1.0 - 6.0 * f)


@njit(cache=True, error_model="numpy")
def cumulative_rows(
    code: Array,
    weight: Array,
    eta: Array,
    thresholds: Array,
    table: Array,
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
        c = code[r]
        a, ga, fa, fa1, fa2 = 1.0, 0.0, 0.0, 0.0, 0.0
        b, gb, fb, fb1, fb2 = 0.0, 1.0, 0.0, 0.0, 0.0
        if c < last:
            a, ga, fa, fa1, fa2 = _distribution(thresholds[c] - eta[r], table, probit)
        if c > 0:
            b, gb, fb, fb1, fb2 = _distribution(thresholds[c - 1] - eta[r], table, probit)
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


@njit(cache=True, error_model="numpy")
def linear_predictor(
    fixed: Array, ze: Array, zr: Array, block_ptr: Array, columns: Array, ue: Array, ur: Array, eta: Array
) -> None:
    """eta = fixed part + eliminated group's effects + all other groups' effects, row by row."""
    k = ze.shape[1]
    q = zr.shape[1]
    for i in range(ue.shape[0]):
        for r in range(block_ptr[i], block_ptr[i + 1]):
            v = fixed[r]
            for a in range(k):
                v += ze[r, a] * ue[i, a]
            for m in range(q):
                v += zr[r, m] * ur[columns[r, m]]
            eta[r] = v


@njit(cache=True, error_model="numpy")
def scatter(v: Array, ze: Array, zr: Array, block_ptr: Array, columns: Array, ge: Array, gr: Array) -> None:
    """Z'v, split into the eliminated group's part and the rest."""
    k = ze.shape[1]
    q = zr.shape[1]
    for m in range(gr.size):
        gr[m] = 0.0
    for i in range(ge.shape[0]):
        for a in range(k):
            ge[i, a] = 0.0
        for r in range(block_ptr[i], block_ptr[i + 1]):
            for a in range(k):
                ge[i, a] += ze[r, a] * v[r]
            for m in range(q):
                gr[columns[r, m]] += zr[r, m] * v[r]
