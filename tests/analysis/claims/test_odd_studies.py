"""No study is so odd that judging it fails: every claim is judged, or listed with the reason."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIM_TEXTS, Claims, Verdict, judge_claims
from analysis.dataset import Dataset

from .studies import edited, pair_answers, pair_study, single_study, tagged


def changed(change: Callable[[pd.DataFrame], pd.DataFrame], **options: int) -> Dataset:
    return pair_study(change(pair_answers(**{"people": 8, "pairs": 8, **options})))


def emptied(study: Dataset) -> Dataset:
    return replace(study, trials=study.trials.iloc[:0], ratings=study.ratings.iloc[:0])


def in_cells(study: Dataset) -> Dataset:
    who = study.participants["participant"].str[-1].astype(int) % 3
    return replace(study, participants=study.participants.assign(cell=who.map(["a", "b", "c"].__getitem__)))


ODD: dict[str, Callable[[], Dataset]] = {
    "one pair": lambda: changed(lambda t: t, pairs=1),
    "two pairs": lambda: changed(lambda t: t, pairs=2),
    "one person": lambda: changed(lambda t: t, people=1),
    "two people": lambda: changed(lambda t: t, people=2),
    "one trial": lambda: changed(lambda t: t, people=1, pairs=1),
    "nothing left": lambda: emptied(pair_study(pair_answers(people=4, pairs=4))),
    "one trust rating for everything": lambda: changed(lambda t: t.assign(trust_real=4, trust_ai=4)),
    "one difference for everything": lambda: changed(lambda t: t.assign(trust_real=4, trust_ai=3)),
    "always right": lambda: changed(lambda t: t.assign(said=t["made"])),
    "right only after a closer look": lambda: changed(
        lambda t: t.assign(said=t["made"].where(t["exposure_ms"] > 1000, t["said"]))
    ),
    "always left": lambda: changed(lambda t: t.assign(said="left")),
    "made face always on the left": lambda: changed(lambda t: t.assign(made="left")),
    "one confidence": lambda: changed(lambda t: t.assign(confidence=3)),
    "everybody saw other pairs": lambda: changed(lambda t: t.assign(pair=t["participant"] + t["pair"])),
    "trust only": lambda: changed(
        lambda t: t[["participant", "pair", "made", "exposure_ms", "trust_real", "trust_ai"]]
    ),
    "a slider instead of a scale": lambda: changed(
        lambda t: t.assign(trust_ai=t["trust_ai"] + np.linspace(0, 0.9, len(t)))
    ),
    "single faces": lambda: single_study(people=8, faces=8),
    "single faces of one origin": lambda: replace(
        only_real := single_study(people=8, faces=12),
        trials=only_real.trials[only_real.trials["left_origin"] == "real"],
    ),
    "three cells": lambda: in_cells(pair_study(pair_answers(people=9, pairs=8))),
    "edited at two doses": lambda: edited(
        pair_study(pair_answers(people=8, pairs=8)), defect="cutout", doses=(0.4, 0.8)
    ),
    "every picture tagged": lambda: tagged(
        pair_study(pair_answers(people=8, pairs=8)), dict.fromkeys(range(8), "body")
    ),
    "one picture tagged": lambda: tagged(pair_study(pair_answers(people=8, pairs=8)), {0: "body"}),
}


@cache
def judge(name: str) -> Claims:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return judge_claims(ODD[name]())


@pytest.fixture(params=ODD, scope="module")
def judged(request: pytest.FixtureRequest) -> Claims:
    return judge(request.param)


def test_every_claim_is_judged_or_has_a_reason(judged: Claims) -> None:
    assert {one.id for one in (*judged.tested, *judged.untested)} == set(CLAIM_TEXTS)
    for untested in judged.untested:
        assert untested.reason.endswith(".")
        assert "nan" not in untested.reason.lower()


def test_what_is_judged_has_numbers_that_hang_together(judged: Claims) -> None:
    for claim in judged.tested:
        one = claim.estimate
        assert np.isfinite(one.estimate), claim.id
        assert not one.low > one.estimate > one.high
        assert 0 <= claim.p_value <= 1 or claim.verdict == Verdict.INCONCLUSIVE
        assert one.n_participants >= 2
        assert one.n_pairs >= 1
        assert "{" not in claim.sentence + claim.measure


def reasons(name: str) -> dict[str, str]:
    return {one.id: one.reason for one in judge(name).untested}


@pytest.mark.parametrize(
    ("study", "claim", "words"),
    [
        ("one person", "distrust", "Answers of 1 participant to 8 pairs are left"),
        ("one pair", "closer-look", "Answers of 8 participants to 1 pair are left"),
        ("nothing left", "distrust", "left after exclusions"),
        ("one trust rating for everything", "distrust", "are all the same"),
        ("always left", "closer-look", "The answers are all the same"),
        ("always right", "confidence", "right or wrong, are all the same"),
        ("one confidence", "confidence", "ratings of confidence are all the same"),
        ("single faces of one origin", "distrust", "origins of the faces"),
        ("every picture tagged", "body", "8 carry the artifact and 0 do not"),
        ("one picture tagged", "body", "1 carry the artifact and 7 do not"),
    ],
)
def test_the_reason_says_what_is_there_and_what_is_needed(study: str, claim: str, words: str) -> None:
    assert words in reasons(study)[claim]


def test_four_pairs_are_no_sample_of_pictures() -> None:
    claims = judge_claims(pair_study(pair_answers(people=12, pairs=4)))
    assert claims.tested == ()
    assert "to 4 pairs are left" in claims.untested[0].reason
    assert "it needs 5 of each" in claims.untested[0].reason


def test_perfect_detection_is_told_by_the_bootstrap_and_the_finding_says_why() -> None:
    table = pair_answers(people=16, pairs=16)
    perfect = table.assign(said=table["made"].where(table["exposure_ms"] > 1000, table["said"]))
    claims = {one.id: one for one in judge_claims(pair_study(perfect)).tested}
    claim = claims["closer-look"]
    assert "predicted perfectly" in " ".join(claim.notes)
    assert "bootstrap over participants and pairs instead" in claim.notes[-1]
    assert claim.estimate.method.endswith("resamples of participants and pairs")
    assert claim.verdict == Verdict.SUPPORTED
