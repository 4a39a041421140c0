"""An estimate from a model gives interval and p that agree, as one from a bootstrap does."""

import math

import pytest
from scipy.stats import t as student

from analysis.estimate import Estimate, Sample, model_estimate

SAMPLE = Sample(n_participants=30, n_pairs=20, n_stimuli=40, n_trials=600)


def _of(estimate: float, se: float, df: float) -> Estimate:
    return model_estimate(estimate, se, df, SAMPLE, level=0.95, unit="points", method="a model")


def test_a_models_interval_is_students_with_its_degrees_of_freedom() -> None:
    one = _of(-0.3, 0.1, 12.5)
    assert (one.low, one.high) == pytest.approx((-0.3 - 0.1 * 2.16903, -0.3 + 0.1 * 2.16903), abs=1e-4)
    assert one.interval(0.90)[1] == pytest.approx(-0.3 + 0.1 * student.ppf(0.95, 12.5))


@pytest.mark.parametrize("null", [-0.6, -0.51, 0.0, 0.2])
def test_p_is_below_alpha_exactly_where_the_interval_excludes_the_null(null: float) -> None:
    one = _of(-0.3, 0.1, 40.0)
    assert (one.p_value(null) < 0.05) == (not one.low <= null <= one.high)


def test_infinite_degrees_of_freedom_are_the_normal_distribution() -> None:
    assert _of(1.96, 1.0, math.inf).p_value() == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("se", [math.nan, 0.0, math.inf])
def test_without_a_standard_error_there_is_neither_interval_nor_p(se: float) -> None:
    one = _of(0.4, se, 10.0)
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert math.isnan(one.p_value())
