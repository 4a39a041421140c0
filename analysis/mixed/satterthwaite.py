"""Degrees of freedom of fixed effects in Gaussian models after Satterthwaite, as lmerTest computes them.

df = 2 v^2 / (J' A J), with v the variance of a contrast of fixed effects, J its derivative in the
variance parameters (theta, sigma), and A = 2 (Hessian of the deviance in them)^-1, the deviance *not*
profiled over sigma (Kuznetsova, Brockhoff & Christensen 2017, Journal of Statistical Software 82(13)).
Parameters at the boundary are taken as known; by symmetry their derivative is 0 there. Kenward and
Roger's df are the alternative; they agree in balanced designs and cost more elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.mixed.gaussian import GaussianDeviance
from analysis.mixed.maximum import Maximum

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class VarianceUncertainty:
    """Covariance of (theta, sigma), NaN at the boundary, and derivatives of cov(beta) in them."""

    covariance: Floats
    derivatives: Floats

    def degrees(self, covariance: Floats, contrast: Floats) -> float:
        """Degrees of freedom of one contrast."""
        variance = float(contrast @ covariance @ contrast)
        slopes = np.einsum("i,kij,j->k", contrast, self.derivatives, contrast)
        known = np.isnan(np.diag(self.covariance))
        spread = float(slopes[~known] @ self.covariance[np.ix_(~known, ~known)] @ slopes[~known])
        return 2 * variance**2 / spread if spread > 0 else np.inf


def variance_uncertainty(objective: GaussianDeviance, maximum: Maximum) -> VarianceUncertainty:
    """How well theta and sigma are known, and how cov(beta) depends on them."""
    objective.value(maximum.x)
    profile = objective.profile
    sigma, degrees = np.sqrt(profile.sigma2), objective.degrees
    free = np.flatnonzero(np.isfinite(np.diag(maximum.covariance)))
    n = len(maximum.x)
    # The maximum knows the Hessian of half the *profiled* deviance; sigma is put back in.
    hessian = np.zeros((len(free) + 1,) * 2)
    across = -2 * objective.residual_sum_derivative()[free] / sigma**3
    own = 4 * degrees / profile.sigma2
    if len(free):
        profiled = np.linalg.pinv(maximum.covariance[np.ix_(free, free)])
        hessian[:-1, :-1] = 2 * profiled + np.outer(across, across) / own
    hessian[:-1, -1] = hessian[-1, :-1] = across
    hessian[-1, -1] = own
    covariance = np.full((n + 1, n + 1), np.nan)
    kept = np.append(free, n)
    covariance[np.ix_(kept, kept)] = 2 * np.linalg.pinv(hessian, hermitian=True)
    derivatives = np.concatenate(
        [
            profile.sigma2 * objective.covariance_derivatives(),
            2 * sigma * profile.unit_covariance[None],
        ]
    )
    return VarianceUncertainty(covariance, derivatives)
