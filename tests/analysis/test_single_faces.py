"""Single faces: what was judged, and how well, from tables with known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, norm

from analysis.dataset import Dataset, Face, from_table
from analysis.detection import SingleCounts, single_criterion, single_sensitivity
from analysis.intervals import resample
from analysis.protocol import Block, Question
from analysis.single_faces import (
    confident_judgements,
    detect_faces,
    face_judgements,
    graded_area,
    participant_faces,
    stimulus_faces,
)

DETECT = Question("detect", "origin", "pair", "Real or AI?", None, None, False)
LIFELIKE = Question("lifelike", "scale", "pair", "How lifelike?", 0, 10, False)


def judgements(
    d_prime: float, criterion: float, *, exposure_ms: float = 500.0, seed: int = 1
) -> pd.DataFrame:
    """40 people who each judge one face of 80 pairs, by the equal-variance model."""
    rng = np.random.default_rng(seed)
    person, pair = (grid.ravel() for grid in np.mgrid[0:40, 0:80])
    made = (person + pair) % 2 == 0
    said_ai = rng.random(len(made)) < norm.cdf(-criterion + np.where(made, d_prime, -d_prime) / 2)
    return pd.DataFrame(
        {
            "participant": [f"p{n}" for n in person],
            "pair": [f"pair{n}" for n in pair],
            "left": [f"{'ai' if m else 'real'}{n}" for m, n in zip(made, pair, strict=True)],
            "right": np.nan,
            "exposure_ms": exposure_ms,
            "made": made,
            "said_ai": said_ai,
            "correct": made == said_ai,
        }
    )


def detected(table: pd.DataFrame):
    return detect_faces(table, resample(table["participant"], table["pair"], seed=1, n_resamples=200))


@pytest.mark.parametrize("criterion", [-0.4, 0.0, 0.4])
@pytest.mark.parametrize("d_prime", [0.0, 0.8, 1.6])
def test_known_sensitivity_and_criterion_are_found_again(d_prime, criterion):
    found = detected(judgements(d_prime, criterion)).overall
    assert found.d_prime.estimate == pytest.approx(d_prime, abs=0.12)
    assert found.criterion.estimate == pytest.approx(criterion, abs=0.06)
    assert found.d_prime.low < d_prime < found.d_prime.high
    assert (found.d_prime.n_participants, found.d_prime.n_pairs, found.d_prime.n_stimuli) == (40, 80, 160)


def test_the_pooled_value_is_that_of_the_counts():
    table = judgements(1.0, 0.2)
    made, said = table["made"], table["said_ai"]
    counts = SingleCounts(
        hits=int((made & said).sum()),
        n_ai=int(made.sum()),
        false_alarms=int((~made & said).sum()),
        n_real=int((~made).sum()),
    )
    found = detected(table).overall
    assert found.d_prime.estimate == pytest.approx(single_sensitivity(counts))
    assert found.criterion.estimate == pytest.approx(single_criterion(counts))


def test_each_exposure_has_its_own_line():
    short, long = judgements(0.4, 0.0, exposure_ms=100), judgements(1.6, 0.0, exposure_ms=np.inf, seed=2)
    found = detected(pd.concat([short, long], ignore_index=True))
    assert [one.exposure_ms for one in found.by_exposure] == [100, np.inf]
    assert found.by_exposure[0].d_prime.estimate < found.by_exposure[1].d_prime.estimate


def test_with_faces_of_one_kind_only_there_is_no_sensitivity():
    table = judgements(1.0, 0.0)
    found = detected(table[table["made"]].reset_index(drop=True)).overall
    assert np.isnan(found.d_prime.estimate)
    assert found.share_correct.estimate == pytest.approx(table.loc[table["made"], "correct"].mean())


def test_only_judgements_of_single_faces_are_read(dataset: Dataset) -> None:
    """One pair trial is turned into a single face that was called AI; its other ratings stay."""
    trials, ratings = dataset.trials.copy(), dataset.ratings.copy()
    key = ratings.loc[(ratings["question"] == "detect") & ~ratings["practice"].astype(bool)].iloc[0]
    trial = (trials["participant"] == key["participant"]) & (trials["position"] == key["position"])
    trials.loc[trial, ["layout", "block", "right", "right_origin"]] = ["single", "one", np.nan, np.nan]
    rating = (ratings["participant"] == key["participant"]) & (ratings["position"] == key["position"])
    ratings.loc[rating, "block"] = "one"
    judged = rating & (ratings["question"] == "detect")
    ratings.loc[judged, ["target", "value"]] = ["face", "ai"]
    one = Block("one", "single", False, (500.0,), 0, 0, 0, (LIFELIKE, DETECT))
    protocol = replace(dataset.protocol, blocks=(*dataset.protocol.blocks, one))
    found = face_judgements(replace(dataset, trials=trials, ratings=ratings, protocol=protocol))
    assert len(found) == 1
    assert found.loc[0, "said_ai"]
    assert found.loc[0, "made"] == (trials.loc[trial, "left_origin"].iloc[0] != "real")


def test_each_person_has_their_own_line_that_adds_up():
    table = judgements(1.0, 0.2)
    people = participant_faces(table).set_index("participant")
    assert people["n_trials"].sum() == len(table)
    one = table[table["participant"] == "p7"]
    made, said = one["made"], one["said_ai"]
    counts = SingleCounts(
        int((made & said).sum()), int(made.sum()), int((~made & said).sum()), int((~made).sum())
    )
    row = people.loc["p7"]
    assert (row["hits"], row["n_ai"], row["false_alarms"], row["n_real"]) == tuple(vars(counts).values())
    assert row["d_prime"] == pytest.approx(single_sensitivity(counts))
    assert row["criterion"] == pytest.approx(single_criterion(counts))
    assert row["log_beta"] == pytest.approx(row["d_prime"] * row["criterion"])


def test_the_mean_over_people_is_that_of_their_lines_and_speaks_about_people_only():
    table = judgements(1.0, 0.2)
    found, people = detected(table).overall, participant_faces(table)
    assert found.mean_d_prime.estimate == pytest.approx(people["d_prime"].mean())
    assert found.mean_criterion.estimate == pytest.approx(people["criterion"].mean())
    assert "participants only; says nothing about other pictures" in found.mean_d_prime.method
    assert found.mean_d_prime.low < found.mean_d_prime.estimate < found.mean_d_prime.high


def test_another_correction_is_used_everywhere_and_named():
    table = judgements(2.5, 0.0)
    found = detect_faces(
        table, resample(table["participant"], table["pair"], seed=1, n_resamples=50), correction="1/(2N)"
    )
    expected = participant_faces(table, correction="1/(2N)")["d_prime"].mean()
    assert found.overall.mean_d_prime.estimate == pytest.approx(expected)
    assert expected > participant_faces(table)["d_prime"].mean()
    assert "rates of 0 and 1 moved by 1/(2N)" in found.overall.mean_d_prime.method


def test_without_a_correction_a_perfect_person_is_infinitely_sensitive():
    table = judgements(8.0, 0.0)
    assert np.isinf(participant_faces(table, correction="none")["d_prime"]).any()


def test_each_picture_says_how_often_it_was_taken_for_ai():
    table = judgements(1.5, 0.0)
    pictures = stimulus_faces(table)
    assert len(pictures) == 160
    assert pictures["share_said_ai"].is_monotonic_decreasing
    weighted = (pictures["share_said_ai"] * pictures["n_trials"]).sum() / len(table)
    assert weighted == pytest.approx(table["said_ai"].mean())
    assert (pictures["low"] <= pictures["share_said_ai"]).all()
    assert (pictures["share_said_ai"] <= pictures["high"]).all()
    made = pictures["made"]
    assert pictures.loc[made, "share_correct"].to_numpy() == pytest.approx(
        pictures.loc[made, "share_said_ai"].to_numpy()
    )


def graded(d_prime: float, *, seed: int = 3) -> pd.DataFrame:
    """Answers on eight steps from surely real to surely AI, each person with a scale of their own."""
    rng = np.random.default_rng(seed)
    table = judgements(d_prime, 0.0, seed=seed)
    person = table["participant"].str[1:].astype(int).to_numpy()
    latent = rng.normal(np.where(table["made"], d_prime, 0.0)) + 0.5 * (person % 5)
    return table.assign(evidence=np.clip(np.round(2 * latent), -4, 8))


@pytest.mark.parametrize("d_prime", [0.0, 1.0, 2.0])
def test_the_area_of_graded_answers_is_that_of_the_normal_model(d_prime):
    table = graded(d_prime)
    found = graded_area(table, resample(table["participant"], table["pair"], seed=1, n_resamples=200))
    # Rounding to steps loses a little.
    assert found.estimate == pytest.approx(norm.cdf(d_prime / np.sqrt(2)), abs=0.02)
    assert found.low < found.estimate < found.high


def test_the_area_of_one_person_is_the_mann_whitney_statistic():
    table = graded(1.0)
    one = table[table["participant"] == "p3"]
    found = graded_area(one, resample(one["participant"], one["pair"], seed=1, n_resamples=10))
    made = one["made"]
    u = mannwhitneyu(one.loc[made, "evidence"], one.loc[~made, "evidence"]).statistic
    assert found.estimate == pytest.approx(u / (made.sum() * (~made).sum()), abs=1e-12)


def test_evidence_is_confidence_with_the_sign_of_the_answer():
    table = judgements(1.0, 0.0).assign(
        answer=lambda each: np.where(each["said_ai"], "ai", "real"),
        sure=lambda each: 1 + np.arange(len(each)) % 4,
        origin=lambda each: np.where(each["made"], "ai", "real"),
    )
    data = from_table(
        table,
        name="faces.csv",
        participant="participant",
        shown=Face("left", "origin", pair="pair"),
        detect="answer",
        confidence="sure",
    )
    found = confident_judgements(data)
    assert len(found) == len(table)
    assert (found["evidence"].abs() == found["confidence"]).all()
    assert ((found["evidence"] > 0) == found["said_ai"]).all()
