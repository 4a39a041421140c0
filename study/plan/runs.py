"""Exchange trials of a block until nothing comes too many times in a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST_RUN = 3

Integers = NDArray[np.intp]
Costs = NDArray[np.float64]
Features = NDArray[np.int16]


@dataclass(frozen=True)
class Apart:
    """Which entries must come before which, and by how many positions at least.

    ``earliest[k]`` and ``latest[k]`` are the partner that entry ``k`` must follow or precede, or -1.
    """

    follows: Integers
    precedes: Integers
    gap: int

    @property
    def gap_matters(self) -> bool:
        return bool((self.follows >= 0).any())

    def bounds(self, order: Integers) -> tuple[Integers, Integers]:
        """First and last position that the entry at each position may have, the others staying."""
        n = len(order)
        position = np.empty(n, dtype=np.intp)
        position[order] = np.arange(n)
        before, after = self.follows[order], self.precedes[order]
        first = np.where(before >= 0, position[before] + self.gap, 0)
        last = np.where(after >= 0, position[after] - self.gap, n - 1)
        return first, last


def shorten_runs(order: Integers, features: Features, costs: Costs, apart: Apart) -> Integers:
    """``order`` with the cheapest exchanges that leave no run longer than three, where there are any.

    ``features`` holds a row for every feature and a code for every entry. Each exchange takes what lengthens
    a run and puts it where it lengthens none; where no exchange helps by itself, a few are tried that do no
    harm, and the best order met is kept.
    """
    best, order = order, order.copy()
    fewest = left = int(excess(features[:, order]))
    moved: set[int] = set()
    for _ in range(2 * len(order)):
        if left == 0:
            break
        found = _exchange(order, features, costs, apart, left, moved)
        if found is None:
            break
        here, there, left = found
        order[[here, there]] = order[[there, here]]
        if left < fewest:
            best, fewest = order.copy(), left
            moved.clear()
        else:
            moved.add(int(order[there]))
    return best


def excess(sequences: Features) -> Integers:
    """How many values stand at the fourth or a later place of a run, summed over the rows of features.

    The last axis is the position, the first one the feature; any axes between them are kept.
    """
    same = sequences[..., 1:] == sequences[..., :-1]
    n = same.shape[-1] - LONGEST_RUN + 1
    if n <= 0:
        return np.zeros(sequences.shape[1:-1], dtype=np.intp)
    long = np.logical_and.reduce([same[..., k : k + n] for k in range(LONGEST_RUN)])
    return np.asarray(long.sum(axis=(0, -1)), dtype=np.intp)


def _exchange(
    order: Integers, features: Features, costs: Costs, apart: Apart, left: int, moved: set[int]
) -> tuple[int, int, int] | None:
    """Two positions to exchange and what is then too long: the first that helps, else the least harm."""
    harmless: tuple[int, float, int, int] | None = None
    for here in _too_long(features[:, order]):
        if int(order[here]) in moved:
            continue
        found = _best_partner(here, order, features, costs, apart)
        if found is None:
            continue
        remaining, cost, there = found
        if remaining < left:
            return here, there, remaining
        if harmless is None or (remaining, cost) < harmless[:2]:
            harmless = (remaining, cost, here, there)
    return None if harmless is None else (harmless[2], harmless[3], harmless[0])


def _too_long(sequences: Features) -> list[int]:
    """Positions in runs of more than three: first those that lengthen one, then the three before each."""
    same = sequences[:, 1:] == sequences[:, :-1]
    n = max(same.shape[1] - LONGEST_RUN + 1, 0)
    ends = np.flatnonzero(np.logical_and.reduce([same[:, k : k + n] for k in range(LONGEST_RUN)]).any(axis=0))
    found = [int(end) + LONGEST_RUN - back for back in range(LONGEST_RUN + 1) for end in ends]
    return list(dict.fromkeys(found))


def _best_partner(
    here: int, order: Integers, features: Features, costs: Costs, apart: Apart
) -> tuple[int, float, int] | None:
    """For the trial at ``here``: excess after the best exchange, its cost, and the position to go to."""
    mine = order[here]
    theres = np.flatnonzero(_may_exchange(here, order, features, apart))
    if not len(theres):
        return None
    now = features[:, order]
    tried = np.repeat(now[:, None, :], len(theres), axis=1)
    tried[:, :, here] = now[:, theres]
    tried[:, np.arange(len(theres)), theres] = now[:, [here]]
    left = excess(tried)
    others = order[theres]
    cost = costs[mine, theres] + costs[others, here] - costs[others, theres]
    least = np.flatnonzero(left == left.min())
    pick = least[np.argmin(cost[least])]
    return int(left[pick]), float(cost[pick]), int(theres[pick])


def _may_exchange(here: int, order: Integers, features: Features, apart: Apart) -> NDArray[np.bool_]:
    """The positions whose trials may change places with the one at ``here``."""
    places = np.arange(len(order))
    mine = order[here]
    # An exchange of two trials that look alike changes nothing.
    allowed: NDArray[np.bool_] = (features[:, order] != features[:, [mine]]).any(axis=0)
    if apart.gap_matters:
        first, last = apart.bounds(order)
        allowed &= (first <= here) & (here <= last) & (first[here] <= places) & (places <= last[here])
        allowed &= (apart.follows[order] != mine) & (apart.precedes[order] != mine)
    return allowed
