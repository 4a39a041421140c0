"""Analytic derivatives agree with differences, and tables with exact functions."""

from itertools import product

import numpy as np
import pytest
from scipy.special import log_expit, log_ndtr

from analysis.mixed.answers import read_answers
from analysis.mixed.design import build_design
from analysis.mixed.formula import read_formula
from analysis.mixed.laplace import Laplace
from analysis.mixed.links import link_table
from analysis.mixed.model import Model
from analysis.mixed.row_loops import log_cdf
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


@pytest.mark.parametrize(("link", "exact"), [("logit", log_expit), ("probit", log_ndtr)])
def test_the_link_tables_hold_the_exact_functions(link, exact):
    table = link_table(link)
    places = np.random.default_rng(5).uniform(-60, 45, 3000)
    found = np.array([log_cdf(t, table.coefficients, table.probit) for t in places])
    assert found[:, 0] == pytest.approx(exact(places), rel=1e-13, abs=1e-15)
    first = np.exp(-0.5 * places**2 - 0.5 * np.log(2 * np.pi) - exact(places))
    first = first if link == "probit" else np.exp(log_expit(-places))
    second = -first * (first + places) if link == "probit" else -first * (1 - first)
    near = np.abs(places) < 8
    assert found[:, 1] == pytest.approx(first, abs=1e-10)
    assert found[near, 2] == pytest.approx(second[near], abs=1e-11)


def test_probit_derivatives_are_continuous_into_the_far_tail():
    table = link_table("probit")
    below, above = (log_cdf(t, table.coefficients, True) for t in (-40.0 - 1e-9, -40.0 + 1e-9))
    assert below == pytest.approx(above, rel=1e-6, abs=1e-7)


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
