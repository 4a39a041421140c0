"""How well does confidence follow the evidence? meta-d' and its ratio to d' (Maniscalco & Lau 2012).

meta-d' is the d' at which an ideal observer would show the confidence that was seen. Equal to d', confidence
uses all the evidence that the choice did; smaller, it wastes some. Unlike a type-2 area it does not grow with
performance itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtri
from threadpoolctl import ThreadpoolController

from analysis.estimate import Estimate, sample_of
from analysis.intervals import Resampling

Floats = NDArray[np.float64]
_SQRT2 = float(np.sqrt(2))
#: Wide enough for any d' that counts can show.
_LIMIT = 10.0
#: Gradient of the log likelihood per trial that counts as none.
_FLAT = 1e-4
_LOG_SQRT_2PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True)
class ConfidenceCounts:
    """Answers of one observer, from the surest "noise" to the surest "signal".

    With K levels of confidence each holds 2 K counts: answers to noise trials (real faces), and to signal
    trials (AI faces).
    """

    noise: tuple[float, ...]
    signal: tuple[float, ...]

    def __post_init__(self) -> None:
        n = len(self.noise)
        if n != len(self.signal) or n < 4 or n % 2:
            raise ValueError(
                "counts: expected as many answers for noise as for signal, two for each of at least two "
                f"levels of confidence; found {n} and {len(self.signal)}"
            )
        if min(*self.noise, *self.signal) < 0:
            raise ValueError("counts: expected no count below 0")

    @property
    def n_levels(self) -> int:
        return len(self.noise) // 2

    def padded(self) -> ConfidenceCounts:
        """1 / (2 K) added to every cell, so that none is empty; for everybody, not only where needed."""
        more = 1 / len(self.noise)
        return ConfidenceCounts(
            tuple(count + more for count in self.noise), tuple(count + more for count in self.signal)
        )


@dataclass(frozen=True)
class MetaSensitivity:
    """``m_ratio`` is meta_d / d_prime (1: ideal), NaN where d' is not above 0.

    ``criteria`` between levels of confidence, in units of meta-d', from the surest "noise" on, the criterion
    of the choice in the middle. ``loglik`` is of the confidence given the choices. ``converged`` is False
    where the likelihood has no inner maximum, as when confidence never varies.
    """

    d_prime: float
    criterion: float
    meta_d: float
    m_ratio: float
    criteria: tuple[float, ...]
    loglik: float
    n_trials: float
    converged: bool


def confidence_counts(
    signal: Any, said_signal: Any, confidence: Any, *, levels: Sequence[float] | None = None
) -> ConfidenceCounts:
    """Count answers by what was shown, what was said and how surely; ``levels`` go from the least sure on."""
    grades = np.asarray(confidence, dtype=float)
    steps = np.unique(grades) if levels is None else np.asarray(levels, dtype=float)
    place = np.searchsorted(steps, grades)
    if not np.isin(grades, steps).all():
        raise ValueError(f"confidence: expected one of {', '.join(f'{step:g}' for step in steps)}")
    said, shown = np.asarray(said_signal, dtype=bool), np.asarray(signal, dtype=bool)
    k = len(steps)
    cells = np.where(said, k + place, k - 1 - place)
    noise, hits = (np.bincount(cells[shown == kind], minlength=2 * k) for kind in (False, True))
    return ConfidenceCounts(tuple(map(float, noise)), tuple(map(float, hits)))


def meta_sensitivity(counts: ConfidenceCounts, *, padding: bool = True) -> MetaSensitivity:
    """Maximum likelihood of meta-d' with the relative criterion c / d' held, equal variances.

    After Maniscalco & Lau (2012, Consciousness and Cognition 21:422-430; 2014, in Fleming & Frith, eds.): of
    the trials with each answer, the confidence is multinomial with the probabilities that an observer of
    sensitivity meta-d' would give it. ``padding`` adds 1 / (2 K) to every cell first. d' here is z(H) - z(F)
    of the (padded) counts; of pairs, divide d' and meta-d' by the square root of 2; the ratio stays.

    Needs many trials: below some 200 the ratio of one person is little more than noise (Fleming 2017,
    Neuroscience of Consciousness 2017:nix007); compare means over people.
    """
    used = counts.padded() if padding else counts
    k = used.n_levels
    noise, signal = np.array(used.noise), np.array(used.signal)
    n_trials = float(sum(counts.noise) + sum(counts.signal))
    if not (noise.sum() > 0 and signal.sum() > 0):
        return _undefined(k, n_trials)
    hit_z, false_z = (float(ndtri(each[k:].sum() / each.sum())) for each in (signal, noise))
    d_prime, criterion = hit_z - false_z, -(hit_z + false_z) / 2
    if not np.isfinite([d_prime, criterion]).all() or abs(d_prime) < 1e-6:
        return _undefined(k, n_trials, d_prime, criterion)
    relative = criterion / d_prime

    def negative(x: Floats) -> tuple[float, Floats]:
        return _negative(x, noise, signal, relative)

    best = _maximum(negative, d_prime, k)
    meta_d = float(best.x[0])
    below, above = np.cumsum(np.exp(best.x[1:k])), np.cumsum(np.exp(best.x[k:]))
    inner = bool(abs(meta_d) < _LIMIT and max(below[-1], above[-1]) < _LIMIT)
    criteria = np.concatenate([-below[::-1], [0.0], above]) + meta_d * relative
    return MetaSensitivity(
        d_prime=d_prime,
        criterion=criterion,
        meta_d=meta_d,
        m_ratio=meta_d / d_prime if d_prime > 0 else float("nan"),
        criteria=tuple(map(float, criteria)),
        loglik=-float(best.fun),
        n_trials=n_trials,
        converged=inner and bool(np.abs(best.jac).max() < _FLAT * n_trials),
    )


def participant_meta(choices: pd.DataFrame, *, padding: bool = True) -> pd.DataFrame:
    """meta-d' of every participant.

    ``choices`` as from ``confidence.confident_choices`` (pairs) or ``single_faces.confident_judgements``.
    Columns: participant, d_prime, meta_d, m_ratio, n_trials, converged. Of pairs d' and meta-d' are divided
    by the square root of 2, the units of ``detection``. Levels of confidence are those that anybody used.
    """
    pairs = "made_left" in choices.columns
    shown, said = ("made_left", "said_left") if pairs else ("made", "said_ai")
    levels = np.unique(choices["confidence"]).tolist()
    scale = _SQRT2 if pairs else 1.0
    rows = []
    for participant, own in choices.groupby("participant"):
        counts = confidence_counts(own[shown], own[said], own["confidence"], levels=levels)
        found = meta_sensitivity(counts, padding=padding)
        rows.append(
            {
                "participant": participant,
                "d_prime": found.d_prime / scale,
                "meta_d": found.meta_d / scale,
                "m_ratio": found.m_ratio,
                "n_trials": found.n_trials,
                "converged": found.converged,
            }
        )
    return pd.DataFrame(rows)


def mean_efficiency(
    choices: pd.DataFrame,
    resampling: Resampling,
    *,
    padding: bool = True,
    each: pd.DataFrame | None = None,
) -> Estimate:
    """Mean meta-d' over participants divided by their mean d'; the interval is over participants only.

    The mean of the participants' own ratios is at the mercy of those whose d' is near 0; this is not. Who has
    no meta-d' (confidence never varies, say) is left out of both means. With 60 trials a person or more a
    planted ratio is found again within .1; with 24 it comes out up to .2 too small
    (``tests/reference/efficiency.py``). ``each`` is what ``participant_meta`` gave, if that is known already.
    """
    each = participant_meta(choices, padding=padding) if each is None else each
    known = each[each["converged"]].set_index("participant").reindex(resampling.participants)
    people = resampling.participants_only()
    meta, d = (
        people.mean_of_participants(known[name].to_numpy(dtype=float)[None, :])
        for name in ("meta_d", "d_prime")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(d > 0, meta / d, np.nan)
    return people.estimate(
        ratio,
        sample_of(choices),
        unit="ratio",
        method="mean meta-d' over mean d' of participants (Maniscalco & Lau)",
    )


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def _maximum(negative: Any, d_prime: float, k: int) -> Any:
    """The better of two searches: from meta-d' like d', and from a little of it.

    On one thread: for so few numbers the threads of linear algebra take longer to meet than to work.
    """
    bounds = [(-_LIMIT, _LIMIT), *[(-12.0, float(np.log(_LIMIT)))] * (2 * (k - 1))]
    options = {"ftol": 1e-13, "gtol": 1e-8, "maxiter": 1000}
    with _blas().limit(limits=1, user_api="blas"):
        found = [
            minimize(
                negative,
                np.concatenate([[meta_d], np.full(2 * (k - 1), -np.log(k))]),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options=options,
            )
            for meta_d in (np.clip(d_prime, -5, 5), 0.2 * d_prime)
        ]
    return min(found, key=lambda one: one.fun)


def _negative(x: Floats, noise: Floats, signal: Floats, relative: float) -> tuple[float, Floats]:
    """Minus the log likelihood and its gradient.

    ``x``: meta-d', then the logs of the distances between criteria, going out from the choice at 0, first on
    the side of "noise", then on that of "signal".
    """
    k = len(noise) // 2
    # Mean evidence per unit of meta-d', with the choice at 0.
    means = np.array([-0.5 - relative, 0.5 - relative])
    counts = np.array([noise, signal])
    total, gradient = 0.0, np.zeros(len(x))
    # Answers "noise" are the mirror image of answers "signal".
    for side, own, places in (
        (-1.0, counts[:, :k][:, ::-1], slice(1, k)),
        (1.0, counts[:, k:], slice(k, 2 * k - 1)),
    ):
        distances = np.exp(x[places])
        value, by_mean, by_step = _side(own, side * means * x[0], np.cumsum(distances))
        total += value
        gradient[0] += float(by_mean @ (side * means))
        # A distance moves every criterion further out.
        gradient[places] = np.cumsum(by_step[::-1])[::-1] * distances
    return -total, -gradient


def _side(counts: Floats, means: Floats, steps: Floats) -> tuple[float, Floats, Floats]:
    """Log likelihood of the confidence in one answer, and its derivatives by means and steps.

    ``counts``: kind of trial x level, least sure first. ``means``: evidence for this answer, per kind.
    """
    edges = np.concatenate([[0.0], steps, [np.inf]])[None, :] - means[:, None]
    low, high = edges[:, :-1], edges[:, 1:]
    # From the tail in which the interval lies, so that the difference keeps its digits.
    left = low < 0
    large = log_ndtr(np.where(left, high, -low))
    small = log_ndtr(np.where(left, low, -high))
    inside = large + np.log1p(-np.exp(np.minimum(small - large, -1e-15)))
    answered = log_ndtr(means)[:, None]
    by_low = -counts * np.exp(_log_density(low) - inside)
    by_high = counts * np.exp(_log_density(high) - inside)
    of_answer = counts.sum(axis=1) * np.exp(_log_density(means) - answered[:, 0])
    by_mean = -(by_low + by_high).sum(axis=1) - of_answer
    by_step = by_high[:, :-1].sum(axis=0) + by_low[:, 1:].sum(axis=0)
    return float((counts * (inside - answered)).sum()), by_mean, by_step


def _log_density(z: Floats) -> Floats:
    return np.asarray(-0.5 * z * z - _LOG_SQRT_2PI)


def _undefined(
    k: int, n_trials: float, d_prime: float = float("nan"), criterion: float = float("nan")
) -> MetaSensitivity:
    nothing = float("nan")
    return MetaSensitivity(
        d_prime, criterion, nothing, nothing, (nothing,) * (2 * k - 1), nothing, n_trials, False
    )
