"""True and believed origin: matched by face, by hand, by simulation; and what never happened."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.believed_origin import beliefs, believed_origin, believed_ratings, undetected_faces
from analysis.dataset import Dataset
from analysis.intervals import resample
from analysis.origin_by import KINDS, crossed_means, crossed_models
from tests.analysis.rated import pair_study, pair_table, single_study, weights

NAMES = ["participant", "pair", "stimulus", "made", "believed_ai", "rating"]
BY_HAND = pd.DataFrame(
    [
        ("a", "1", "1r", False, False, 5.0),
        ("a", "1", "1m", True, True, 2.0),
        ("a", "2", "2r", False, True, 3.0),
        ("a", "2", "2m", True, False, 4.0),
        ("b", "1", "1r", False, False, 7.0),
        ("b", "1", "1m", True, True, 4.0),
        ("b", "2", "2r", False, False, 5.0),
        ("b", "2", "2m", True, True, 1.0),
    ],
    columns=NAMES,
).assign(session="s", layout="pair", position=[1, 1, 2, 2, 1, 1, 2, 2])


def test_the_four_means_and_their_contrasts_by_hand() -> None:
    found = crossed_means(BY_HAND, "believed_ai", weights(BY_HAND), words="believed AI")
    means = {(cell.made, cell.marked): cell.rating.estimate for cell in found.cells}
    expected = {(False, False): 17 / 3, (False, True): 3.0, (True, False): 4.0, (True, True): 7 / 3}
    assert means == pytest.approx(expected)
    assert found.marked_real.estimate == pytest.approx(3 - 17 / 3)
    assert found.marked_made.estimate == pytest.approx(7 / 3 - 4)
    assert found.marked.estimate == pytest.approx(((3 - 17 / 3) + (7 / 3 - 4)) / 2)
    assert found.origin.estimate == pytest.approx(((4 - 17 / 3) + (7 / 3 - 3)) / 2)
    assert found.interaction.estimate == pytest.approx((7 / 3 - 4) - (3 - 17 / 3))
    assert [cell.n_ratings for cell in found.cells] == [3, 1, 1, 3]


def test_undetected_faces_by_hand() -> None:
    found = undetected_faces(BY_HAND, weights(BY_HAND))
    assert found.undetected.estimate == pytest.approx(1.0)
    assert found.detected.estimate == pytest.approx((-3 - 3 - 4) / 3)
    assert found.contrast.estimate == pytest.approx(1 + 10 / 3)
    assert found.preferred is not None
    assert found.preferred.estimate == 1.0
    assert (found.undetected.n_trials, found.detected.n_trials) == (1, 3)


def test_of_single_faces_the_undetected_are_compared_with_all_real_ones() -> None:
    found = undetected_faces(BY_HAND.assign(layout="single"), weights(BY_HAND))
    assert found.undetected.estimate == pytest.approx(4 - 5)
    assert found.detected.estimate == pytest.approx(7 / 3 - 5)
    assert found.preferred is None


def test_a_choice_says_what_was_believed_of_both_faces(dataset: Dataset) -> None:
    told = beliefs(dataset)
    choice = dataset.ratings[dataset.ratings["question"] == "detect"].iloc[0]
    trial = dataset.trials.set_index(["participant", "position"]).loc[
        (choice["participant"], choice["position"])
    ]
    mine = told[told["participant"] == choice["participant"]].set_index("stimulus")["believed_ai"]
    other = "right" if choice["value"] == "left" else "left"
    assert mine[trial[choice["value"]]]
    assert not mine[trial[other]]


@pytest.mark.parametrize(("said", "believed"), [("both", [True, True]), ("neither", [False, False])])
def test_both_and_neither_say_the_same_of_the_two_faces(said: str, believed: list[bool]) -> None:
    dataset = pair_study(pair_table(3, 2))
    value = dataset.ratings["value"].mask(dataset.ratings["question"] == "detect", said)
    told = beliefs(replace(dataset, ratings=dataset.ratings.assign(value=value)))
    assert told["believed_ai"].unique().tolist() == believed[:1]


def test_the_rating_and_the_belief_may_be_of_different_trials(dataset: Dataset) -> None:
    faces = believed_ratings(dataset, "trust", "pair")
    assert len(faces)
    assert not faces["same_trial"].any()
    assert (faces["believed_before"] == 0).all()


def test_the_first_answer_about_a_face_counts() -> None:
    dataset = pair_study(pair_table(3, 2))
    again = dataset.ratings[dataset.ratings["question"] == "detect"]
    turned = again.assign(
        value=again["value"].map({"left": "right", "right": "left"}), order=99.0, position=again["position"]
    )
    twice = replace(dataset, ratings=pd.concat([turned, dataset.ratings.assign(order=1.0)]))
    pd.testing.assert_frame_equal(
        beliefs(twice).drop(columns="belief_order"), beliefs(dataset).drop(columns="belief_order")
    )


@pytest.mark.parametrize("single", [False, True])
def test_a_known_effect_of_belief_is_recovered_by_means_and_models(single: bool) -> None:
    table = pair_table(60, 30, difference=0.0, belief=-0.8)
    dataset = single_study(table) if single else pair_study(table)
    faces = believed_ratings(dataset, "trust", "single" if single else "pair")
    means = believed_origin(faces, weights(table)).means
    assert means.marked.low < -0.8 < means.marked.high
    assert means.origin.low < 0 < means.origin.high
    for one in crossed_models(faces, "believed_ai", name="believed", words="believed AI"):
        assert one.fitted is not None, one.reason
        assert one.estimates["marked"].low < -0.8 < one.estimates["marked"].high
        assert one.estimates["origin"].low < 0 < one.estimates["origin"].high


def test_people_who_say_ai_more_often_are_told_apart_from_what_a_belief_does() -> None:
    """Between people, who says AI more often rates all faces lower; within them a belief does nothing."""
    table = pair_table(60, 30, difference=0.0)
    faces = believed_ratings(single_study(table), "trust", "single")
    rng = np.random.default_rng(1)
    often = pd.Series(rng.random(60), index=faces["participant"].unique())
    share = faces["participant"].map(often)
    biased = faces.assign(
        believed_ai=rng.random(len(faces)) < share, rating=np.clip(faces["rating"] - np.rint(2 * share), 1, 7)
    )
    raw = crossed_means(biased, "believed_ai", weights(table), words="believed AI").marked
    within = crossed_models(biased, "believed_ai", name="b", words="believed AI")[2].estimates["marked"]
    assert raw.high < -0.2
    assert within.low < 0 < within.high


def test_exchanged_sides_and_shuffled_rows_change_nothing() -> None:
    table = pair_table(12, 8, belief=-0.5)
    dataset = pair_study(table)
    sides = {"left": "right", "right": "left"}
    renamed = {f"{a}{tail}": f"{b}{tail}" for a, b in sides.items() for tail in ("", "_origin")}
    answers = dataset.ratings.sample(frac=1, random_state=2)
    other = replace(
        dataset,
        trials=dataset.trials.rename(columns=renamed).sample(frac=1, random_state=1),
        ratings=answers.assign(
            target=answers["target"].replace(sides), value=answers["value"].replace(sides)
        ),
    )
    found = [
        believed_origin(believed_ratings(one, "trust", "pair"), weights(table)).means
        for one in (dataset, other)
    ]
    assert found[0].interaction.estimate == pytest.approx(found[1].interaction.estimate, abs=1e-12)
    assert found[0].marked.low == pytest.approx(found[1].marked.low, abs=1e-12)


def test_a_study_in_which_every_ai_face_was_found_has_no_undetected_ones() -> None:
    faces = BY_HAND.assign(believed_ai=BY_HAND["made"])
    found = believed_origin(faces.assign(same_trial=True, believed_before=np.nan), weights(faces))
    assert np.isnan(found.undetected.undetected.estimate)
    assert np.isnan(found.share_before)
    for one in crossed_models(faces, "believed_ai", name="b", words="believed AI"):
        assert one.reason.startswith("Not fitted: faces of one origin were all believed AI, or none of them")


def test_without_a_detection_question_nothing_is_believed() -> None:
    dataset = pair_study(pair_table(4, 3).drop(columns="detect"))
    assert beliefs(dataset).empty
    assert believed_ratings(dataset, "trust", "pair").empty


def test_there_is_a_label_for_every_kind_of_model() -> None:
    assert len(KINDS) == len(set(KINDS.values())) == 4


def test_the_interval_over_people_and_pairs_holds_a_known_effect() -> None:
    held = 0
    for seed in range(12):
        table = pair_table(25, 12, belief=-0.5, seed=seed)
        faces = believed_ratings(pair_study(table), "trust", "pair")
        resampling = resample(table["participant"], table["pair"], seed=1, n_resamples=200)
        one = crossed_means(faces, "believed_ai", resampling, words="believed AI").marked
        held += one.low < -0.5 < one.high
    assert held >= 9
