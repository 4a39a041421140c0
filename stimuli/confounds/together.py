"""How well all numbers together tell two groups apart: a linear classifier, tested on unseen pictures.

scikit-learn is imported when a classifier is trained, not before: no command should wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from stimuli.confounds.separation import Floats, auc_interval, auc_of
from stimuli.confounds.within_pairs import share_interval

FEWEST = 10
"""Fewer people on one side, or fewer pairs, cannot show what a classifier learns."""

N_FOLDS, N_REPEATS = 5, 4
_PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # scikit-learn's C, 1 / strength
_BY_LOT = (1e-2,)  # choosing among them would not change how far AUCs scatter
_N_LOTS = 40

Scores = Callable[[Floats], Floats]
Split = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


@dataclass(frozen=True)
class Together:
    """``share``: AUC on pictures the classifier has not seen, or share of unseen pairs told.

    Mean over the parts of a repeated cross-validation, with a 95 % interval. ``n_first`` and
    ``n_second`` count people (pictures where no identity is stated) on the two sides, for pairs both
    are the number of pairs. Where there were too few, ``share`` is None and ``remark`` says so.
    """

    share: float | None
    low: float | None
    high: float | None
    n_measures: int
    n_first: int
    n_second: int
    remark: str = ""


def classified(
    values: Mapping[str, Sequence[float]], is_real: Sequence[bool], people: Sequence[str]
) -> Together:
    """Ridge logistic regression on all measures, standardised; the penalty chosen inside each part.

    Stratified 5-fold cross-validation, 4 times; pictures with the same name in ``people`` are never
    both learned from and tested on. The AUC is averaged over parts, because scores of different parts
    do not compare (LeDell, Petersen & van der Laan 2015). The interval is Newcombe's for an AUC of as
    many people; of fewer where cross-validated AUCs scatter more than that when the groups are drawn
    by lot, as they do in small sets (Bengio & Grandvalet 2004 on why no formula gives their variance).
    """
    features = _features(values)
    real = np.asarray(is_real, dtype=bool)
    names = np.asarray(people)
    n_real, n_other = (len(set(names[side])) for side in (real, ~real))
    counts = features.shape[1], n_real, n_other
    if min(n_real, n_other) < FEWEST:
        return Together(None, None, None, *counts, remark=_too_few(f"{n_real} real and {n_other} other"))
    if not features.shape[1]:
        return Together(None, None, None, *counts, remark="no measure differs between pictures")
    other = (~real).astype(int)
    rng = np.random.default_rng(5)
    # The matrices are so small that sharing them between cores costs more than it saves.
    with threadpool_limits(1):
        auc = float(np.mean(list(_unseen_aucs(features, other, names, N_REPEATS))))
        by_lot = [
            float(np.mean(list(_unseen_aucs(features, _dealt(other, names, rng), names, 1, _BY_LOT))))
            for _ in range(_N_LOTS)
        ]
    usual = (1 + ((n_real + n_other) / 2 - 1) * 2 / 3) / (4 * n_real * n_other)
    worth = min(1.0, usual / float(np.mean((np.array(by_lot) - 0.5) ** 2)))
    return Together(auc, *auc_interval(auc, worth * n_real, worth * n_other), *counts)


def classified_pairs(differences: Mapping[str, Sequence[float]], people: Sequence[str]) -> Together:
    """The same for pairs: which of two unseen pictures is the second, from all differences at once.

    Logistic regression without intercept on the differences and on the same turned round. Pairs that
    share a name in ``people`` are never both learned from and tested on.
    """
    features = _features(differences, centred=False)
    names = np.asarray(people)
    n_pairs = len(set(people))
    if n_pairs < FEWEST:
        return Together(
            None, None, None, features.shape[1], n_pairs, n_pairs, remark=_too_few(f"{n_pairs} pairs")
        )
    with threadpool_limits(1):
        share = float(np.mean(np.concatenate(list(_unseen_pairs_told(features, names, N_REPEATS)))))
        by_lot = [
            float(np.mean(np.concatenate(list(_unseen_pairs_told(turned, names, 1, _BY_LOT)))))
            for turned in _turned(features)
        ]
    worth = min(1.0, 1 / (4 * n_pairs) / float(np.mean((np.array(by_lot) - 0.5) ** 2)))
    return Together(share, *share_interval(share, worth * n_pairs), features.shape[1], n_pairs, n_pairs)


def _dealt(other: npt.NDArray[Any], names: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    """The groups drawn by lot, person by person where each is on one side only."""
    _, first, person = np.unique(names, return_index=True, return_inverse=True)
    of_person = other[first]
    if (of_person[person] == other).all():
        return np.asarray(rng.permutation(of_person)[person])
    return rng.permutation(other)


def _turned(features: Floats) -> Iterator[Floats]:
    rng = np.random.default_rng(6)
    for _ in range(_N_LOTS):
        yield features * rng.choice([-1.0, 1.0], size=(len(features), 1))


def _too_few(found: str) -> str:
    return f"needs at least {FEWEST} on each side to be tested on unseen pictures, found {found}"


def _features(values: Mapping[str, Sequence[float]], *, centred: bool = True) -> Floats:
    """Measures in columns, without those that never differ; what is missing lies in the middle."""
    columns = []
    for raw in values.values():
        column = np.asarray(raw, dtype=float)
        there = column[~np.isnan(column)]
        if len(there) and (np.ptp(there) if centred else np.abs(there).max()) > 0:
            columns.append(np.where(np.isnan(column), np.median(there) if centred else 0.0, column))
    return np.stack(columns, axis=1) if columns else np.empty((0, 0))


def _unseen_aucs(
    features: Floats,
    other: npt.NDArray[Any],
    names: npt.NDArray[Any],
    n_repeats: int,
    penalties: Sequence[float] = _PENALTIES,
) -> Iterator[float]:
    for seed in range(n_repeats):
        for learn, test in _splits(other, names, N_FOLDS, seed):
            inner = _inner(other[learn], names[learn], seed, penalties)
            scores = _fitted(features[learn], other[learn], inner, penalties, intercept=True)(features[test])
            real = other[test] == 0
            if real.any() and not real.all():
                yield auc_of(scores[real], scores[~real])


def _unseen_pairs_told(
    features: Floats, names: npt.NDArray[Any], n_repeats: int, penalties: Sequence[float] = _PENALTIES
) -> Iterator[Floats]:
    """For each unseen pair 1 if its second picture has the higher score, half if equal."""
    for seed in range(n_repeats):
        for learn, test in _splits(np.zeros(len(features), int), names, N_FOLDS, seed):
            both = np.concatenate([features[learn], -features[learn]])
            second = np.repeat([1, 0], len(learn))
            inner = _inner(second, np.tile(names[learn], 2), seed, penalties)
            score = _fitted(both, second, inner, penalties, intercept=False)(features[test])
            yield (score > 0) + (score == 0) / 2


def _inner(
    kind: npt.NDArray[Any], names: npt.NDArray[Any], seed: int, penalties: Sequence[float]
) -> list[Split]:
    """Parts to choose the penalty by; none where there is no choice."""
    return list(_splits(kind, names, N_FOLDS, seed)) if len(penalties) > 1 else []


def _splits(kind: npt.NDArray[Any], names: npt.NDArray[Any], n_folds: int, seed: int) -> Iterator[Split]:
    """Parts with like shares of both kinds, no name in two of them."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    n_folds = min(n_folds, len(set(names)))
    if len(set(names)) == len(names):  # where names make no difference, the plain way is much faster
        yield from StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(kind, kind)
    else:
        yield from StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed).split(kind, kind, names)


