"""Analytic derivatives agree with differences, and tables with exact functions."""

from itertools import product

import numpy as np
import pytest
from scipy.special import log_expit, log_ndtr

from analysis.mixed.answers import read_answers
from analysis.mixed.design import build_design
from analysis.mixed.formula import read_formula
from analysis.mixed.laplace import Laplace
from analysis.mixed.model import Model
from analysis.mixed.response import BernoulliResponse, OrdinalResponse, RowDerivatives
from tests.analysis.mixed.crossed import simulate_crossed

FORMULA = "{} ~ ai + (1 + ai | participant) + (1 | stimulus)"
TWO_SIDES = "{} ~ ai + (1 + ai | participant) + (1 + extra | stimulus) + (0 + ai | block)"


def model_of(formula: str, family: str, link: str | None, *, reml: bool = False, repeats: int = 1) -> Model:
    data = simulate_crossed(12, 8, 11, seed=3, repeats=repeats)
    rng = np.random.default_rng(1)
    data = data.assign(extra=rng.normal(size=len(data)), block=rng.integers(0, 3, len(data)))
    answer = {"bernoulli": "yes", "ordinal": "rating", "gaussian": "z"}[family]
    design = build_design(
        read_formula(formula.format(answer)),
        data,
        weights=rng.integers(1, 4, len(data)).astype(float),
        offset=rng.normal(0, 0.2, len(data)),
        intercept_is_threshold=family == "ordinal",
    )
    return Model(design, read_answers(design, family), family, link, reml)


def differences(objective, x: np.ndarray, step: float) -> np.ndarray:
    found = []
    for place in range(len(x)):
        e = np.zeros(len(x))
        e[place] = step
        values = [objective.value(x + k * e, tolerance=1e-19) for k in (-2, -1, 1, 2)]
        found.append((values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step))
    return np.array(found)


def somewhere(objective: Laplace) -> np.ndarray:
    parameters = objective.parameters
    x = np.linspace(-0.4, 0.9, parameters.n)
    x[parameters.n_fixed + parameters.n_theta :] = np.linspace(-1.1, 1.3, parameters.n_thresholds)
    return x


@pytest.mark.parametrize(
    ("family", "link", "formula", "repeats"),
    [
        (family, link, formula, repeats)
        for (family, link), formula, repeats in product(
            product(("bernoulli", "ordinal"), ("logit", "probit")), (FORMULA, TWO_SIDES), (1, 3)
        )
    ],
)
def test_the_laplace_gradient_is_exact(family, link, formula, repeats):
    objective = model_of(formula, family, link, repeats=repeats).laplace()
    x = somewhere(objective)
    objective.value(x, tolerance=1e-19)
    gradient = objective.gradient()
    numeric = differences(objective, x, 2e-3)
    assert gradient == pytest.approx(numeric, abs=1e-6 * np.abs(numeric).max())


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", [FORMULA, TWO_SIDES])
def test_the_gaussian_gradient_is_exact(formula, reml):
    objective = model_of(formula, "gaussian", None, reml=reml).gaussian()
    theta = np.linspace(0.3, 0.9, objective.structure.n_theta)
    objective.value(theta)
    gradient = objective.gradient()
    numeric = differences(objective, theta, 2e-3)
    assert gradient == pytest.approx(numeric, abs=1e-6 * np.abs(numeric).max())


def test_derivatives_of_the_fixed_covariance_are_exact():
    objective = model_of(TWO_SIDES, "gaussian", None, reml=True).gaussian()
    theta = np.linspace(0.3, 0.9, objective.structure.n_theta)
    objective.value(theta)
    exact = objective.covariance_derivatives()
    for place in range(len(theta)):
        step = np.zeros(len(theta))
        step[place] = 1e-4
        objective.value(theta + step)
        ahead = objective.profile.unit_covariance
        objective.value(theta - step)
        numeric = (ahead - objective.profile.unit_covariance) / 2e-4
        assert exact[place] == pytest.approx(numeric, abs=1e-6 * np.abs(numeric).max() + 1e-10)


def log_distribution(link, places):
    """log F and its first three derivatives, as the answers "yes" tell them."""
    ones = np.ones(len(places))
    rows = RowDerivatives.empty(len(places), 0)
    values = []
    for place in places:  # one at a time, since only the sum of the log likelihood is told
        one = RowDerivatives.empty(1, 0)
        values.append(
            BernoulliResponse(ones[:1], ones[:1], link).log_likelihood(np.array([place]), None, one)
        )
    BernoulliResponse(ones, ones, link).log_likelihood(places, None, rows)
    return np.column_stack([values, rows.l1, -rows.w, -rows.w3])


