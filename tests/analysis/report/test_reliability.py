"""The chapter on reliability: agreement, raters needed, variance shares, and repeats where there are any."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.exclusions import apply_exclusions, with_repeats
from analysis.reliability import RatersNeeded
from analysis.report.content import Figure, Paragraph, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import cell_words
from analysis.report.sections.reliability import _needed_words, section


def inputs(dataset: Dataset) -> Inputs:
    kept = apply_exclusions(dataset)
    return Inputs(dataset, kept, kept.kept, None, seed=1, n_resamples=100)


def tables(found: Section | None) -> dict[str, Table]:
    assert found is not None
    return {part.name: part for part in found.parts if isinstance(part, Table)}


def repeated(dataset: Dataset, change: float = 1.0) -> Dataset:
    """Every participant sees the first three trust trials again, and rates them so much higher."""
    target = dataset.trials[(dataset.trials["block"] == "trust") & (dataset.trials["status"] == "answered")]
    first = target.groupby("participant").head(3)
    again = first.assign(position=first["position"] + 1000, repeat_of=first["position"], trial_kind="repeat")
    key = ["participant", "session", "position"]
    ratings = dataset.ratings.merge(first[key], on=key)
    more = ratings.assign(position=ratings["position"] + 1000, value_number=ratings["value_number"] + change)
    return replace(
        dataset, trials=pd.concat([dataset.trials, again]), ratings=pd.concat([dataset.ratings, more])
    )


def test_the_chapter_holds_agreement_people_shares_and_figures_with_their_numbers(dataset: Dataset) -> None:
    found = section(inputs(dataset))
    named = tables(found)
    assert list(named) == ["reliability_agreement", "reliability_people", "reliability_variance"]
    agreement = named["reliability_agreement"].data
    assert agreement["judgement"].tolist() == ["Trust in faces", "Finding the AI face of a pair"]
    assert (agreement["single_low"] <= agreement["single"]).all()
    shares = named["reliability_variance"].data.groupby("judgement")["share"].sum()
    assert shares.tolist() == pytest.approx([1, 1])
    assert found is not None
    figures = [part for part in found.parts if isinstance(part, Figure)]
    assert [one.name for one in figures] == ["reliability_raters", "reliability_shares"]
    assert all(len(one.data) and one.svg.startswith("<svg") for one in figures)
    assert found.results[0].startswith("Trust in faces: agreement of single raters was ICC(2,1) = ")


def test_repeats_are_compared_though_the_main_analysis_sets_them_aside(dataset: Dataset) -> None:
    data = tables(section(inputs(repeated(dataset))))["reliability_retest"].data
    row = data[data["question"] == "trust"].set_index("what")
    assert row.loc["identical answers (share)", "estimate"] == 0
    assert row.loc["correlation", "estimate"] == pytest.approx(1)
    assert row.loc["second minus first", ["estimate", "low", "high"]].tolist() == [1, 1, 1]
    kept = apply_exclusions(dataset).kept
    assert row["n_participants"].max() <= kept.participants["participant"].nunique()


def test_repeats_change_neither_who_is_kept_nor_the_main_analysis(dataset: Dataset) -> None:
    before, after = apply_exclusions(dataset), apply_exclusions(repeated(dataset))
    assert len(before.kept.trials) == len(after.kept.trials)
    again = with_repeats(repeated(dataset), after)
    assert set(again.participants["participant"]) == set(before.kept.participants["participant"])
    kinds = again.trials["trial_kind"].value_counts()
    assert kinds["target"] == len(before.kept.trials)
    assert 0 < kinds["repeat"] <= 3 * len(again.participants)
    assert not again.trials["practice"].any()


def test_repeats_that_the_rules_for_trials_exclude_are_not_compared(dataset: Dataset) -> None:
    data = repeated(dataset)
    late = data.ratings["position"] > 1000
    fast = replace(data, ratings=data.ratings.assign(rt_ms=data.ratings["rt_ms"].mask(late, 1.0)))
    rules = replace(data.protocol.exclusions, min_rt_ms=200)
    fast = replace(fast, protocol=replace(data.protocol, exclusions=rules))
    assert "reliability_retest" not in tables(section(inputs(fast)))


@pytest.mark.parametrize("n_people", [1, 2])
def test_a_study_of_one_or_two_raters_is_written_without_what_it_cannot_have(
    dataset: Dataset, n_people: int
) -> None:
    kept = apply_exclusions(dataset).kept.participants["participant"].iloc[:n_people]
    few = replace(dataset, participants=dataset.participants[dataset.participants["participant"].isin(kept)])
    few = replace(
        few,
        trials=few.trials[few.trials["participant"].isin(kept)],
        ratings=few.ratings[few.ratings["participant"].isin(kept)],
    )
    found = section(inputs(few))
    assert found is not None
    notes = " ".join(part.text for part in found.parts if isinstance(part, Paragraph))
    assert ("at least 2 targets and 2 raters" in notes) == (n_people == 1)
    for table in tables(found).values():
        assert all(
            cell_words(row, column) for row in table.data.to_dict("records") for column in table.columns
        )


def test_answers_that_never_differ_and_a_single_pair_are_said_to_tell_nothing(dataset: Dataset) -> None:
    rules = replace(dataset.protocol.exclusions, constant_responder=False)
    plain = replace(dataset, protocol=replace(dataset.protocol, exclusions=rules))
    ratings = plain.ratings
    number = np.where(ratings["question"] == "trust", 4.0, ratings["value_number"])
    found = section(inputs(replace(plain, ratings=ratings.assign(value_number=number))))
    assert found is not None
    notes = [part.text for part in found.parts if isinstance(part, Paragraph)]
    assert any("Trust in faces: not computed, as all answers are alike" in note for note in notes)
    one = plain.trials[plain.trials["pair"] == "pair001"]
    assert section(inputs(replace(plain, trials=one))) is not None


def test_without_answers_there_is_no_chapter(dataset: Dataset) -> None:
    assert section(inputs(replace(dataset, ratings=dataset.ratings.iloc[:0]))) is None


def test_numbers_of_raters_that_no_study_has_are_not_within_reach() -> None:
    def words(n: float, fewest: float, most: float) -> str:
        return _needed_words(RatersNeeded(0.9, n, fewest, most))

    assert words(59, 38, 93) == "59 [38, 93]"
    assert words(59, 38, 3e23) == "59 [38, more than 10\u202f000]"
    assert words(math.inf, 700, math.inf) == "not within reach, at least 700"
    assert words(math.inf, math.inf, math.inf) == "not within reach"
