"""Exclusions: each rule catches whom it names, and every removed row is accounted for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.exclusions import (
    apply_exclusions,
    constant_responders,
    failed_checks,
    main_namespace,
    share_answered,
)
from analysis.protocol import ExclusionRules


def line(table: pd.DataFrame, rule: str) -> pd.Series:
    return table.set_index("rule").loc[rule]


def with_people(dataset: Dataset, **values: object) -> Dataset:
    """The same data with columns of the first participant's row changed."""
    people = dataset.participants.copy()
    for column, value in values.items():
        people.loc[0, column] = value
    return replace(dataset, participants=people)


def test_kept_and_removed_rows_add_up_to_all(dataset: Dataset) -> None:
    done = apply_exclusions(dataset)
    removed = done.table[["n_participants", "n_trials", "n_ratings"]].sum()
    assert len(done.kept.participants) + removed["n_participants"] == len(dataset.participants)
    assert len(done.kept.trials) + removed["n_trials"] == len(dataset.trials)
    assert len(done.kept.ratings) + removed["n_ratings"] == len(dataset.ratings)
    assert removed.min() > 0


def test_no_kept_row_is_new_or_changed(dataset: Dataset) -> None:
    kept = apply_exclusions(dataset).kept
    for name in ("participants", "trials", "ratings"):
        before = getattr(dataset, name).set_index("row_id")
        after = getattr(kept, name).set_index("row_id")
        pd.testing.assert_frame_equal(before.loc[after.index], after)


def test_the_data_set_itself_is_left_unchanged(dataset: Dataset) -> None:
    before = dataset.ratings.copy()
    apply_exclusions(dataset)
    pd.testing.assert_frame_equal(dataset.ratings, before)


def test_the_flow_ends_where_the_kept_data_are(dataset: Dataset) -> None:
    done = apply_exclusions(dataset)
    first, last = done.flow[0], done.flow[-1]
    assert first.n_trials == len(dataset.trials)
    assert (last.n_participants, last.n_trials, last.n_ratings) == (
        len(done.kept.participants),
        len(done.kept.trials),
        len(done.kept.ratings),
    )


def test_someone_who_withdrew_never_appears_whatever_the_rules(dataset: Dataset) -> None:
    withdrawn = with_people(dataset, status="withdrawn")
    done = apply_exclusions(withdrawn, rules=ExclusionRules())
    assert line(done.table, "withdrawn")["who"] == ("p0001",)
    for table in (done.kept.participants, done.kept.trials, done.kept.ratings, done.kept.events):
        assert "p0001" not in set(table["participant"])


def test_live_data_are_kept_and_robots_beside_them_are_not(dataset: Dataset) -> None:
    mixed = with_people(dataset, namespace="live")
    done = apply_exclusions(mixed)
    assert done.namespace == "live"
    assert list(done.kept.participants["participant"]) == ["p0001"]


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        (["robot", "live", "pilot"], "live"),
        (["pilot", "robot"], "robot"),
        (["preview", "pilot"], "pilot"),
        ([], "live"),
    ],
)
def test_a_report_is_about_live_people_if_there_are_any(present: list[str], chosen: str) -> None:
    assert main_namespace(pd.DataFrame({"namespace": present})) == chosen


def test_an_unknown_namespace_is_refused_by_name(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="expected one of live, pilot, preview, robot, got 'lab'"):
        apply_exclusions(dataset, namespace="lab")


def test_careless_robots_are_caught_as_constant(dataset: Dataset) -> None:
    kept_rules = ExclusionRules(constant_responder=True)
    done = apply_exclusions(dataset, rules=kept_rules)
    who = line(done.table, "constant_responder")["who"]
    trust = dataset.ratings[(dataset.ratings["question"] == "trust") & ~dataset.ratings["practice"]]
    spread = trust[trust["participant"].isin(who)].groupby("participant")["value"].nunique()
    assert len(who) >= 1
    assert (spread == 1).all()


def test_nine_equal_answers_are_too_few_to_call_someone_constant() -> None:
    answers = pd.DataFrame({"participant": "p1", "question": "trust", "value": ["4"] * 9})
    assert constant_responders(answers) == []
    assert constant_responders(pd.concat([answers, answers.head(1)])) == ["p1"]


def test_always_the_same_confidence_is_nobodys_fault() -> None:
    answers = pd.DataFrame({"participant": "p1", "question": "confidence", "value": ["4"] * 30})
    assert constant_responders(answers) == []


def test_the_share_answered_counts_planned_trials() -> None:
    trials = pd.DataFrame(
        {"participant": ["a"] * 4, "status": ["answered", "answered", "interrupted", "planned"]}
    )
    assert share_answered(trials)["a"] == 0.5


