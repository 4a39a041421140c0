"""Rates and their corrections: by hand, and what must hold for all of them."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from analysis.rates import CORRECTED, Correction, corrected_rate, z_difference, z_middle


@pytest.mark.parametrize(
    ("correction", "count", "expected"),
    [
        ("log-linear", 0, 0.5 / 11),
        ("log-linear", 7, 7.5 / 11),
        ("snodgrass-corwin", 7, 7.5 / 11),
        ("1/(2N)", 0, 0.05),
        ("1/(2N)", 7, 0.7),
        ("1/(2N)", 10, 0.95),
        ("none", 0, 0.0),
        ("none", 7, 0.7),
    ],
)
def test_a_rate_of_ten_trials_by_hand(correction: Correction, count: int, expected: float) -> None:
    assert float(corrected_rate(count, 10, correction)) == pytest.approx(expected)


@given(
    counts=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    correction=st.sampled_from(get_args(Correction)),
)
def test_swapping_what_is_called_ai_turns_the_sign_of_both(
    counts: tuple[int, int], correction: Correction
) -> None:
    hits, false_alarms = counts
    d = float(z_difference(hits, 40, false_alarms, 40, correction=correction))
    c = float(z_middle(hits, 40, false_alarms, 40, correction=correction))
    turned_d = float(z_difference(40 - hits, 40, 40 - false_alarms, 40, correction=correction))
    turned_c = float(z_middle(40 - hits, 40, 40 - false_alarms, 40, correction=correction))
    assert [turned_d, turned_c] == pytest.approx([-d, -c], nan_ok=True)


def test_uncorrected_rates_inside_are_those_of_the_normal_distribution() -> None:
    assert float(z_difference(80, 100, 40, 100, correction="none")) == pytest.approx(
        norm.ppf(0.8) - norm.ppf(0.4)
    )


def test_uncorrected_perfection_is_infinite_and_a_kind_never_seen_is_nothing() -> None:
    assert np.isposinf(z_difference(10, 10, 0, 10, correction="none"))
    assert np.isnan(z_difference(10, 10, 10, 10, correction="none"))
    for correction in get_args(Correction):
        assert np.isnan(z_difference(0, 0, 3, 10, correction=correction))


def test_every_correction_has_a_name_in_results() -> None:
    assert set(CORRECTED) == set(get_args(Correction))


def test_another_correction_is_refused_in_words() -> None:
    unknown: Any = "half"
    with pytest.raises(
        ValueError, match=r"expected one of log-linear, snodgrass-corwin, 1/\(2N\), none; found"
    ):
        corrected_rate(1, 2, unknown)
