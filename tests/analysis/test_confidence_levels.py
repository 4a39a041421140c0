"""How confident people are, right or wrong: by hand, planted and found again, and what a scale can say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.confidence import confident_choices
from analysis.confidence_levels import confidence_model, mean_confidence, overconfidence, people_correlation
from analysis.confidence_scale import ConfidenceScale, confidence_scale, in_quarters, in_steps
from analysis.dataset import Dataset
from analysis.intervals import Resampling, resample

PERCENT = ConfidenceScale(50, 100, 100)


def choices(
    seed: int, *, n_people: int = 30, n_pairs: int = 20, gap: float = 10.0, insight: float = 0.0
) -> pd.DataFrame:
    """Right in three of four, ``gap`` points surer then; better people are surer by ``insight``."""
    rng = np.random.default_rng(seed)
    who, what = np.indices((n_people, n_pairs)).reshape(2, -1)
    skill = rng.uniform(0.55, 0.95, n_people)
    correct = rng.random(len(who)) < skill[who]
    confidence = 70 + gap * (correct - 0.5) + insight * (skill[who] - 0.75) + rng.normal(0, 8, n_people)[who]
    return pd.DataFrame(
        {
            "participant": [f"p{n:02d}" for n in who],
            "pair": [f"q{n:02d}" for n in what],
            "left": [f"l{n}" for n in what],
            "right": [f"r{n}" for n in what],
            "exposure_ms": np.where((who + what) % 2, 100.0, 1600.0),
            "correct": correct,
            "confidence": confidence + rng.normal(0, 5, len(who)),
        }
    )


def weights(table: pd.DataFrame) -> Resampling:
    return resample(table["participant"], table["pair"], seed=1, n_resamples=200)


def test_means_by_hand_at_every_exposure_and_of_all() -> None:
    table = choices(1, n_people=2, n_pairs=2).assign(
        correct=[True, False, True, True],
        confidence=[4.0, 1.0, 2.0, 3.0],
        exposure_ms=[100, 100, np.inf, np.inf],
    )
    found = {
        (ms if ms == ms else "all", right): one.estimate
        for ms, right, one in mean_confidence(table, weights(table))
    }
    assert found == {
        ("all", True): 3.0,
        ("all", False): 1.0,
        ("all", None): 2.0,
        (100.0, True): 4.0,
        (100.0, False): 1.0,
        (100.0, None): 3.0,
        (np.inf, True): 2.5,
    }


def test_overconfidence_is_the_stated_probability_less_the_share_correct() -> None:
    table = choices(2)
    one = overconfidence(table.assign(confidence=90.0), PERCENT, weights(table))
    assert one is not None
    assert one.estimate == pytest.approx(0.9 - table["correct"].mean())
    assert one.low < one.estimate < one.high
    calibrated = table.assign(confidence=100.0 * table["correct"])
    exact = overconfidence(calibrated, PERCENT, weights(table))
    assert exact is not None
    assert (exact.estimate, exact.low, exact.high) == pytest.approx((0, 0, 0))
    assert overconfidence(table, ConfidenceScale(1, 7, None), weights(table)) is None


def test_surer_people_are_correlated_with_better_people_as_numpy_does() -> None:
    table = choices(3, n_people=60, insight=60)
    own = table.groupby("participant")[["confidence", "correct"]].mean()
    one = people_correlation(table, weights(table))
    assert one.estimate == pytest.approx(np.corrcoef(own["confidence"], own["correct"])[0, 1])
    assert one.low > 0
    alike = people_correlation(table.assign(confidence=3.0), weights(table))
    assert np.isnan(alike.estimate)


def test_the_model_finds_how_much_surer_right_choices_are() -> None:
    fit = confidence_model(choices(4, n_people=60, gap=6), picture="pair").fit
    low, high = fit.fixed.loc["correct_c", ["low", "high"]]
    assert low < 6 < high
    assert fit.fixed.index.tolist() == ["Intercept", "correct_c", "doublings_c", "correct_c:doublings_c"]
    assert abs(fit.fixed.loc["doublings_c", "statistic"]) < 4


def test_exposures_without_end_make_exposure_a_category_and_one_exposure_none() -> None:
    table = choices(5)
    unlimited = confidence_model(
        table.assign(exposure_ms=table["exposure_ms"].replace(1600, np.inf)), picture="pair"
    )
    assert "correct_c * C(exposure, contr.sum)" in unlimited.fit.formula
    one = confidence_model(table.assign(exposure_ms=500.0), picture="left")
    assert one.fit.formula.startswith("confidence ~ correct_c + (1 + correct_c")
    assert one.fit.formula.endswith("(1 | left)")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"confidence": 3.0}, "confidence never varies"),
        ({"correct": True}, "all choices were right, or all were wrong"),
        ({"participant": "p"}, "at least 2 participants"),
        ({"pair": "q"}, "at least 2 pictures or pairs"),
    ],
)
def test_a_model_without_anything_that_varies_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        confidence_model(choices(6, n_people=4, n_pairs=4).assign(**change), picture="pair")


@pytest.mark.parametrize(
    ("ends", "certain"), [((0, 100), 100), ((50, 100), 100), ((0.5, 1), 1), ((1, 4), None), ((1, 100), None)]
)
def test_only_scales_that_tell_a_probability_are_read_as_one(
    dataset: Dataset, ends: tuple[float, float], certain: float | None
) -> None:
    blocks = tuple(
        replace(
            block,
            questions=tuple(
                replace(q, minimum=ends[0], maximum=ends[1]) if q.id == "confidence" else q
                for q in block.questions
            ),
        )
        for block in dataset.protocol.blocks
    )
    scale = confidence_scale(replace(dataset.protocol, blocks=blocks), pd.Series([60.0, 70.0]))
    assert scale == ConfidenceScale(*ends, certain)


def test_a_table_from_elsewhere_has_the_scale_of_its_answers_and_no_probability(dataset: Dataset) -> None:
    bare = replace(dataset.protocol, blocks=())
    assert confidence_scale(bare, pd.Series([0.0, 100.0])) == ConfidenceScale(0, 100, None)


def test_fine_scales_are_taken_in_steps_and_quarters_and_coarse_ones_as_they_are(dataset: Dataset) -> None:
    fine = choices(7).assign(confidence=lambda table: table["confidence"].clip(0, 100))
    steps, stepped = in_steps(fine, ConfidenceScale(0, 100, 100))
    assert stepped
    assert set(steps["confidence"]) <= {5.0 + 10 * n for n in range(10)}
    assert (steps["confidence"] - fine["confidence"]).abs().max() <= 5
    quarters = in_quarters(fine)["confidence"]
    assert sorted(set(quarters)) == [1, 2, 3, 4]
    assert quarters.value_counts(normalize=True).between(0.2, 0.3).all()
    of_each = fine["confidence"].groupby(quarters)
    assert (of_each.max().to_numpy()[:-1] <= of_each.min().to_numpy()[1:]).all()
    coarse = confident_choices(dataset)
    assert in_steps(coarse, ConfidenceScale(1, 4, None))[0] is coarse
    assert in_quarters(coarse) is coarse


def test_the_ends_of_a_scale_fall_into_its_outer_steps() -> None:
    table = pd.DataFrame({"confidence": np.linspace(0, 100, 21)})
    steps, _ = in_steps(table, ConfidenceScale(0, 100, 100))
    assert steps["confidence"].iloc[[0, -1]].tolist() == [5, 95]
