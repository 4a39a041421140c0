"""d', side bias, probabilities, shares, standardised effects: by hand, by identity, by simulation."""

import numpy as np
import pytest
from scipy.stats import norm

from analysis.mixed import (
    fit_mixed,
    predicted_probabilities,
    sensitivity,
    standardised,
    variance_shares,
)
from tests.analysis.mixed.crossed import Truth, simulate_crossed

FORMULA = "yes ~ ai + (1 + ai | participant) + (1 | stimulus)"


@pytest.fixture(scope="module")
def table():
    return simulate_crossed(60, 30, 40, seed=3)


@pytest.fixture(scope="module")
def probit(table):
    return fit_mixed(FORMULA, table, family="bernoulli", link="probit")


def test_d_prime_of_pairs_is_the_slope_over_root_two(probit):
    found = sensitivity(probit, "ai", layout="pair").set_index("quantity")
    slope, intercept = probit.fixed.loc["ai"], probit.fixed.loc["Intercept"]
    assert found.loc["d_prime", "estimate"] == pytest.approx(slope["estimate"] / np.sqrt(2))
    assert found.loc["d_prime", "se"] == pytest.approx(slope["se"] / np.sqrt(2))
    assert found.loc["d_prime", "low"] == pytest.approx(slope["low"] / np.sqrt(2))
    assert found.loc["side_bias", "estimate"] == pytest.approx(intercept["estimate"])
    assert found.loc["side_bias", "method"] == "delta method"


def test_d_prime_of_single_faces_is_the_slope_and_the_criterion_its_intercept_turned(probit):
    found = sensitivity(probit, "ai", layout="single").set_index("quantity")
    assert found.loc["d_prime", "estimate"] == pytest.approx(probit.fixed.loc["ai", "estimate"])
    assert found.loc["criterion", "estimate"] == pytest.approx(-probit.fixed.loc["Intercept", "estimate"])


def test_d_prime_does_not_depend_on_the_coding(table, probit):
    zero_one = table.assign(ai=table.ai + 0.5)
    other = fit_mixed(FORMULA, zero_one, family="bernoulli", link="probit")
    for one, two in zip(
        *(sensitivity(fit, "ai", layout="pair")["estimate"] for fit in (probit, other)), strict=True
    ):
        assert one == pytest.approx(two, abs=1e-5)


def test_d_prime_follows_a_moderator(table):
    rng = np.random.default_rng(1)
    more = table.assign(x=rng.normal(size=len(table)))
    fit = fit_mixed(
        "yes ~ ai * x + (1 | participant) + (1 | stimulus)", more, family="bernoulli", link="probit"
    )
    found = sensitivity(fit, "ai", layout="pair", at={"x": [0.0, 2.0]})
    d = found[found.quantity == "d_prime"].set_index("x")["estimate"]
    b = fit.fixed["estimate"]
    assert d[2.0] - d[0.0] == pytest.approx(2 * b["ai:x"] / np.sqrt(2))


def test_the_bootstrap_of_d_prime_agrees_with_the_delta_method(probit):
    delta = sensitivity(probit, "ai", layout="pair")
    bootstrap = sensitivity(probit, "ai", layout="pair", n_bootstrap=80, seed=2)
    assert bootstrap["method"].tolist() == ["parametric bootstrap, 80 data sets"] * 2
    assert bootstrap["se"].to_numpy() == pytest.approx(delta["se"], rel=0.3)
    assert np.array_equal(bootstrap["estimate"], delta["estimate"])


def test_the_known_sensitivity_is_recovered():
    truth = Truth(intercept=0.1, slope=0.9)
    fit = fit_mixed(
        FORMULA, simulate_crossed(150, 60, 120, seed=5, truth=truth), family="bernoulli", link="probit"
    )
    found = sensitivity(fit, "ai", layout="pair").set_index("quantity")
    assert abs(found.loc["d_prime", "estimate"] - 0.9 / np.sqrt(2)) < 3 * found.loc["d_prime", "se"]
    assert abs(found.loc["side_bias", "estimate"] - 0.1) < 3 * found.loc["side_bias", "se"]


def test_d_prime_needs_a_probit_and_two_values(table, probit):
    logit = fit_mixed(FORMULA, table, family="bernoulli")
    with pytest.raises(ValueError, match="d' needs a Bernoulli probit model; this one is bernoulli logit"):
        sensitivity(logit, "ai", layout="pair")
    with pytest.raises(ValueError, match="at: ai is what d' compares"):
        sensitivity(probit, "ai", layout="pair", at={"ai": 1})


