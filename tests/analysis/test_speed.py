"""Response times and accuracy: by hand, invariants, known truth; lmer's numbers: test_published_study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.exclusions import apply_exclusions
from analysis.intervals import resample
from analysis.speed import log_time_model, response_times, time_models
from analysis.speed_accuracy import speed_accuracy
from tests.analysis.detection_tables import simulated_faces


def timed(
    *, made: float = 1.0, slower: float = 0.0, n_participants: int = 30, n_faces: int = 24, seed: int = 1
) -> pd.DataFrame:
    """Answers in about 800 ms, to made faces ``made`` times as slow; z of right: 0.5 + slower x doublings."""
    rng = np.random.default_rng(seed)
    who, face = (each.ravel() for each in np.indices((n_participants, n_faces)))
    is_made = np.where(face % 2, 0.5, -0.5)
    own = 0.3 * rng.standard_normal(n_participants)[who] + 0.1 * rng.standard_normal(n_faces)[face]
    noise = 0.4 * rng.standard_normal(len(who))
    log_rt = np.log(800) + np.log(made) * is_made + own + noise
    right = rng.standard_normal(len(who)) < 0.5 + slower * noise / np.log(2)
    return pd.DataFrame(
        {
            "participant": [f"p{each:02d}" for each in who],
            "pair": [f"f{each:02d}" for each in face],
            "stimulus": [f"f{each:02d}" for each in face],
            "left": [f"f{each:02d}" for each in face],
            "right": None,
            "question": "detect",
            "exposure_ms": np.inf,
            "made": is_made,
            "later": 0.0,
            "rt_ms": np.exp(log_rt),
            "log_rt": log_rt,
            "correct": np.where(right, 0.5, -0.5),
        }
    )


def test_times_of_an_export_are_told_apart_by_face_order_and_correctness(dataset: Dataset) -> None:
    kept = apply_exclusions(dataset).kept
    times = response_times(kept)
    assert len(times) == len(kept.ratings)
    trust = times[times["question"] == "trust"]
    assert trust["correct"].isna().all()
    assert sorted(trust["made"].unique()) == [-0.5, 0.5]
    assert (trust.groupby(["participant", "position"])["later"].sum() == 1).all()
    detect = times[times["question"] == "detect"]
    assert (detect["made"] == 0).all()
    assert sorted(detect["correct"].unique()) == [-0.5, 0.5]
    assert (times[times["question"] == "confidence"]["later"] == 1).all()


def test_the_ratio_of_exact_times_is_exact() -> None:
    """Without any noise but the people's own pace, made faces take 1.5 times as long."""
    times = timed(made=1.5)
    pace = 1 + times["participant"].str[1:].astype(int)
    exact = np.log(500.0 * pace) + np.log(1.5) * times["made"] + 1e-4 * np.sin(np.arange(len(times)))
    effects, typical, _ = log_time_model(
        times.assign(log_rt=exact), "made", random="(1 | participant)", name="x", question="?"
    )
    assert effects[0].ratio.estimate == pytest.approx(1.5, rel=1e-3)
    assert typical.estimate == pytest.approx(np.exp(np.mean(np.log(500.0 * np.arange(1, 31)))), rel=1e-3)


def test_a_true_ratio_lies_in_its_interval_and_no_effect_is_none() -> None:
    (slower,), (same,) = (time_models(timed(made=made, seed=3)) for made in (1.2, 1.0))
    one, none = slower.effects[0], same.effects[0]
    assert (one.term, one.about) == ("made", "made face, against real")
    assert one.ratio.low < 1.2 < one.ratio.high
    assert one.p < 0.05 < none.p
    assert none.ratio.low < 1 < none.ratio.high
    assert slower.typical_ms is not None
    assert slower.typical_ms.estimate == pytest.approx(800, rel=0.15)


