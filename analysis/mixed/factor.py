"""The factorised information H = Z' W Z + I of the random effects: solves, log determinant, inverse.

The eliminated group is block diagonal; the others are reached through the Schur complement
S = D - B'B, one `dsyrk` and one `dpotrf`. Nothing of the size of all effects squared is formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dsymm, dsyrk
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

from analysis.mixed import block_loops, row_loops
from analysis.mixed.layout import CrossedLayout
from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]
#: Numbers of B kept dense at a time: 8 MB, so that a large study does not need its whole B at once.
_DENSE_NUMBERS = 1_000_000


class NotPositiveDefiniteError(ArithmeticError):
    """H could not be factorised; the parameters are far from any sensible ones."""


@dataclass
class Effects:
    """A vector over all random effects: one row per level of the eliminated group, and the rest."""

    e: Floats
    r: Floats

    def dot(self, other: Effects) -> float:
        return float(np.vdot(self.e, other.e) + self.r @ other.r)

    def plus(self, other: Effects, step: float = 1.0) -> Effects:
        return Effects(self.e + step * other.e, self.r + step * other.r)

    def of_group(self, layout: CrossedLayout, place: int, n_levels: int) -> Floats:
        """One group's part (by number): levels x terms."""
        if place == layout.eliminated:
            return self.e
        number = layout.rest.index(place)
        k, begin = len(layout.slots[number]), layout.offsets[number]
        return self.r[begin : begin + n_levels * k].reshape(n_levels, k)


