"""Split-half reliability over many random halves, stepped up by Spearman-Brown."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.estimate import percentile_interval
from analysis.reliability.coefficient import Coefficient
from analysis.reliability.matrix import Floats, enough, rating_matrix

#: The bootstrap averages over fewer splits than the estimate: they differ little within one draw.
_N_DRAWS, _N_SPLITS_PER_DRAW = 1000, 100
_NOTHING = 1e-10


@dataclass(frozen=True)
class SplitHalf:
    """``reliability`` of the whole, and ``halves``, the correlation of two halves, both means over splits.

    ``splits`` are the stepped-up correlations of the splits: their spread is due to the choice of halves, not
    to the sample. The interval of ``reliability`` is over targets drawn anew.
    """

    reliability: Coefficient
    halves: float
    splits: Floats = field(repr=False)


def split_half(
    table: pd.DataFrame,
    *,
    target: str = "participant",
    item: str = "stimulus",
    value: str = "correct",
    alike: str | None = None,
    n_splits: int = 1000,
    seed: int = 1,
    level: float = 0.95,
) -> SplitHalf:
    """Correlate the targets' means over two random halves of the items, again and again.

    The default asks whether people's share correct is stable over pictures; ``target="stimulus",
    item="participant"`` whether pictures' means are stable over people. ``alike`` names a column of the items
    (origin, say) within whose values they are halved, so that both halves hold as many of each. Ratings may
    be missing; a target without any in one half is left out of that split.

    Each correlation r of halves becomes 2 r / (1 + r), then they are averaged. One split, as often published,
    depends on which (Parsons, Kruijt & Fox 2019, Advances in Methods and Practices in Psychological Science
    2:378-395).
    """
    frame = rating_matrix(table, target=target, rater=item, value=value)
    enough(*frame.shape)
    groups = np.zeros(frame.shape[1], dtype=int)
    if alike is not None:
        kinds = table.drop_duplicates(item).set_index(item)[alike].reindex(frame.columns)
        groups = pd.factorize(kinds)[0]
    rng = np.random.default_rng(seed)
    matrix, known = frame.fillna(0.0).to_numpy(), frame.notna().to_numpy().astype(float)
    half = _halves(groups, n_splits, rng)
    one, other = _means(matrix, known, half), _means(matrix, known, 1 - half)
    correlations = _correlations(one, other, np.ones((len(frame), 1)))[:, 0]
    splits = _stepped_up(correlations)
    drawn = rng.multinomial(len(frame), np.full(len(frame), 1 / len(frame)), size=_N_DRAWS).T.astype(float)
    some = slice(_N_SPLITS_PER_DRAW)
    draws = _means_over_splits(_stepped_up(_correlations(one[:, some], other[:, some], drawn)))
    low, high = percentile_interval(draws, level)
    return SplitHalf(
        Coefficient(
            "split-half",
            float(_means_over_splits(splits[:, None])[0]),
            low,
            high,
            level,
            len(frame),
            frame.shape[1],
            f"mean of {n_splits} random halves, Spearman-Brown; bootstrap over {target}s",
        ),
        float(_means_over_splits(correlations[:, None])[0]),
        splits,
    )


def _halves(groups: np.ndarray[tuple[int], np.dtype[np.int64]], n: int, rng: np.random.Generator) -> Floats:
    """Items x splits, 1 for the first half: half of each group, the odd one to either side."""
    order = rng.random((len(groups), n))
    halves = np.zeros_like(order)
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        ranks = order[rows].argsort(axis=0).argsort(axis=0)
        odd = rng.integers(0, 2, size=n) * (len(rows) % 2)
        halves[rows] = ranks < (len(rows) // 2 + odd)
    return halves


def _means(matrix: Floats, known: Floats, half: Floats) -> Floats:
    counts = known @ half
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(counts > 0, matrix @ half / counts, np.nan))


def _correlations(first: Floats, second: Floats, weights: Floats) -> Floats:
    """Correlation of two columns under each set of weights: column x set; NaN where nothing differs."""
    there = np.isfinite(first) & np.isfinite(second)
    x, y = (np.where(there, each - np.nanmean(each), 0.0) for each in (first, second))
    n = there.T.astype(float) @ weights
    sx, sy, sxy, sxx, syy = (each.T @ weights for each in (x, y, x * y, x * x, y * y))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (sxx - sx * sx / n) * (syy - sy * sy / n)
        together = (sxy - sx * sy / n) / np.sqrt(spread)
        # What does not differ has a spread of some last bits, of either sign.
        return np.asarray(np.where(spread > (_NOTHING * sxx) * (_NOTHING * syy), together, np.nan))


def _means_over_splits(values: Floats) -> Floats:
    """Mean of each column over the splits that have a value; NaN where none has."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0))


def _stepped_up(correlations: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * correlations / (1 + correlations))
