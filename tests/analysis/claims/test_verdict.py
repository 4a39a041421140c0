"""From numbers to verdicts: the rule by hand, and Holm's correction."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.claims import CLAIM_TEXTS, Verdict, holm, reach_verdict
from analysis.claims.wording import SENTENCES
from analysis.estimate import Estimate
from analysis.trust import Equivalence


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
    known = json.loads((shared / "reference" / "misc_tests.json").read_text())["p_adjust"]
    mine = holm({str(number): p for number, p in enumerate(known["p"])})
    assert list(mine.values()) == pytest.approx(known["holm"])


def test_a_primary_claim_that_could_not_be_tested_still_counts() -> None:
    assert holm({"a": 0.02}, n_declared=2) == {"a": 0.04}


def test_a_missing_p_value_counts_as_one() -> None:
    assert holm({"a": float("nan"), "b": 0.01}) == {"a": 1.0, "b": 0.02}


def test_every_claim_has_a_sentence_for_every_verdict_it_can_reach() -> None:
    without_margin = {v.value for v in Verdict} - {Verdict.EQUIVALENT.value}
    assert set(SENTENCES) == set(CLAIM_TEXTS)
    for claim, sentences in SENTENCES.items():
        assert without_margin <= set(sentences)
        for sentence in sentences.values():
            text = sentence.format(made="x", Made="X", short="100 ms", long="2 s", compared="than others")
            assert text.endswith("."), claim
            assert "{" not in text
