"""Pairs, faces and people one by one; areas of graded answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.detection import participant_detection
from analysis.detection_each import item_detection, participant_shrinkage, spread
from analysis.detection_model import model_detection, pair_judgements, single_judgements
from analysis.graded_detection import graded_choices, graded_detection
from analysis.intervals import resample
from analysis.single_faces import confident_judgements, face_judgements
from tests.analysis.detection_tables import simulated_choices, simulated_faces


@pytest.fixture(scope="module")
def choices() -> pd.DataFrame:
    return simulated_choices(n_participants=40, n_pairs=30, participant_sd=0.5, pair_sd=0.7, seed=8)


def test_wilsons_interval_of_eight_right_of_ten() -> None:
    table = simulated_choices(n_participants=10, n_pairs=2)
    right = np.where(table["pair"] == "q000", table.groupby("pair").cumcount() < 8, True)
    table = table.assign(said_left=table["made_left"] == right, correct=right)
    row = item_detection(model_detection(pair_judgements(table))).set_index("item").loc["q000"]
    assert row["share_correct"] == 0.8
    assert [row["low"], row["high"]] == pytest.approx([0.4902, 0.9433], abs=1e-4)


def test_expected_shares_lie_between_the_observed_ones_and_the_average(choices: pd.DataFrame) -> None:
    items = item_detection(model_detection(pair_judgements(choices)))
    average = items["share_correct"].mean()
    apart = (items["share_correct"] - average).abs() > 0.1
    assert apart.sum() > 5
    pulled = (items["shrunken_share"] - average) / (items["share_correct"] - average)
    assert pulled[apart].between(0.3, 1.0).all()
    assert items["shrunken_share"].mean() == pytest.approx(average, abs=0.02)
    assert (items["shrunken_low"] < items["shrunken_share"]).all()
    assert (items["shrunken_share"] < items["shrunken_high"]).all()
    assert items["shrunken_share"].is_monotonic_decreasing


def test_expected_shares_foretell_other_people_better_than_observed_ones(choices: pd.DataFrame) -> None:
    few = choices[choices["participant"] < "p008"]
    items = item_detection(model_detection(pair_judgements(few))).set_index("item")
    rest = choices[choices["participant"] >= "p008"].groupby("pair")["correct"].mean()
    errors = {name: ((items[name] - rest) ** 2).mean() for name in ("share_correct", "shrunken_share")}
    assert errors["shrunken_share"] < errors["share_correct"]


def test_true_spread_is_found_and_smaller_than_that_of_few_answers(choices: pd.DataFrame) -> None:
    model = model_detection(pair_judgements(choices))
    found, own = spread(model), participant_detection(choices)
    assert found.participants == pytest.approx(0.5, abs=0.17)
    assert found.items == pytest.approx(0.7, abs=0.25)
    assert found.participants < own["d_prime"].std()
    people = participant_shrinkage(model).set_index("participant")["shrunken_d_prime"]
    assert people.std() < own["d_prime"].std()
    assert people.corr(own.set_index("participant")["d_prime"]) > 0.9


def test_faces_have_expected_shares_of_their_own_origin() -> None:
    judged = face_judgements(simulated_faces(n_participants=30))
    items = item_detection(model_detection(single_judgements(judged))).set_index("item")
    observed = judged.groupby("left")["correct"].mean()
    assert items["share_correct"].to_dict() == observed.to_dict()
    assert items["shrunken_share"].corr(observed) > 0.9
    assert items["shrunken_d_prime"].isna().all()


def test_without_a_model_only_the_observed_shares_are_given() -> None:
    table = simulated_choices()
    table = table.assign(said_left=table["made_left"], correct=True)
    model = model_detection(pair_judgements(table))
    items = item_detection(model)
    assert items["shrunken_share"].isna().all()
    assert (items["share_correct"] == 1).all()
    assert participant_shrinkage(model).empty
    assert np.isnan(spread(model).participants)


def test_the_area_of_graded_choices_comes_to_the_d_prime_they_were_made_with() -> None:
    choices = simulated_choices(d_prime=1.2, n_participants=60, n_pairs=40)
    weights = resample(choices["participant"], choices["pair"], seed=1, n_resamples=100)
    graded = graded_choices(choices.assign(confidence=choices["strength"].abs().round(1) + 0.1))
    (found,) = graded_detection(graded, weights, pairs=True)
    assert found.area.estimate == pytest.approx(norm.cdf(1.2), abs=0.02)
    assert found.d_prime == pytest.approx(1.2, abs=0.1)


def test_the_area_of_graded_judgements_comes_to_the_d_prime_of_single_faces() -> None:
    data = simulated_faces(d_prime=1.5, n_participants=40, n_faces=60)
    confident = confident_judgements(data)
    weights = resample(confident["participant"], confident["pair"], seed=1, n_resamples=50)
    whole, *levels = graded_detection(confident, weights, pairs=False)
    assert len(levels) == 2
    assert whole.d_prime == pytest.approx(1.5, abs=0.25)
    model = model_detection(single_judgements(face_judgements(data)))
    assert whole.d_prime == pytest.approx(model.d_prime.estimate, abs=0.25)
