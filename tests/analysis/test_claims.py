"""Claims: from numbers to verdicts and sentences, with correction, and honest reasons where untested."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.claims import Verdict, holm, judge_claims, reach_verdict
from analysis.dataset import Dataset, read_export
from analysis.estimate import Estimate
from analysis.results import Results, analyse
from analysis.simulate import simulate_export
from analysis.trust import Equivalence
from analysis.wording import CLAIM_TEXTS, SENTENCES, reason_not_tested


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 0.95, "points", 10, 10, 20, 100, "test", np.array([low, high]))


def margin(low: float, high: float) -> Equivalence:
    return Equivalence(smallest_effect=0.2, level=0.9, low=low, high=high)


@pytest.mark.parametrize(
    ("value", "low", "high", "p", "inner", "expected"),
    [
        (-0.5, -0.7, -0.3, 0.001, (-0.67, -0.33), Verdict.SUPPORTED),
        (0.5, 0.3, 0.7, 0.001, (0.33, 0.67), Verdict.CONTRADICTED),
        (-0.02, -0.12, 0.08, 0.6, (-0.1, 0.06), Verdict.EQUIVALENT),
        (-0.1, -0.15, -0.05, 0.001, (-0.14, -0.06), Verdict.EQUIVALENT),
        (-0.2, -0.5, 0.1, 0.2, (-0.45, 0.05), Verdict.INCONCLUSIVE),
        (-0.2, float("nan"), float("nan"), float("nan"), (float("nan"),) * 2, Verdict.INCONCLUSIVE),
    ],
)
def test_a_claim_of_less_trust_is_judged_by_interval_and_margin(
    value: float, low: float, high: float, p: float, inner: tuple[float, float], expected: Verdict
) -> None:
    verdict = reach_verdict(
        estimate(value, low, high), direction=-1, p_value=p, alpha=0.05, equivalence=margin(*inner)
    )
    assert verdict == expected


def test_holm_agrees_with_r(shared: Path) -> None:
    import json

    known = json.loads((shared / "reference" / "misc_tests.json").read_text())["p_adjust"]
    mine = holm({str(number): p for number, p in enumerate(known["p"])})
    assert list(mine.values()) == pytest.approx(known["holm"])


def test_a_primary_claim_that_could_not_be_tested_still_counts() -> None:
    assert holm({"a": 0.02}, n_declared=2) == {"a": 0.04}


def test_a_missing_p_value_counts_as_one() -> None:
    assert holm({"a": float("nan"), "b": 0.01}) == {"a": 1.0, "b": 0.02}


def test_every_claim_is_either_judged_or_listed_with_a_reason(results: Results) -> None:
    judged = {claim.id for claim in results.claims.tested}
    listed = {claim.id for claim in results.claims.untested}
    assert judged == {"distrust", "milliseconds", "closer-look", "confidence"}
    assert judged | listed == set(CLAIM_TEXTS)
    assert not judged & listed
    assert all(claim.reason.endswith(".") for claim in results.claims.untested)


def test_only_declared_claims_are_corrected(results: Results) -> None:
    for claim in results.claims.tested:
        assert claim.primary == (claim.id in {"distrust", "closer-look"})
        assert (claim.p_holm is None) == (not claim.primary)
        if claim.p_holm is not None:
            assert claim.p_holm >= claim.p_value


def test_known_effects_are_told_in_words(tmp_path: Path) -> None:
    simulate_export(
        tmp_path / "s", n_participants=60, n_pairs=24, d_prime=(0.0, 0.8, 2.0), trust_difference=-0.6, seed=2
    )
    claims = {
        claim.id: claim for claim in analyse(read_export(tmp_path / "s"), n_resamples=500).claims.tested
    }
    assert claims["distrust"].verdict == Verdict.SUPPORTED
    assert claims["distrust"].sentence == "AI headshots were trusted less than real ones."
    assert claims["milliseconds"].sentence.startswith(
        "AI headshots were trusted less than real ones after no more than 100\xa0ms."
    )
    assert claims["closer-look"].verdict == Verdict.SUPPORTED
    assert claims["closer-look"].sentence.startswith(
        "AI headshots were told apart better after 2\xa0s than after 100\xa0ms."
    )


def test_more_trust_contradicts_the_claim_of_less(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=60, n_pairs=24, trust_difference=0.6, seed=2)
    claims = {
        claim.id: claim for claim in analyse(read_export(tmp_path / "s"), n_resamples=500).claims.tested
    }
    assert claims["distrust"].verdict == Verdict.CONTRADICTED
    assert claims["distrust"].sentence == "AI headshots were trusted more than real ones."


def test_no_difference_in_a_large_study_is_equivalence(tmp_path: Path) -> None:
    simulate_export(
        tmp_path / "s",
        n_participants=120,
        n_pairs=48,
        trust_difference=0.0,
        participant_sd=0.1,
        stimulus_sd=0.1,
        seed=2,
    )
    claims = {
        claim.id: claim for claim in analyse(read_export(tmp_path / "s"), n_resamples=500).claims.tested
    }
    assert claims["distrust"].verdict == Verdict.EQUIVALENT
    assert "smallest effect declared beforehand" in claims["distrust"].sentence


def test_edited_portraits_are_never_called_ai(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=8, n_pairs=6, stimulus_kind="edited", seed=2)
    claims = analyse(read_export(tmp_path / "s"), n_resamples=100).claims
    words = [claim.claim + claim.sentence + claim.measure for claim in claims.tested]
    words += [claim.claim + claim.reason for claim in claims.untested]
    assert not any("AI" in text for text in words)
    assert any("edited portraits" in text.lower() for text in words)


def without_question(dataset: Dataset, name: str) -> Dataset:
    blocks = tuple(
        replace(block, questions=tuple(q for q in block.questions if q.id != name))
        for block in dataset.protocol.blocks
    )
    ratings = dataset.ratings[dataset.ratings["question"] != name]
    return replace(dataset, ratings=ratings, protocol=replace(dataset.protocol, blocks=blocks))


@pytest.mark.parametrize(
    ("question", "claim", "reason"),
    [
        ("trust", "distrust", "The study does not ask for trust in each face."),
        ("detect", "closer-look", "The study does not ask for the made face of a pair."),
        ("confidence", "confidence", "The study does not ask for confidence."),
    ],
)
def test_a_question_that_was_not_asked_is_the_reason(
    dataset: Dataset, question: str, claim: str, reason: str
) -> None:
    untested = analyse(without_question(dataset, question), n_resamples=100).claims.untested
    assert {one.id: one.reason for one in untested}[claim] == reason


def test_one_exposure_leaves_no_closer_look(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, exposures_ms=[None], d_prime=1.0)
    untested = {c.id: c.reason for c in analyse(read_export(tmp_path / "s"), n_resamples=100).claims.untested}
    assert "one exposure only" in untested["closer-look"]
    assert untested["milliseconds"] == "No picture was shown for less than a second."


def test_tagged_pictures_are_not_said_to_be_untagged(dataset: Dataset) -> None:
    tagged = dataset.stimuli.assign(artifacts="skin")
    assert "does not compare pictures by artifact" in reason_not_tested("skin", dataset.protocol, tagged)
    assert "No picture is tagged" in reason_not_tested("body", dataset.protocol, tagged)


def test_nothing_answered_leaves_nothing_judged(dataset: Dataset) -> None:
    claims = judge_claims(dataset.protocol, dataset.stimuli, trust=None, detection=None, confidence=None)
    assert claims.tested == ()
    reasons = {claim.id: claim.reason for claim in claims.untested}
    assert reasons["distrust"] == "No answers to the questions it needs are left after exclusions."


def test_every_verdict_has_its_sentence() -> None:
    for claim, sentences in SENTENCES.items():
        for sentence in sentences.values():
            text = sentence.format(made="x", Made="X", short="100 ms", long="2 s")
            assert text.endswith("."), claim
            assert "{" not in text