@pytest.mark.parametrize(("link", "exact"), [("logit", log_expit), ("probit", log_ndtr)])
def test_the_link_tables_hold_the_exact_functions(link, exact):
    places = np.random.default_rng(5).uniform(-60, 45, 3000)
    found = log_distribution(link, places)
    assert found[:, 0] == pytest.approx(exact(places), rel=1e-13, abs=1e-15)
    first = np.exp(-0.5 * places**2 - 0.5 * np.log(2 * np.pi) - exact(places))
    first = first if link == "probit" else np.exp(log_expit(-places))
    second = -first * (first + places) if link == "probit" else -first * (1 - first)
    near = np.abs(places) < 8
    assert found[:, 1] == pytest.approx(first, abs=1e-10)
    assert found[near, 2] == pytest.approx(second[near], abs=1e-11)


def test_probit_derivatives_are_continuous_into_the_far_tail():
    below, above = log_distribution("probit", np.array([-40.0 - 1e-9, -40.0 + 1e-9]))
    assert below == pytest.approx(above, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_slopes_alone_are_those_of_the_full_derivatives(link):
    eta = np.concatenate([np.random.default_rng(6).normal(0, 3, 500), [-55.0, 45.0]])
    ones = np.ones(len(eta))
    thresholds = np.array([-2.0, 0.5, 3.0])
    code = np.arange(len(eta)) % 4
    for response in (BernoulliResponse(ones, ones, link), OrdinalResponse(code, ones, link, 4)):
        alone, full = (RowDerivatives.empty(len(eta), response.n_thresholds) for _ in range(2))
        value = response.slopes(eta, thresholds, alone)
        assert value == pytest.approx(response.log_likelihood(eta, thresholds, full), rel=1e-14)
        assert alone.l1 == pytest.approx(full.l1, rel=1e-13, abs=1e-300)


@pytest.mark.parametrize(("link", "tail"), [("logit", log_expit), ("probit", log_ndtr)])
def test_probabilities_of_ordered_answers_are_exact_far_out_in_either_tail(link, tail):
    """The middle one of three answers, thresholds 1 apart: log F(high) + log(1 - F(low) / F(high))."""
    response = OrdinalResponse(np.array([1]), np.ones(1), link, 3)
    for eta in (-36.0, -12.0, -3.0, 0.0, 0.4, 5.0, 20.0, 36.0):
        found = response.log_likelihood(np.array([eta]), np.array([0.0, 1.0]), RowDerivatives.empty(1, 2))
        high, low = (tail(-eta + 1.0), tail(-eta)) if eta > 0 else (tail(eta), tail(eta - 1.0))
        assert found == pytest.approx(high + np.log(-np.expm1(low - high)), rel=1e-9)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_a_linear_predictor_that_is_not_a_number_gives_no_likelihood(link):
    one, eta = np.ones(1), np.array([np.nan])
    for response in (BernoulliResponse(one, one, link), OrdinalResponse(np.array([1]), one, link, 3)):
        rows = RowDerivatives.empty(1, response.n_thresholds)
        assert np.isnan(response.slopes(eta, np.array([0.0, 1.0]), rows))
        assert np.isnan(response.log_likelihood(eta, np.array([0.0, 1.0]), rows))


def test_a_mode_is_found_from_anywhere():
    objective = model_of(FORMULA, "bernoulli", "logit").laplace()
    x = somewhere(objective)
    fresh = objective.value(x, tolerance=1e-16)
    objective.value(x + 3.0)
    objective.value(x - 3.0)
    assert objective.value(x, tolerance=1e-16) == pytest.approx(fresh, abs=1e-8)


def test_the_location_information_is_the_curvature_of_the_penalised_likelihood():
    """With Lambda at 0 there is no random effect left and it is the full information."""
    objective = model_of(FORMULA, "ordinal", "probit").laplace()
    x = somewhere(objective)
    x[objective.parameters.theta_slice] = 0.0
    objective.value(x)
    information = objective.location_information()
    location = objective.parameters.location
    numeric = np.empty_like(information)
    for row, place in enumerate(location):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[place] += sign * 1e-4
            objective.value(moved)
            ends.append(objective.gradient()[location])
        numeric[row] = (ends[0] - ends[1]) / 2e-4
    assert information == pytest.approx(numeric, rel=1e-5, abs=1e-4)
