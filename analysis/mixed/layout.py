"""Where the random effects of every row stand: one group eliminated block by block, the others dense.

The group with the most effects is eliminated: each of its levels is a small block of its own. All
other groups together form the dense part. Rows are sorted by level of the eliminated group. A *cell* is
one level of the eliminated group together with one column of the dense part; rows that repeat a
(participant, stimulus) share their cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class CrossedLayout:
    """Effects x rows, sorted for elimination.

    ``order`` sorts the design's rows into the layout's. ``rest`` are the numbers of the dense groups,
    ``slots`` their places among the effects of a row, ``offsets`` where each begins among the ``n_dense``
    effects. ``raw_e``, ``raw_r``, ``columns`` and ``row_cell`` hold one effect a line: loops run along rows.
    """

    order: Integers
    eliminated: int
    rest: tuple[int, ...]
    slots: tuple[tuple[int, ...], ...]
    offsets: tuple[int, ...]
    block_ptr: Integers
    raw_e: Floats
    raw_r: Floats
    columns: Integers
    row_cell: Integers
    cell_ptr: Integers
    cell_column: Integers
    n_dense: int

    @property
    def n_blocks(self) -> int:
        return len(self.block_ptr) - 1

    @property
    def shape_e(self) -> tuple[int, int]:
        return self.n_blocks, self.raw_e.shape[0]


def lay_out(structure: RandomStructure) -> CrossedLayout:
    """Choose the group to eliminate and index every row's effects."""
    groups = structure.groups
    eliminated = max(range(len(groups)), key=lambda g: (groups[g].n_effects, -g))
    rest = tuple(g for g in range(len(groups)) if g != eliminated)
    order = np.argsort(groups[eliminated].codes, kind="stable")
    level = groups[eliminated].codes[order]
    n_blocks = groups[eliminated].n_levels
    block_ptr = np.searchsorted(level, np.arange(n_blocks + 1)).astype(np.int64)
    offsets, slots, columns, raw, begin, slot = [], [], [], [], 0, 0
    for g in rest:
        n_terms = len(groups[g].terms)
        offsets.append(begin)
        slots.append(tuple(range(slot, slot + n_terms)))
        columns.append(begin + groups[g].codes[order][:, None] * n_terms + np.arange(n_terms))
        raw.append(groups[g].raw[order])
        begin += groups[g].n_effects
        slot += n_terms
    n = len(level)
    touched = np.hstack(columns) if columns else np.zeros((n, 0), dtype=np.int64)
    row_cell, cell_ptr, cell_column = _cells(level, touched, n_blocks, begin)
    return CrossedLayout(
        order=order,
        eliminated=eliminated,
        rest=rest,
        slots=tuple(slots),
        offsets=tuple(offsets),
        block_ptr=block_ptr,
        raw_e=np.ascontiguousarray(groups[eliminated].raw[order].T),
        raw_r=np.ascontiguousarray(np.hstack(raw).T) if raw else np.zeros((0, n)),
        columns=np.ascontiguousarray(touched.T, dtype=np.int64),
        row_cell=np.ascontiguousarray(row_cell.T),
        cell_ptr=cell_ptr,
        cell_column=cell_column,
        n_dense=begin,
    )


def _cells(
    level: Integers, columns: Integers, n_blocks: int, n_dense: int
) -> tuple[Integers, Integers, Integers]:
    """Number the distinct (level, column) cells, sorted, and find those of every row."""
    if not columns.size:
        empty = np.zeros(0, dtype=np.int64)
        return np.zeros(columns.shape, dtype=np.int64), np.zeros(n_blocks + 1, dtype=np.int64), empty
    keys = level[:, None] * n_dense + columns
    seen = np.zeros(n_blocks * n_dense, dtype=bool) if n_blocks * n_dense <= 50_000_000 else None
    if seen is None:
        cells, flat = np.unique(keys, return_inverse=True)
        row_cell = flat.reshape(keys.shape)
    else:
        seen[keys] = True
        cells = np.flatnonzero(seen)
        number = np.cumsum(seen) - 1
        row_cell = number[keys]
    cell_ptr = np.searchsorted(cells, np.arange(n_blocks + 1) * n_dense)
    return (
        row_cell.astype(np.int64),
        cell_ptr.astype(np.int64),
        np.ascontiguousarray(cells % n_dense, dtype=np.int64),
    )


def lambda_parts(layout: CrossedLayout, grad_e: Floats, grad_r: Floats) -> list[Floats]:
    """Split gradients in the two sides' Lambda into one matrix per group."""
    parts: list[Floats] = [np.zeros(0)] * (len(layout.rest) + 1)
    parts[layout.eliminated] = grad_e
    for g, slots in zip(layout.rest, layout.slots, strict=True):
        parts[g] = grad_r[np.ix_(slots, slots)]
    return parts
