"""All claims together: correction over the primary ones, reasons for what cannot be tested."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.claims import CLAIM_TEXTS, Verdict, judge_claims
from analysis.dataset import Dataset, read_export
from analysis.exclusions import apply_exclusions
from analysis.results import Results, analyse
from analysis.simulate import simulate_export

from .studies import PLAN, pair_answers, pair_study


def test_every_claim_is_either_judged_or_listed_with_a_reason(results: Results) -> None:
    judged = {claim.id for claim in results.claims.tested}
    listed = {claim.id for claim in results.claims.untested}
    assert judged == {"distrust", "milliseconds", "closer-look", "subconscious", "confidence"}
    assert judged | listed == set(CLAIM_TEXTS)
    assert not judged & listed
    assert all(claim.reason.endswith(".") for claim in results.claims.untested)


def test_only_declared_claims_are_corrected(results: Results) -> None:
    for claim in results.claims.tested:
        assert claim.primary == (claim.id in {"distrust", "closer-look"})
        assert (claim.p_holm is None) == (not claim.primary)
        if claim.p_holm is not None:
            assert claim.p_holm >= claim.p_value


def test_a_declared_claim_that_cannot_be_tested_costs_the_others() -> None:
    table = pair_answers(people=16, pairs=12).drop(columns="said")
    alone = judge_claims(pair_study(table, plan=replace(PLAN, primary=("distrust",)))).tested[0]
    beside = judge_claims(pair_study(table)).tested[0]
    assert alone.p_holm == alone.p_value
    assert beside.p_holm == pytest.approx(min(1.0, 2 * alone.p_value))


def test_known_effects_are_told_in_words(tmp_path: Path) -> None:
    simulate_export(
        tmp_path / "s", n_participants=60, n_pairs=24, d_prime=(0.0, 0.8, 2.0), trust_difference=-0.6, seed=2
    )
    kept = apply_exclusions(read_export(tmp_path / "s")).kept
    claims = {claim.id: claim for claim in judge_claims(kept).tested}
    assert claims["distrust"].verdict == Verdict.SUPPORTED
    assert claims["distrust"].sentence == (
        "AI headshots were trusted less than real ones. An ordinal model of the single ratings comes to the "
        "same verdict."
    )
    assert claims["milliseconds"].sentence.startswith(
        "AI headshots were trusted less than real ones after no more than 100\xa0ms."
    )
    assert claims["closer-look"].verdict == Verdict.SUPPORTED
    assert claims["closer-look"].sentence == (
        "AI headshots were told apart better after 2\xa0s than after 100\xa0ms. It could not be shown that "
        "people do better than guessing after 100\xa0ms."
    )
    names = [model.name for claim in claims.values() for model in claim.models]
    assert len(names) == len(set(names)) >= 8


@pytest.mark.parametrize(
    ("trust", "verdict", "words"),
    [
        (0.6, Verdict.CONTRADICTED, "AI headshots were trusted more than real ones."),
        (0.0, Verdict.EQUIVALENT, "smallest effect declared beforehand"),
    ],
)
def test_more_trust_contradicts_and_none_is_equivalence(trust: float, verdict: Verdict, words: str) -> None:
    table = pair_answers(people=60, pairs=30, trust=trust, spread=0.05, d_prime=(0.5, 0.5))
    claim = judge_claims(pair_study(table.drop(columns=["said", "confidence"]))).tested[0]
    assert claim.verdict == verdict
    assert words in claim.sentence


def test_edited_portraits_are_never_called_ai(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=16, n_pairs=12, stimulus_kind="edited", seed=2)
    claims = analyse(read_export(tmp_path / "s"), n_resamples=100).claims
    words = [claim.claim + claim.sentence + claim.measure for claim in claims.tested]
    words += [claim.claim + claim.reason for claim in claims.untested]
    words += [one.label for claim in claims.tested for one in claim.beside]
    words += [model.question for claim in claims.tested for model in claim.models]
    assert not any("AI" in text for text in words)
    assert any("edited portraits" in text.lower() for text in words)
    assert "skin" in {claim.id for claim in claims.tested}


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
    untested = judge_claims(apply_exclusions(without_question(dataset, question)).kept).untested
    assert {one.id: one.reason for one in untested}[claim] == reason


def test_one_unlimited_exposure_leaves_no_closer_look_and_no_milliseconds() -> None:
    table = pair_answers(people=8, pairs=8, exposures=(1600,), d_prime=(1.0,))
    untested = {c.id: c.reason for c in judge_claims(pair_study(table)).untested}
    assert "one exposure only" in untested["closer-look"]
    assert untested["milliseconds"] == "No picture was shown for less than a second."


def test_the_same_person_has_to_rate_and_to_judge_a_pair() -> None:
    study = pair_study(pair_answers(people=8, pairs=8))
    late = study.ratings["pair"].isin([f"q{n:03d}" for n in range(4)])
    trust = study.ratings["question"] == "trust"
    apart = replace(study, ratings=study.ratings[late == trust])
    untested = {c.id: c.reason for c in judge_claims(apart).untested}
    assert untested["subconscious"].startswith("Nobody both rated trust in a pair and judged")
