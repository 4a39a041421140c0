"""Compiled loops over the blocks of the eliminated group: assembly, solves, selected inverse, gradient.

Symbols, for level i of the eliminated group with k effects, and M effects of all other groups:

    H = [A C'; C D]      A block diagonal, blocks A_i = L_i L_i'
    B_i = L_i^-1 C_i'    kept only at the cells (i, column) that some row touches
    S = D - B'B          the Schur complement, dense M x M

``ze`` (k x rows) and ``zr`` (q x rows) hold the rows' design already multiplied by Lambda; ``columns``
(q x rows) each row's columns among the M, ``row_cell`` (q x rows) its cells; ``b`` and ``e`` are k x cells.
Effects come first and rows last, so that the inner loops run along the rows of a level and the compiler
can take several rows at a time; for that it may also add them up in another order (`reassoc`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

Array = Any

FAST = {"reassoc", "contract"}


@njit(cache=True, error_model="numpy", fastmath=FAST)
def assemble(
    w: Array,
    ze: Array,
    zr: Array,
    block_ptr: Array,
    columns: Array,
    row_cell: Array,
    cell_ptr: Array,
    lower: Array,
    b: Array,
    d: Array,
) -> bool:
    """Factorise every A_i into ``lower``, put B into ``b``, add D to the lower triangle of ``d``.

    Returns False as soon as a block is not positive definite.
    """
    for i in range(lower.shape[0]):
        first, last = block_ptr[i], block_ptr[i + 1]
        _level_block(w, ze, first, last, lower[i])
        _level_cells(w, ze, zr, row_cell, first, last, b, cell_ptr[i], cell_ptr[i + 1])
        _add_dense(w, zr, columns, first, last, d)
        if not _cholesky(lower[i]):
            return False
        _divide_cells(lower[i], b, cell_ptr[i], cell_ptr[i + 1])
    return True


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _level_block(w: Array, ze: Array, first: int, last: int, block: Array) -> None:
    for a in range(ze.shape[0]):
        for c in range(a + 1):
            x = 0.0
            for r in range(first, last):
                x += w[r] * ze[a, r] * ze[c, r]
            block[a, c] = x
        block[a, a] += 1.0


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _level_cells(
    w: Array,
    ze: Array,
    zr: Array,
    row_cell: Array,
    first: int,
    last: int,
    b: Array,
    first_cell: int,
    last_cell: int,
) -> None:
    for a in range(ze.shape[0]):
        b[a, first_cell:last_cell] = 0.0
        for m in range(zr.shape[0]):
            for r in range(first, last):
                b[a, row_cell[m, r]] += w[r] * ze[a, r] * zr[m, r]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _add_dense(w: Array, zr: Array, columns: Array, first: int, last: int, d: Array) -> None:
    for m in range(zr.shape[0]):
        for m2 in range(m + 1):
            for r in range(first, last):
                d[columns[m, r], columns[m2, r]] += w[r] * zr[m, r] * zr[m2, r]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _cholesky(block: Array) -> bool:
    """Replace the lower triangle of a small matrix by its Cholesky factor."""
    for a in range(block.shape[0]):
        for c in range(a + 1):
            x = block[a, c]
            for m in range(c):
                x -= block[a, m] * block[c, m]
            if c < a:
                block[a, c] = x / block[c, c]
            elif not x > 0.0:
                return False
            else:
                block[a, a] = math.sqrt(x)
    return True


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _divide_cells(lower: Array, b: Array, first: int, last: int) -> None:
    """B_i = L_i^-1 C_i' in place of C_i'."""
    for a in range(lower.shape[0]):
        for c in range(a):
            x = lower[a, c]
            for cell in range(first, last):
                b[a, cell] -= x * b[c, cell]
        x = 1.0 / lower[a, a]
        for cell in range(first, last):
            b[a, cell] *= x


@njit(cache=True, error_model="numpy")
def spread(b: Array, cell_ptr: Array, cell_column: Array, first: int, last: int, dense: Array) -> None:
    """B of the levels first..last-1 at its places in a dense matrix, k rows per level."""
    k = b.shape[0]
    for i in range(first, last):
        for a in range(k):
            row = dense[(i - first) * k + a]
            for cell in range(cell_ptr[i], cell_ptr[i + 1]):
                row[cell_column[cell]] = b[a, cell]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def eliminate(
    lower: Array, b: Array, cell_ptr: Array, cell_column: Array, ge: Array, gr: Array, t: Array, rs: Array
) -> None:
    """First half of a solve: t = L^-1 ge and rs = gr - B't."""
    k = ge.shape[1]
    rs[:] = gr
    along = np.empty(b.shape[1])
    for i in range(ge.shape[0]):
        first, last = cell_ptr[i], cell_ptr[i + 1]
        along[first:last] = 0.0
        for a in range(k):
            x = ge[i, a]
            for c in range(a):
                x -= lower[i, a, c] * t[i, c]
            x /= lower[i, a, a]
            t[i, a] = x
            for cell in range(first, last):
                along[cell] += b[a, cell] * x
        for cell in range(first, last):
            rs[cell_column[cell]] -= along[cell]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def substitute(
    lower: Array, b: Array, cell_ptr: Array, cell_column: Array, t: Array, ur: Array, ue: Array
) -> None:
    """Second half of a solve: ue = L^-T (t - B ur)."""
    k = t.shape[1]
    for i in range(t.shape[0]):
        for a in range(k - 1, -1, -1):
            x = t[i, a]
            for cell in range(cell_ptr[i], cell_ptr[i + 1]):
                x -= b[a, cell] * ur[cell_column[cell]]
            for c in range(a + 1, k):
                x -= lower[i, c, a] * ue[i, c]
            ue[i, a] = x / lower[i, a, a]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def invert_levels(
    lower: Array,
    b: Array,
    product: Array,
    cell_ptr: Array,
    cell_column: Array,
    first: int,
    last: int,
    e: Array,
    p: Array,
) -> None:
    """H^-1 within the levels first..last-1 (``p``), and between them and the columns they touch (``e``).

    ``product`` = B S^-1 of these levels, dense; empty where there are no columns.
    """
    k = b.shape[0]
    for i in range(first, last):
        begin, end = cell_ptr[i], cell_ptr[i + 1]
        for a in range(k):
            for cell in range(begin, end):
                e[a, cell] = product[(i - first) * k + a, cell_column[cell]]
        for a in range(k):
            for c in range(k):
                x = 0.0
                for cell in range(begin, end):
                    x += e[a, cell] * b[c, cell]
                p[i, a, c] = x
            p[i, a, a] += 1.0
        _divide_level(lower[i], e, begin, end)
        _divide_block(lower[i], p[i])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _divide_level(lower: Array, e: Array, begin: int, end: int) -> None:
    """-L^-T E in place of E."""
    k = lower.shape[0]
    for a in range(k - 1, -1, -1):
        x = 1.0 / lower[a, a]
        for cell in range(begin, end):
            e[a, cell] = -e[a, cell]
        for c in range(a + 1, k):
            y = lower[c, a]
            for cell in range(begin, end):
                e[a, cell] -= y * e[c, cell]
        for cell in range(begin, end):
            e[a, cell] *= x


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _divide_block(lower: Array, p: Array) -> None:
    """L^-T P L^-1 in place of P: L^-T from the left, twice, since P is symmetric."""
    k = lower.shape[0]
    for _ in range(2):
        for column in range(k):
            for a in range(k - 1, -1, -1):
                x = p[a, column]
                for c in range(a + 1, k):
                    x -= lower[c, a] * p[c, column]
                p[a, column] = x / lower[a, a]
        for a in range(k):
            for c in range(a):
                p[a, c], p[c, a] = p[c, a], p[a, c]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def variances(
    w: Array,
    ze: Array,
    zr: Array,
    raw_e: Array,
    raw_r: Array,
    block_ptr: Array,
    columns: Array,
    row_cell: Array,
    p: Array,
    e: Array,
    s_inverse: Array,
    h: Array,
    grad_e: Array,
    grad_r: Array,
) -> None:
    """h = diag(Z H^-1 Z'), and -1/2 d log|H| / d Lambda added for both sides.

    Reads the lower triangle of S^-1.
    """
    x = np.empty(w.size)
    for i in range(p.shape[0]):
        first, last = block_ptr[i], block_ptr[i + 1]
        h[first:last] = 0.0
        for a in range(ze.shape[0]):
            _eliminated_rows(p[i, a], e[a], ze, zr, row_cell, first, last, x)
            _share(w, x, ze[a], raw_e, first, last, h, grad_e[:, a])
        for m in range(zr.shape[0]):
            _dense_rows(m, e, s_inverse, ze, zr, columns, row_cell, first, last, x)
            _share(w, x, zr[m], raw_r, first, last, h, grad_r[:, m])


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _eliminated_rows(
    p: Array, e: Array, ze: Array, zr: Array, row_cell: Array, first: int, last: int, x: Array
) -> None:
    """Z H^-1 of a level's rows at one of the level's own effects."""
    x[first:last] = 0.0
    for c in range(ze.shape[0]):
        y = p[c]
        for r in range(first, last):
            x[r] += y * ze[c, r]
    for m in range(zr.shape[0]):
        for r in range(first, last):
            x[r] += e[row_cell[m, r]] * zr[m, r]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _dense_rows(
    m: int,
    e: Array,
    s_inverse: Array,
    ze: Array,
    zr: Array,
    columns: Array,
    row_cell: Array,
    first: int,
    last: int,
    x: Array,
) -> None:
    """Z H^-1 of a level's rows at the m-th of the other groups' effects that each row has."""
    x[first:last] = 0.0
    for a in range(ze.shape[0]):
        for r in range(first, last):
            x[r] += e[a, row_cell[m, r]] * ze[a, r]
    for m2 in range(zr.shape[0]):
        high, low = max(m, m2), min(m, m2)
        for r in range(first, last):
            x[r] += s_inverse[columns[high, r], columns[low, r]] * zr[m2, r]


