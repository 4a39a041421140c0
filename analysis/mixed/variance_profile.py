"""Profile likelihood intervals of standard deviations of random effects, and of the residual.

The term in question is put first in its block of Lambda, where its standard deviation is one element, and
that element is held. As in lme4, Gaussian models are profiled by maximum likelihood, whatever the fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.mixed.estimates import random_covariances
from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.maximum import Maximiser
from analysis.mixed.model import Model
from analysis.mixed.profile import ProfileInterval, crossing
from analysis.mixed.structure import RandomGroup, RandomStructure
from analysis.mixed.threads import measured_threads

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]
Deviance = Callable[[float], float]

RESIDUAL = "Residual"
_SMALL = 1e-3


def profile_sd(fit: MixedFit, group: str, term: str, *, level: float = 0.95) -> ProfileInterval:
    """Interval of one standard deviation, from 0 where the likelihood does not speak against 0."""
    if fit.family == "gaussian" and fit.reml:
        fit = fit.by_ml()
    if group == RESIDUAL and fit.family == "gaussian":
        estimate, deviance = fit.sigma, _residual_deviance(fit)
    else:
        place, column = fit.place_of(group), _column(fit, group, term)
        model, theta, held = _first_in_block(fit, place, column)
        estimate = float(np.sqrt(fit.random_covariance(group).to_numpy()[column, column]))
        scale = float(fit.model.design.structure.groups[place].scales[column])
        build = _gaussian_deviance if fit.family == "gaussian" else _laplace_deviance
        deviance = build(fit, model, theta, held, scale)
    quantile = float(ndtri(0.5 + level / 2))
    step = max(0.1 * estimate, _SMALL)
    with measured_threads(fit.model.layout):
        high = crossing(deviance, estimate, step, quantile)
        reaches_zero = group != RESIDUAL and deviance(0.0) < quantile**2
        low = 0.0 if reaches_zero else crossing(deviance, estimate, -step, quantile, limit=0.0)
    return ProfileInterval(f"sd {group}: {term}", estimate, low, high, level)


def _column(fit: MixedFit, group: str, term: str) -> int:
    terms = fit.model.design.structure.groups[fit.place_of(group)].terms
    if term not in terms:
        raise KeyError(f"{term!r} does not vary by {group}; what does: {', '.join(terms)}")
    return terms.index(term)


def _first_in_block(fit: MixedFit, place: int, column: int) -> tuple[Model, Floats, int]:
    """The model with one column first in its block, theta there, and the place of its element."""
    structure = fit.model.design.structure
    group = structure.groups[place]
    order = [column, *(c for c in range(len(group.terms)) if c != column)]
    new_place = {old: new for new, old in enumerate(order)}
    blocks = tuple(tuple(sorted(new_place[c] for c in block)) for block in group.blocks)
    turned = replace(
        group,
        terms=tuple(group.terms[c] for c in order),
        raw=np.ascontiguousarray(group.raw[:, order]),
        scales=group.scales[order],
        blocks=blocks,
    )
    groups = (*structure.groups[:place], turned, *structure.groups[place + 1 :])
    changed = RandomStructure(groups)
    factors = structure.factors(fit.estimates.theta)
    factors[place] = _root(random_covariances(fit.model, fit.estimates)[place], order, turned, fit)
    entry = next(
        number
        for number, each in enumerate(changed.entries)
        if each.group == place and each.row == each.column == 0
    )
    model = replace(fit.model, design=replace(fit.model.design, structure=changed))
    return model, changed.theta_of(factors), entry


def _root(covariance: Floats, order: list[int], group: RandomGroup, fit: MixedFit) -> Floats:
    """Lambda of the reordered group; a little is added where the covariance has no full rank."""
    sigma2 = fit.sigma**2 if fit.family == "gaussian" else 1.0
    matrix = covariance[np.ix_(order, order)] * np.outer(group.scales, group.scales) / sigma2
    return np.asarray(np.linalg.cholesky(matrix + 1e-6 * np.eye(len(order))))


def _laplace_deviance(fit: MixedFit, model: Model, theta: Floats, held: int, scale: float) -> Deviance:
    objective = model.laplace()
    places = objective.parameters.theta_slice
    maximiser = Maximiser(objective, model.engine_structure, places)
    x = fit.maximum.x.copy()
    x[places] = theta
    metric = np.where(np.isnan(fit.maximum.covariance), 0.0, fit.maximum.covariance)
    metric[places, :] = metric[:, places] = 0.0
    metric[places, places] = 0.01 * np.eye(len(theta))
    still = np.zeros(len(x), dtype=bool)
    still[places.start + held] = True
    last = [x]

    def deviance(sd: float) -> float:
        start = last[0].copy()
        start[places.start + held] = sd * scale
        point = maximiser.reach(start, metric, held=still)
        last[0] = point.x
        return 2 * (point.value + fit.maximum.loglik)

    return deviance


class _DevianceAtScale:
    """Half the ML deviance not profiled over sigma, with sigma or one absolute standard deviation held.

    The parameters are theta; with ``held``, that element is replaced by log sigma and follows from ``sd``.
    """

    def __init__(self, inner: GaussianDeviance, held: int | None, scaled_sd: float, sigma: float) -> None:
        self.inner, self.held, self.scaled_sd, self.sigma = inner, held, scaled_sd, sigma
        self._theta = np.zeros(0)

    def value(self, x: Floats, *, tolerance: float) -> float:
        theta = x.copy()
        if self.held is not None:
            self.sigma = float(np.exp(x[self.held]))
            theta[self.held] = self.scaled_sd / self.sigma
        self._theta = theta
        if not np.isfinite(self.inner.value(theta, tolerance=tolerance)):
            return np.inf
        n, profile = self.inner.degrees, self.inner.profile
        ratio = profile.sigma2 / self.sigma**2
        return float(0.5 * (profile.deviance + n * (ratio - 1.0 - np.log(ratio))))

    def gradient(self) -> Floats:
        gradient = self.inner.gradient(self.sigma**2)
        if self.held is not None:
            n, ratio = self.inner.degrees, self.inner.profile.sigma2 / self.sigma**2
            gradient[self.held] = n * (1.0 - ratio) - gradient[self.held] * self._theta[self.held]
        return gradient


def _gaussian_deviance(fit: MixedFit, model: Model, theta: Floats, held: int, scale: float) -> Deviance:
    inner = model.gaussian()
    start = theta.copy()
    start[held] = np.log(fit.sigma)

    def deviance(sd: float) -> float:
        objective = _DevianceAtScale(inner, held, sd * scale, fit.sigma)
        maximiser = Maximiser(objective, model.design.structure, slice(None))
        point = maximiser.reach(start, 0.01 * np.eye(len(start)))
        return 2 * (point.value + fit.loglik)

    return deviance


def _residual_deviance(fit: MixedFit) -> Deviance:
    inner = fit.model.gaussian()

    def deviance(sigma: float) -> float:
        objective = _DevianceAtScale(inner, None, 0.0, sigma)
        maximiser = Maximiser(objective, fit.model.design.structure, slice(None))
        point = maximiser.reach(fit.maximum.x, 0.01 * np.eye(len(fit.maximum.x)))
        return 2 * (point.value + fit.loglik)

    return deviance