def test_one_fast_answer_voids_its_trial(dataset: Dataset) -> None:
    careful = dataset.ratings.assign(rt_ms=dataset.ratings["rt_ms"].clip(lower=200))
    careful.loc[careful.index[-1], "rt_ms"] = 199.9
    fast = replace(dataset, ratings=careful)
    rules = ExclusionRules(min_rt_ms=200)
    done, before = apply_exclusions(fast, rules=rules), apply_exclusions(fast, rules=ExclusionRules())
    last = dataset.ratings.iloc[-1]
    assert line(done.table, "min_rt_ms")["who"] == (last["participant"],)
    assert line(done.table, "min_rt_ms")["n_trials"] == 1
    kept = done.kept.ratings[done.kept.ratings["participant"] == last["participant"]]
    assert last["position"] not in set(kept["position"])
    assert (
        len(before.kept.ratings) - len(done.kept.ratings) == line(done.table, "min_rt_ms")["n_ratings"] == 2
    )


def test_trials_without_evidence_are_kept(dataset: Dataset) -> None:
    unknown = replace(dataset, trials=dataset.trials.assign(evidence="none"))
    done = apply_exclusions(unknown, rules=ExclusionRules(not_presented_as_planned=True))
    assert line(done.table, "not_presented_as_planned")["n_trials"] == 0


def test_trials_not_known_are_left_out_where_the_browser_told_of_others(dataset: Dataset) -> None:
    first, second = dataset.trials["participant"].unique()[:2]
    of = dataset.trials["participant"]
    answered = dataset.trials["status"] == "answered"
    timed = dataset.trials["exposure_ms"].notna() & (dataset.trials["trial_kind"] == "target")
    practice = dataset.trials["practice"].astype(bool)
    unclear = dataset.trials[answered & timed & ~practice & (of == first)].index[:3]
    evidence = dataset.trials["evidence"].mask(of == second, "none")
    evidence.loc[unclear] = "none"
    told = replace(dataset, trials=dataset.trials.assign(evidence=evidence))
    done = apply_exclusions(told, rules=ExclusionRules(presentation_unclear=True))
    assert line(done.table, "presentation_unclear")["who"] == (first,)
    assert line(done.table, "presentation_unclear")["n_trials"] == 3
    kept = done.kept.trials[done.kept.trials["participant"] == second]
    assert len(kept) > 0
    assert (kept["evidence"] == "none").all()


def test_without_a_limit_there_is_nothing_to_be_unclear_about(dataset: Dataset) -> None:
    trials = dataset.trials.assign(exposure_ms=np.nan)
    trials.loc[trials.index[::2], "evidence"] = "none"
    rules = ExclusionRules(presentation_unclear=True)
    done = apply_exclusions(replace(dataset, trials=trials), rules=rules)
    assert line(done.table, "presentation_unclear")["n_trials"] == 0


def test_rules_that_are_off_are_not_in_the_table(dataset: Dataset) -> None:
    table = apply_exclusions(dataset, rules=ExclusionRules()).table
    assert set(table["rule"]) == {
        "other_namespace",
        "withdrawn",
        "screened_out",
        "practice",
        "not_a_target",
        "not_answered",
    }


def with_checks(dataset: Dataset, answers: dict[int, tuple[str, str]], *, asked: str = "3") -> Dataset:
    """The first participant's trials at these positions are attention checks, answered like this."""
    trials, ratings = dataset.trials.copy(), dataset.ratings.copy()
    person = dataset.participants.loc[0, "participant"]
    for position, values in answers.items():
        at = (trials["participant"] == person) & (trials["position"] == position)
        trials.loc[at, ["trial_kind", "asked_answer"]] = ["check", asked]
        for side, value in zip(("left", "right"), values, strict=True):
            rated = (ratings["participant"] == person) & (ratings["position"] == position)
            ratings.loc[rated & (ratings["target"] == side), "value"] = value
    return replace(dataset, trials=trials, ratings=ratings)


def trust_positions(dataset: Dataset) -> list[int]:
    person = dataset.participants.loc[0, "participant"]
    ratings = dataset.ratings
    mine = ratings[(ratings["participant"] == person) & ~ratings["practice"].astype(bool)]
    return sorted(mine.loc[mine["question"] == "trust", "position"].unique())


@pytest.mark.parametrize(
    ("answers", "n_failed"),
    [
        ([("3", "3"), ("3", "3")], 0),
        ([("3", "4"), ("3", "3")], 1),
        ([("1", "4"), ("3", "7")], 2),
    ],
)
def test_a_check_is_failed_by_another_answer_for_any_face(dataset, answers, n_failed):
    first, second, *_ = trust_positions(dataset)
    checked = with_checks(dataset, dict(zip((first, second), answers, strict=True)))
    failed = failed_checks(checked.trials, checked.ratings, checked.protocol)
    person = dataset.participants.loc[0, "participant"]
    assert failed.to_dict() == {person: n_failed}


def test_more_failed_checks_than_declared_exclude_the_person(dataset: Dataset) -> None:
    first, second, *_ = trust_positions(dataset)
    checked = with_checks(dataset, {first: ("3", "4"), second: ("2", "2")})
    person = dataset.participants.loc[0, "participant"]
    for allowed, excluded in ((0, True), (1, True), (2, False)):
        done = apply_exclusions(checked, rules=ExclusionRules(max_failed_checks=allowed))
        assert (person in line(done.table, "max_failed_checks")["who"]) == excluded
    without = apply_exclusions(checked, rules=ExclusionRules())
    assert "max_failed_checks" not in set(without.table["rule"])
