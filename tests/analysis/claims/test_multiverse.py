"""The multiverse: every analysis is what it says, agreement is counted right, impossible ones say why."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from analysis.claim_figures import choice_rows, specification_curve
from analysis.claims import DECLARED, Finding, distrust
from analysis.dataset import Dataset
from analysis.exclusions import apply_exclusions
from analysis.multiverse import Multiverse, multiverse, universes
from analysis.protocol import ExclusionRules

from .studies import pair_answers, pair_study


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> Multiverse:
    return multiverse(dataset, claims=("distrust",), n_jobs=1)


def test_every_claim_has_a_reasonable_number_of_analyses_each_once_the_declared_one_first() -> None:
    for claim in ("distrust", "milliseconds", "closer-look", "skin", "confidence"):
        every = universes(claim)
        assert 20 <= len(every) <= 40
        assert len(set(every)) == len(every)
        assert every[0].specification == DECLARED


def test_each_row_is_the_claims_own_function_with_that_specification(
    dataset: Dataset, found: Multiverse
) -> None:
    kept = apply_exclusions(dataset).kept
    for one in found.claims:
        for place in (0, 1, 6, 10, len(one.table) - 1):
            universe = universes(one.claim)[place]
            given = kept if universe.specification.exclusions is None else dataset
            own = distrust(given, universe.specification)
            row = one.table.iloc[place]
            assert isinstance(own, Finding)
            assert row["estimate"] == pytest.approx(own.estimate.estimate, abs=1e-9)
            assert row["low"] == pytest.approx(own.estimate.low, abs=1e-9)
            assert row["verdict"] == own.verdict.value


def test_agreement_is_counted_among_the_possible_ones(found: Multiverse) -> None:
    one = found.claims[0]
    table = one.table.assign(impossible="", agrees=False)
    table.loc[[0, 1, 2], "agrees"] = True
    table.loc[[2, 3], "impossible"] = "It gives no interval."
    changed = replace(one, table=table)
    assert changed.share_agreeing == 2 / (len(table) - 2)
    assert changed.reasons == {"It gives no interval.": 2}
    assert found.claims[0].table["agrees"].iloc[0]


def test_rules_are_left_out_one_at_a_time(dataset: Dataset, found: Multiverse) -> None:
    table = found.exclusions[found.exclusions["claim"] == "distrust"].set_index("rules")
    rules = dataset.protocol.exclusions
    without = distrust(dataset, replace(DECLARED, exclusions=replace(rules, constant_responder=False)))
    assert isinstance(without, Finding)
    assert table.loc["without constant_responder", "estimate"] == pytest.approx(without.estimate.estimate)
    everything = distrust(dataset, replace(DECLARED, exclusions=ExclusionRules()))
    assert isinstance(everything, Finding)
    assert table.loc["none", "n_trials"] == everything.estimate.n_trials
    assert table["n_trials"].max() == table.loc["none", "n_trials"]


def test_the_number_of_processes_changes_nothing() -> None:
    study = pair_study(pair_answers(people=10, pairs=8))
    one = multiverse(study, claims=("distrust",), n_jobs=1)
    # Threads are handed the same portions as processes, which take seconds to start.
    with parallel_config(backend="threading"):
        two = multiverse(study, claims=("distrust",), n_jobs=2)
    pd.testing.assert_frame_equal(one.claims[0].table, two.claims[0].table)
    pd.testing.assert_frame_equal(one.exclusions, two.exclusions)


def test_what_is_impossible_says_why_and_is_not_drawn() -> None:
    """Perfect answers: no mixed model has a finite estimate, and one exposure has no ends."""
    table = pair_answers(people=8, pairs=8)
    perfect = table.assign(said=table["made"].where(table["exposure_ms"] > 1000, table["said"]))
    one = multiverse(pair_study(perfect), claims=("closer-look",), n_jobs=1).claims[0]
    assert set(one.possible["model"]) == {"means", "bootstrap"}
    assert any("predicted perfectly" in reason for reason in one.reasons)
    svg = specification_curve(one, level=0.95)
    assert f"{len(one.possible)} analyses of the claim closer-look" in svg
    assert not any(words.startswith("mixed model") for _, _, words in choice_rows(one.possible))


def test_a_study_without_answers_has_no_multiverse(dataset: Dataset) -> None:
    rules = replace(dataset.protocol.exclusions, min_rt_ms=1e9)
    emptied = replace(dataset, protocol=replace(dataset.protocol, exclusions=rules))
    assert multiverse(emptied, n_jobs=1).claims == ()


def test_the_curve_shows_every_analysis_sorted_with_the_declared_one_named(found: Multiverse) -> None:
    one = found.claims[0]
    svg = specification_curve(one, level=0.95, smallest_effect=0.2)
    assert "the report" in svg
    assert f"{len(one.possible)} analyses" in svg
    rows = choice_rows(one.possible)
    assert [column for column, _, _ in rows] == sorted(
        [column for column, _, _ in rows], key=["model", "measure", "data", "exposures"].index
    )
    assert {"ordinal", "declared exclusions", "t test of participants' means"} <= {w for _, _, w in rows}
    assert np.isfinite(one.possible["estimate"]).all()
