"""Parametric bootstrap: simulate from the fit, fit again, and see how everything varies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.mixed.fit import MixedFit, fit_model
from analysis.mixed.prediction import simulated_answers

Statistic = Callable[[MixedFit], Mapping[str, float]]


@dataclass(frozen=True)
class ParametricBootstrap:
    """Replicates of estimates: one row per simulated data set, one column per quantity.

    ``estimate`` are the quantities of the fit itself. ``n_failed`` data sets could not be fitted (all
    answers alike, say) and are left out.
    """

    estimate: pd.Series[float]
    draws: pd.DataFrame
    n_failed: int

    def intervals(self, level: float = 0.95) -> pd.DataFrame:
        """estimate, se, low, high: percentile intervals, index the quantity."""
        tail = (1 - level) / 2
        return pd.DataFrame(
            {
                "estimate": self.estimate,
                "se": self.draws.std(ddof=1),
                "low": self.draws.quantile(tail),
                "high": self.draws.quantile(1 - tail),
            }
        )


def parametric_bootstrap(
    fit: MixedFit, *, n: int = 1000, seed: int, statistic: Statistic | None = None
) -> ParametricBootstrap:
    """Fit ``n`` data sets simulated from ``fit``, people and pictures drawn anew.

    ``statistic`` names the quantities wanted of a fit; the default is all estimates: fixed effects,
    thresholds, standard deviations and correlations. Every data set has a seed of its own, so that more
    of them leave the first ones as they are.
    """
    measured = statistic or all_estimates
    rows, n_failed = [], 0
    start = (fit.maximum.x, _metric(fit))
    for child in np.random.SeedSequence(seed).spawn(n):
        answers = simulated_answers(fit, np.random.default_rng(child))
        try:
            again = fit_model(fit.model.with_answers(answers), start=start)
        except (ArithmeticError, np.linalg.LinAlgError):
            n_failed += 1
            continue
        rows.append(dict(measured(again)))
    estimate = pd.Series(dict(measured(fit)), dtype=float)
    return ParametricBootstrap(estimate, pd.DataFrame(rows, columns=estimate.index), n_failed)


def all_estimates(fit: MixedFit) -> dict[str, float]:
    """Every estimate of a fit by name; `sd participant: ai_c`, `corr participant: ai_c`."""
    names = [*fit.model.design.fixed_names, *fit.threshold_names]
    found = dict(zip(names, map(float, np.r_[fit.estimates.beta, fit.estimates.thresholds]), strict=True))
    random = fit.random
    for place, name in enumerate(random["group"] + ": " + random["term"]):
        found[f"sd {name}"] = float(random["sd"].to_numpy()[place])
        corr = float(random["corr"].to_numpy()[place])
        if np.isfinite(corr):
            found[f"corr {name}"] = corr
    return found


def _metric(fit: MixedFit) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    covariance = fit.maximum.covariance
    metric = np.where(np.isnan(covariance), 0.0, covariance)
    still = np.isnan(np.diag(covariance))
    metric[still, still] = 0.01
    return metric
