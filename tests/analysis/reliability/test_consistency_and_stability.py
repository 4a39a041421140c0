"""Alpha, halves and repeats: worked cases, invariants, R, and known truths found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.face_ratings import face_ratings
from analysis.intervals import resample
from analysis.reliability import cronbach_alpha, intraclass_correlations, repeated_answers, retest, split_half
from analysis.trust import trust_pairs


def answers(n_people: int, n_items: int, *, person_sd: float, seed: int) -> pd.DataFrame:
    """Parallel items: each is the person plus noise of variance 1."""
    rng = np.random.default_rng(seed)
    person = rng.normal(0, person_sd, n_people)
    matrix = person[:, None] + rng.normal(size=(n_people, n_items))
    who, item = (grid.ravel() for grid in np.indices(matrix.shape))
    kind = np.where(item % 2 == 0, "real", "ai")
    return pd.DataFrame({"participant": who, "stimulus": item, "correct": matrix.ravel(), "kind": kind})


def test_alpha_by_hand() -> None:
    table = pd.DataFrame(
        {
            "participant": [1, 1, 2, 2, 3, 3],
            "stimulus": [1, 2, 1, 2, 1, 2],
            "correct": [1.0, 2.0, 2.0, 2.0, 3.0, 4.0],
        }
    )
    # Item variances 1 and 4/3, variance of the sums 3, 4, 7: 13/3.
    assert cronbach_alpha(table).estimate == pytest.approx(2 * (1 - (1 + 4 / 3) / (13 / 3)))


def test_alpha_is_the_third_form_of_the_intraclass_correlation() -> None:
    table = answers(20, 6, person_sd=1.0, seed=1)
    forms = intraclass_correlations(table, target="participant", rater="stimulus", value="correct").forms
    alpha = cronbach_alpha(table)
    assert alpha.estimate == pytest.approx(forms.loc["ICC(3,k)", "icc"], abs=1e-12)
    # Feldt's interval is that of ICC(3,k).
    assert [alpha.low, alpha.high] == pytest.approx(forms.loc["ICC(3,k)", ["low", "high"]].to_list())


def test_alpha_wants_every_item_of_everybody() -> None:
    table = answers(5, 4, person_sd=1.0, seed=1).drop(index=6)
    with pytest.raises(ValueError) as caught:
        cronbach_alpha(table)
    assert "1 of 20 ratings are missing, the first of participant 1 by stimulus 2" in str(caught.value)


def test_without_differences_there_is_no_alpha() -> None:
    table = answers(5, 4, person_sd=1.0, seed=1).assign(correct=1.0)
    with pytest.raises(ValueError, match="every participant has the same sum"):
        cronbach_alpha(table)


@pytest.mark.parametrize("n_items", [8, 20])
def test_halves_of_parallel_items_find_their_reliability_again(n_items: int) -> None:
    truth = n_items * 0.25 / (n_items * 0.25 + 1)
    table = answers(400, n_items, person_sd=0.5, seed=2)
    found = split_half(table, n_splits=300)
    assert found.reliability.estimate == pytest.approx(truth, abs=0.05)
    assert found.reliability.low < truth < found.reliability.high
    assert found.reliability.estimate == pytest.approx(cronbach_alpha(table).estimate, abs=0.01)
    # Half of the items have the reliability that Spearman-Brown takes back.
    assert found.halves == pytest.approx(truth / (2 - truth), abs=0.06)


def test_halves_hold_as_many_of_each_kind() -> None:
    # Kinds differ so much that uneven halves would be uncorrelated noise.
    table = answers(60, 12, person_sd=1.0, seed=3)
    table["correct"] += np.where(table["kind"] == "ai", 1, -1) * (table["participant"] % 2) * 10
    uneven, even = split_half(table, n_splits=200), split_half(table, alike="kind", n_splits=200)
    assert even.reliability.estimate > uneven.reliability.estimate + 0.1


def test_a_rating_missing_here_and_there_changes_halves_little() -> None:
    table = answers(200, 20, person_sd=0.7, seed=4)
    whole = split_half(table, n_splits=200)
    sparse = split_half(table.sample(frac=0.9, random_state=1), n_splits=200)
    assert sparse.reliability.estimate == pytest.approx(whole.reliability.estimate, abs=0.04)


def test_the_same_seed_gives_the_same_halves_whatever_the_order() -> None:
    table = answers(30, 8, person_sd=1.0, seed=5)
    first, second = split_half(table, seed=9), split_half(table.sample(frac=1, random_state=2), seed=9)
    assert first.reliability == second.reliability
    assert split_half(table, seed=10).reliability != first.reliability


def with_repeats(dataset: Dataset, n: int) -> Dataset:
    """The first ``n`` trials of trust of each person shown again, sides swapped, each rating 1 higher."""
    trials, ratings = dataset.trials, dataset.ratings
    rated = ratings.loc[ratings["question"] == "trust", ["participant", "position"]].drop_duplicates()
    rated = rated[rated.groupby("participant").cumcount() < n]
    again = trials.merge(rated, on=["participant", "position"])
    again = again.assign(
        repeat_of=again["position"],
        position=again["position"] + 1000,
        trial_kind="repeat",
        left=again["right"],
        right=again["left"],
    )
    answers = ratings.merge(rated, on=["participant", "position"])
    answers = answers[answers["question"] == "trust"]
    answers = answers.assign(
        position=answers["position"] + 1000,
        target=answers["target"].map({"left": "right", "right": "left"}),
        value_number=answers["value_number"] + 1,
    )
    return replace(
        dataset,
        trials=pd.concat([trials, again], ignore_index=True),
        ratings=pd.concat([ratings, answers], ignore_index=True),
    )


def test_repeats_are_matched_by_picture_whatever_the_side(dataset: Dataset) -> None:
    repeats = repeated_answers(with_repeats(dataset, 3), "trust")
    assert len(repeats) > 100
    assert (repeats["second"] - repeats["first"] == 1).all()
    found = retest(repeats, resample(repeats["participant"], repeats["pair"], seed=1, n_resamples=100))
    assert found.correlation is not None
    assert found.mean_change is not None
    assert found.correlation.estimate == pytest.approx(1)
    assert found.mean_change.estimate == pytest.approx(1)
    assert found.same.estimate == 0


def test_the_correlation_of_repeats_is_pearsons() -> None:
    rng = np.random.default_rng(3)
    first = rng.integers(1, 8, 300).astype(float)
    repeats = pd.DataFrame(
        {
            "participant": np.repeat([f"p{n}" for n in range(30)], 10),
            "pair": np.tile([f"q{n}" for n in range(10)], 30),
            "left": "l",
            "right": "r",
            "first": first,
            "second": np.clip(first + rng.integers(-1, 2, 300), 1, 7),
        }
    )
    found = retest(repeats, resample(repeats["participant"], repeats["pair"], seed=1, n_resamples=200))
    assert found.correlation is not None
    assert found.correlation.estimate == pytest.approx(np.corrcoef(repeats["first"], repeats["second"])[0, 1])
    assert found.correlation.low < found.correlation.estimate < found.correlation.high
    assert found.same.estimate == pytest.approx((repeats["first"] == repeats["second"]).mean())


def test_answers_about_sides_are_compared_by_the_picture_they_mean(dataset: Dataset) -> None:
    trials, ratings = dataset.trials, dataset.ratings
    one = ratings[ratings["question"] == "detect"].iloc[[0]]
    key = ["participant", "position"]
    again = trials.merge(one[key], on=key).assign(repeat_of=one["position"].iloc[0], trial_kind="repeat")
    again = again.assign(position=9999.0, left=again["right"], right=again["left"])
    swapped = one.assign(position=9999.0, value="right" if one["value"].iloc[0] == "left" else "left")
    data = replace(dataset, trials=pd.concat([trials, again]), ratings=pd.concat([ratings, swapped]))
    (row,) = repeated_answers(data, "detect").to_dict("records")
    assert row["first"] == row["second"]
    found = retest(
        repeated_answers(data, "detect"),
        resample([row["participant"]], [row["pair"]], seed=1, n_resamples=10),
    )
    assert (found.same.estimate, found.correlation) == (1, None)


def test_ratings_of_faces_are_those_of_the_trust_difference(dataset: Dataset) -> None:
    rated = face_ratings(dataset, "trust")
    pairs = trust_pairs(dataset)
    means = rated.groupby("made")["rating"].mean()
    assert len(rated) == 2 * len(pairs)
    assert means[True] - means[False] == pytest.approx(pairs["difference"].mean())
    assert set(rated.loc[rated["made"], "origin"]) == {"ai"}
    found = intraclass_correlations(rated.drop_duplicates(["stimulus", "participant"]))
    assert 0 < found.single.estimate < found.average.estimate < 1
