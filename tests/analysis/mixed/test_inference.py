"""Tests, intervals, modes, predictions and simulations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.mixed import compare, fit_mixed, parametric_bootstrap
from analysis.mixed.fit import fit_model
from analysis.mixed.maximum import Maximiser
from tests.analysis.mixed.crossed import Truth, dense_random, simulate_crossed

FORMULA = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"
FAMILIES = (
    ("bernoulli", "logit", "yes"),
    ("bernoulli", "probit", "yes"),
    ("gaussian", None, "z"),
    ("ordinal", "logit", "rating"),
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return simulate_crossed(30, 12, 20, seed=2)


@pytest.fixture(scope="module")
def fits(table):
    return {
        answer + (link or ""): fit_mixed(FORMULA.format(answer), table, family=family, link=link)
        for family, link, answer in FAMILIES
    }


def test_wald_columns_belong_together(fits):
    for fit in fits.values():
        fixed = fit.fixed
        assert list(fixed.columns) == ["estimate", "se", "statistic", "df", "p", "low", "high"]
        assert fixed.index.name == "term"
        reference = stats.t(fixed["df"]) if fit.family == "gaussian" else stats.norm()
        assert fixed["p"].to_numpy() == pytest.approx(2 * reference.sf(fixed["statistic"].abs()))
        assert fixed["high"].to_numpy() == pytest.approx(
            fixed["estimate"] + reference.ppf(0.975) * fixed["se"]
        )
        wider = fit.fixed_at(0.99)
        assert (wider["low"] < fixed["low"]).all()


def test_the_covariance_holds_all_parameters(fits):
    assert list(fits["yeslogit"].covariance) == [
        "Intercept",
        "ai",
        "participant: Intercept",
        "participant: ai, Intercept",
        "participant: ai",
        "stimulus: Intercept",
    ]
    assert list(fits["ratinglogit"].covariance)[:3] == ["ai", "1|2", "2|3"]
    assert list(fits["z"].covariance)[-1] == "sigma"
    for fit in fits.values():
        assert np.sqrt(np.diag(fit.covariance))[0] == pytest.approx(fit.fixed["se"].iloc[0])
        assert fit.covariance.to_numpy() == pytest.approx(fit.covariance.to_numpy().T)


def test_standard_errors_are_the_curvature_of_the_likelihood():
    """A Hessian by second differences of the likelihood itself."""
    fit = fit_mixed(FORMULA.format("yes"), simulate_crossed(60, 20, 30, seed=2), family="bernoulli")
    objective, x, n = fit.model.laplace(), fit.maximum.x, len(fit.maximum.x)
    step = 0.01 * np.sqrt(np.diag(fit.maximum.covariance))
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            corners = []
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = x.copy()
                moved[i] += a * step[i]
                moved[j] += b * step[j]
                corners.append(objective.value(moved, tolerance=1e-16))
            hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step[i] * step[j])
    assert np.sqrt(np.diag(np.linalg.inv(hessian))) == pytest.approx(
        np.sqrt(np.diag(fit.maximum.covariance)), rel=2e-3
    )


def test_the_likelihood_ratio_compares_nested_models(table, fits):
    small = fit_mixed("yes ~ 1 + (1 + ai | participant) + (1 | stimulus)", table, family="bernoulli")
    test = compare(fits["yeslogit"], small)
    assert test == compare(small, fits["yeslogit"])
    assert test.df == 1
    assert test.statistic == pytest.approx(2 * (fits["yeslogit"].loglik - small.loglik))
    assert test.p == pytest.approx(stats.chi2(1).sf(test.statistic))
    assert not test.boundary
    assert str(test).startswith("chi-squared(1) = ")


def test_reml_fits_with_other_fixed_parts_are_compared_by_ml(table, fits):
    small = fit_mixed("z ~ 1 + (1 + ai | participant) + (1 | stimulus)", table)
    test = compare(small, fits["z"])
    assert test.note.startswith("Fitted again by maximum likelihood")
    large_ml, small_ml = (
        fit_mixed(f"z ~ {fixed} + (1 + ai | participant) + (1 | stimulus)", table, reml=False)
        for fixed in ("ai", "1")
    )
    assert test.statistic == pytest.approx(2 * (large_ml.loglik - small_ml.loglik), abs=1e-5)


def test_a_test_of_variances_says_that_it_is_at_the_boundary(table, fits):
    small = fit_mixed("z ~ ai + (1 | participant) + (1 | stimulus)", table)
    test = compare(small, fits["z"])
    assert test.boundary
    assert test.df == 2
    assert test.note == "Variances are tested at their boundary: p is conservative."


def test_what_cannot_be_compared_is_refused(table, fits):
    with pytest.raises(ValueError, match="expected one family and link"):
        compare(fits["yeslogit"], fits["yesprobit"])
    with pytest.raises(ValueError, match="both models have 6 parameters"):
        compare(fits["yeslogit"], fits["yeslogit"])
    fewer = fit_mixed("yes ~ 1 + (1 | stimulus)", table.iloc[1:], family="bernoulli")
    with pytest.raises(ValueError, match=r"different rows \(360 and 359\)"):
        compare(fits["yeslogit"], fewer)
    flipped = fit_mixed("yes ~ 1 + (1 | stimulus)", table.assign(yes=1 - table.yes), family="bernoulli")
    with pytest.raises(ValueError, match="different answers"):
        compare(fits["yeslogit"], flipped)


@pytest.mark.parametrize("name", ["yeslogit", "ratinglogit", "z"])
def test_a_profile_interval_ends_where_the_likelihood_has_fallen_by_1_92(table, fits, name):
    fit = fits[name]
    interval = fit.profile("ai")
    wald = fit.fixed.loc["ai"]
    assert (interval.low, interval.high) == pytest.approx((wald["low"], wald["high"]), abs=0.25 * wald["se"])
    formula = f"{fit.model.design.formula.response} ~ (1 + ai | participant) + (1 | stimulus)"
    held = fit_mixed(
        formula, table, family=fit.family, link=fit.link, reml=False, offset=interval.high * table.ai
    )
    free = fit if fit.family != "gaussian" else fit_mixed(FORMULA.format("z"), table, reml=False)
    assert 2 * (free.loglik - held.loglik) == pytest.approx(stats.chi2(1).ppf(0.95), abs=2e-3)


def test_thresholds_have_profile_intervals_too(fits):
    interval = fits["ratinglogit"].profile("2|3")
    row = fits["ratinglogit"].thresholds.loc["2|3"]
    assert interval.low == pytest.approx(row["low"], abs=0.25 * row["se"])
    with pytest.raises(KeyError, match="no fixed effect or threshold 'nothing'; there are ai, 1"):
        fits["ratinglogit"].profile("nothing")


def test_gaussian_modes_are_the_conditional_means(table):
    fit = fit_mixed(FORMULA.format("z"), table)
    structure, design = fit.model.design.structure, fit.model.design
    groups = [(group.codes, group.raw) for group in structure.groups]
    zl = dense_random(groups, structure.factors(fit.estimates.theta))
    h = zl.T @ zl + np.eye(zl.shape[1])
    u = np.linalg.solve(h, zl.T @ (fit.model.answers.y - design.x @ fit.estimates.beta))
    factor = structure.factors(fit.estimates.theta)[0]
    expected = u[:60].reshape(30, 2) @ factor.T / structure.groups[0].scales
    modes = fit.modes("participant")
    assert modes[["Intercept", "ai"]].to_numpy() == pytest.approx(expected, abs=1e-9)
    inverse = fit.sigma**2 * np.linalg.inv(h)
    turn = factor / structure.groups[0].scales[:, None]
    first = turn @ inverse[:2, :2] @ turn.T
    assert modes[["Intercept_se", "ai_se"]].iloc[0].to_numpy() == pytest.approx(np.sqrt(np.diag(first)))
    stimulus = inverse[60:, 60:] * structure.factors(fit.estimates.theta)[1][0, 0] ** 2
    assert fit.modes("stimulus")["Intercept_se"].to_numpy() == pytest.approx(np.sqrt(np.diag(stimulus)))
    with pytest.raises(
        KeyError, match="no random effects by 'pair'; there are some by participant, stimulus"
    ):
        fit.modes("pair")


@pytest.mark.parametrize("name", ["yeslogit", "yesprobit", "z", "ratinglogit"])
def test_predictions_for_the_rows_of_the_fit_are_the_same_either_way(table, fits, name):
    fit = fits[name]
    old, new = fit.predict(), fit.predict(table, ("participant", "stimulus"))
    assert np.asarray(old) == pytest.approx(np.asarray(new))
    assert old.index.equals(table.index)
    if name == "ratinglogit":
        assert list(old.columns) == ["1", "2", "3", "4", "5"]
        assert old.sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_predictions_follow_from_the_tables(table, fits):
    fit = fits["yeslogit"]
    person = fit.modes("participant").loc["p003"]
    row = pd.DataFrame({"participant": ["p003"], "ai": [0.5]})
    b = fit.fixed["estimate"]
    eta = b["Intercept"] + 0.5 * b["ai"] + person["Intercept"] + 0.5 * person["ai"]
    assert fit.predict(row, ("participant",), scale="link").iloc[0] == pytest.approx(eta)
    assert fit.predict(row, ("participant",)).iloc[0] == pytest.approx(1 / (1 + np.exp(-eta)))
    assert fit.predict(row, (), offset=[1.0], scale="link").iloc[0] == pytest.approx(
        b["Intercept"] + 0.5 * b["ai"] + 1
    )


def test_a_new_person_counts_as_average_and_is_mentioned(fits):
    row = pd.DataFrame({"participant": ["somebody"], "stimulus": ["s001"], "ai": [0.5]})
    with pytest.warns(UserWarning, match="1 levels of participant were not in the data of the fit"):
        new = fits["yeslogit"].predict(row)
    assert new.iloc[0] == pytest.approx(fits["yeslogit"].predict(row, ("stimulus",)).iloc[0])
    with pytest.raises(KeyError, match="no column participant; add it, or leave participant out of include"):
        fits["yeslogit"].predict(row.drop(columns="participant"))


@pytest.mark.parametrize("name", ["yeslogit", "z", "ratinglogit"])
def test_simulated_answers_look_like_the_answers(table, fits, name):
    fit = fits[name]
    one, again = (fit.simulate(np.random.default_rng(3)) for _ in range(2))
    pd.testing.assert_series_equal(one, again)
    assert one.index.equals(table.index)
    observed = table[fit.model.design.formula.response]
    assert set(one.unique()) <= set(observed.unique()) or name == "z"
    means = [fit.simulate(np.random.default_rng(seed)).astype(float).mean() for seed in range(40)]
    assert abs(np.mean(means) - observed.mean()) < 4 * np.std(means) / np.sqrt(40) + 0.02


@pytest.mark.parametrize("name", ["yeslogit", "z", "ratinglogit"])
def test_the_parametric_bootstrap_agrees_with_wald(fits, name):
    fit = fits[name]
    bootstrap = parametric_bootstrap(fit, n=60, seed=1)
    table = bootstrap.intervals()
    assert bootstrap.n_failed == 0
    assert table.loc["ai", "se"] == pytest.approx(fit.fixed.loc["ai", "se"], rel=0.35)
    assert table.loc["ai", "low"] < fit.fixed.loc["ai", "estimate"] < table.loc["ai", "high"]
    assert "sd participant: ai" in table.index
    assert "corr participant: ai" in table.index
    fewer = parametric_bootstrap(fit, n=3, seed=1)
    pd.testing.assert_frame_equal(fewer.draws, bootstrap.draws.iloc[:3])


def test_a_model_fitted_again_to_its_own_answers_is_the_same_fit(fits):
    fit = fits["yeslogit"]
    again = fit_model(
        fit.model.with_answers(fit.model.answers), start=(fit.maximum.x, fit.maximum.covariance)
    )
    assert again.loglik == pytest.approx(fit.loglik, abs=1e-6)
    assert again.fixed["se"].to_numpy() == pytest.approx(fit.fixed["se"], rel=2e-3)


@pytest.mark.parametrize("name", ["yeslogit", "ratinglogit"])
def test_a_standard_deviation_has_a_profile_interval(table, fits, name):
    """At its ends the likelihood has fallen by 1.92: found here by holding Lambda's only element."""
    fit = fits[name]
    interval = fit.profile_sd("stimulus", "Intercept")
    assert interval.low < fit.random["sd"][2] < interval.high
    objective, x = fit.model.laplace(), fit.maximum.x.copy()
    place = objective.parameters.theta_slice.stop - 1
    held = np.zeros(len(x), dtype=bool)
    held[place] = True
    x[place] = interval.high
    point = Maximiser(objective, fit.model.engine_structure, objective.parameters.theta_slice).reach(
        x, np.where(np.eye(len(x)) > 0, fit.maximum.covariance, 0.0), held=held
    )
    assert 2 * (fit.loglik + point.value) == pytest.approx(stats.chi2(1).ppf(0.95), abs=2e-3)


def test_the_interval_of_a_variance_that_may_be_zero_begins_at_zero():
    truth = Truth(sd_participant=0.5, sd_slope=0.0, correlation=0.0, sd_stimulus=0.1)
    data = simulate_crossed(20, 10, 14, seed=3, truth=truth)
    for family, answer in (("gaussian", "z"), ("bernoulli", "yes")):
        fit = fit_mixed(f"{answer} ~ ai + (1 | participant) + (1 | stimulus)", data, family=family)
        interval = fit.profile_sd("stimulus", "Intercept")
        assert interval.low == 0.0
        assert 0.1 < interval.high < 1.5
    with pytest.raises(KeyError, match="'ai' does not vary by stimulus; what does: Intercept"):
        fit.profile_sd("stimulus", "ai")
