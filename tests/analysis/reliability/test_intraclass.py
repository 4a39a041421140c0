"""Intraclass correlations: the textbook, R, invariants, and known variances found again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.mixed import fit_mixed
from analysis.reliability import intraclass_correlations, raters_needed, rating_shares
from analysis.reliability.coefficient import Coefficient, spearman_brown
from analysis.reliability.intraclass import components_intraclass

#: Shrout & Fleiss 1979, table 2: six targets rated by four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def table_of(ratings: Any) -> pd.DataFrame:
    matrix = np.asarray(ratings, dtype=float)
    target, rater = (grid.ravel() for grid in np.indices(matrix.shape))
    return pd.DataFrame({"stimulus": target, "participant": rater, "rating": matrix.ravel()})


def simulated(
    n_targets: int, n_raters: int, *, target_sd: float, rater_sd: float, sd: float, seed: int
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    targets, raters = rng.normal(0, target_sd, n_targets), rng.normal(0, rater_sd, n_raters)
    return table_of(targets[:, None] + raters + rng.normal(0, sd, (n_targets, n_raters)))


def textbook(shared: Path) -> Any:
    return json.loads((shared / "reference" / "textbook_sdt_icc.json").read_text())


def test_shrout_and_fleiss_printed_these_six_values() -> None:
    forms = intraclass_correlations(table_of(SHROUT_FLEISS)).forms
    printed = {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}
    for form, value in printed.items():
        assert round(forms.loc[f"ICC({form})", "icc"], 2) == value


def test_every_form_its_interval_and_its_test_are_rs(shared: Path) -> None:
    found = intraclass_correlations(table_of(SHROUT_FLEISS))
    for known in textbook(shared)["psych_ICC"]:
        number, average = known["type"][3], known["type"].endswith("k")
        mine = found.forms.loc[f"ICC({number},{'k' if average else '1'})"]
        theirs = [known[name] for name in ("ICC", "lower bound", "upper bound", "F", "df1", "df2", "p")]
        columns = ["icc", "low", "high", "f", "df1", "df2", "p"]
        assert mine[columns].to_list() == pytest.approx(theirs, abs=1e-11)
    known = textbook(shared)["shrout_fleiss"]
    assert found.single.estimate == pytest.approx(known["ICC2_1"], abs=1e-12)
    assert [found.single.low, found.single.high] == pytest.approx(known["ICC2_1_ci"], abs=1e-12)
    assert found.average.estimate == pytest.approx(known["ICC2_k"], abs=1e-12)
    assert [found.average.low, found.average.high] == pytest.approx(known["ICC2_k_ci"], abs=1e-12)


def test_complete_data_give_the_same_by_mean_squares_and_by_the_mixed_model() -> None:
    table = simulated(30, 12, target_sd=1.0, rater_sd=0.7, sd=1.2, seed=4)
    squares, components = intraclass_correlations(table), components_intraclass(table)
    assert components.single.estimate == pytest.approx(squares.single.estimate, abs=1e-4)
    assert components.average.estimate == pytest.approx(squares.average.estimate, abs=1e-4)
    assert components.variances.to_numpy() == pytest.approx(squares.variances.to_numpy(), rel=1e-3)
    assert components.single.low == pytest.approx(squares.single.low, abs=0.05)
    assert components.single.high == pytest.approx(squares.single.high, abs=0.05)


def test_with_ratings_missing_the_variances_come_from_the_mixed_model() -> None:
    table = simulated(40, 20, target_sd=1.0, rater_sd=0.7, sd=1.2, seed=5)
    sparse = table.sample(frac=0.4, random_state=1)
    found = intraclass_correlations(sparse)
    fit = fit_mixed("rating ~ 1 + (1 | stimulus) + (1 | participant)", sparse.astype({"stimulus": str}))
    variances = {row["group"]: row["sd"] ** 2 for _, row in fit.random.iterrows()}
    assert found.single.estimate == pytest.approx(variances["stimulus"] / sum(variances.values()), abs=1e-4)
    counts = sparse.groupby("stimulus").size()
    assert found.average.n_raters == pytest.approx(len(counts) / (1 / counts).sum())
    assert found.average.estimate == pytest.approx(
        spearman_brown(found.single.estimate, found.average.n_raters)
    )
    assert found.forms.empty
    whole = intraclass_correlations(table).single
    assert found.single.low < whole.estimate < found.single.high


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_intervals_hold_the_truth_about_as_often_as_they_say(share: float) -> None:
    truth = 1.0 / (1.0 + 0.5 + 1.5)
    held = []
    for seed in range(40):
        table = simulated(30, 15, target_sd=1.0, rater_sd=0.5**0.5, sd=1.5**0.5, seed=seed)
        single = intraclass_correlations(table.sample(frac=share, random_state=seed)).single
        held.append(single.low < truth < single.high)
    assert np.mean(held) > 0.87


def test_shifting_and_stretching_all_ratings_changes_nothing() -> None:
    table = table_of(SHROUT_FLEISS)
    moved = table.assign(rating=3 * table["rating"] - 7)
    first, second = intraclass_correlations(table).forms, intraclass_correlations(moved).forms
    pd.testing.assert_frame_equal(first, second)


def test_raters_who_differ_in_level_agree_less_by_the_second_form_than_by_the_third() -> None:
    forms = intraclass_correlations(simulated(20, 8, target_sd=1.0, rater_sd=2.0, sd=0.5, seed=1)).forms
    assert forms.loc["ICC(2,1)", "icc"] < forms.loc["ICC(3,1)", "icc"] - 0.3


def test_as_many_raters_as_needed_reach_what_is_wanted() -> None:
    found = intraclass_correlations(table_of(SHROUT_FLEISS))
    need = raters_needed(found.single, 0.8)
    assert spearman_brown(found.single.estimate, need.n) >= 0.8
    assert spearman_brown(found.single.estimate, need.n - 1) < 0.8
    assert need.fewest < need.n < need.most
    # By hand: 0.8 (1 - 0.28976) / (0.28976 (1 - 0.8)) = 9.80
    assert need.n == 10


def test_no_number_of_raters_helps_where_one_says_nothing() -> None:
    none = Coefficient("ICC(2,1)", 0.0, -0.1, 0.2, 0.95, 10, 10, "")
    need = raters_needed(none, 0.9)
    assert (need.n, need.fewest, need.most) == (np.inf, 36, np.inf)
    with pytest.raises(ValueError, match="above 0 and below 1, found 1"):
        raters_needed(none, 1)


def test_shares_of_the_variance_are_found_again_and_add_up() -> None:
    table = simulated(60, 60, target_sd=1.0, rater_sd=0.5**0.5, sd=1.5**0.5, seed=2)
    shares = rating_shares(table, n_bootstrap=60)
    assert shares["share"].sum() == pytest.approx(1)
    truth = {"stimulus": 1 / 3, "participant": 1 / 6, "residual": 1 / 2}
    for source, share in truth.items():
        assert shares.loc[source, "low"] < share < shares.loc[source, "high"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (table_of([[1, 2, 3]]), "at least 2 targets and 2 raters; found 1 and 3"),
        (table_of([[1, 1], [2, 2], [3, 3]]), "no residual to compare targets with"),
        (table_of(SHROUT_FLEISS).drop(columns="rating"), "rating is missing; name the columns with target="),
        (
            pd.concat([table_of(SHROUT_FLEISS)] * 2),
            "expected one rating per stimulus and participant; found several for stimulus 0 and participant "
            "0 (24 repetitions in all); take the mean of each, or one",
        ),
    ],
)
def test_what_has_no_intraclass_correlation_is_refused_in_words(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        intraclass_correlations(table)
    assert message in str(caught.value)
