"""Differences on any scale: pairs and single faces by hand, by invariance, by known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.dataset import Dataset
from analysis.estimate import Sample, model_estimate
from analysis.face_ratings import face_ratings
from analysis.rating_differences import equivalence, rating_difference, rating_pairs, single_ratings
from analysis.trust import trust_difference, trust_pairs
from tests.analysis.rated import pair_study, pair_table, single_study, weights

SINGLES = pd.DataFrame(
    {
        "participant": ["a", "a", "a", "b", "b"],
        "pair": ["1", "2", "3", "1", "2"],
        "left": ["1r", "2m", "3m", "1m", "2r"],
        "right": np.nan,
        "exposure_ms": 100.0,
        "cell": np.nan,
        "made": [False, True, True, True, False],
        "rating": [5.0, 2.0, 4.0, 3.0, 6.0],
    }
)


def test_single_faces_by_hand() -> None:
    found = rating_difference(SINGLES, weights(SINGLES), smallest_effect=0.2)
    assert found.overall.real.estimate == pytest.approx(5.5)
    assert found.overall.made.estimate == pytest.approx(3.0)
    assert found.overall.difference.estimate == pytest.approx(-2.5)
    assert found.participants["difference"].tolist()[:2] == [-2.0, -3.0]
    assert (found.overall.difference.n_stimuli, found.overall.difference.n_trials) == (5, 5)


def test_of_every_face_rated_once_in_pairs_both_ways_of_counting_agree() -> None:
    dataset = pair_study(pair_table())
    pairs = rating_pairs(dataset, "trust")
    alone = face_ratings(dataset, "trust").rename(columns={"stimulus": "left"}).assign(right=np.nan)
    both = [rating_difference(table, weights(pairs), smallest_effect=0.2) for table in (pairs, alone)]
    assert both[0].overall.difference.low == pytest.approx(both[1].overall.difference.low)
    assert both[0].trend is not None
    assert both[1].trend is not None
    assert both[0].trend.estimate == pytest.approx(both[1].trend.estimate)


def test_trust_is_the_rating_of_that_name(dataset: Dataset) -> None:
    pairs, rated = trust_pairs(dataset), rating_pairs(dataset, "trust")
    resampling = weights(pairs)
    first = trust_difference(pairs, resampling, smallest_effect=0.2)
    second = rating_difference(rated, resampling, smallest_effect=0.2)
    assert first.overall == second.overall
    assert list(pairs["trust_made"] - pairs["trust_real"]) == list(rated["difference"])


@pytest.mark.parametrize("single", [False, True])
def test_neither_the_order_of_rows_nor_exchanged_sides_change_anything(single: bool) -> None:
    table = pair_table()
    dataset = single_study(table) if single else pair_study(table)
    turned = replace(
        dataset,
        trials=dataset.trials.sample(frac=1, random_state=1),
        ratings=dataset.ratings.sample(frac=1, random_state=2),
    )
    if not single:
        sides = {"left": "right", "right": "left"}
        exchanged = turned.trials.rename(
            columns={f"{a}{tail}": f"{b}{tail}" for a, b in sides.items() for tail in ("", "_origin")}
        )
        ratings = turned.ratings.assign(target=turned.ratings["target"].replace(sides))
        turned = replace(turned, trials=exchanged, ratings=ratings)
    make = single_ratings if single else rating_pairs
    found = [
        rating_difference(make(one, "trust"), weights(table), smallest_effect=0.2).overall.difference
        for one in (dataset, turned)
    ]
    assert found[0].estimate == pytest.approx(found[1].estimate, abs=1e-12)
    assert found[0].low == pytest.approx(found[1].low, abs=1e-12)


def test_single_faces_recover_a_known_difference() -> None:
    table = pair_table(80, 40, difference=-0.4)
    rated = single_ratings(single_study(table), "trust")
    overall = rating_difference(rated, weights(table), smallest_effect=0.2).overall.difference
    assert overall.low < -0.4 < overall.high
    assert overall.estimate == pytest.approx(-0.4, abs=0.12)


def test_the_p_of_equivalence_is_the_larger_of_two_one_sided_tests() -> None:
    one = model_estimate(0.05, 0.08, 30, Sample(31, 9, 18, 200), level=0.95, unit="points", method="")
    found = equivalence(one, smallest_effect=0.2)
    assert found.p_value == pytest.approx(stats.t.sf((0.2 - 0.05) / 0.08, 30))
    assert found.equivalent == (found.p_value < 0.05)


def test_a_bootstrap_says_by_its_p_what_it_says_by_its_interval() -> None:
    rated = rating_pairs(pair_study(pair_table(60, 40, difference=0.0, noise=0.4)), "trust")
    for margin in (0.05, 0.1, 0.2, 0.4):
        found = rating_difference(rated, weights(rated, 2000), smallest_effect=margin).overall.equivalence
        assert found.equivalent == (found.p_value < 0.05)


def test_only_one_kind_of_face_gives_a_mean_and_no_difference() -> None:
    found = rating_difference(SINGLES[SINGLES["made"]], weights(SINGLES), smallest_effect=0.2).overall
    assert found.made.estimate == pytest.approx(3.0)
    assert np.isnan(found.difference.estimate)
    assert not found.equivalence.equivalent
