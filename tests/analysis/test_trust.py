"""Trust: differences within pairs, equivalence, trend."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import Dataset
from analysis.intervals import resample
from analysis.trust import TrustResults, trust_difference, trust_pairs


def rated(n_people: int, n_pairs: int, difference: float, *, sd: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Pairs at 100 and 400 ms with a known mean difference."""
    rng = np.random.default_rng(seed)
    index = [
        (f"p{p}", f"q{q}", 100.0 if (p + q) % 2 else 400.0) for p in range(n_people) for q in range(n_pairs)
    ]
    table = pd.DataFrame(index, columns=["participant", "pair", "exposure_ms"])
    values = difference + sd * rng.standard_normal(len(table))
    sides = {"left": table["pair"] + "-real", "right": table["pair"] + "-ai", "made_left": False}
    return table.assign(**sides, trust_real=4.0, trust_made=4.0 + values, difference=values)


def results_of(table: pd.DataFrame, *, smallest_effect: float = 0.2) -> TrustResults:
    resampling = resample(table["participant"], table["pair"], seed=1, n_resamples=1000)
    return trust_difference(table, resampling, smallest_effect=smallest_effect)


def test_worked_by_hand(dataset: Dataset) -> None:
    pairs = trust_pairs(dataset)
    first = pairs.iloc[0]
    mine = (dataset.ratings["participant"] == first["participant"]) & (
        dataset.ratings["position"] == first["position"]
    )
    by_picture = dataset.ratings[mine].set_index("stimulus")["value_number"]
    real, made = (first["right"], first["left"]) if first["made_left"] else (first["left"], first["right"])
    assert first["difference"] == by_picture[made] - by_picture[real]
    assert made.endswith("-ai")


def test_a_pair_with_one_rating_missing_is_left_out(dataset: Dataset) -> None:
    trust = dataset.ratings["question"] == "trust"
    last = dataset.ratings.index[trust][-1]
    fewer = replace(dataset, ratings=dataset.ratings.drop(index=last))
    assert len(trust_pairs(fewer)) == len(trust_pairs(dataset)) - 1


def test_equal_ratings_give_zero_and_equivalence() -> None:
    overall = results_of(rated(10, 8, 0.0)).overall
    assert (overall.difference.estimate, overall.difference.low, overall.difference.high) == (0, 0, 0)
    assert overall.equivalence.equivalent


def test_exchanging_real_and_made_turns_the_sign() -> None:
    table = rated(12, 10, -0.4, sd=1)
    turned = table.assign(difference=-table["difference"])
    assert results_of(turned).overall.difference.low == pytest.approx(
        -results_of(table).overall.difference.high
    )


def test_a_known_difference_is_recovered_with_a_fitting_interval() -> None:
    table = rated(60, 40, -0.3, sd=1.5, seed=4)
    overall = results_of(table).overall
    assert overall.difference.estimate == pytest.approx(-0.3, abs=0.1)
    assert overall.difference.low < -0.3 < overall.difference.high
    assert (overall.difference.n_participants, overall.difference.n_stimuli) == (60, 80)


def test_equivalence_agrees_with_two_t_tests_where_only_people_vary() -> None:
    rng = np.random.default_rng(2)
    table = rated(80, 6, 0.0)
    shifts = dict(zip(table["participant"].unique(), rng.normal(0.02, 0.5, 80), strict=True))
    table = table.assign(difference=table["participant"].map(shifts))
    resampling = resample(table["participant"], table["pair"], seed=1, over="participants", n_resamples=4000)
    test = trust_difference(table, resampling, smallest_effect=0.2).overall.equivalence
    means = np.array(list(shifts.values()))
    low, high = stats.t.interval(0.9, 79, means.mean(), stats.sem(means))
    assert (test.low, test.high) == pytest.approx((low, high), abs=0.01)


def test_a_large_difference_is_not_equivalent() -> None:
    assert not results_of(rated(20, 10, -0.5, sd=0.2)).overall.equivalence.equivalent


def test_the_trend_is_the_slope_per_doubling() -> None:
    table = rated(20, 10, 0.0)
    table = table.assign(difference=np.where(table["exposure_ms"] == 400, -0.6, -0.2))
    trend = results_of(table).trend
    assert trend is not None
    assert trend.estimate == pytest.approx(-0.2)  # two doublings from 100 to 400 ms


def test_unlimited_exposures_have_a_difference_but_no_place_in_the_trend() -> None:
    table = rated(20, 10, -0.3, sd=0.1)
    table = table.assign(exposure_ms=table["exposure_ms"].replace(400.0, np.inf))
    results = results_of(table)
    assert results.trend is None
    assert [one.exposure_ms for one in results.by_exposure] == [100.0, np.inf]