class BlockFactor:
    """H at given weights and Lambda. ``update`` factorises; everything else uses the last factor."""

    def __init__(self, layout: CrossedLayout, structure: RandomStructure) -> None:
        self.layout = layout
        self.structure = structure
        n_blocks, k = layout.shape_e
        n_cells = len(layout.cell_column)
        self.lower: Floats = np.zeros((n_blocks, k, k))
        self.b = np.zeros((k, n_cells))
        self.schur: Floats = np.zeros((layout.n_dense, layout.n_dense), order="F")
        self.ze = np.zeros_like(layout.raw_e)
        self.zr = np.zeros_like(layout.raw_r)
        self._of_rows = np.empty(layout.raw_e.shape[1])
        self.n_factorisations = 0
        self._inverse: SelectedInverse | None = None
        self._chunk = max(1, min(n_blocks, _DENSE_NUMBERS // max(1, k * layout.n_dense)))
        self._dense = np.zeros((self._chunk * k, layout.n_dense))

    @property
    def ready(self) -> bool:
        return self.n_factorisations > 0

    def zeros(self) -> Effects:
        return Effects(np.zeros(self.layout.shape_e), np.zeros(self.layout.n_dense))

    def set_lambda(self, theta: Floats) -> None:
        """Multiply the rows' design by Lambda."""
        factors = self.structure.factors(theta)
        layout = self.layout
        np.dot(factors[layout.eliminated].T, layout.raw_e, out=self.ze)
        for g, slots in zip(layout.rest, layout.slots, strict=True):
            first, last = slots[0], slots[-1] + 1
            self.zr[first:last] = factors[g].T @ layout.raw_r[first:last]

    def update(self, w: Floats) -> float:
        """Factorise at the rows' weights ``w``; return log|H|."""
        layout = self.layout
        self.n_factorisations += 1
        self._inverse = None
        self.schur.fill(0.0)
        np.fill_diagonal(self.schur, 1.0)
        if not block_loops.assemble(
            w,
            self.ze,
            self.zr,
            layout.block_ptr,
            layout.columns,
            layout.row_cell,
            layout.cell_ptr,
            self.lower,
            self.b,
            self.schur.T,
        ):
            raise NotPositiveDefiniteError("a block of the eliminated group is not positive definite")
        logdet = 2.0 * float(np.log(np.einsum("iaa->ia", self.lower)).sum())
        if not layout.n_dense:
            return float(logdet)
        for first, last in self._chunks():
            dense = self._spread(first, last)
            self.schur = dsyrk(-1.0, dense.T, beta=1.0, c=self.schur, lower=1, overwrite_c=1)
        self.schur, info = dpotrf(self.schur, lower=1, overwrite_a=1, clean=0)
        if info:
            raise NotPositiveDefiniteError("the Schur complement is not positive definite")
        return float(logdet + 2.0 * np.log(np.diag(self.schur)).sum())

    def solve(self, g: Effects) -> Effects:
        """H^-1 g."""
        layout = self.layout
        t, rs = np.empty_like(g.e), np.empty_like(g.r)
        block_loops.eliminate(self.lower, self.b, layout.cell_ptr, layout.cell_column, g.e, g.r, t, rs)
        if layout.n_dense:
            rs, _ = dpotrs(self.schur, rs, lower=1)
        ue = np.empty_like(g.e)
        block_loops.substitute(self.lower, self.b, layout.cell_ptr, layout.cell_column, t, rs, ue)
        return Effects(ue, rs)

    def inverse(self) -> SelectedInverse:
        """H^-1 where Z' W Z has entries, and all of it among the dense groups; computed once per factor."""
        if self._inverse is None:
            self._inverse = self._invert()
        return self._inverse

    def _invert(self) -> SelectedInverse:
        layout = self.layout
        n_blocks, k = layout.shape_e
        s_inverse, product = self.schur, np.zeros((0, 0))
        if layout.n_dense:
            s_inverse, _ = dpotri(self.schur, lower=1)
        e, p = np.empty_like(self.b), np.empty((n_blocks, k, k))
        for first, last in self._chunks():
            if layout.n_dense:
                product = dsymm(1.0, s_inverse, self._spread(first, last).T, lower=1).T
            block_loops.invert_levels(
                self.lower, self.b, product, layout.cell_ptr, layout.cell_column, first, last, e, p
            )
        return SelectedInverse(p, e, s_inverse)

    def variances(self, w: Floats) -> tuple[Floats, Floats, Floats]:
        """h = diag(Z H^-1 Z') and -1/2 of the derivative of log|H| in both sides' Lambda."""
        layout, inverse = self.layout, self.inverse()
        k, q = len(layout.raw_e), len(layout.raw_r)
        h, grad_e, grad_r = np.empty(len(w)), np.zeros((k, k)), np.zeros((q, q))
        block_loops.level_variances(
            w,
            self.ze,
            self.zr,
            layout.raw_e,
            layout.block_ptr,
            layout.row_cell,
            inverse.p,
            inverse.e,
            h,
            grad_e,
            self._of_rows,
        )
        block_loops.dense_variances(
            w,
            self.ze,
            self.zr,
            layout.raw_r,
            layout.columns,
            layout.row_cell,
            inverse.e,
            inverse.s_inverse.T,
            h,
            grad_r,
            self._of_rows,
        )
        return h, grad_e, grad_r

    def to_effects(self, v: Floats) -> Effects:
        """Lambda'Z'v."""
        found, layout = self.zeros(), self.layout
        row_loops.scatter(v, self.ze, self.zr, layout.block_ptr, layout.columns, found.e, found.r)
        return found

    def raw_sums(self, v: Floats) -> Effects:
        """Z'v, without Lambda."""
        found, layout = self.zeros(), self.layout
        row_loops.scatter(v, layout.raw_e, layout.raw_r, layout.block_ptr, layout.columns, found.e, found.r)
        return found

    def to_rows(self, fixed: Floats, effects: Effects, out: Floats) -> None:
        """out = fixed + Z Lambda u."""
        layout = self.layout
        row_loops.linear_predictor(
            fixed, self.ze, self.zr, layout.block_ptr, layout.columns, effects.e, effects.r, out
        )

    def _spread(self, first: int, last: int) -> Floats:
        """B of the levels first..last-1 as a dense matrix, k rows per level."""
        layout = self.layout
        dense = self._dense[: (last - first) * layout.shape_e[1]]
        if last - first < layout.n_blocks:  # all levels at once always fill the same places
            dense.fill(0.0)
        block_loops.spread(self.b, layout.cell_ptr, layout.cell_column, first, last, dense)
        return dense

    def _chunks(self) -> list[tuple[int, int]]:
        n_blocks = self.layout.n_blocks
        return [(first, min(first + self._chunk, n_blocks)) for first in range(0, n_blocks, self._chunk)]


@dataclass(frozen=True)
class SelectedInverse:
    """H^-1 within each level (``p``), between a level and the columns it touches (``e``), among the rest.

    ``e`` is k x cells. Of ``s_inverse`` only the lower triangle is filled.
    """

    p: Floats
    e: Floats
    s_inverse: Floats

    def blocks(self, layout: CrossedLayout, place: int, n_levels: int) -> Floats:
        """H^-1 within the levels of one group (by number): levels x terms x terms."""
        if place == layout.eliminated:
            return self.p
        number = layout.rest.index(place)
        k = len(layout.slots[number])
        places = layout.offsets[number] + k * np.arange(n_levels)[:, None] + np.arange(k)
        high = np.maximum(places[:, :, None], places[:, None, :])
        low = np.minimum(places[:, :, None], places[:, None, :])
        return np.asarray(self.s_inverse[high, low])