def _fitted(
    features: Floats,
    kind: npt.NDArray[Any],
    inner: list[Split],
    penalties: Sequence[float],
    *,
    intercept: bool,
) -> Scores:
    """A function from features to scores, with the penalty that predicts best in the ``inner`` parts."""
    if len(penalties) == 1:
        return _ridge(features, kind, penalties[0], intercept)
    losses = []
    for penalty in penalties:
        parts = [
            _loss(_ridge(features[learn], kind[learn], penalty, intercept)(features[test]), kind[test])
            for learn, test in inner
        ]
        losses.append(float(np.mean(np.concatenate(parts))))
    return _ridge(features, kind, penalties[int(np.argmin(losses))], intercept)


def _ridge(features: Floats, kind: npt.NDArray[Any], penalty: float, intercept: bool) -> Scores:
    from sklearn.linear_model import LogisticRegression

    middle = features.mean(axis=0) if intercept else np.zeros(features.shape[1])
    spread = np.sqrt(((features - middle) ** 2).mean(axis=0))
    spread[spread == 0] = 1
    model = LogisticRegression(C=penalty, fit_intercept=intercept, solver="newton-cholesky")
    model.fit((features - middle) / spread, kind)
    return lambda unseen: np.asarray(model.decision_function((unseen - middle) / spread))


def _loss(scores: Floats, kind: npt.NDArray[Any]) -> Floats:
    """Negative log likelihood of each picture."""
    return np.logaddexp(0, np.where(kind == 1, -scores, scores))
