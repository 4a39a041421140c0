"""Likelihood-ratio tests between two fits of the same answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from analysis.mixed.fit import MixedFit


@dataclass(frozen=True)
class LikelihoodRatio:
    """Twice the difference in log likelihood, referred to chi-squared with ``df`` degrees of freedom.

    ``boundary`` says that the models differ in random effects: a variance cannot be negative, so that
    ``p`` is too large (about twofold for a single variance; Self & Liang 1987, JASA 82:605-610).
    """

    formula_small: str
    formula_large: str
    loglik_small: float
    loglik_large: float
    statistic: float
    df: int
    p: float
    boundary: bool
    note: str

    def __str__(self) -> str:
        return f"chi-squared({self.df}) = {self.statistic:.3f}, p = {self.p:.4g}. {self.note}".strip()


def compare(fit_a: MixedFit, fit_b: MixedFit) -> LikelihoodRatio:
    """Test the smaller of two nested fits against the larger; their order does not matter.

    REML likelihoods of models with different fixed parts are not comparable: these are fitted again by
    ML first, as lme4's `anova` does. That one model is nested in the other is for the caller to know;
    what shows that they cannot be compared is refused.
    """
    _check_comparable(fit_a, fit_b)
    note = ""
    if fit_a.reml != fit_b.reml or (fit_a.reml and not _same_fixed_part(fit_a, fit_b)):
        fit_a, fit_b = fit_a.by_ml(), fit_b.by_ml()
        note = "Fitted again by maximum likelihood, since REML depends on the fixed part."
    small, large = sorted((fit_a, fit_b), key=lambda fit: fit.n_parameters)
    df = large.n_parameters - small.n_parameters
    if df == 0:
        raise ValueError(
            f"both models have {small.n_parameters} parameters, so that neither is nested in the other; "
            "compare their AIC instead"
        )
    statistic = 2 * (large.loglik - small.loglik)
    if statistic < -1e-3:
        raise ValueError(
            f"the model with more parameters has the lower log likelihood ({large.loglik:.4f} against "
            f"{small.loglik:.4f}): the models are not nested, or one did not converge"
        )
    boundary = len(small.estimates.theta) != len(large.estimates.theta)
    if boundary:
        note = f"{note} Variances are tested at their boundary: p is conservative.".strip()
    statistic = max(statistic, 0.0)
    return LikelihoodRatio(
        formula_small=small.formula,
        formula_large=large.formula,
        loglik_small=small.loglik,
        loglik_large=large.loglik,
        statistic=statistic,
        df=df,
        p=float(chdtrc(df, statistic)),
        boundary=boundary,
        note=note,
    )


def _check_comparable(a: MixedFit, b: MixedFit) -> None:
    if (a.family, a.link) != (b.family, b.link):
        raise ValueError(f"expected one family and link, found {a.family} {a.link} and {b.family} {b.link}")
    if a.n_observations != b.n_observations:
        raise ValueError(
            f"the fits rest on different rows ({a.n_observations} and {b.n_observations}): missing values "
            "in a column that only one of them uses? Drop these rows first"
        )
    same = np.array_equal(np.sort(a.model.design.rows), np.sort(b.model.design.rows))
    by_row_a, by_row_b = (fit.model.answers.y[np.argsort(fit.model.design.rows)] for fit in (a, b))
    if not same or not np.array_equal(by_row_a, by_row_b):
        raise ValueError("the fits rest on different answers; a likelihood ratio needs the same ones")


def _same_fixed_part(a: MixedFit, b: MixedFit) -> bool:
    return set(a.model.design.fixed_names) == set(b.model.design.fixed_names)
