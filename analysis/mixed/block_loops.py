"""Compiled loops over the blocks of the eliminated group: assembly, solves, selected inverse, gradient.

Symbols, for level i of the eliminated group with k effects, and M effects of all other groups:

    H = [A C'; C D]      A block diagonal, blocks A_i = L_i L_i'
    B_i = L_i^-1 C_i'    kept only at the cells (i, column) that some row touches
    S = D - B'B          the Schur complement, dense M x M

``ze`` (n x k) and ``zr`` (n x q) hold the rows' design already multiplied by Lambda; ``columns`` the
q columns of each row among the M; ``row_cell`` the cells of each row.
"""

from __future__ import annotations

from typing import Any

from numba import njit

Array = Any


@njit(cache=True, error_model="numpy")
def accumulate(
    w: Array,
    ze: Array,
    zr: Array,
    block_ptr: Array,
    columns: Array,
    row_cell: Array,
    blocks: Array,
    cells: Array,
    d: Array,
) -> None:
    """Add Z'WZ, row by row, to the blocks A_i, the cells of C and the lower triangle of D."""
    k = ze.shape[1]
    q = zr.shape[1]
    for i in range(blocks.shape[0]):
        for r in range(block_ptr[i], block_ptr[i + 1]):
            for a in range(k):
                x = w[r] * ze[r, a]
                for c in range(a + 1):
                    blocks[i, a, c] += x * ze[r, c]
                for m in range(q):
                    cells[row_cell[r, m], a] += x * zr[r, m]
            for m in range(q):
                x = w[r] * zr[r, m]
                for m2 in range(m + 1):
                    d[columns[r, m], columns[r, m2]] += x * zr[r, m2]


@njit(cache=True, error_model="numpy")
def divide_cells(lower: Array, cell_ptr: Array, cells: Array) -> None:
    """B = L^-1 C' at the cells, in place of C."""
    k = lower.shape[1]
    for i in range(lower.shape[0]):
        for cell in range(cell_ptr[i], cell_ptr[i + 1]):
            for a in range(k):
                x = cells[cell, a]
                for c in range(a):
                    x -= lower[i, a, c] * cells[cell, c]
                cells[cell, a] = x / lower[i, a, a]


@njit(cache=True, error_model="numpy")
def eliminate(
    lower: Array, b: Array, cell_ptr: Array, cell_column: Array, ge: Array, gr: Array, t: Array, rs: Array
) -> None:
    """First half of a solve: t = L^-1 ge and rs = gr - B't."""
    k = ge.shape[1]
    for m in range(gr.size):
        rs[m] = gr[m]
    for i in range(ge.shape[0]):
        for a in range(k):
            x = ge[i, a]
            for c in range(a):
                x -= lower[i, a, c] * t[i, c]
            t[i, a] = x / lower[i, a, a]
        for cell in range(cell_ptr[i], cell_ptr[i + 1]):
            x = 0.0
            for a in range(k):
                x += b[cell, a] * t[i, a]
            rs[cell_column[cell]] -= x


@njit(cache=True, error_model="numpy")
def substitute(
    lower: Array, b: Array, cell_ptr: Array, cell_column: Array, t: Array, ur: Array, ue: Array
) -> None:
    """Second half of a solve: ue = L^-T (t - B ur)."""
    k = t.shape[1]
    for i in range(t.shape[0]):
        for a in range(k):
            ue[i, a] = t[i, a]
        for cell in range(cell_ptr[i], cell_ptr[i + 1]):
            x = ur[cell_column[cell]]
            for a in range(k):
                ue[i, a] -= b[cell, a] * x
        for a in range(k - 1, -1, -1):
            x = ue[i, a]
            for c in range(a + 1, k):
                x -= lower[i, c, a] * ue[i, c]
            ue[i, a] = x / lower[i, a, a]


@njit(cache=True, error_model="numpy")
def invert_cells(lower: Array, b: Array, cell_ptr: Array, e: Array, p: Array) -> None:
    """Add E B' to the blocks ``p``; then H^-1 between level and column, -L^-T E, in place of ``e``.

    ``e`` = E = B S^-1 at the cells.
    """
    k = b.shape[1]
    for i in range(lower.shape[0]):
        for cell in range(cell_ptr[i], cell_ptr[i + 1]):
            for a in range(k):
                for c in range(k):
                    p[i, a, c] += e[cell, a] * b[cell, c]
            for a in range(k - 1, -1, -1):
                x = -e[cell, a]
                for c in range(a + 1, k):
                    x -= lower[i, c, a] * e[cell, c]
                e[cell, a] = x / lower[i, a, a]


@njit(cache=True, error_model="numpy")
def block_variances(
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
) -> None:
    """The eliminated group's share of h = diag(Z H^-1 Z') and of -1/2 d log|H| / d Lambda (added)."""
    k = ze.shape[1]
    q = zr.shape[1]
    for i in range(p.shape[0]):
        for r in range(block_ptr[i], block_ptr[i + 1]):
            total = 0.0
            for a in range(k):
                x = 0.0
                for c in range(k):
                    x += p[i, a, c] * ze[r, c]
                for m in range(q):
                    x += e[row_cell[r, m], a] * zr[r, m]
                total += x * ze[r, a]
                for c in range(k):
                    grad_e[c, a] -= w[r] * x * raw_e[r, c]
            h[r] = total


@njit(cache=True, error_model="numpy")
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
) -> None:
    """The other groups' share of h and of the gradient, added; reads the lower triangle of S^-1."""
    k = ze.shape[1]
    q = zr.shape[1]
    for r in range(w.size):
        for m in range(q):
            x = 0.0
            for a in range(k):
                x += e[row_cell[r, m], a] * ze[r, a]
            for m2 in range(q):
                x += s_inverse[columns[r, max(m, m2)], columns[r, min(m, m2)]] * zr[r, m2]
            h[r] += x * zr[r, m]
            for m2 in range(q):
                grad_r[m2, m] -= w[r] * x * raw_r[r, m2]


@njit(cache=True, error_model="numpy")
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
    k = raw_e.shape[1]
    q = raw_r.shape[1]
    for i in range(ue.shape[0]):
        for r in range(block_ptr[i], block_ptr[i + 1]):
            for c in range(k):
                x = ue[i, c] * full[r] + ae[i, c] * l1[r]
                for a in range(k):
                    grad_e[a, c] += raw_e[r, a] * x
            for m in range(q):
                j = columns[r, m]
                x = ur[j] * full[r] + ar[j] * l1[r]
                for m2 in range(q):
                    grad_r[m2, m] += raw_r[r, m2] * x
