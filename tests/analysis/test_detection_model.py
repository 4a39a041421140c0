"""The probit mixed model of detection: by hand, invariants, known truth, and the engine's own reading."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.detection_levels import Grouping, detection_by_level
from analysis.detection_model import (
    DetectionModel,
    model_detection,
    no_finite_d_prime,
    pair_judgements,
    single_judgements,
)
from analysis.hierarchical_detection import by_exposure_grouping, hierarchical_detection
from analysis.intervals import Resampling, resample
from analysis.mixed import compare, fit_mixed, sensitivity
from analysis.single_faces import face_judgements
from tests.analysis.detection_tables import simulated_choices, simulated_faces


def resampling_of(table: pd.DataFrame, n: int = 200) -> Resampling:
    return resample(table["participant"], table["pair"], seed=1, n_resamples=n)


@pytest.fixture(scope="module")
def choices() -> pd.DataFrame:
    return simulated_choices(
        d_prime=(0.4, 0.9, 1.4),
        exposures_ms=(100.0, 500.0, 2000.0),
        n_participants=60,
        n_pairs=40,
        participant_sd=0.4,
        pair_sd=0.4,
        bias=0.15,
    )


@pytest.fixture(scope="module")
def model(choices: pd.DataFrame) -> DetectionModel:
    return model_detection(pair_judgements(choices))


def test_where_nobody_and_no_picture_differs_it_is_the_difference_of_two_z() -> None:
    """Everyone is right in 3 of 4 pairs with the made face on the left, and in 2 of 4 on the right."""
    rows = [
        (f"p{p}", f"q{q}", left, said)
        for p in range(8)
        for q in range(8)
        for left in [(p + q) % 2 == 0]
        for said in [((q // 2 + p // 2) % 4 < 3) if left else ((q // 2 + p // 2) % 4 < 2)]
    ]
    table = pd.DataFrame(rows, columns=["participant", "pair", "made_left", "said_left"])
    table = table.assign(
        correct=table["made_left"] == table["said_left"], left="a", right="b", exposure_ms=100.0
    )
    found = model_detection(pair_judgements(table))
    hits, false_alarms = norm.ppf(0.75), norm.ppf(0.5)
    assert found.d_prime.estimate == pytest.approx((hits - false_alarms) / np.sqrt(2), abs=1e-4)
    assert found.bias.estimate == pytest.approx(-(hits + false_alarms) / 2, abs=1e-4)


def test_it_is_what_the_engine_reads_off_the_same_fit(model: DetectionModel) -> None:
    assert model.declared is not None
    table = sensitivity(model.declared.fit, "made_right", layout="pair").set_index("quantity")
    for name, mine in (("d_prime", model.d_prime), ("side_bias", model.bias)):
        assert [mine.estimate, mine.low, mine.high] == pytest.approx(
            table.loc[name, ["estimate", "low", "high"]].astype(float).tolist()
        )


def test_exchanging_the_sides_turns_the_bias_and_nothing_else(
    choices: pd.DataFrame, model: DetectionModel
) -> None:
    mirrored = choices.assign(made_left=~choices["made_left"], said_left=~choices["said_left"])
    found = model_detection(pair_judgements(mirrored))
    assert found.d_prime.estimate == pytest.approx(model.d_prime.estimate, abs=1e-4)
    assert found.bias.estimate == pytest.approx(-model.bias.estimate, abs=1e-4)


def test_guessing_is_no_sensitivity() -> None:
    found = model_detection(pair_judgements(simulated_choices(d_prime=0.0, seed=4)))
    assert found.d_prime.low < 0 < found.d_prime.high


def test_it_finds_the_truth_where_the_pooled_answers_fall_short() -> None:
    table = simulated_choices(
        d_prime=1.2, n_participants=80, n_pairs=60, participant_sd=0.7, pair_sd=1.0, bias=0.2, seed=9
    )
    found = hierarchical_detection(pair_judgements(table), resampling_of(table))
    (pooled,) = (one.d_prime for one in found.scopes if one.over == "both")
    model = found.model
    assert model.d_prime.low < 1.2 < model.d_prime.high
    assert model.bias.estimate == pytest.approx(0.2, abs=0.06)
    assert pooled.estimate < model.d_prime.estimate - 0.08
    assert (model.d_prime.n_participants, model.d_prime.n_pairs) == (80, 60)


def test_single_faces_have_the_truth_they_were_simulated_with() -> None:
    judged = face_judgements(simulated_faces(d_prime=1.4, criterion=0.3, n_participants=40, n_faces=60))
    found = model_detection(single_judgements(judged))
    assert found.d_prime.low < 1.4 < found.d_prime.high
    assert found.bias.estimate == pytest.approx(0.3, abs=0.15)


def test_intervals_over_people_alone_are_narrower_than_over_both() -> None:
    table = simulated_choices(n_pairs=16, pair_sd=0.8, seed=5)
    scopes = hierarchical_detection(pair_judgements(table), resampling_of(table, 500)).scopes
    width = {one.over: one.d_prime.high - one.d_prime.low for one in scopes}
    assert width["participants"] < width["pairs"] < 1.2 * width["both"]
    assert len({round(one.d_prime.estimate, 12) for one in scopes[:3]}) == 1


def test_every_exposure_has_the_sensitivity_that_the_engine_reads_off(
    choices: pd.DataFrame, model: DetectionModel
) -> None:
    judgements = pair_judgements(choices)
    found = detection_by_level(model, by_exposure_grouping(judgements), resampling_of(choices))
    assert [one.level for one in found.levels] == ["100\u00a0ms", "500\u00a0ms", "2\u00a0s"]
    table = judgements.table.assign(e=[f"{each:g}" for each in choices["exposure_ms"]])
    large = fit_mixed(
        f"chose_right ~ e * made_right + {model.random}", table, family="bernoulli", link="probit"
    )
    read = sensitivity(large, "made_right", layout="pair", at={"e": ["100", "500", "2000"]})
    read = read[read["quantity"] == "d_prime"]
    assert [one.d_prime.estimate for one in found.levels] == pytest.approx(read["estimate"], abs=1e-4)
    assert [one.d_prime.se for one in found.levels] == pytest.approx(read["se"], rel=1e-3)
    small = fit_mixed(
        f"chose_right ~ e + made_right + {model.random}", table, family="bernoulli", link="probit"
    )
    assert found.test is not None
    assert found.test.statistic == pytest.approx(compare(small, large).statistic, abs=1e-3)
    assert found.test.df == 2
    for one, truth in zip(found.levels, (0.4, 0.9, 1.4), strict=True):
        assert one.d_prime.low < truth < one.d_prime.high
    assert found.gain is not None
    assert found.gain.estimate == pytest.approx(
        found.levels[-1].d_prime.estimate - found.levels[0].d_prime.estimate
    )


def test_names_and_order_of_levels_do_not_matter(choices: pd.DataFrame, model: DetectionModel) -> None:
    names = choices["exposure_ms"].map({100.0: "z [1]", 500.0: "a: b", 2000.0: "ü+"})
    ways = [
        detection_by_level(model, Grouping("exposure", "between names", names, order), resampling_of(choices))
        for order in (("z [1]", "a: b", "ü+"), ("ü+", "z [1]", "a: b"))
    ]
    first, second = ({one.level: one.d_prime.estimate for one in way.levels} for way in ways)
    assert first == pytest.approx(second, abs=1e-4)


def test_a_level_whose_answers_are_all_right_is_left_out_and_says_so(choices: pd.DataFrame) -> None:
    perfect = choices["exposure_ms"] == 2000.0
    table = choices.assign(
        said_left=choices["said_left"].where(~perfect, choices["made_left"]),
        correct=choices["correct"] | perfect,
    )
    judgements = pair_judgements(table)
    found = detection_by_level(
        model_detection(judgements), by_exposure_grouping(judgements), resampling_of(table)
    )
    *others, last = found.levels
    assert last.note == "all 800 answers are correct: no finite d′"
    assert np.isnan(last.d_prime.estimate)
    assert last.share_correct.estimate == 1
    assert all(np.isfinite(one.d_prime.estimate) for one in others)
    assert found.test is not None
    assert found.test.df == 1


def test_what_has_no_finite_sensitivity_says_why(choices: pd.DataFrame) -> None:
    answers = {
        "all 2400 answers are correct: no finite d′": choices["made_left"],
        "all 2400 answers are wrong: no finite d′": ~choices["made_left"],
        "1200 answers, all alike, to pairs with the made face on the left: no finite d′": True,
    }
    for words, said in answers.items():
        table = choices.assign(said_left=said)
        table = table.assign(correct=table["made_left"] == table["said_left"])
        found = model_detection(pair_judgements(table))
        assert found.reason == words
        assert np.isnan(found.d_prime.estimate)
    assert no_finite_d_prime(pair_judgements(choices.iloc[:0])) == "no answers"
