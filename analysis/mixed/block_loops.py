"""Compiled loops over the blocks of the eliminated group: assembly, solves, selected inverse.

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

from numba import njit

from analysis.mixed.kept import compiled

Array = Any

FAST = {"reassoc", "contract"}


@compiled(error_model="numpy", fastmath=FAST)
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
    """Factorise every A_i into ``lower``, put B into ``b``, add D to the upper triangle of ``d``.

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


@njit(inline="always")
def _level_block(w: Array, ze: Array, first: int, last: int, block: Array) -> None:
    for a in range(ze.shape[0]):
        for c in range(a + 1):
            x = 0.0
            for r in range(first, last):
                x += w[r] * ze[a, r] * ze[c, r]
            block[a, c] = x
        block[a, a] += 1.0


@njit(inline="always")
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
        for cell in range(first_cell, last_cell):
            b[a, cell] = 0.0
        for m in range(zr.shape[0]):
            for r in range(first, last):
                b[a, row_cell[m, r]] += w[r] * ze[a, r] * zr[m, r]


@njit(inline="always")
def _add_dense(w: Array, zr: Array, columns: Array, first: int, last: int, d: Array) -> None:
    for m in range(zr.shape[0]):
        for m2 in range(m + 1):
            for r in range(first, last):
                d[columns[m2, r], columns[m, r]] += w[r] * zr[m, r] * zr[m2, r]


@njit(inline="always")
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


@njit(inline="always")
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


@compiled(error_model="numpy")
def spread(b: Array, cell_ptr: Array, cell_column: Array, first: int, last: int, dense: Array) -> None:
    """B of the levels first..last-1 at its places in a dense matrix, k rows per level."""
    k = b.shape[0]
    for i in range(first, last):
        for a in range(k):
            row = dense[(i - first) * k + a]
            for cell in range(cell_ptr[i], cell_ptr[i + 1]):
                row[cell_column[cell]] = b[a, cell]


@compiled(error_model="numpy", fastmath=FAST)
def eliminate(
    lower: Array, b: Array, cell_ptr: Array, cell_column: Array, ge: Array, gr: Array, t: Array, rs: Array
) -> None:
    """First half of a solve: t = L^-1 ge and rs = gr - B't."""
    k = ge.shape[1]
    for j in range(gr.size):
        rs[j] = gr[j]
    for i in range(ge.shape[0]):
        for a in range(k):
            x = ge[i, a]
            for c in range(a):
                x -= lower[i, a, c] * t[i, c]
            t[i, a] = x / lower[i, a, a]
        for cell in range(cell_ptr[i], cell_ptr[i + 1]):
            x = 0.0
            for a in range(k):
                x += b[a, cell] * t[i, a]
            rs[cell_column[cell]] -= x


@compiled(error_model="numpy", fastmath=FAST)
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


@compiled(error_model="numpy", fastmath=FAST)
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
            row = product[(i - first) * k + a]
            for cell in range(begin, end):
                e[a, cell] = row[cell_column[cell]]
        _own_block(b, e, begin, end, p[i])
        _divide_block(lower[i], p[i])
        _solve_cells(lower[i], e, begin, end)


@njit(inline="always")
def _own_block(b: Array, e: Array, first: int, last: int, p: Array) -> None:
    """P = I + E B'."""
    k = p.shape[0]
    for a in range(k):
        for c in range(k):
            x = 1.0 if a == c else 0.0
            for cell in range(first, last):
                x += e[a, cell] * b[c, cell]
            p[a, c] = x


@njit(inline="always")
def _solve_cells(lower: Array, e: Array, first: int, last: int) -> None:
    """-L^-T E in place of E."""
    k = lower.shape[0]
    for a in range(k - 1, -1, -1):
        for c in range(a + 1, k):
            x = lower[c, a]
            for cell in range(first, last):
                e[a, cell] += x * e[c, cell]
        x = -1.0 / lower[a, a]
        for cell in range(first, last):
            e[a, cell] *= x


@njit(inline="always")
def _divide_block(lower: Array, p: Array) -> None:
    """L^-T P L^-1 in place of P: L^-T from the left, transposed, twice, since P is symmetric."""
    k = lower.shape[0]
    for half in range(2 * k):
        column = half % k
        for a in range(k - 1, -1, -1):
            x = p[a, column]
            for c in range(a + 1, k):
                x -= lower[c, a] * p[c, column]
            p[a, column] = x / lower[a, a]
        if column == k - 1:
            for a in range(k):
                for c in range(a):
                    x = p[a, c]
                    p[a, c] = p[c, a]
                    p[c, a] = x


@compiled(error_model="numpy", fastmath=FAST)
def level_variances(
    w: Array,
    ze: Array,
    zr: Array,
    raw_e: Array,
    block_ptr: Array,
    row_cell: Array,
    p: Array,
    e: Array,
    h: Array,
    grad_e: Array,
    x: Array,
) -> None:
    """The eliminated group's share of h = diag(Z H^-1 Z') and of -1/2 d log|H| / d Lambda (added).

    ``x`` is room for one number per row: Z H^-1 in one effect at a time.
    """
    k, q = ze.shape[0], zr.shape[0]
    for i in range(p.shape[0]):
        first, last = block_ptr[i], block_ptr[i + 1]
        for r in range(first, last):
            h[r] = 0.0
        for a in range(k):
            for r in range(first, last):
                x[r] = p[i, a, 0] * ze[0, r]
            for c in range(1, k):
                for r in range(first, last):
                    x[r] += p[i, a, c] * ze[c, r]
            for m in range(q):
                for r in range(first, last):
                    x[r] += e[a, row_cell[m, r]] * zr[m, r]
            _share_out(w, ze[a], raw_e, first, last, x, h, grad_e[:, a])


@compiled(error_model="numpy", fastmath=FAST)
def dense_variances(
    w: Array,
    ze: Array,
    zr: Array,
    raw_r: Array,
    columns: Array,
    row_cell: Array,
    e: Array,
    s_inverse: Array,
    h: Array,
    grad_r: Array,
    x: Array,
) -> None:
    """The other groups' share of h and of the gradient, added; reads the upper triangle of S^-1."""
    k, q, n = ze.shape[0], zr.shape[0], w.size
    for m in range(q):
        for r in range(n):
            x[r] = 0.0
        for a in range(k):
            for r in range(n):
                x[r] += e[a, row_cell[m, r]] * ze[a, r]
        for m2 in range(q):
            for r in range(n):
                high, low = columns[max(m, m2), r], columns[min(m, m2), r]
                x[r] += s_inverse[low, high] * zr[m2, r]
        _share_out(w, zr[m], raw_r, 0, n, x, h, grad_r[:, m])


@njit(inline="always")
def _share_out(
    w: Array, z: Array, raw: Array, first: int, last: int, x: Array, h: Array, grad: Array
) -> None:
    for r in range(first, last):
        h[r] += x[r] * z[r]
        x[r] *= w[r]
    for c in range(raw.shape[0]):
        total = 0.0
        for r in range(first, last):
            total += x[r] * raw[c, r]
        grad[c] -= total
