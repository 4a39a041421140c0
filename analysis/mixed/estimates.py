"""Estimate a model that is laid out: run the search and read its result in the model's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.compiling import compile_first
from analysis.mixed.factor import Effects
from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.laplace import Laplace
from analysis.mixed.maximum import Maximiser, Maximum
from analysis.mixed.model import Model
from analysis.mixed.starting import start_gaussian, start_laplace
from analysis.mixed.threads import measured_threads

Floats = NDArray[np.float64]
Start = tuple[Floats, Floats]


@dataclass(frozen=True)
class Estimates:
    """Point estimates in the engine's terms. ``objective`` stands at the maximum, mode included."""

    objective: Any
    beta: Floats
    theta: Floats
    thresholds: Floats
    sigma: float
    loglik: float
    fixed_covariance: Floats
    modes: Effects


def estimate(model: Model, start: Start | None = None) -> tuple[Maximum, Estimates]:
    """The maximum of the model's likelihood, from ``start`` (parameters, inverse metric) if given."""
    compile_first(model.family)
    with measured_threads(model.layout):
        return _estimate(model, start)


def _estimate(model: Model, start: Start | None) -> tuple[Maximum, Estimates]:
    if model.family == "gaussian":
        deviance = model.gaussian()
        maximiser = Maximiser(deviance, model.engine_structure, slice(None), exact=True)
        maximum = maximiser.run(*(start or start_gaussian(deviance)))
        deviance.value(maximum.x)
        return maximum, _gaussian_estimates(deviance, maximum)
    likelihood = model.laplace()
    maximiser = Maximiser(likelihood, model.engine_structure, likelihood.parameters.theta_slice)
    maximum = maximiser.run(*(start or start_laplace(likelihood)))
    return maximum, _laplace_estimates(likelihood, maximum, model.answers.constant)


def random_covariances(model: Model, estimates: Estimates) -> list[Floats]:
    """Covariance matrix of every group's effects, in the units of the answers or of the latent scale."""
    scale = estimates.sigma**2 if model.family == "gaussian" else 1.0
    return [scale * each for each in model.design.structure.covariances(estimates.theta)]


def _gaussian_estimates(objective: GaussianDeviance, maximum: Maximum) -> Estimates:
    profile = objective.profile
    return Estimates(
        objective=objective,
        beta=profile.beta,
        theta=maximum.x,
        thresholds=np.zeros(0),
        sigma=float(np.sqrt(profile.sigma2)),
        loglik=-0.5 * profile.deviance,
        fixed_covariance=profile.sigma2 * profile.unit_covariance,
        modes=objective.modes(),
    )


def _laplace_estimates(objective: Laplace, maximum: Maximum, constant: float) -> Estimates:
    beta, theta, thresholds = objective.parameters.split(maximum.x)
    location = objective.parameters.location
    return Estimates(
        objective=objective,
        beta=beta,
        theta=theta,
        thresholds=thresholds,
        sigma=1.0 if objective.response.link == "probit" else float(np.pi / np.sqrt(3)),
        loglik=maximum.loglik + constant,
        fixed_covariance=maximum.covariance[np.ix_(location, location)],
        modes=objective.mode,
    )
