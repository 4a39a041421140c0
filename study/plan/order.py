"""In which order the trials of a block come: balanced over people, unpredictable, without long runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from study.plan.runs import Apart, Costs, Features, Integers, excess, shorten_runs

# Costs are whole numbers below 2**53, which floats hold exactly, so that every machine finds the same
# cheapest order. Chance takes 32 bits: in blocks of fewer than 256 trials all of it together is less than
# one unit, and only breaks ties.
_UNIT = 2**40

# Blocks of a few trials and many repeats may leave no way out of a long run; other chances do.
_ATTEMPTS = 20


@dataclass(frozen=True)
class Entry:
    """A trial to be put in order, but for the pair it shows.

    ``use`` is counted at every position; ``features`` are values that should not come many times in a row;
    ``repeats`` is the index of the entry that this one repeats.
    """

    use: Hashable
    features: tuple[Hashable, ...]
    repeats: int | None = None


@dataclass(frozen=True)
class Composition:
    """What a block is made of, as numbers: a use and features of every entry, and who repeats whom."""

    uses: Integers
    features: Features
    apart: Apart


def composition(entries: Sequence[Entry], all_uses: Sequence[Hashable]) -> Composition:
    """The entries as numbers; uses are numbered as in ``all_uses``."""
    number = {use: code for code, use in enumerate(all_uses)}
    follows = np.full(len(entries), -1, dtype=np.intp)
    precedes = follows.copy()
    for index, entry in enumerate(entries):
        if entry.repeats is not None:
            follows[index], precedes[entry.repeats] = entry.repeats, index
    return Composition(
        uses=np.array([number[entry.use] for entry in entries], dtype=np.intp),
        features=_codes(entries),
        apart=Apart(follows, precedes, repeat_gap(len(entries))),
    )


def repeat_gap(n_trials: int) -> int:
    """Fewest positions from a trial to its repeat: a third of the block."""
    return -(-n_trials // 3)


def _codes(entries: Sequence[Entry]) -> Features:
    """One row for every feature, equal numbers for equal values. Features that never change have no runs."""
    rows = []
    for values in zip(*(entry.features for entry in entries), strict=True):
        known = {value: code for code, value in enumerate(dict.fromkeys(values))}
        if len(known) > 1:
            rows.append([known[value] for value in values])
    return np.array(rows, dtype=np.int16).reshape(len(rows), len(entries))


class Positions:
    """How often every pair and every use has stood at each position of a block so far."""

    def __init__(self, n_pairs: int, n_uses: int, n_positions: int) -> None:
        # One row more than there are pairs is for entries whose pair is not counted; it stays empty.
        self._pairs = np.zeros((n_pairs + 1, n_positions), dtype=np.int64)
        self._uses = np.zeros((n_uses, n_positions), dtype=np.int64)

    def costs(self, uses: Integers, pairs: Integers, noise: str) -> Costs:
        """What each entry costs at each position: how often pair and use were there before, then chance."""
        units = _above_least(self._pairs)[pairs] + _above_least(self._uses)[uses]
        drawn = hashlib.shake_256(noise.encode()).digest(4 * units.size)
        chance = np.frombuffer(drawn, dtype="<u4").reshape(units.shape)
        costs: Costs = units.astype(np.float64) * _UNIT + chance
        return costs

    def count(self, uses: Integers, pairs: Integers, order: Integers) -> None:
        places = np.arange(len(order))
        np.add.at(self._uses, (uses[order], places), 1)
        np.add.at(self._pairs, (pairs[order], places), 1)
        self._pairs[-1] = 0


def _above_least(times: NDArray[np.int64]) -> NDArray[np.int64]:
    # Only differences matter: what was everywhere is taken off, so that costs stay small.
    above: NDArray[np.int64] = times - times.min(axis=1, keepdims=True)
    return above


def ordered(block: Composition, pairs: Integers, positions: Positions, *, noise: str) -> Integers:
    """Indices of the entries in the order in which they come; ``positions`` counts them there.

    ``pairs`` is the pair of each entry, -1 where it is not counted. The cheapest assignment to positions,
    then the exchanges that leave nothing more than three times in a row, where the composition allows it.
    Repeats come at least a third of the block after what they repeat.
    """
    found: list[tuple[int, Integers]] = []
    for attempt in range(_ATTEMPTS):
        costs = positions.costs(block.uses, pairs, f"{noise}:{attempt}")
        order = shorten_runs(_cheapest(costs, block.apart), block.features, costs, block.apart)
        found.append((int(excess(block.features[:, order])), order))
        if found[-1][0] == 0:
            break
    _, order = min(found, key=lambda one: one[0])
    positions.count(block.uses, pairs, order)
    return order


@cache
def _assignment() -> Callable[..., Any]:
    """scipy's linear_sum_assignment.

    It is one compiled file of scipy.optimize. All of that package would cost a server half a second and 40
    megabytes for this one function, so the file is loaded alone where it is found.
    """
    scipy = PathFinder.find_spec("scipy")
    folders = [f"{folder}/optimize" for folder in (scipy and scipy.submodule_search_locations) or ()]
    found = PathFinder.find_spec("_lsap", folders)
    if found is None or found.loader is None:
        from scipy.optimize import linear_sum_assignment

        return linear_sum_assignment  # type: ignore[no-any-return]
    alone = module_from_spec(found)
    found.loader.exec_module(alone)
    return alone.linear_sum_assignment  # type: ignore[no-any-return]


def _cheapest(costs: Costs, apart: Apart) -> Integers:
    """The order of least cost. Repeats get their positions first; what they repeat then comes in time."""
    n = len(costs)
    repeats = np.flatnonzero(apart.follows >= 0)
    others = np.flatnonzero(apart.follows < 0)
    order = np.empty(n, dtype=np.intp)
    late = _late_positions(costs, len(repeats), apart.gap)
    rows, columns = _assignment()(costs[np.ix_(repeats, late)])
    order[late[columns]] = repeats[rows]
    free = np.setdiff1d(np.arange(n), late)
    remaining = costs[np.ix_(others, free)]
    position = {int(order[place]): place for place in late}
    for row, index in enumerate(others):
        if apart.precedes[index] >= 0:
            remaining[row, free > position[int(apart.precedes[index])] - apart.gap] = np.inf
    rows, columns = _assignment()(remaining)
    order[free[columns]] = others[rows]
    return order


def _late_positions(costs: Costs, n_repeats: int, gap: int) -> Integers:
    """Where the repeats go: spread by chance over the positions that have something far enough before."""
    n = len(costs)
    room = n - gap
    edges = [gap + k * room // max(n_repeats, 1) for k in range(n_repeats + 1)]
    chance = costs[-1].astype(np.uint64) if n_repeats else np.zeros(0, dtype=np.uint64)
    late = np.array(
        [low + int(chance[low] % (high - low)) for low, high in pairwise(edges)],
        dtype=np.intp,
    )
    free_before = np.array([np.sum(~np.isin(np.arange(place - gap + 1), late)) for place in late])
    if (free_before < np.arange(1, n_repeats + 1)).any():
        return np.arange(n - n_repeats, n, dtype=np.intp)
    return late
