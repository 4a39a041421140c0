"""Data of people crossed with pictures, with known truth, and likelihoods computed the slow way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_ndtr

THRESHOLDS = (-1.2, -0.4, 0.4, 1.2)


@dataclass(frozen=True)
class Truth:
    """Latent scale of the link: standard normal (probit) or standard logistic (logit) residuals."""

    intercept: float = 0.2
    slope: float = 0.8
    sd_participant: float = 0.5
    sd_slope: float = 0.6
    correlation: float = 0.3
    sd_stimulus: float = 0.5


def simulate_crossed(
    n_participants: int,
    n_trials: int,
    n_stimuli: int,
    *,
    seed: int,
    link: str = "probit",
    truth: Truth | None = None,
    repeats: int = 1,
) -> pd.DataFrame:
    """participant, stimulus, ai (-.5, .5), z (latent), yes (0/1), rating (1-5).

    Every participant sees ``n_trials`` pictures drawn without replacement, each ``repeats`` times.
    """
    truth = truth or Truth()
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_participants), n_trials * repeats)
    seen = [np.tile(rng.choice(n_stimuli, n_trials, replace=False), repeats) for _ in range(n_participants)]
    picture = np.concatenate(seen)
    ai = (picture % 2) - 0.5
    covariance = truth.correlation * truth.sd_participant * truth.sd_slope
    effects = rng.multivariate_normal(
        [0, 0], [[truth.sd_participant**2, covariance], [covariance, truth.sd_slope**2]], n_participants
    )
    pictures = rng.normal(0, truth.sd_stimulus, n_stimuli)
    eta = (
        truth.intercept + truth.slope * ai + effects[person, 0] + effects[person, 1] * ai + pictures[picture]
    )
    z = eta + (rng.normal(size=len(eta)) if link == "probit" else rng.logistic(size=len(eta)))
    return pd.DataFrame(
        {
            "participant": [f"p{i:03d}" for i in person],
            "stimulus": [f"s{i:03d}" for i in picture],
            "ai": ai,
            "z": z,
            "yes": (z > 0).astype(int),
            "rating": np.digitize(z, THRESHOLDS) + 1,
        }
    )


def dense_random(groups: list[tuple[np.ndarray, np.ndarray]], factors: list[np.ndarray]) -> np.ndarray:
    """Z Lambda as one dense matrix. A group is (codes, columns of its design)."""
    blocks = []
    for (codes, columns), factor in zip(groups, factors, strict=True):
        turned = columns @ factor
        block = np.zeros((len(codes), (codes.max() + 1) * turned.shape[1]))
        for c in range(turned.shape[1]):
            block[np.arange(len(codes)), codes * turned.shape[1] + c] = turned[:, c]
        blocks.append(block)
    return np.hstack(blocks)


def dense_laplace(y: np.ndarray, fixed: np.ndarray, zl: np.ndarray, link: str) -> float:
    """Laplace log likelihood of 0/1 answers with everything dense and a general-purpose optimiser."""
    sign = np.where(y == 1, 1.0, -1.0)
    log_f = log_expit if link == "logit" else log_ndtr

    def slope(t: np.ndarray) -> np.ndarray:
        if link == "logit":
            return expit(-t)
        return np.exp(-0.5 * t * t - 0.5 * np.log(2 * np.pi) - log_ndtr(t))

    def objective(u: np.ndarray) -> tuple[float, np.ndarray]:
        t = sign * (fixed + zl @ u)
        return -(log_f(t).sum() - 0.5 * u @ u), -(zl.T @ (sign * slope(t)) - u)

    u = minimize(objective, np.zeros(zl.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    eta = fixed + zl @ u
    first = slope(sign * eta)
    w = first * (1 - first) if link == "logit" else first * (first + sign * eta)
    information = zl.T @ (w[:, None] * zl) + np.eye(zl.shape[1])
    return float(-objective(u)[0] - 0.5 * np.linalg.slogdet(information)[1])
