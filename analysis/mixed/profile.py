"""Profile likelihood intervals: which values of one parameter the likelihood does not speak against.

The other parameters are fitted anew at every value tried. For fixed effects of Gaussian models this uses
the maximum likelihood deviance, as lme4's `confint(method = "profile")` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.maximum import Maximiser
from analysis.mixed.starting import start_gaussian
from analysis.mixed.threads import measured_threads

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]

_MAX_STEPS = 25
_CLOSE = 1e-4


@dataclass(frozen=True)
class ProfileInterval:
    """Where the signed root of the deviance crosses the normal quantiles of ``level``."""

    term: str
    estimate: float
    low: float
    high: float
    level: float


def profile_interval(fit: MixedFit, term: str, *, level: float = 0.95) -> ProfileInterval:
    """The profile interval of a fixed effect or a threshold."""
    names = [*fit.model.design.fixed_names, *fit.thresholds.index]
    if term not in names:
        raise KeyError(f"no fixed effect or threshold {term!r}; there are {', '.join(names)}")
    place = names.index(term)
    estimate = float(np.r_[fit.estimates.beta, fit.estimates.thresholds][place])
    se = float(np.sqrt(np.diag(fit.estimates.fixed_covariance)[place]))
    if fit.family == "gaussian":
        estimate, deviance = _gaussian_profile(fit, place)
    else:
        deviance = _laplace_profile(fit, place)
    quantile = float(ndtri(0.5 + level / 2))
    with measured_threads(fit.model.layout):
        ends = [crossing(deviance, estimate, sign * se, quantile) for sign in (-1.0, 1.0)]
    return ProfileInterval(term, estimate, ends[0], ends[1], level)


def crossing(
    deviance: Callable[[float], float],
    estimate: float,
    step: float,
    quantile: float,
    *,
    limit: float | None = None,
) -> float:
    """Where sqrt(deviance) reaches ``quantile`` on one side: it is nearly linear in the parameter.

    ``step`` is about one standard error, its sign the side. A ``limit`` is known to lie outside.
    """
    inner, inner_root = estimate, 0.0
    outer, outer_root = np.nan, np.inf
    at = estimate + quantile * step
    for _ in range(_MAX_STEPS):
        if limit is not None and (at - limit) * step >= 0:  # never beyond the limit: half way to it
            at = 0.5 * (inner + limit)
        root = float(np.sqrt(max(deviance(at), 0.0)))
        if abs(root - quantile) < _CLOSE:
            return float(at)
        if root < quantile:
            inner, inner_root = at, root
        else:
            outer, outer_root = at, root
        if np.isfinite(outer_root):
            share = (quantile - inner_root) / (outer_root - inner_root)
            at = inner + np.clip(share, 0.02, 0.98) * (outer - inner)
        else:
            at = estimate + np.clip(quantile / max(root, 1e-3), 1.05, 3.0) * (at - estimate)
    return float(at) if np.isfinite(outer_root) else float(np.sign(step) * np.inf)


def _laplace_profile(fit: MixedFit, place: int) -> Callable[[float], float]:
    """Deviance of the fit as a function of one location parameter, from warm starts."""
    objective = fit.model.laplace()
    place = int(objective.parameters.location[place])
    maximiser = Maximiser(objective, fit.model.engine_structure, objective.parameters.theta_slice)
    best = fit.maximum.x
    metric = np.where(np.isnan(fit.maximum.covariance), 0.0, fit.maximum.covariance)
    still = np.isnan(np.diag(fit.maximum.covariance))
    metric[still, still] = 0.01
    slope = metric[:, place] / metric[place, place]
    conditional = metric - np.outer(slope, metric[place])
    conditional[place, place] = 1.0
    held = np.zeros(len(best), dtype=bool)
    held[place] = True

    def deviance(value: float) -> float:
        start = best + slope * (value - best[place])
        start[place] = value
        return 2 * (maximiser.reach(start, conditional, held=held).value + fit.maximum.loglik)

    return deviance


def _gaussian_profile(fit: MixedFit, place: int) -> tuple[float, Callable[[float], float]]:
    """ML estimate and deviance; the column of the effect goes into an offset."""
    model = replace(fit.model, reml=False)
    design, order = model.design, model.layout.order
    y, weight = (model.answers.y - design.offset)[order], model.answers.weight[order]
    column, others = design.x[order, place], np.delete(design.x[order], place, axis=1)

    def fitted(x: Floats, response: Floats, start: Floats | None) -> tuple[GaussianDeviance, Floats]:
        deviance = GaussianDeviance(x, response, weight, design.structure, model.layout, reml=False)
        theta, inverse = start_gaussian(deviance)
        maximiser = Maximiser(deviance, design.structure, slice(None), exact=True)
        point = maximiser.reach(theta if start is None else start, inverse)
        deviance.value(point.x)
        return deviance, point.x

    whole, theta = fitted(design.x[order], y, fit.maximum.x)

    def deviance(value: float) -> float:
        part, _ = fitted(others, y - value * column, theta)
        return part.profile.deviance - whole.profile.deviance

    return float(whole.profile.beta[place]), deviance
