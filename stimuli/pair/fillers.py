"""Pairs of two pictures of one kind, and how many real-AI pairs make room for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from stimuli.pair.assignment import Allowed, Places, best_pairs, best_pairs_of, total
from stimuli.pair.distance import Distances
from stimuli.pair.rule import Fillers
from stimuli.pair.traits import Matrix

_Best = tuple[float, float, tuple[Places, ...]]
"""The number of pairs, negative; their total distance; the pairs of each group so far."""


def pairs_with_room(groups: Sequence[Distances], fillers: Fillers) -> list[Places]:
    """The real-AI pairs of every group, with enough pictures left over for the fillers.

    First as many of the fillers as the groups can hold, then as many pairs as possible, then the
    smallest total distance of the pairs. A group, whose pictures are alike in the exact columns,
    holds one filler for every two pictures it has left; whether those two may be shown together
    for other reasons (one identity, a limit) is not looked at here.
    """
    # By how many fillers of each kind there is room for.
    best: dict[tuple[int, int], _Best] = {(0, 0): (0.0, 0.0, ())}
    for group in groups:
        reached: dict[tuple[int, int], _Best] = {}
        for places, real, ai in _options(group, fillers):
            distance = total(group.total, places)
            for (had_real, had_ai), (n_negative, so_far, chosen) in best.items():
                room = min(fillers.real, had_real + real), min(fillers.ai, had_ai + ai)
                candidate = (n_negative - len(places), so_far + distance, (*chosen, places))
                if room not in reached or candidate[:2] < reached[room][:2]:
                    reached[room] = candidate
        best = reached
    room = min(best, key=lambda room: (-sum(room), *best[room][:2]))
    return list(best[room][2])


def best_fillers(size: int, distances: Matrix, allowed: Allowed) -> Places:
    """Up to ``size`` pairs within one group: as many as possible, with the smallest total distance.

    A minimum-weight matching in a graph that has no two sides, as an integer programme (HiGHS, as
    in scipy): one yes or no for every pair, each picture in at most one. Only the upper triangle
    of the symmetric ``distances`` is used.
    """
    edges = _nearest(size, distances, allowed)
    if not edges or not size:
        return ()
    costs = np.array([distances[i, j] for i, j in edges])
    # One pair more is worth more than any distance that could be saved.
    gain = 1.0 + costs.max() * (size + 1)
    number = np.arange(len(edges))
    ends = np.array(edges)
    touches = coo_array(
        (np.ones(2 * len(edges)), (ends.T.ravel(), np.tile(number, 2))), shape=(len(distances), len(edges))
    )
    found = milp(
        costs - gain,
        integrality=np.ones(len(edges)),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(touches.tocsr(), -np.inf, 1),
            LinearConstraint(np.ones((1, len(edges))), -np.inf, size),
        ],
        options={"mip_rel_gap": 0},
    )
    if not found.success:
        raise RuntimeError(f"the fillers could not be matched: {found.message}")
    return tuple(edge for edge, chosen in zip(edges, found.x > 0.5, strict=True) if chosen)


def _options(group: Distances, fillers: Fillers) -> Iterator[tuple[Places, int, int]]:
    """From as many pairs as possible down to as few as any filler could need.

    Yields the best pairs of each number, and the fillers of each kind that then have room.
    """
    places = best_pairs(group.total, group.allowed)
    for size in range(len(places), -1, -1):
        if size < len(places):
            places = best_pairs_of(size, group.total, group.allowed)
        real, ai = ((len(side) - size) // 2 for side in (group.first, group.second))
        yield places, real, ai
        if real >= fillers.real and ai >= fillers.ai:
            return


def _nearest(size: int, distances: Matrix, allowed: Allowed) -> list[tuple[int, int]]:
    """The pairs among which an optimal choice is found for certain.

    The other pairs of a choice take at most ``2 size - 2`` pictures, so one of the ``2 size - 1``
    pictures nearest to any picture is free, and no pair that goes further can be better.
    """
    costs = np.where(allowed, distances, np.inf)
    np.fill_diagonal(costs, np.inf)
    reach = min(2 * size - 1, len(costs) - 1)
    if reach < 1:
        return []
    order = np.argsort(costs, axis=1, kind="stable")[:, :reach]
    near = {
        (min(i, j), max(i, j))
        for i, row in enumerate(order.tolist())
        for j in row
        if np.isfinite(costs[i, j])
    }
    return sorted(near)
