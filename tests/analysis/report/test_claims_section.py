"""The chapters about claims: verdicts, reasons, models in full, and the sentence for a paper."""

import re
from dataclasses import replace
from functools import partial

import pytest

from analysis.claims import Verdict, judge_claims
from analysis.dataset import Dataset
from analysis.estimate import Sample, model_estimate
from analysis.exclusions import apply_exclusions
from analysis.fitted import FittedModel
from analysis.multiverse import multiverse
from analysis.protocol import ExclusionRules
from analysis.report.content import Figure, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.sections import choices, claims
from analysis.report.sections.claims import apa_sentence


@pytest.fixture(scope="module")
def inputs(dataset: Dataset) -> Inputs:
    everything = apply_exclusions(dataset, rules=ExclusionRules()).kept
    return Inputs(dataset, apply_exclusions(dataset), everything, None, seed=1, n_resamples=100)


@pytest.fixture(scope="module")
def chapter(inputs: Inputs) -> Section:
    return claims.section(inputs)


def table(section: Section, name: str) -> Table:
    return next(part for part in section.parts if isinstance(part, Table) and part.name == name)


def test_verdicts_and_numbers_are_those_of_the_claims(inputs: Inputs, chapter: Section) -> None:
    judged = judge_claims(inputs.kept)
    shown = table(chapter, "claims").data
    assert list(shown["id"]) == [claim.id for claim in judged.tested]
    assert list(shown["verdict"]) == [claim.verdict.value for claim in judged.tested]
    assert list(shown["estimate"]) == [claim.estimate.estimate for claim in judged.tested]
    assert list(table(chapter, "claims-not-tested").data["id"]) == [one.id for one in judged.untested]


def test_every_model_stands_in_full_under_a_name_of_its_own(chapter: Section) -> None:
    models = [part for part in chapter.parts if isinstance(part, FittedModel)]
    assert {"distrust", "closer-look", "trust-trend", "confidence"} <= {model.name for model in models}
    assert len({model.name for model in models}) == len(models)


def test_a_result_reads_as_in_a_paper(inputs: Inputs) -> None:
    claim = judge_claims(inputs.kept).tested[0]
    sample = Sample(40, 24, 48, 900)
    estimate = model_estimate(-0.31, 0.07, 38.2, sample, level=0.95, unit="points", method="")
    told = replace(
        claim,
        estimate=estimate,
        p_holm=0.0004,
        verdict=Verdict.SUPPORTED,
        sentence="AI headshots were trusted less than real ones. And more.",
    )
    assert apa_sentence(told).replace("\xa0", " ") == (
        "AI headshots were trusted less than real ones, *b* = −0.31 points, 95 % CI [−0.45, −0.17], "
        "*t*(38.2) = −4.43, *p* < .001 (Holm)."
    )


def test_every_tested_claim_has_its_result(chapter: Section) -> None:
    assert len(chapter.results) == len(table(chapter, "claims").data)
    for sentence in chapter.results:
        assert re.search(r"= [−\d]", sentence)
        assert sentence.endswith(".")
        assert "nan" not in sentence


def test_other_choices_give_a_curve_for_each_claim_with_its_data(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "multiverse", partial(multiverse, claims=("confidence",)))
    chapter = choices.section(inputs)
    assert chapter is not None
    figures = [part for part in chapter.parts if isinstance(part, Figure)]
    assert [one.name for one in figures] == [
        "choices-" + claim for claim in table(chapter, "choices").data["id"]
    ]
    assert all(one.svg.startswith("<svg") and len(one.data) >= 20 for one in figures)
    assert set(table(chapter, "choices-exclusions").data["rules_words"]) >= {"As declared", "None"}
