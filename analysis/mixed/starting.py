"""Starting values and a first metric: what a few cheap steps say before the likelihood is searched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.factor import BlockFactor, Effects
from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.laplace import Laplace
from analysis.mixed.structure import RandomStructure

Floats = NDArray[np.float64]

#: Standard deviations to begin with, on the latent scale of each link or relative to the residual.
_SIZE = {"logit": 0.6, "probit": 0.35, "identity": 0.5}
_MAX_STEPS = 8
#: Decrement at which fixed effects are near enough for theta to be updated.
_NEAR = 1.0
#: How far one update may shrink or stretch a standard deviation.
_SHRINK, _STRETCH = 0.3, 3.0


def start_laplace(objective: Laplace) -> tuple[Floats, Floats]:
    """Parameters and inverse metric for a Laplace search.

    Fixed effects and thresholds are brought to the mode of the penalised likelihood, by Newton steps that
    need no inverse; then theta is updated once from the modes, and the others follow.
    """
    parameters = objective.parameters
    x = np.zeros(parameters.n)
    x[parameters.theta_slice] = objective.structure.start(_SIZE[objective.response.link])
    x[parameters.n_fixed + parameters.n_theta :] = objective.response.start_thresholds()
    location = parameters.location
    _newton_location(objective, x, location, _MAX_STEPS)
    theta, reliability = _updated(
        objective.structure, objective.factor, objective.mode, x[parameters.theta_slice]
    )
    x[parameters.theta_slice] = theta
    information = _newton_location(objective, x, location, 1)
    inverse = np.zeros((parameters.n, parameters.n))
    inverse[np.ix_(location, location)] = _inverse(information)
    places = np.arange(parameters.n)[parameters.theta_slice]
    inverse[places, places] = _theta_variances(objective.structure, reliability, theta)
    return x, inverse


def start_gaussian(objective: GaussianDeviance) -> tuple[Floats, Floats]:
    """Theta and inverse metric for a REML or ML search: one update from the modes."""
    theta = objective.structure.start(_SIZE["identity"])
    if not np.isfinite(objective.value(theta)):
        return theta, 0.01 * np.eye(len(theta))
    sigma = float(np.sqrt(objective.profile.sigma2))
    modes = objective.modes()
    standard = Effects(modes.e / sigma, modes.r / sigma)
    theta, reliability = _updated(objective.structure, objective.factor, standard, theta)
    return theta, np.diag(_theta_variances(objective.structure, reliability, theta))


def _newton_location(objective: Laplace, x: Floats, location: NDArray[np.int64], max_steps: int) -> Floats:
    """Newton steps in fixed effects and thresholds, in place; returns their information at the end."""
    information = np.eye(len(location))
    last, before = np.inf, x.copy()
    for _ in range(max_steps):
        value = objective.value(x, tolerance=1e-3)
        if not value <= last + 1.0:  # overshot (crossing thresholds, separation): half way back
            x[:] = 0.5 * (x + before)
            continue
        last, before = value, x.copy()
        information = objective.location_information()
        score = objective.location_score()
        step = _inverse(information) @ score
        if score @ step < _NEAR and max_steps > 1:
            break
        x[location] += step
        objective.follow(step)
    if np.any(np.diff(objective.parameters.split(x)[2]) <= 0):  # thresholds must not cross
        x[:] = before
    return information


def _inverse(information: Floats) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(information), 1e-12))
    standard = information / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(standard)
    values = np.maximum(values, 1e-8)
    return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))


def _updated(
    structure: RandomStructure, factor: BlockFactor, modes: Effects, theta: Floats
) -> tuple[Floats, list[Floats]]:
    """Theta after one fixed-point step from the spherical modes, and the mean reliability of every group.

    The variance of modes u is that of effects times their reliability 1 - diag(H^-1), so that
    mean(u u') / reliability estimates the covariance in units of the old one (the fixed point of MacKay
    1992, Neural Computation 4:415-447, which moves faster than an EM step).
    """
    layout, inverse = factor.layout, factor.inverse()
    factors, reliabilities = structure.factors(theta), []
    for place, group in enumerate(structure.groups):
        u = modes.of_group(layout, place, group.n_levels)
        blocks = inverse.blocks(layout, place, group.n_levels)
        reliability = np.clip(1.0 - np.einsum("laa->a", blocks) / group.n_levels, 0.02, 1.0)
        reliabilities.append(reliability * group.n_levels)
        second = u.T @ u / group.n_levels / np.sqrt(np.outer(reliability, reliability))
        for members in group.blocks:
            inside = np.ix_(members, members)
            factors[place][inside] = factors[place][inside] @ _bounded_root(second[inside])
    return structure.theta_of(factors), reliabilities


def _bounded_root(matrix: Floats) -> Floats:
    """Lower Cholesky factor after bounding the eigenvalues to what one step may change."""
    values, vectors = np.linalg.eigh(matrix)
    values = np.clip(values, _SHRINK**2, _STRETCH**2)
    return np.asarray(np.linalg.cholesky((vectors * values) @ vectors.T))


def _theta_variances(structure: RandomStructure, reliability: list[Floats], theta: Floats) -> Floats:
    """Rough sampling variances of Lambda's elements.

    The log of a standard deviation known through n effects of reliability rho has information 2 n rho^2
    (balanced one-way layout); ``reliability`` holds n rho of every term.
    """
    sizes = [np.sqrt(np.diag(f @ f.T)) for f in structure.factors(theta)]
    found = np.empty(structure.n_theta)
    for place, entry in enumerate(structure.entries):
        n = structure.groups[entry.group].n_levels
        rho = reliability[entry.group]
        together = rho[entry.row] * rho[entry.column] / n
        size = sizes[entry.group][entry.row]
        found[place] = size**2 / max((2.0 if entry.diagonal else 1.0) * together, 1.0)
    return found
