"""Confidence: calibration and the type-2 area."""

import numpy as np
import pandas as pd
import pytest

from analysis.confidence import confidence_results, confident_choices
from analysis.dataset import Dataset
from analysis.intervals import resample


def choices_of(confidence: list[int], correct: list[bool], *, n_people: int = 1) -> pd.DataFrame:
    n = len(confidence)
    people = np.arange(n) % n_people
    return pd.DataFrame(
        {
            "participant": [f"p{person}" for person in people],
            "pair": [f"q{number}" for number in range(n)],
            "left": [f"l{number}" for number in range(n)],
            "right": [f"r{number}" for number in range(n)],
            "confidence": confidence,
            "correct": correct,
        }
    )


def area(choices: pd.DataFrame) -> float:
    resampling = resample(choices["participant"], choices["pair"], seed=1, n_resamples=100)
    return confidence_results(choices, resampling).type2_auc.estimate


def test_worked_by_hand() -> None:
    # correct at 3 and 2, wrong at 1 and 2: 3>1, 3>2, 2>1 won, 2=2 half: 3.5 of 4
    assert area(choices_of([3, 2, 1, 2], [True, True, False, False])) == 3.5 / 4


def test_confidence_that_never_changes_says_nothing() -> None:
    assert area(choices_of([2] * 6, [True, False] * 3)) == 0.5


def test_turning_the_scale_turns_the_area() -> None:
    rng = np.random.default_rng(3)
    confidence, correct = rng.integers(1, 5, 60), rng.random(60) < 0.7
    one = area(choices_of(list(confidence), list(correct), n_people=3))
    other = area(choices_of(list(5 - confidence), list(correct), n_people=3))
    assert one + other == pytest.approx(1)


def test_someone_who_only_uses_high_numbers_does_not_look_insightful() -> None:
    sure = choices_of([4] * 10, [True] * 9 + [False])
    unsure = choices_of([1] * 10, [True] + [False] * 9).assign(participant="p1")
    assert area(pd.concat([sure, unsure], ignore_index=True)) == 0.5


def test_agrees_with_the_mann_whitney_statistic() -> None:
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(8)
    confidence, correct = rng.integers(1, 5, 200), rng.random(200) < 0.6
    u = mannwhitneyu(confidence[correct], confidence[~correct]).statistic
    expected = u / (correct.sum() * (~correct).sum())
    assert area(choices_of(list(confidence), list(correct))) == pytest.approx(expected)


def test_calibration_rises_for_robots_with_insight(dataset: Dataset) -> None:
    choices = confident_choices(dataset)
    resampling = resample(choices["participant"], choices["pair"], seed=1, n_resamples=200)
    results = confidence_results(choices, resampling)
    shares = [level.share_correct.estimate for level in results.calibration]
    assert shares[-1] > shares[0] + 0.1
    assert sum(level.share_correct.n_trials for level in results.calibration) == len(choices)
    assert results.type2_auc.low > 0.5
