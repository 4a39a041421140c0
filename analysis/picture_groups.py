"""Which pictures belong together, and how they are dealt into folds and shuffled without parting them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Places = NDArray[np.int64]

_TIES = ("pair", "identity", "edited_from")


def picture_groups(stimuli: pd.DataFrame) -> pd.Series[int]:
    """A number for every picture, the same for pictures that are tied to each other: index stimulus.

    Tied are pictures of one pair, of one person (``identity``) and a picture and what it was edited from;
    ties of ties count. ``stimuli`` is that table of an export; columns it lacks tie nothing.
    """
    names = pd.Index(stimuli["stimulus"].unique(), name="stimulus")
    own = names.get_indexer(pd.Index(stimuli["stimulus"]))
    edges = [_edges(stimuli[column], own, names) for column in _TIES if column in stimuli]
    rows, columns = np.concatenate([np.zeros((2, 0), dtype=int), *edges], axis=1)
    graph = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(names), len(names)))
    return pd.Series(connected_components(graph, directed=False)[1], index=names, dtype=int)


def _edges(ties: pd.Series[str], own: Places, names: pd.Index) -> Places:
    """From the first picture of each value to all with this value."""
    known = ties.notna() & (ties != "")
    rows = own[known.to_numpy()]
    values = ties[known]
    if ties.name == "edited_from":
        source = names.get_indexer(pd.Index(values))
        return np.array([rows, source])[:, source >= 0]
    codes = pd.factorize(values)[0]
    first = pd.Series(rows).groupby(codes).transform("first").to_numpy(dtype=int)
    return np.array([first, rows])


def deal(groups: Places, n_folds: int, rng: np.random.Generator) -> Places:
    """A fold for every picture, groups whole, in folds of about the same number of pictures.

    Large groups are dealt first, each to a fold that is smallest so far, drawn among those.
    """
    names, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = rng.permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of, filled = np.empty(len(names), dtype=int), np.zeros(n_folds)
    for group in order:
        smallest = np.flatnonzero(filled == filled.min())
        fold_of[group] = rng.choice(smallest)
        filled[fold_of[group]] += sizes[group]
    return np.asarray(fold_of[inverse])


def shuffles(groups: Places, kinds: Sequence[str], n: int, rng: np.random.Generator) -> Places:
    """``n`` orders of the pictures under which nothing changes if measures say nothing: order x picture.

    Groups of the same make-up change places as a whole, and pictures of one kind change places within their
    group. What makes the pictures of a group alike, whatever the measures, stays as it is (Winkler et al.
    2015, NeuroImage 123:253-268). With one kind for all, pictures of different origin change places, too.
    """
    kind = pd.factorize(np.asarray(kinds))[0]
    by_make_up: dict[tuple[int, ...], list[Places]] = {}
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        members = members[np.argsort(kind[members], kind="stable")]
        by_make_up.setdefault(tuple(kind[members]), []).append(members)
    orders = np.empty((n, len(groups)), dtype=int)
    for make_up, blocks in by_make_up.items():
        places = np.array(blocks)
        sources = np.broadcast_to(places, (n, *places.shape))
        drawn = rng.permuted(np.broadcast_to(np.arange(len(places)), (n, len(places))), axis=1)
        sources = np.take_along_axis(sources, drawn[:, :, None], axis=1)
        for start, stop in _runs(make_up):
            orders[:, places[:, start:stop]] = rng.permuted(sources[:, :, start:stop], axis=2)
    return orders


def _runs(make_up: tuple[int, ...]) -> list[tuple[int, int]]:
    edges = [0, *(place for place in range(1, len(make_up)) if make_up[place] != make_up[place - 1])]
    return list(zip(edges, [*edges[1:], len(make_up)], strict=True))