@njit(cache=True, error_model="numpy", fastmath=FAST)
def _share(
    w: Array, x: Array, z: Array, raw: Array, first: int, last: int, h: Array, gradient: Array
) -> None:
    """What one effect adds to h and to a column of the gradient; ``x`` are its rows of Z H^-1."""
    for r in range(first, last):
        h[r] += x[r] * z[r]
        x[r] *= w[r]
    for c in range(raw.shape[0]):
        y = 0.0
        for r in range(first, last):
            y += x[r] * raw[c, r]
        gradient[c] -= y


@njit(cache=True, error_model="numpy", fastmath=FAST)
def lambda_gradient(
    raw_e: Array,
    raw_r: Array,
    block_ptr: Array,
    columns: Array,
    ue: Array,
    ur: Array,
    ae: Array,
    ar: Array,
    full: Array,
    l1: Array,
    grad_e: Array,
    grad_r: Array,
) -> None:
    """Add sum over rows of z (u * full + a * l1)' to the gradients in Lambda."""
    k, q = raw_e.shape[0], raw_r.shape[0]
    x = np.empty(full.size)
    for i in range(ue.shape[0]):
        first, last = block_ptr[i], block_ptr[i + 1]
        for a in range(k):
            by_full, by_l1 = 0.0, 0.0
            for r in range(first, last):
                by_full += raw_e[a, r] * full[r]
                by_l1 += raw_e[a, r] * l1[r]
            for c in range(k):
                grad_e[a, c] += by_full * ue[i, c] + by_l1 * ae[i, c]
        for m in range(q):
            for r in range(first, last):
                j = columns[m, r]
                x[r] = ur[j] * full[r] + ar[j] * l1[r]
            for m2 in range(q):
                y = 0.0
                for r in range(first, last):
                    y += raw_r[m2, r] * x[r]
                grad_r[m2, m] += y
