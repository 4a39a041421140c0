"""Ridge regression on unseen pictures: predictions by nested cross-validation, for many outcomes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.picture_groups import Places, deal

Floats = NDArray[np.float64]

#: Penalties tried, per picture: from next to none to one that leaves nothing but the mean.
PENALTIES = np.logspace(-1.5, 2, 8)
_N_OUTER, _N_INNER = 10, 5
_NOTHING = 1e-10
_FURTHEST = 3.0


@dataclass(frozen=True)
class Unseen:
    """What was predicted of pictures that had no part in the fit: picture x outcome.

    ``baseline`` is from the free columns of the null model alone.
    """

    predicted: Floats
    baseline: Floats


@dataclass(frozen=True)
class Dealing:
    """Which fold every picture is in: ``outer``, and ``inner`` (outer fold x picture) among the others."""

    outer: Places
    inner: Places

    def of(self, kept: Places) -> Dealing:
        """The same folds of some of the pictures."""
        return Dealing(self.outer[kept], self.inner[:, kept])


def deal_twice(groups: Places, rng: np.random.Generator) -> Dealing:
    """Ten folds, groups whole, and for each of them five among the pictures of the others."""
    outer = deal(groups, min(_N_OUTER, len(np.unique(groups))), rng)
    inner = np.full((outer.max() + 1, len(groups)), -1)
    for fold in range(len(inner)):
        others = outer != fold
        inner[fold, others] = deal(groups[others], _N_INNER, rng)
    return Dealing(outer, inner)


def predict_unseen(
    measures: Floats, outcomes: Floats, dealing: Dealing, *, free: Floats, null: Floats
) -> Unseen:
    """Predict ``outcomes`` (picture x outcome) of every picture from the others.

    Ridge regression on standardised ``measures`` (picture x measure, NaN: the mean), with columns ``free`` of
    any penalty, an intercept among them; ``null`` are the free columns of the model it is compared with. The
    penalty is chosen for each outer fold and outcome by the inner folds. Means, spreads and penalties are of
    the pictures that are fitted, never of those predicted.
    """
    predicted, baseline = np.empty_like(outcomes), np.empty_like(outcomes)
    for fold in np.unique(dealing.outer):
        test, train = np.flatnonzero(dealing.outer == fold), np.flatnonzero(dealing.outer != fold)
        baseline[test] = null[test] @ (np.linalg.pinv(null[train]) @ outcomes[train])
        errors = np.zeros((len(PENALTIES), outcomes.shape[1]))
        inner = dealing.inner[fold, train]
        for left_out in np.unique(inner):
            seen, unseen = train[inner != left_out], train[inner == left_out]
            at_each = _at_each_penalty(measures, outcomes, free, seen, unseen)
            errors += ((at_each - outcomes[unseen]) ** 2).sum(axis=1)
        best = errors.argmin(axis=0)
        at_each = _at_each_penalty(measures, outcomes, free, train, test)
        predicted[test] = np.take_along_axis(at_each, best[None, None, :], axis=0)[0]
    return Unseen(predicted, baseline)


def _at_each_penalty(measures: Floats, outcomes: Floats, free: Floats, train: Places, test: Places) -> Floats:
    """Predictions of the pictures in ``test``: penalty x picture x outcome."""
    known, new = standardised(measures[train], measures[train]), standardised(measures[test], measures[train])
    solve = np.linalg.pinv(free[train])
    known, new = known - free[train] @ (solve @ known), new - free[test] @ (solve @ known)
    u, s, vt = np.linalg.svd(known, full_matrices=False)
    there = s > _NOTHING * max(s.max(initial=0.0), 1.0)
    u, s, vt = u[:, there], s[there], vt[there]
    # The left vectors are orthogonal to the free columns, so the outcomes need not be freed of them.
    scores, loadings = u.T @ outcomes[train], new @ vt.T
    middle = free[test] @ (solve @ outcomes[train])
    shrunk = s / (s * s + len(train) * PENALTIES[:, None])
    return np.asarray(middle + (loadings * shrunk[:, None, :]) @ scores)


def standardised(measures: Floats, reference: Floats) -> Floats:
    """In standard deviations from the mean of ``reference``; what is unknown, or never differs, is 0.

    What lies further out than three of them counts as three: one odd picture shall not carry the rest.
    """
    known = np.isfinite(reference)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, reference, 0.0).sum(axis=0) / n
    spread = np.sqrt(np.where(known, (reference - mean) ** 2, 0.0).sum(axis=0) / n)
    differs = spread > _NOTHING * np.maximum(np.abs(mean), 1e-300)
    scaled = (measures - mean) / np.where(differs, spread, 1.0)
    return np.asarray(np.clip(np.where(np.isfinite(scaled) & differs, scaled, 0.0), -_FURTHEST, _FURTHEST))
