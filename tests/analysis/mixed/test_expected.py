"""Expected answers of ordinal models in points: by quadrature, by identity, by simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate
from scipy.stats import norm

from analysis.mixed import expected_answers, expected_shares, fit_mixed
from tests.analysis.mixed.crossed import simulate_crossed

FORMULA = "rating ~ ai + (1 + ai | participant) + (1 | stimulus)"
AT = pd.DataFrame({"ai": [-0.5, 0.5]})


@pytest.fixture(scope="module")
def fit():
    return fit_mixed(FORMULA, simulate_crossed(60, 30, 40, seed=3), family="ordinal", link="probit")


def by_quadrature(fit, ai: float) -> float:
    people = fit.random_covariance("participant").to_numpy()
    z = np.array([1, ai])
    sd = np.sqrt(z @ people @ z + fit.random_covariance("stimulus").to_numpy()[0, 0])
    eta = fit.fixed.loc["ai", "estimate"] * ai
    thresholds = fit.thresholds["estimate"].to_numpy()

    def mean(effect: float) -> float:
        return float(1 + norm.sf(thresholds - eta - effect).sum())

    return integrate.quad(lambda b: mean(b) * norm.pdf(b, scale=sd), -8 * sd, 8 * sd)[0]


def test_expected_answers_are_the_integral_over_people_and_pictures(fit):
    found = expected_answers(fit, AT)["estimate"]
    assert found.to_numpy() == pytest.approx([by_quadrature(fit, -0.5), by_quadrature(fit, 0.5)], abs=1e-6)


def test_a_difference_is_the_difference_of_two_rows(fit):
    each = expected_answers(fit, AT)["estimate"]
    gap = expected_answers(fit, AT, np.array([[-1.0, 1.0]]))
    assert gap["estimate"][0] == pytest.approx(each[1] - each[0])
    assert gap["low"][0] < gap["estimate"][0] < gap["high"][0]


def test_shares_add_up_and_average_to_the_expected_answer(fit):
    shares = expected_shares(fit, AT)
    assert shares.sum(axis=1).to_numpy() == pytest.approx([1, 1])
    assert shares.to_numpy() @ np.arange(1, 6) == pytest.approx(expected_answers(fit, AT)["estimate"])


def test_the_standard_error_is_that_of_repeated_studies():
    gaps, ses = [], []
    for seed in range(20):
        table = simulate_crossed(40, 16, 20, seed=seed)
        fit = fit_mixed(FORMULA, table, family="ordinal", link="probit")
        found = expected_answers(fit, AT, np.array([[-1.0, 1.0]]))
        gaps.append(found["estimate"][0])
        ses.append(found["se"][0])
    assert np.mean(ses) == pytest.approx(np.std(gaps, ddof=1), rel=0.4)


def test_a_model_of_yes_and_no_has_no_points():
    table = simulate_crossed(20, 10, 12, seed=1)
    other = fit_mixed("yes ~ ai + (1 | participant)", table, family="bernoulli")
    with pytest.raises(ValueError, match="expected answers need an ordinal model; this one is bernoulli"):
        expected_answers(other, AT)


def test_categories_without_numbers_have_no_points():
    table = simulate_crossed(20, 10, 12, seed=1)
    words = table.assign(rating=pd.Categorical(table["rating"].map(lambda k: "abcde"[k - 1]), ordered=True))
    other = fit_mixed("rating ~ ai + (1 | participant)", words, family="ordinal", link="probit")
    with pytest.raises(ValueError, match="categories that are numbers; these are 'a', 'b', 'c', 'd', 'e'"):
        expected_answers(other, AT)
