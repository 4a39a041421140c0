"""The bootstrap: weights, order, seeds, what was resampled, and a small look at coverage."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from analysis.estimate import Estimate, percentile_interval, sample_of
from analysis.intervals import Over, drawn_together, ratio, resample


def crossed(n_participants: int, n_pairs: int, *, seed: int, sd: tuple[float, float, float]) -> pd.DataFrame:
    """A number per participant and pair: participant + pair + noise, true mean 0."""
    rng = np.random.default_rng(seed)
    people, pairs, noise = sd
    values = (
        people * rng.standard_normal((n_participants, 1))
        + pairs * rng.standard_normal((1, n_pairs))
        + noise * rng.standard_normal((n_participants, n_pairs))
    )
    index = [(f"p{p}", f"q{q}") for p in range(n_participants) for q in range(n_pairs)]
    table = pd.DataFrame(index, columns=["participant", "pair"])
    return table.assign(value=values.ravel(), left=table["pair"] + "a", right=table["pair"] + "b")


def mean_of(table: pd.DataFrame, *, over: Over = "both", n_resamples: int = 400, seed: int = 1) -> Estimate:
    resampling = resample(table["participant"], table["pair"], seed=seed, n_resamples=n_resamples, over=over)
    total, n = resampling.totals(resampling.sums(table, [table["value"], np.ones(len(table))]))
    return resampling.estimate(ratio(total, n), sample_of(table), unit="points", method="mean")


def test_the_sample_itself_has_weights_of_one() -> None:
    table = crossed(7, 5, seed=1, sd=(1, 1, 1))
    assert mean_of(table).estimate == pytest.approx(table["value"].mean())


def test_weights_of_every_resample_add_up_to_the_sample() -> None:
    resampling = resample(["a", "b", "c"], ["x", "y"], seed=1, n_resamples=50)
    assert (resampling.participant_weights.sum(axis=1) == 3).all()
    assert (resampling.pair_weights.sum(axis=1) == 2).all()


def test_a_resample_weighs_each_trial_by_the_product() -> None:
    table = crossed(3, 4, seed=2, sd=(1, 1, 1))
    resampling = resample(table["participant"], table["pair"], seed=9, n_resamples=5)
    (total,) = resampling.totals(resampling.sums(table, [table["value"]]))
    person = resampling.participants.get_indexer(table["participant"])
    pair = resampling.pairs.get_indexer(table["pair"])
    by_hand = (
        resampling.participant_weights[3][person] * resampling.pair_weights[3][pair] * table["value"]
    ).sum()
    assert total[3] == pytest.approx(by_hand)


def test_the_same_seed_gives_the_same_interval_and_another_seed_a_near_one() -> None:
    table = crossed(20, 15, seed=3, sd=(1, 1, 1))
    assert mean_of(table, seed=4) == mean_of(table, seed=4)
    assert mean_of(table, seed=4).low == pytest.approx(mean_of(table, seed=5).low, abs=0.15)
    assert mean_of(table, seed=4).low != mean_of(table, seed=5).low


def test_the_order_of_rows_changes_nothing() -> None:
    table = crossed(9, 8, seed=3, sd=(1, 1, 1))
    one, other = mean_of(table), mean_of(table.iloc[::-1])
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_resampling_participants_only_agrees_with_the_usual_standard_error() -> None:
    table = crossed(40, 10, seed=4, sd=(1, 0, 0.1))
    means = table.groupby("participant")["value"].mean()
    estimate = mean_of(table, over="participants", n_resamples=4000)
    assert estimate.draws.std() == pytest.approx(means.std(ddof=0) / 40**0.5, rel=0.05)
    assert "participants only; says nothing about other pictures" in estimate.method


def test_resampling_both_is_wider_than_either_alone() -> None:
    table = crossed(30, 20, seed=5, sd=(1, 1, 0.5))
    width = {
        over: np.ptp(mean_of(table, over=over).interval(0.95)) for over in ("both", "participants", "pairs")
    }
    assert width["both"] > max(width["participants"], width["pairs"])


@pytest.mark.parametrize("sd", [(0.5, 0.5, 1.0), (0.2, 0.2, 2.0), (1.0, 0.1, 0.5)])
def test_replicates_over_both_spread_as_the_mean_of_a_crossed_design_does(
    sd: tuple[float, float, float],
) -> None:
    """The true variance is that of people over people, of pairs over pairs, of answers over answers: once."""
    n_people, n_pairs = 60, 50
    true = (sd[0] ** 2 / n_people + sd[1] ** 2 / n_pairs + sd[2] ** 2 / (n_people * n_pairs)) ** 0.5
    tables = [crossed(n_people, n_pairs, seed=seed, sd=sd) for seed in range(40)]
    spreads = [mean_of(table, n_resamples=800).draws.std() for table in tables]
    assert np.sqrt(np.mean(np.square(spreads))) == pytest.approx(true, rel=0.1)


def test_drawing_both_at_once_alone_would_count_answers_three_times() -> None:
    table = crossed(60, 50, seed=8, sd=(0.0, 0.0, 1.0))
    resampling = resample(table["participant"], table["pair"], seed=1, n_resamples=2000)
    total, n = resampling.totals(resampling.sums(table, [table["value"], np.ones(len(table))]))
    untouched = ratio(total, n)[1 : resampling.n_resamples + 1]
    assert untouched.var() * 60 * 50 == pytest.approx(3, rel=0.15)
    assert mean_of(table, n_resamples=2000).draws.var() * 60 * 50 == pytest.approx(1, rel=0.35)


def test_replicates_are_never_drawn_apart() -> None:
    rng = np.random.default_rng(3)
    narrow, wide = rng.normal(size=500), 3 * rng.normal(size=1000)
    assert (drawn_together(0.0, np.concatenate([narrow, wide]), 500, (30, 30)) == narrow).all()


def test_an_undefined_part_leaves_replicates_as_they_are() -> None:
    draws = np.concatenate([np.arange(5.0), np.full(3, np.nan), np.arange(3.0)])
    assert (drawn_together(2.0, draws, 3, (9, 9)) == np.arange(5.0)).all()


def test_values_of_other_resamples_are_refused_with_what_to_do() -> None:
    table = crossed(5, 4, seed=1, sd=(1, 1, 1))
    resampling = resample(table["participant"], table["pair"], seed=1, n_resamples=50)
    with pytest.raises(ValueError, match=r"each of the 150 resamples, found 51; compute it from the totals"):
        resampling.estimate(np.zeros(51), sample_of(table), unit="points", method="mean")


def test_one_kind_of_unit_alone_is_drawn_as_by_itself() -> None:
    table = crossed(12, 9, seed=2, sd=(1, 1, 1))
    resampling = resample(table["participant"], table["pair"], seed=4, n_resamples=300)
    for alone, kept in ((resampling.participants_only(), "pair"), (resampling.pairs_only(), "participant")):
        weights = alone.pair_weights if kept == "pair" else alone.participant_weights
        assert (weights == 1).all()
        assert alone.n_resamples == 300
        assert f"300 resamples of {'participants' if kept == 'pair' else 'pairs'} only" in alone.method


def test_a_single_participant_has_an_estimate_but_no_interval() -> None:
    estimate = mean_of(crossed(1, 10, seed=6, sd=(1, 1, 1)))
    assert np.isfinite(estimate.estimate)
    assert np.isnan(estimate.low)
    assert np.isnan(estimate.p_value())


def test_resamples_without_a_value_are_left_out_only_if_few() -> None:
    draws = np.arange(100.0)
    few, many = draws.copy(), draws.copy()
    few[:4], many[:6] = np.nan, np.nan
    assert np.isfinite(percentile_interval(few, 0.9)).all()
    assert np.isnan(percentile_interval(many, 0.9)).all()


@pytest.mark.parametrize("null", [-0.3, 0.0, 0.2])
def test_the_p_value_agrees_with_the_interval(null: float) -> None:
    table = crossed(25, 20, seed=7, sd=(0.5, 0.5, 0.5))
    estimate = mean_of(table, n_resamples=4000)
    excluded = not estimate.low <= null <= estimate.high
    assert (estimate.p_value(null) < 0.05) == excluded


def test_a_p_value_is_never_zero() -> None:
    table = crossed(25, 20, seed=7, sd=(0.1, 0.1, 0.1))
    assert mean_of(table, n_resamples=400).p_value(5.0) == pytest.approx(2 / 401)


def test_nothing_to_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one participant and one pair"):
        resample([], [], seed=1)


def test_an_interval_over_both_covers_the_truth_at_least_as_often_as_it_says() -> None:
    """60 studies of 24 people and 16 pairs; the offline figures with more studies are in docs/results.md."""
    covered = 0
    for seed in range(60):
        estimate = mean_of(crossed(24, 16, seed=100 + seed, sd=(0.5, 0.5, 1)), seed=seed)
        covered += estimate.low <= 0 <= estimate.high
    lowest = 60 * 0.95 - 3 * (60 * 0.95 * 0.05) ** 0.5
    assert covered >= lowest


def test_percentiles_are_percentiles() -> None:
    draws = np.array([NormalDist().inv_cdf((k + 0.5) / 10_000) for k in range(10_000)])
    assert percentile_interval(draws, 0.95) == pytest.approx((-1.96, 1.96), abs=0.01)