def test_another_unit_of_time_changes_the_typical_time_and_no_ratio() -> None:
    times = timed(made=1.2)
    twice = times.assign(rt_ms=2 * times["rt_ms"], log_rt=times["log_rt"] + np.log(2))
    (one,), (two,) = time_models(times), time_models(twice)
    assert [each.ratio.estimate for each in one.effects] == pytest.approx(
        [each.ratio.estimate for each in two.effects], rel=1e-6
    )
    assert one.typical_ms is not None
    assert two.typical_ms is not None
    assert two.typical_ms.estimate == pytest.approx(2 * one.typical_ms.estimate, rel=1e-6)


def test_times_that_cannot_be_logged_are_counted_and_left_out(dataset: Dataset) -> None:
    ratings = dataset.ratings.copy()
    ratings.loc[ratings.index[:3], "rt_ms"] = [0.0, np.nan, np.nan]
    times = response_times(replace(dataset, ratings=ratings))
    assert sum(one.n_unusable for one in time_models(times)) == 3


def test_a_fifth_holds_a_fifth_of_every_persons_answers_however_slow_they_are() -> None:
    times = timed(n_faces=25)
    times = times.assign(log_rt=times["log_rt"] + times["participant"].str[1:].astype(int))
    weights = resample(times["participant"], times["pair"], seed=1, n_resamples=50)
    found = speed_accuracy(times, weights)
    assert [one.fifth for one in found.fifths] == [1, 2, 3, 4, 5]
    assert [one.share_correct.n_trials for one in found.fifths] == [150] * 5
    assert all(one.share_correct.n_participants == 30 for one in found.fifths)
    relative = [one.relative_time for one in found.fifths]
    assert relative == sorted(relative)
    assert np.prod(relative) == pytest.approx(1, rel=1e-6)
    shares = [one.share_correct.estimate for one in found.fifths]
    assert np.mean(shares) == pytest.approx((times["correct"] > 0).mean())


def test_the_change_of_accuracy_with_time_is_found() -> None:
    weights = None
    for truth in (-0.8, 0.0):
        times = timed(slower=truth, n_participants=40, seed=2)
        weights = weights or resample(times["participant"], times["pair"], seed=1, n_resamples=50)
        slope = speed_accuracy(times, weights).slope
        assert slope is not None
        assert slope.low < truth < slope.high
        assert (slope.p_value() < 0.05) == (truth != 0)


def test_what_cannot_be_estimated_says_why() -> None:
    times = timed()
    weights = resample(times["participant"], times["pair"], seed=1, n_resamples=20)
    for changed, words in (
        (times.assign(correct=0.5), "all answers are correct, or all are wrong"),
        (times.assign(log_rt=6.0), "response times do not differ within people"),
        (times.assign(correct=np.nan), "no timed answers that could be right"),
    ):
        found = speed_accuracy(changed, weights)
        assert (found.slope, found.note) == (None, words)
    (same,) = time_models(times.assign(log_rt=6.0))
    assert (same.model, same.note) == (None, "all response times are alike")


def test_faces_shown_alone_are_judged_right_or_wrong() -> None:
    times = response_times(simulated_faces())
    detect = times[times["question"] == "detect"]
    assert detect["correct"].notna().all()
    assert detect["stimulus"].notna().all()
    assert sorted(detect["made"].unique()) == [-0.5, 0.5]
    untimed = {one.question: one for one in time_models(times)}["confidence"]
    assert (untimed.model, untimed.note) == (None, "no response times")


def test_an_export_of_robots_has_times_that_tell_nothing(dataset: Dataset) -> None:
    found = {one.question: one for one in time_models(response_times(apply_exclusions(dataset).kept))}
    assert list(found) == ["detect", "confidence", "trust"]
    assert found["trust"].model is not None
    assert "(1 + made" in found["trust"].model.steps["formula"].iloc[0]
    later = next(one for one in found["trust"].effects if one.term == "later")
    assert later.ratio.low > 1
