"""Every claim recovers a known truth, and does not mind the order of rows or the sides of faces."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.claims import (
    DECLARED,
    Finding,
    Specification,
    Untested,
    Verdict,
    closer_look,
    confidence,
    distrust,
    milliseconds,
    skin,
    subconscious,
    turned_away,
)
from analysis.claims.artifacts import background, body, consistency, expression
from analysis.dataset import Dataset
from analysis.protocol import ExclusionRules

from .studies import edited, pair_answers, pair_study, single_study, tagged

Claim = Callable[..., Finding | Untested]


def found(claim: Claim, dataset: Dataset, specification: Specification = DECLARED) -> Finding:
    finding = claim(dataset, specification)
    assert isinstance(finding, Finding), getattr(finding, "reason", "")
    return finding


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pair_answers(hire=-0.3)


@pytest.fixture(scope="module")
def study(answers: pd.DataFrame) -> Dataset:
    return pair_study(answers)


@pytest.fixture(scope="module")
def declared(study: Dataset) -> Callable[[Claim], Finding]:
    """The finding of the study as declared, computed once for each claim."""
    return cache(lambda claim: found(claim, study))


def holds(finding: Finding, truth: float, *, within: float = 3) -> bool:
    """The truth lies within some standard errors of the estimate."""
    return abs(finding.estimate.estimate - truth) < within * finding.estimate.se


def test_distrust_is_recovered_with_everything_it_rests_on(declared: Callable[[Claim], Finding]) -> None:
    finding = declared(distrust)
    assert holds(finding, -0.4)
    assert finding.verdict == Verdict.SUPPORTED
    assert finding.sentence.startswith("AI headshots were trusted less than real ones.")
    assert finding.equivalence is not None
    assert not finding.equivalence.equivalent
    one = finding.estimate
    assert (one.n_participants, one.n_pairs, one.n_stimuli, one.n_trials) == (30, 20, 40, 600)
    assert finding.model is not None
    assert finding.model.groups == {"participant": 30, "pair": 20}
    assert finding.model.fixed["estimate"].iloc[0] == one.estimate


def test_the_mean_of_a_balanced_study_is_the_models_estimate(answers: pd.DataFrame, study: Dataset) -> None:
    """By hand: with every pair seen by everybody the intercept is the mean difference."""
    by_hand = (answers["trust_ai"] - answers["trust_real"]).mean()
    for model in ("mixed", "intercepts", "means", "bootstrap"):
        estimate = found(distrust, study, Specification(model=model)).estimate
        assert estimate.estimate == pytest.approx(by_hand, abs=1e-9)


def test_single_faces_in_no_pairs_are_tested_with_pictures_random() -> None:
    study = single_study()
    finding = found(distrust, study)
    assert holds(finding, -0.5)
    assert finding.model is not None
    assert "(1 | stimulus)" in finding.model.formula
    gain = found(closer_look, study)
    assert holds(gain, 1.0)
    assert "single faces" in gain.measure


def test_within_milliseconds_only_the_shortest_exposure_counts_and_the_trend_stands_beside(
    study: Dataset,
) -> None:
    finding = found(milliseconds, study)
    assert finding.estimate.n_trials == 300
    assert holds(finding, -0.4)
    trend = finding.beside[-1].estimate
    assert trend.unit == "points per doubling"
    assert abs(trend.estimate) < 3 * trend.se


def test_the_gain_in_sensitivity_from_a_closer_look_is_recovered(
    declared: Callable[[Claim], Finding],
) -> None:
    finding = declared(closer_look)
    assert holds(finding, 1.0)
    glance = finding.beside[0].estimate
    assert abs(glance.estimate - 0.4) < 3 * glance.se
    assert finding.verdict == Verdict.SUPPORTED


def test_the_model_of_closer_look_is_that_of_its_power(declared: Callable[[Claim], Finding]) -> None:
    from analysis.power.models import testing_model
    from analysis.power.study import AskedTrials

    planned = testing_model("closer-look", AskedTrials("pair", 20, (100, 1600), (1, 7)))
    fitted = declared(closer_look).model
    assert fitted is not None
    assert fitted.steps["formula"].iloc[0] == planned.formula
    trusted = declared(distrust).model
    assert trusted is not None
    assert trusted.formula == testing_model("distrust", AskedTrials("pair", 20, (100,), (1, 7))).formula


def test_people_are_put_off_where_they_detected_nothing() -> None:
    study = pair_study(pair_answers(people=60, trust=0.0, trust_where_missed=-0.8))
    finding = found(subconscious, study)
    assert holds(finding, -0.8)
    moderation = finding.beside[0].estimate
    assert abs(moderation.estimate - 0.8) < 3 * moderation.se
    assert finding.verdict == Verdict.SUPPORTED
    assert finding.estimate.n_trials < 60 * 20


def test_tagged_pictures_are_compared_with_the_others() -> None:
    plain = pair_answers(people=50, d_prime=(0.5, 0.5), more_d=dict.fromkeys(range(10), 1.0))
    study = tagged(pair_study(plain), dict.fromkeys(range(10), "skin;hair"))
    finding = found(skin, study)
    assert holds(finding, 1.0)
    assert (
        finding.sentence
        == "AI headshots with over-smoothed skin were told apart better than those without any artifact."
    )
    assert finding.beside[0].estimate.unit == "points"
    both = found(consistency, study)
    assert both.estimate.estimate == finding.estimate.estimate
    assert len([one for one in both.beside if one.label.startswith("Skin only")]) == 1
    assert isinstance(background(study), Untested)


def test_pictures_with_other_artifacts_are_no_baseline() -> None:
    """A background that nobody notices is not made a contradiction by skin that everybody does."""
    more = dict.fromkeys(range(8), 1.5)
    tags = dict.fromkeys(range(8), "skin") | dict.fromkeys(range(8, 14), "background")
    study = tagged(pair_study(pair_answers(people=50, d_prime=(0.5, 0.5), more_d=more)), tags)
    assert holds(found(background, study), 0.0)
    assert found(background, study).verdict == Verdict.INCONCLUSIVE
    assert found(skin, study).estimate.n_pairs == 14
    crowded = tagged(study, tags | dict.fromkeys(range(14, 18), "body"))
    assert "minus that of the others" in found(skin, crowded).measure


def test_the_dose_of_an_edit_has_a_slope() -> None:
    doses = (0.2, 0.5, 0.8)
    more = {number: 1.5 * doses[number % 3] for number in range(20)}
    study = edited(
        pair_study(pair_answers(people=50, d_prime=(0.0, 0.0), more_d=more)), defect="body_large", doses=doses
    )
    finding = found(body, study)
    assert holds(finding, 1.5)
    assert finding.estimate.unit == "z per dose from 0 to 1"
    assert "AI" not in finding.sentence + finding.claim
    assert finding.sentence.endswith("the stronger the edit was.")
    assert isinstance(skin(study), Untested)


def test_one_dose_alone_is_compared_with_guessing() -> None:
    study = edited(pair_study(pair_answers(d_prime=(0.8, 0.8))), defect="skin", doses=(0.6,))
    finding = found(skin, study)
    assert holds(finding, 0.8)
    assert finding.sentence.endswith("told apart better than by guessing.")


def test_a_rating_of_expression_is_told_even_where_the_claim_cannot_be_tested() -> None:
    table = pair_answers()
    study = pair_study(table.assign(lifelike_real=table["trust_real"], lifelike_ai=table["trust_ai"]))
    untested = expression(study)
    assert isinstance(untested, Untested)
    assert "No picture is tagged" in untested.reason
    assert untested.beside[0].estimate.estimate == found(distrust, study).estimate.estimate


def test_who_would_not_be_hired_is_turned_away(study: Dataset) -> None:
    finding = found(turned_away, study)
    assert holds(finding, -0.3)
    assert "“hire”" in finding.measure


def test_on_a_longer_scale_the_smallest_effect_is_longer_and_the_finding_says_so(study: Dataset) -> None:
    block = study.protocol.blocks[0]
    questions = tuple(
        replace(q, minimum=0.0, maximum=12.0) if q.id == "hire" else replace(q, minimum=1.0, maximum=7.0)
        for q in block.questions
    )
    longer = replace(study, protocol=replace(study.protocol, blocks=(replace(block, questions=questions),)))
    finding = found(turned_away, longer)
    assert finding.equivalence is not None
    assert finding.equivalence.smallest_effect == pytest.approx(0.4)
    assert "on this one of 12 it is 0.4" in finding.notes[-1]


def test_confidence_that_follows_the_evidence_is_found_and_random_confidence_is_not(
    answers: pd.DataFrame, study: Dataset
) -> None:
    finding = found(confidence, study)
    assert finding.verdict == Verdict.SUPPORTED
    area = finding.beside[0]
    assert area.null == 0.5
    assert area.estimate.low > 0.5
    shuffled = answers.assign(confidence=np.random.default_rng(5).permutation(answers["confidence"]))
    assert found(confidence, pair_study(shuffled)).verdict == Verdict.INCONCLUSIVE


def test_ties_between_the_faces_of_a_pair_are_answers_too() -> None:
    """Judging each face on its own: both or neither called AI lie between the sides."""
    table = pair_answers(people=60, d_prime=(0.4, 1.4))
    study = pair_study(table)
    rng = np.random.default_rng(3)
    tied = rng.random(len(study.ratings)) < 0.2
    undecided = study.ratings["question"].eq("detect") & tied
    value = study.ratings["value"].mask(undecided, rng.choice(["both", "neither"], len(tied)))
    finding = found(closer_look, replace(study, ratings=study.ratings.assign(value=value)))
    assert finding.model is not None
    assert finding.model.family == "ordinal"
    assert finding.verdict == Verdict.SUPPORTED
    # Ties at random only hide evidence: the gain is smaller, not another.
    assert 0.3 < finding.estimate.estimate < 1.2


def each_face(study: Dataset) -> Dataset:
    """The same choices as answers real or AI about each face."""
    chosen = study.ratings[study.ratings["question"] == "detect"]
    rows = [
        chosen.assign(target=side, value=np.where(chosen["value"] == side, "ai", "real"))
        for side in ("left", "right")
    ]
    others = study.ratings[study.ratings["question"] != "detect"]
    return replace(study, ratings=pd.concat([others, *rows], ignore_index=True))


def test_naming_one_face_ai_and_the_other_real_is_a_choice_between_them(study: Dataset) -> None:
    one, other = found(closer_look, study), found(closer_look, each_face(study))
    assert other.estimate.estimate == pytest.approx(one.estimate.estimate, abs=1e-9)


@pytest.fixture(scope="module")
def small() -> Dataset:
    return pair_study(pair_answers(people=12, pairs=10, hire=-0.3))


@pytest.fixture(scope="module")
def of_small(small: Dataset) -> Callable[[Claim], Finding]:
    return cache(lambda claim: found(claim, small))


CLAIMS = (distrust, milliseconds, closer_look, subconscious, turned_away, confidence)


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_order_of_rows_does_not_matter(
    claim: Claim, small: Dataset, of_small: Callable[[Claim], Finding]
) -> None:
    shuffled = replace(
        small,
        trials=small.trials.sample(frac=1, random_state=4),
        ratings=small.ratings.sample(frac=1, random_state=5),
    )
    one, other = of_small(claim).estimate, found(claim, shuffled).estimate
    assert (one.estimate, one.low, one.high) == (other.estimate, other.low, other.high)


def mirrored(study: Dataset) -> Dataset:
    """Every pair with its faces on the other sides, and every answer with them."""
    swap = {"left": "right", "right": "left"}
    trials = study.trials.rename(
        columns={
            "left": "right",
            "right": "left",
            "left_origin": "right_origin",
            "right_origin": "left_origin",
        }
    )
    ratings = study.ratings.assign(
        target=study.ratings["target"].replace(swap), value=study.ratings["value"].replace(swap)
    )
    return replace(study, trials=trials, ratings=ratings)


@pytest.mark.parametrize("claim", CLAIMS)
def test_swapping_the_sides_of_every_pair_changes_nothing(
    claim: Claim, small: Dataset, of_small: Callable[[Claim], Finding]
) -> None:
    one, other = of_small(claim).estimate, found(claim, mirrored(small)).estimate
    assert other.estimate == pytest.approx(one.estimate, abs=1e-5)
    assert other.se == pytest.approx(one.se, rel=1e-4)


def test_the_ordinal_measure_is_in_points_and_near_the_linear_one(study: Dataset) -> None:
    linear = found(distrust, study).estimate
    ordinal = found(distrust, study, Specification(measure="ordinal")).estimate
    assert ordinal.unit == "points"
    assert ordinal.estimate == pytest.approx(linear.estimate, abs=0.5 * linear.se)


@pytest.mark.parametrize("claim", [closer_look, confidence])
@pytest.mark.parametrize("model", ["intercepts", "means", "bootstrap"])
def test_other_models_find_the_same_effect_less_or_more_surely(
    claim: Claim, model: str, study: Dataset, declared: Callable[[Claim], Finding]
) -> None:
    mixed = declared(claim).estimate
    other = found(claim, study, Specification(model=model)).estimate  # type: ignore[arg-type]
    assert other.unit == mixed.unit
    assert 0.6 * mixed.estimate < other.estimate < 1.3 * mixed.estimate


def test_a_specification_leaves_out_what_it_says(answers: pd.DataFrame) -> None:
    rt = np.where(answers["participant"] == "p000", 50.0, 900.0)
    rt = np.where(answers["pair"] == "q000", 20_000.0, rt)
    timed = pair_study(answers.drop(columns="said").assign(rt_ms=rt))
    n = len(answers)
    assert found(distrust, timed, Specification(min_rt_ms=200)).estimate.n_trials == n - 19
    assert found(distrust, timed, Specification(max_rt_ms=10_000)).estimate.n_trials == n - 30
    stopped = timed.participants.assign(
        status=timed.participants["status"].mask(timed.participants["participant"] == "p001", "in_progress")
    )
    unfinished = replace(timed, participants=stopped)
    assert found(distrust, unfinished, Specification(completed_only=True)).estimate.n_participants == 29
    assert found(distrust, timed, Specification(exposures="shortest")).estimate.n_trials == n / 2
    strict = Specification(exclusions=ExclusionRules(min_rt_ms=200))
    assert found(distrust, timed, strict).estimate.n_trials == n - 19
