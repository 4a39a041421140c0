"""Starting values and a first metric: what a few cheap steps say before the likelihood is searched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.laplace import Laplace
from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]

#: Standard deviations to begin with, on the latent scale of each link or relative to the residual.
_SIZE = {"logit": 0.6, "probit": 0.35, "identity": 0.5}
_MAX_STEPS = 8


def start_laplace(objective: Laplace) -> tuple[Floats, Floats]:
    """Parameters and inverse metric for a Laplace search.

    Theta starts at moderate sizes; fixed effects and thresholds are brought to the mode of the
    penalised likelihood there, by Newton steps that need no inverse.
    """
    parameters = objective.parameters
    size = _SIZE[objective.response.link]
    x = np.zeros(parameters.n)
    x[parameters.theta_slice] = objective.structure.start(size)
    x[parameters.n_fixed + parameters.n_theta :] = objective.response.start_thresholds()
    location = parameters.location
    information = _newton_location(objective, x, location)
    inverse = np.zeros((parameters.n, parameters.n))
    inverse[np.ix_(location, location)] = _inverse(information)
    shrinkage = objective.posterior_shrinkage()
    theta = np.arange(parameters.n)[parameters.theta_slice]
    inverse[theta, theta] = _theta_variances(objective.structure, shrinkage, size)
    return x, inverse


def start_gaussian(objective: GaussianDeviance) -> tuple[Floats, Floats]:
    """Theta and inverse metric for a REML or ML search."""
    theta = objective.structure.start(_SIZE["identity"])
    # The residual variance is profiled out, which takes away little: one variance among many.
    counts = [np.full((g.n_levels, len(g.terms)), 0.8) for g in objective.structure.groups]
    return theta, np.diag(_theta_variances(objective.structure, counts, _SIZE["identity"]))


def _newton_location(objective: Laplace, x: Floats, location: NDArray[np.int64]) -> Floats:
    information = np.eye(len(location))
    last, before = np.inf, x.copy()
    for _ in range(_MAX_STEPS):
        value = objective.value(x, tolerance=1e-3)
        if not value <= last + 1.0:  # overshot (crossing thresholds, separation): half way back
            x[:] = 0.5 * (x + before)
            continue
        last, before = value, x.copy()
        information = objective.location_information()
        score = objective.location_score()
        step = _inverse(information) @ score
        if score @ step < 0.1:
            break
        x[location] += step
    else:
        x[:] = before
        objective.value(x, tolerance=1e-3)
    return information


def _inverse(information: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(information), 1e-12))
    standard = information / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(standard)
    values = np.maximum(values, 1e-8)
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))


def _theta_variances(structure: RandomStructure, shrinkage: list[Floats], size: float) -> Floats:
    """Rough sampling variances of Lambda's elements: 1 / (2 sum of squared shrinkage) per unit of size.

    The log of a standard deviation known through n effects with reliability rho has information
    2 n rho^2 (balanced one-way layout).
    """
    found = np.empty(structure.n_theta)
    for place, entry in enumerate(structure.entries):
        rho = shrinkage[entry.group]
        together = float((rho[:, entry.row] * rho[:, entry.column]).sum())
        found[place] = size**2 / max((2.0 if entry.diagonal else 1.0) * together, 1.0)
    return found
