"""What robots answer is what they were given: truth in, truth out."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from statistics import NormalDist, mean

import numpy as np
import pytest

from stimuli.manifest import Stimulus
from study.robots import RobotTruth
from study.robots.mind import Mind, Seen
from study.robots.page import read_page
from study.robots.truth import expected_rating

Z = NormalDist().inv_cdf
DETECT = {"id": "detect", "kind": "side", "targets": ["pair"], "optional": False}
CONFIDENCE = {"id": "confidence", "kind": "scale", "targets": ["pair"], "minimum": 1, "maximum": 4}
TRUST = {"id": "trust", "kind": "scale", "targets": ["left", "right"], "minimum": 1, "maximum": 7}
CUES = {
    "id": "cues",
    "kind": "choices",
    "targets": ["pair"],
    "options": [{"code": code} for code in ("skin", "eyes", "hair", "none_named")],
}


def face(origin, number, **facts):
    sha256 = f"{number:08x}{0 if origin == 'real' else 1:08x}".ljust(64, "0")
    return Stimulus(f"{origin}_{number}", f"{number}.jpg", sha256, origin, **facts)


def answers(truth, questions, *, n_robots=250, n_pairs=40, exposure_ms=500.0, seed=3):
    """(robot, made face is left, {(question, target): rating}) for robots who all see all pairs."""
    for number in range(1, n_robots + 1):
        mind = Mind(truth, seed=seed, number=number)
        for pair in range(n_pairs):
            real, made = face("real", pair), face("ai", pair)
            made_left = (pair + number) % 2 == 0
            seen = Seen(made, real, exposure_ms) if made_left else Seen(real, made, exposure_ms)
            given = mind.answer(seen, questions, ready_ms=750, rng=mind.random(pair + 1))
            yield number, made_left, {(one["question"], one["target"]): one for one in given}


@pytest.mark.parametrize("side_bias", [-0.3, 0.0, 0.3])
@pytest.mark.parametrize("d_prime", [0.0, 0.8, 1.5])
def test_pooled_answers_have_the_given_sensitivity_and_side_bias(d_prime, side_bias):
    truth = RobotTruth(d_prime={500: d_prime}, side_bias=side_bias, d_prime_sd_stimuli=0.0)
    said_left = {True: [], False: []}
    for _, made_left, given in answers(truth, [DETECT]):
        said_left[made_left].append(given["detect", "pair"]["value"] == "left")
    hits, false_alarms = Z(mean(said_left[True])), Z(mean(said_left[False]))
    assert (hits - false_alarms) / np.sqrt(2) == pytest.approx(d_prime, abs=0.08)
    assert -(hits + false_alarms) / 2 == pytest.approx(side_bias, abs=0.04)


ORIGIN = {"id": "detect", "kind": "origin", "targets": ["face"], "optional": False}
FOUR = DETECT | {"both_neither": True}


def faces_called_ai(truth, *, single=True, n_robots=250, n_pairs=40):
    """Whether faces were called AI, by what they are; single, or the two of a pair each on its own."""
    called = {"real": [], "ai": []}
    for number in range(1, n_robots + 1):
        mind = Mind(truth, seed=3, number=number)
        for pair in range(n_pairs):
            real, made = face("real", pair), face("ai", pair)
            rng = mind.random(pair + 1)
            if single:
                one = made if (pair + number) % 2 else real
                (given,) = mind.answer(Seen(one, None, 500.0), [ORIGIN], ready_ms=750, rng=rng)
                called[one.origin].append(given["value"] == "ai")
            else:
                (given,) = mind.answer(Seen(real, made, 500.0), [FOUR], ready_ms=750, rng=rng)
                called["real"].append(given["value"] in ("left", "both"))
                called["ai"].append(given["value"] in ("right", "both"))
    return called


@pytest.mark.parametrize("single", [True, False], ids=["single faces", "both and neither"])
@pytest.mark.parametrize(("d_prime", "criterion"), [(0.0, 0.3), (0.8, -0.3), (1.5, 0.0)])
def test_faces_judged_on_their_own_have_the_given_sensitivity_and_criterion(d_prime, criterion, single):
    truth = RobotTruth(d_prime={500: d_prime}, criterion=criterion, d_prime_sd_stimuli=0.0)
    called = faces_called_ai(truth, single=single)
    hits, false_alarms = Z(mean(called["ai"])), Z(mean(called["real"]))
    assert hits - false_alarms == pytest.approx(d_prime, abs=0.08)
    assert -(hits + false_alarms) / 2 == pytest.approx(criterion, abs=0.04)


def test_two_questions_about_one_face_get_the_same_judgement():
    mind = Mind(RobotTruth(), seed=1, number=1)
    seen = Seen(face("real", 1), face("ai", 1), 500.0)
    each = ORIGIN | {"id": "each_one", "targets": ["left", "right"]}
    for position in range(1, 60):
        which, left, right = mind.answer(seen, [FOUR, each], ready_ms=0, rng=mind.random(position))
        words = {
            ("ai", "real"): "left",
            ("real", "ai"): "right",
            ("ai", "ai"): "both",
            ("real", "real"): "neither",
        }
        assert which["value"] == words[left["value"], right["value"]]


@pytest.mark.parametrize(
    ("obedience", "careless", "least", "most"), [(1.0, 0, 1, 1), (0.6, 0, 0.5, 0.7), (1.0, 1, 0, 0.1)]
)
def test_checks_are_obeyed_as_often_as_given_and_not_by_careless_robots(obedience, careless, least, most):
    truth = RobotTruth(check_obedience=obedience, careless_share=careless, trust_real=5.5)
    mind = Mind(truth, seed=1, number=1)
    seen, check = Seen(face("real", 1), face("ai", 1), 500.0), {"question": "trust", "value": "1"}
    obeyed = []
    for position in range(1, 401):
        given = mind.answer(seen, [TRUST, DETECT], ready_ms=0, rng=mind.random(position), check=check)
        obeyed.append([one["value"] for one in given[:2]] == ["1", "1"])
    assert least <= mean(obeyed) <= most


def test_answers_after_the_deadline_are_not_given():
    mind = Mind(RobotTruth(), seed=1, number=1)
    seen = Seen(face("real", 1), face("ai", 1), 500.0)
    counts = set()
    for position in range(1, 60):
        given = mind.answer(seen, [TRUST, DETECT], ready_ms=750, rng=mind.random(position), until_ms=2700)
        assert all(one["rt_ms"] <= 2700 for one in given)
        counts.add(len(given))
    assert {1, 2, 3} & counts
    assert min(counts) < 3


@pytest.mark.parametrize("difference", [-0.6, 0.0, 0.4])
def test_mean_ratings_differ_by_the_given_difference(difference):
    truth = RobotTruth(trust_difference=difference, trust_sd_stimuli=0.0)
    made, real = [], []
    for _, made_left, given in answers(truth, [TRUST]):
        left, right = (int(given["trust", side]["value"]) for side in ("left", "right"))
        made.append(left if made_left else right)
        real.append(right if made_left else left)
    assert mean(made) - mean(real) == pytest.approx(difference, abs=0.06)
    assert mean(real) == pytest.approx(truth.trust_real, abs=0.12)
    assert set(made) | set(real) == set(range(1, 8))


@pytest.mark.parametrize(("low", "high"), [(1, 7), (1, 5), (0, 10)])
@pytest.mark.parametrize("made", [False, True])
def test_the_expected_rating_is_the_given_one_on_any_scale(made, low, high):
    truth = RobotTruth(trust_real=5.8, trust_difference=-0.5)
    parts = [truth.trust_sd_participants, truth.trust_sd_stimuli, truth.trust_sd_residual]
    sd = np.hypot.reduce([*parts, *([truth.trust_difference_sd_participants] if made else [])])
    latent = truth.latent_trust(made=made, low=low, high=high)
    share_of_scale = (expected_rating(latent, sd * (high - low) / 6, low, high) - low) / (high - low)
    assert share_of_scale * 6 + 1 == pytest.approx(5.3 if made else 5.8, abs=1e-6)


def test_more_confidence_means_more_correct_answers():
    correct = {step: [] for step in range(1, 5)}
    for _, made_left, given in answers(RobotTruth(), [DETECT, CONFIDENCE]):
        right_answer = "left" if made_left else "right"
        step = int(given["confidence", "pair"]["value"])
        correct[step].append(given["detect", "pair"]["value"] == right_answer)
    shares = [mean(correct[step]) for step in range(1, 5)]
    assert shares == sorted(shares)
    assert shares[3] - shares[0] > 0.2


def test_cues_are_the_tagged_ones_and_named_as_often_as_given():
    mind = Mind(RobotTruth(share_cues_named=0.6), seed=1, number=1)
    seen = Seen(face("real", 1), face("ai", 1, artifacts="skin;lighting"), 500)
    named = [
        mind.answer(seen, [CUES], ready_ms=0, rng=mind.random(position))[0]["value"]
        for position in range(1, 2001)
    ]
    assert set(named) == {"skin", "none_named"}
    assert named.count("skin") / 2000 == pytest.approx(0.6, abs=0.04)


def test_the_same_seed_number_and_trial_give_the_same_answer_in_any_order():
    def given(position, seed=1, number=4):
        mind = Mind(RobotTruth(), seed=seed, number=number)
        seen = Seen(face("real", position), face("ai", position), 500)
        return mind.answer(seen, [DETECT, TRUST], ready_ms=0, rng=mind.random(position))

    assert [given(p) for p in (1, 2, 3)] == [given(p) for p in (3, 2, 1)][::-1]
    assert given(1) != given(1, seed=2)
    assert given(1) != given(1, number=5)


def test_careless_robots_answer_faster_than_anybody_can():
    truth = RobotTruth(careless_share=1.0)
    times = [one["rt_ms"] for _, _, given in answers(truth, [TRUST], n_robots=5) for one in given.values()]
    assert max(times) < 200
    honest = [
        one["rt_ms"] for _, _, given in answers(RobotTruth(), [TRUST], n_robots=5) for one in given.values()
    ]
    assert min(honest) > 750 + 150


def test_a_late_frame_is_one_frame_too_many():
    mind = Mind(RobotTruth(late_frame_share=1.0), seed=1, number=1)
    shown = mind.show(Seen(face("real", 1), face("ai", 1), 500), mind.random(1))
    assert (shown.planned_frames, shown.shown_frames, shown.late) == (30, 31, True)


def test_without_a_limit_the_pair_stays_until_the_answer():
    mind = Mind(RobotTruth(), seed=1, number=1)
    shown = mind.show(Seen(face("real", 1), face("ai", 1), None), mind.random(1))
    assert shown.planned_frames is None
    assert shown.shown_ms > 200


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trust_real": 7.5}, "expected mean ratings between 1 and 7, found 7.5"),
        ({"careless_share": 2}, "careless_share: expected a share from 0 to 1, found 2"),
        ({"d_prime": {}}, "expected exposures above 0 ms"),
        ({"d_prime_sd_stimuli": 1.5}, "the squares of both together must stay below 2"),
    ],
)
def test_a_truth_that_cannot_be_says_so(settings, message):
    with pytest.raises(ValueError, match=message):
        RobotTruth(**settings)


def test_a_page_gives_its_forms_its_token_and_the_completion_code():
    page = read_page(
        """<meta name="csrf-token" content="t0ken"><h1>A &amp; B</h1>
        <form action="/s/x/consent"><input type="hidden" name="as" value="w">
          <button name="consent" value="yes">Yes</button><button name="consent" value="no">No</button></form>
        <form action="/s/x/questionnaire"><input name="age"><textarea name="noticed"></textarea>
          <input type="radio" name="use" value="1"><input type="radio" name="use" value="2">
          <select name="gender"><option value="">-</option><option value="w">W</option></select></form>
        <p><output id="completion-code">COMPLETE</output></p>"""
    )
    assert (page.token, page.heading, page.completion_code) == ("t0ken", "A & B", "COMPLETE")
    assert page.form_to("/consent").hidden() == {"as": "w"}
    fields = page.form_to("/questionnaire").fields
    assert fields["use"].offers == ["1", "2"]
    assert fields["gender"].offers == ["w"]
    assert (fields["age"].kind, fields["noticed"].kind) == ("text", "text")


def test_every_setting_of_the_truth_is_in_the_docs_with_its_default():
    page = (Path(__file__).parents[2] / "docs" / "robots.md").read_text(encoding="utf-8")
    table = page.split("## What robots are like")[1]
    for field in fields(RobotTruth):
        assert f"`{field.name}`" in table
        if field.name != "d_prime":
            assert f"{getattr(RobotTruth(), field.name):g}".replace("-", "−") in table
    assert f"{1 / RobotTruth().evidence_noise_sd:.3f} times" in page


def test_fields_carry_their_limits_and_the_condition_they_hang_on():
    page = read_page(
        """<form action="/s/x/questionnaire">
        <fieldset data-item="makes"><input type="radio" name="makes" value="yes"></fieldset>
        <div data-item="often" data-show-if='{"item":"makes","is_one_of":["yes"]}'>
          <input type="number" name="often" min="1" max="7" aria-required="true"></div>
        <div data-item="more"><textarea name="more"></textarea></div></form>"""
    )
    fields = page.form_to("/questionnaire").fields
    often = fields["often"]
    assert (often.minimum, often.maximum, often.required) == (1, 7, True)
    assert often.condition.is_one_of == ("yes",)
    assert fields["makes"].condition is None
    assert (fields["more"].condition, fields["more"].required) == (None, False)