def test_the_marginal_probability_is_the_average_over_people_and_pictures(probit):
    found = predicted_probabilities(probit, {"ai": [-0.5, 0.5]})
    rng = np.random.default_rng(1)
    people = rng.multivariate_normal([0, 0], probit.random_covariance("participant"), 200_000)
    pictures = rng.normal(0, probit.random["sd"][2], 200_000)
    b = probit.fixed["estimate"]
    for row in found.itertuples():
        eta = b["Intercept"] + b["ai"] * row.ai + people[:, 0] + people[:, 1] * row.ai + pictures
        assert row.probability == pytest.approx(norm.cdf(eta).mean(), abs=2e-3)
        assert row.low < row.probability < row.high


def test_logit_and_probit_models_give_nearly_the_same_probabilities(table, probit):
    logit = fit_mixed(FORMULA, table, family="bernoulli")
    one, two = (predicted_probabilities(fit, {"ai": [-0.5, 0.5]}) for fit in (logit, probit))
    assert one["probability"].to_numpy() == pytest.approx(two["probability"], abs=5e-3)
    assert one["se"].to_numpy() == pytest.approx(two["se"], rel=0.1)


def test_conditional_probabilities_are_those_of_an_average_person_and_picture(probit):
    found = predicted_probabilities(probit, {"ai": 0.5}, marginal=False)
    assert found["probability"].iloc[0] == pytest.approx(
        norm.cdf(probit.fixed["estimate"]["Intercept"] + 0.5 * probit.fixed["estimate"]["ai"])
    )


def test_a_grid_needs_levels_of_categories_and_knows_its_predictors(table):
    kinds = table.assign(kind=np.where(np.arange(len(table)) % 2, "a", "b"))
    fit = fit_mixed("yes ~ ai + kind + (1 | stimulus)", kinds, family="bernoulli")
    with pytest.raises(ValueError, match="at: say at which level of kind"):
        predicted_probabilities(fit, {"ai": 0.5})
    with pytest.raises(KeyError, match="nothing is no predictor of the model; there are ai, kind"):
        predicted_probabilities(fit, {"nothing": 0.5})
    assert len(predicted_probabilities(fit, {"ai": [-0.5, 0.5], "kind": ["a", "b"]})) == 4


def test_variance_shares_add_up_and_do_not_depend_on_coding(table, probit):
    shares = variance_shares(probit)
    assert shares["share"].sum() == pytest.approx(1.0)
    assert list(shares.index) == ["participant", "stimulus", "residual"]
    assert shares.loc["residual", "variance"] == 1.0
    recoded = fit_mixed(FORMULA, table.assign(ai=3 * table.ai + 1), family="bernoulli", link="probit")
    assert variance_shares(recoded)["share"].to_numpy() == pytest.approx(shares["share"], rel=1e-3)


def test_standardised_effects_divide_by_all_variance(table):
    fit = fit_mixed("z ~ ai + (1 + ai | participant) + (1 | stimulus)", table)
    found = standardised(fit)
    cov = fit.random_covariance("participant").to_numpy()
    z = np.column_stack([np.ones(len(table)), table.ai])
    person = np.einsum("ra,ab,rb->r", z, cov, z).mean()
    sds = fit.random.set_index("group")["sd"]
    total = person + sds["stimulus"] ** 2 + sds["Residual"] ** 2
    assert found.loc["ai", "estimate"] == pytest.approx(fit.fixed.loc["ai", "estimate"] / np.sqrt(total))
    assert found.loc["ai", "low"] == pytest.approx(fit.fixed.loc["ai", "low"] / np.sqrt(total))


def test_standardised_effects_are_wkjs_sum_of_components_with_conditions_at_minus_and_plus_one(table):
    fit = fit_mixed("z ~ ai + (1 + ai | participant) + (1 | stimulus)", table.assign(ai=2 * table.ai))
    cov = fit.random_covariance("participant").to_numpy()
    balance = 2 * (2 * table.ai).mean() * cov[0, 1]
    components = (fit.random["sd"] ** 2).sum() + balance
    assert standardised(fit).loc["ai", "estimate"] == pytest.approx(
        fit.fixed.loc["ai", "estimate"] / np.sqrt(components)
    )
