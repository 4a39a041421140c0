"""Detection: by hand, invariants, known truths recovered (independent tools: tests/reference)."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.dataset import Dataset
from analysis.detection import (
    PairCounts,
    SingleCounts,
    detect_pairs,
    pair_choices,
    pair_sensitivity,
    participant_detection,
    side_bias,
    single_criterion,
    single_sensitivity,
)
from analysis.intervals import resample
from analysis.rates import corrected_rate


def simulate_counts(d_prime: float, criterion: float, *, pairs_per_side: int, seed: int) -> PairCounts:
    """Answers of an equal-variance observer: "left" when the evidence exceeds the criterion."""
    rng = np.random.default_rng(seed)
    hit_rate = norm.cdf(d_prime / np.sqrt(2) - criterion)
    false_rate = norm.cdf(-d_prime / np.sqrt(2) - criterion)
    hits, false_alarms = rng.binomial(pairs_per_side, [hit_rate, false_rate])
    return PairCounts(int(hits), pairs_per_side, int(false_alarms), pairs_per_side)


def choices_of(answers: list[tuple[str, str, float, bool, bool]]) -> pd.DataFrame:
    columns = ["participant", "pair", "exposure_ms", "made_left", "said_left"]
    table = pd.DataFrame(answers, columns=columns)
    return table.assign(
        correct=table["made_left"] == table["said_left"],
        left=np.where(table["made_left"], table["pair"] + "-ai", table["pair"] + "-real"),
        right=np.where(table["made_left"], table["pair"] + "-real", table["pair"] + "-ai"),
    )


def test_worked_by_hand() -> None:
    counts = PairCounts(hits=9, n_left=10, false_alarms=1, n_right=10)
    # rates 9.5/11 and 1.5/11; z = +1.0968 and -1.0968
    assert pair_sensitivity(counts) == pytest.approx(2 * 1.09680 / 2**0.5, abs=1e-4)
    assert side_bias(counts) == pytest.approx(0, abs=1e-12)


def test_the_correction_keeps_perfect_answers_finite() -> None:
    assert corrected_rate(10, 10) == pytest.approx(10.5 / 11)
    assert np.isfinite(pair_sensitivity(PairCounts(10, 10, 0, 10)))


def test_guessing_gives_zero() -> None:
    assert pair_sensitivity(PairCounts(5, 10, 5, 10)) == pytest.approx(0, abs=1e-12)


def test_exchanging_the_sides_keeps_sensitivity_and_turns_the_bias() -> None:
    counts, mirrored = PairCounts(18, 25, 8, 25), PairCounts(17, 25, 7, 25)
    assert pair_sensitivity(mirrored) == pytest.approx(pair_sensitivity(counts))
    assert side_bias(mirrored) == pytest.approx(-side_bias(counts))


def test_answering_the_opposite_turns_the_sign_of_sensitivity() -> None:
    assert pair_sensitivity(PairCounts(7, 25, 17, 25)) == pytest.approx(
        -pair_sensitivity(PairCounts(18, 25, 8, 25))
    )


def test_saying_left_more_often_is_a_negative_side_bias() -> None:
    assert side_bias(PairCounts(24, 25, 20, 25)) < 0


def test_single_faces_are_not_divided_by_the_square_root_of_two() -> None:
    pair, single = PairCounts(20, 25, 10, 25), SingleCounts(20, 25, 10, 25)
    assert single_sensitivity(single) == pytest.approx(pair_sensitivity(pair) * 2**0.5)
    assert single_criterion(single) == side_bias(pair)


@pytest.mark.parametrize("criterion", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("d_prime", [0.0, 0.5, 1.5])
def test_recovers_known_sensitivity_whatever_the_side_bias(d_prime: float, criterion: float) -> None:
    counts = simulate_counts(d_prime, criterion, pairs_per_side=20_000, seed=20)
    assert pair_sensitivity(counts) == pytest.approx(d_prime, abs=0.04)
    assert side_bias(counts) == pytest.approx(criterion, abs=0.04)


def test_pooling_people_who_differ_pulls_sensitivity_towards_zero() -> None:
    people = [
        simulate_counts(1.5, bias, pairs_per_side=5_000, seed=seed) for seed, bias in enumerate([-1.0, 1.0])
    ]
    pooled = PairCounts(
        hits=sum(one.hits for one in people),
        n_left=10_000,
        false_alarms=sum(one.false_alarms for one in people),
        n_right=10_000,
    )
    assert pair_sensitivity(pooled) < 0.85 * np.mean([pair_sensitivity(one) for one in people])


def test_choices_are_scored_from_origin_and_side(dataset: Dataset) -> None:
    choices = pair_choices(dataset)
    assert len(choices) == (dataset.ratings["question"] == "detect").sum()
    first = choices.iloc[0]
    trial = dataset.trials.set_index(["participant", "position"]).loc[
        (first["participant"], first["position"])
    ]
    assert first["made_left"] == (trial["left_origin"] == "ai")
    assert np.isinf(choices["exposure_ms"]).any()


def test_a_study_is_estimated_from_counts_with_everyone_and_each() -> None:
    rng = np.random.default_rng(5)
    answers = [
        (f"p{p}", f"q{q}", 100.0, bool((p + q) % 2), bool((p + q) % 2) == (rng.random() < 0.75))
        for p in range(12)
        for q in range(10)
    ]
    choices = choices_of(answers)
    results = detect_pairs(
        choices, resample(choices["participant"], choices["pair"], seed=1, n_resamples=300)
    )
    left = choices["made_left"]
    counts = PairCounts(
        hits=int((choices["said_left"] & left).sum()),
        n_left=int(left.sum()),
        false_alarms=int((choices["said_left"] & ~left).sum()),
        n_right=int((~left).sum()),
    )
    overall = results.overall
    assert overall.d_prime.estimate == pytest.approx(pair_sensitivity(counts))
    assert overall.side_bias.estimate == pytest.approx(side_bias(counts))
    assert overall.share_correct.estimate == pytest.approx(choices["correct"].mean())
    everyone = participant_detection(choices)
    assert overall.mean_d_prime.estimate == pytest.approx(everyone["d_prime"].mean())
    assert (overall.d_prime.n_participants, overall.d_prime.n_pairs) == (12, 10)
    assert (overall.d_prime.n_stimuli, overall.d_prime.n_trials) == (20, 120)
    assert overall.d_prime.low < overall.d_prime.estimate < overall.d_prime.high
    assert results.gain is None


def test_the_mean_over_participants_has_an_interval_around_it_that_owns_up_to_its_scope(
    dataset: Dataset,
) -> None:
    choices = pair_choices(dataset)
    both = resample(choices["participant"], choices["pair"], seed=1, n_resamples=1000)
    for one in detect_pairs(choices, both).by_exposure:
        mean = one.mean_d_prime
        assert "participants only; says nothing about other pictures" in mean.method
        assert np.median(mean.draws) == pytest.approx(mean.estimate, abs=0.1 * (mean.high - mean.low))


def test_someone_who_never_saw_the_made_face_on_one_side_has_no_sensitivity() -> None:
    choices = choices_of([("p1", "q1", 100.0, True, True), ("p1", "q2", 100.0, True, False)])
    (row,) = participant_detection(choices).to_dict("records")
    assert np.isnan(row["d_prime"])
    assert row["share_correct"] == 0.5


def test_the_order_of_rows_does_not_matter(dataset: Dataset) -> None:
    choices = pair_choices(dataset)
    shuffled = choices.sample(frac=1, random_state=1)
    resampling = resample(choices["participant"], choices["pair"], seed=1, n_resamples=100)
    one, other = detect_pairs(choices, resampling), detect_pairs(shuffled, resampling)
    assert one.overall.d_prime.low == pytest.approx(other.overall.d_prime.low, rel=1e-12)
    assert one.gain is not None
    assert other.gain is not None
    assert one.gain.estimate == pytest.approx(other.gain.estimate, rel=1e-12)
