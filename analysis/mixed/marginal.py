"""What a perception researcher reads off a fit: probabilities, variance shares, standardised effects.

A mixed model's coefficients are conditional: they hold for a person and a picture with average random
effects. *Marginal* quantities average over people and pictures. For probabilities the two differ: the
average of F(eta + b) lies nearer to one half than F(eta).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.mixed.grid import Values, grid
from analysis.mixed.links import residual_variance
from analysis.mixed.prediction import fixed_columns, random_columns
from analysis.mixed.response import inverse_link

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]

_N_NODES = 41


def predicted_probabilities(
    fit: MixedFit, at: Values, *, marginal: bool = True, level: float = 0.95
) -> pd.DataFrame:
    """Probability of a 1 at every combination of ``at``, with an interval; Bernoulli models.

    Columns: the predictors, probability, se, low, high. ``marginal`` averages over people and pictures
    (probit: Phi(eta / sqrt(1 + z' Sigma z)), exact; logit: Gauss-Hermite quadrature with 41 nodes);
    otherwise the probability is that of an average person and picture. Intervals by the delta method, on
    the logit of the probability, with the uncertainty of the random effects' variances.
    """
    if fit.family != "bernoulli":
        raise ValueError(f"predicted probabilities need a Bernoulli model; this one is {fit.family}")
    table = grid(fit, at)
    x = fixed_columns(fit, table)
    columns = {name: random_columns(fit, table, name) for name in fit.groups}

    def logits(parameters: Floats) -> Floats:
        beta, theta, _ = fit.estimates.objective.parameters.split(parameters)
        probability = marginal_probability(
            fit, x @ beta, variance_at(fit, theta, columns) if marginal else None
        )
        return np.asarray(np.log(probability / (1 - probability)))

    centre, se = delta_method(fit, logits)
    quantile = float(ndtri(0.5 + level / 2))
    probability = 1 / (1 + np.exp(-centre))
    return table.assign(
        probability=probability,
        se=se * probability * (1 - probability),
        low=1 / (1 + np.exp(-(centre - quantile * se))),
        high=1 / (1 + np.exp(-(centre + quantile * se))),
    )


def variance_shares(fit: MixedFit) -> pd.DataFrame:
    """Where a single answer's variance comes from: index the source, columns variance and share.

    Sources are the groups and the residual: sigma^2 in Gaussian models, on the latent scale 1 (probit)
    or pi^2 / 3 (logit). A group with slopes counts with the mean of z' Sigma z over the rows (Johnson
    2014, Methods in Ecology and Evolution 5:944-946), so that shares do not depend on how predictors are
    coded. The variance that the fixed part explains is not among them.
    """
    rows = dict.fromkeys(fit.groups, 0.0)
    for group in fit.model.design.structure.groups:
        z = group.raw * group.scales
        covariance = fit.random_covariance(group.name).to_numpy()
        rows[group.name] = float(np.einsum("ra,ab,rb->r", z, covariance, z).mean())
    rows["residual"] = (
        fit.sigma**2 if fit.family == "gaussian" else residual_variance(fit.model.link or "logit")
    )
    variance = pd.Series(rows, name="variance")
    return pd.DataFrame({"variance": variance, "share": variance / variance.sum()}).rename_axis("source")


def standardised(fit: MixedFit, *, level: float = 0.95) -> pd.DataFrame:
    """Fixed effects in units of a single answer's standard deviation: estimate, se, low, high.

    After Westfall, Kenny & Judd (2014, Journal of Experimental Psychology: General 143:2020-2045): the
    difference divided by the root of *all* variance, of people, pictures, their slopes and the residual,
    which makes it comparable between designs, and smaller than a d that divides by the residual alone.
    Their sum of variance components belongs to conditions coded -1 and 1; the mean of z' Sigma z used
    here is that sum there, and the same number under any other coding. The estimate is per unit of the
    predictor: with -.5 and .5 it is the difference. Intervals take the variance as known.
    """
    total = float(np.sqrt(variance_shares(fit)["variance"].sum()))
    return fit.fixed_at(level)[["estimate", "se", "low", "high"]] / total


def delta_method(fit: MixedFit, function: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Value and standard errors of a function of all parameters of a Bernoulli or ordinal fit.

    Derivatives by central differences of a hundredth of a standard error. Parameters at the boundary
    are taken as known.
    """
    x, covariance = fit.maximum.x, fit.maximum.covariance
    free = np.flatnonzero(fit.maximum.free)
    slopes = []
    for place in free:
        step = np.zeros(len(x))
        step[place] = 0.01 * np.sqrt(covariance[place, place])
        slopes.append((function(x + step) - function(x - step)) / (2 * step[place]))
    jacobian = np.array(slopes)
    variance = np.einsum("ir,ij,jr->r", jacobian, covariance[np.ix_(free, free)], jacobian)
    return function(x), np.sqrt(variance)


def variance_at(fit: MixedFit, theta: Floats, columns: dict[str, Floats]) -> Floats:
    """z' Sigma z of all groups together, per row of ``columns`` (a matrix for each group)."""
    structure = fit.model.design.structure
    total = np.zeros(len(next(iter(columns.values()))))
    for group, covariance in zip(structure.groups, structure.covariances(theta), strict=True):
        z = columns[group.name]
        total += np.einsum("ra,ab,rb->r", z, covariance, z)
    return total


def marginal_probability(fit: MixedFit, eta: Floats, variance: Floats | None) -> Floats:
    """F(eta) averaged over random effects of this ``variance``; without it, F(eta) itself."""
    link = fit.model.link or "logit"
    if variance is None:
        return inverse_link(link, eta)
    if link == "probit":
        return inverse_link(link, eta / np.sqrt(1 + variance))
    nodes, weights = np.polynomial.hermite_e.hermegauss(_N_NODES)
    spread = eta[:, None] + np.sqrt(variance)[:, None] * nodes
    return np.asarray(inverse_link(link, spread) @ weights / np.sqrt(2 * np.pi))
