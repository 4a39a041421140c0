"""Singular fits: the best likelihood is found, the flag is honest, and what is said is true."""

import numpy as np
import pandas as pd
import pytest

from analysis.mixed import fit_mixed
from analysis.mixed.structure import RandomGroup, RandomStructure
from tests.analysis.mixed.crossed import Truth, simulate_crossed

FORMULA = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"
FAMILIES = (("bernoulli", "logit", "yes"), ("gaussian", None, "z"), ("ordinal", "probit", "rating"))


def two_columns(n: int = 6) -> RandomStructure:
    codes = np.arange(n) % 3
    group = RandomGroup(
        "g", pd.Index([0, 1, 2]), codes, ("Intercept", "a"), np.ones((n, 2)), np.ones(2), ((0, 1),)
    )
    return RandomStructure((group,))


@pytest.mark.parametrize(
    "theta", [(0.5, -0.2, -0.3), (-0.5, 0.2, 0.3), (0.0, 0.4, 0.3), (0.3, 0.1, 0.0), (0, 0, 0)]
)
def test_a_canonical_lambda_has_the_same_covariance_and_no_negative_diagonal(theta):
    structure = two_columns()
    before = structure.covariances(np.array(theta, dtype=float))[0]
    canonical = structure.canonical(np.array(theta, dtype=float))
    assert structure.covariances(canonical)[0] == pytest.approx(before, abs=1e-14)
    assert canonical[0] >= 0
    assert canonical[2] >= 0


def test_a_boundary_is_a_zero_column():
    structure = two_columns()
    canonical = structure.canonical(np.array([0.0, 0.4, 0.3]))
    assert canonical == pytest.approx([0.0, 0.0, 0.5])
    assert structure.boundary(canonical).tolist() == [True, True, False]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("family", "link", "answer"), FAMILIES)
def test_no_start_finds_a_better_likelihood_than_a_singular_fit(family, link, answer, seed):
    truth = Truth(sd_participant=0.2, sd_slope=0.1, correlation=1.0, sd_stimulus=0.1)
    table = simulate_crossed(16, 10, 14, seed=seed, link=link or "probit", truth=truth)
    fit = fit_mixed(FORMULA.format(answer), table, family=family, link=link)
    assert fit.converged
    objective = fit.estimates.objective
    rng = np.random.default_rng(seed)
    where = fit.model.design.structure.n_theta
    first = 0 if family == "gaussian" else len(fit.estimates.beta)
    for _ in range(60):
        x = fit.maximum.x.copy()
        x[first : first + where] += rng.normal(0, rng.choice([0.02, 0.1, 0.3]), where)
        assert -objective.value(x, tolerance=1e-12) <= fit.loglik + 1e-6


def test_a_variance_that_is_not_there_is_said_to_be_zero():
    truth = Truth(sd_participant=0.5, sd_slope=0.0, correlation=0.0, sd_stimulus=0.0)
    table = simulate_crossed(20, 10, 14, seed=3, truth=truth)
    fit = fit_mixed("z ~ ai + (1 | participant) + (1 | stimulus)", table)
    assert fit.singular
    assert fit.random.set_index("group").loc["stimulus", "sd"] == 0
    assert "stimulus: Intercept" in fit.covariance
    assert fit.covariance.loc["stimulus: Intercept"].isna().all()
    assert "Intercept does not vary by stimulus (sd 0)" in fit.messages[0]
    without = fit_mixed("z ~ ai + (1 | participant)", table)
    assert fit.loglik == pytest.approx(without.loglik, abs=1e-6)
    assert fit.fixed["df"].to_numpy() == pytest.approx(without.fixed["df"], rel=1e-3)


def test_a_perfect_correlation_is_reported_as_one():
    truth = Truth(sd_participant=0.7, sd_slope=0.7, correlation=1.0, sd_stimulus=0.5)
    fits = [
        fit_mixed(
            FORMULA.format("yes"), simulate_crossed(20, 12, 16, seed=s, truth=truth), family="bernoulli"
        )
        for s in range(5)
    ]
    singular = [fit for fit in fits if fit.singular and fit.random["sd"].min() > 0]
    assert singular
    for fit in singular:
        assert abs(fit.random["corr"][1]) == pytest.approx(1.0, abs=1e-9)
        assert "ai and Intercept by participant are perfectly correlated" in fit.messages[0]


def test_nothing_varies_at_all():
    truth = Truth(sd_participant=0.0, sd_slope=0.0, correlation=0.0, sd_stimulus=0.0)
    table = simulate_crossed(12, 10, 14, seed=3, truth=truth)
    means = table.groupby("participant")["z"].transform("mean")
    flat = table.assign(z=table.z - means)
    fit = fit_mixed("z ~ ai + (1 | participant)", flat, reml=False)
    assert fit.singular
    n = len(flat)
    residual = flat.z - fit.fixed["estimate"]["Intercept"] - fit.fixed["estimate"]["ai"] * flat.ai
    ols = -0.5 * n * (np.log(2 * np.pi * (residual**2).mean()) + 1)
    assert fit.loglik == pytest.approx(ols, abs=1e-9)


def test_a_fit_inside_the_boundary_is_not_called_singular():
    table = simulate_crossed(40, 20, 30, seed=2)
    for family, link, answer in FAMILIES:
        fit = fit_mixed(FORMULA.format(answer), table, family=family, link=link)
        assert not fit.singular
        assert fit.messages == ()
        assert fit.covariance.notna().all(axis=None)
