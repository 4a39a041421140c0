"""Repeated-measures analysis of variance: R, statsmodels, t tests by hand, and invariants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy.stats import ttest_rel
from statsmodels.stats.anova import AnovaRM, anova_lm

from analysis.repeated_measures import repeated_measures_anova

REFERENCE = Path(__file__).parent.parent / "reference" / "repeated_measures.csv"


@pytest.fixture(scope="module")
def unequal_groups() -> pd.DataFrame:
    """Eleven people in groups of four and seven, three levels within."""
    return pd.read_csv(REFERENCE)


def crossed(seed: int = 1, n: int = 12) -> pd.DataFrame:
    """A 2 x 3 design within, two groups of two factors between."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"p{p}", "ab"[p % 2], "xyz"[p % 3], side, level, rng.normal(p % 4 + level * (side == "left")))
        for p in range(n)
        for side in ("left", "right")
        for level in range(3)
    ]
    names = ["participant", "group", "class", "side", "level", "score"]
    return pd.DataFrame(rows, columns=names)


def test_groups_of_unequal_size_give_rs_analysis_with_its_corrections(unequal_groups: pd.DataFrame) -> None:
    # R 4.2.2: aov with Error(participant / level), and anova.mlm for epsilon; see repeated_measures.R.
    found = repeated_measures_anova(unequal_groups, value="score", within=["level"], between=["group"])
    r = {
        "group": (3.75838193, 1, 17.83400595, 9, 1.89668, 0.20173, 1.0, 0.20173),
        "level": (3.16652727, 2, 13.57999762, 18, 2.09858, 0.1516264442, 0.8917, 0.1582355197),
        "group:level": (1.42794177, 2, 13.57999762, 18, 0.94635, 0.4066376988, 0.8917, 0.3989032955),
    }
    columns = ["ss", "df", "ss_error", "df_error", "f", "p", "epsilon", "p_corrected"]
    assert list(found.effects.index) == list(r)
    for term, values in r.items():
        assert found.effects.loc[term, columns].to_list() == pytest.approx(values, abs=5e-5)
    assert found.effects.loc["level", "p_corrected"] == pytest.approx(0.1582355197, abs=1e-10)
    assert found.effects.loc["level", "partial_eta2"] == pytest.approx(
        3.16652727 / (3.16652727 + 13.57999762)
    )


def test_without_groups_it_is_rs_and_statsmodels(unequal_groups: pd.DataFrame) -> None:
    (row,) = repeated_measures_anova(unequal_groups, value="score", within=["level"]).effects.to_dict(
        "records"
    )
    assert [row["f"], row["p"], row["p_corrected"]] == pytest.approx(
        [2.1099, 0.1474327342, 0.1503169609], abs=3e-5
    )
    statsmodels = AnovaRM(unequal_groups, "score", "participant", within=["level"]).fit().anova_table
    assert row["f"] == pytest.approx(statsmodels["F Value"].iloc[0], abs=1e-10)


def test_two_factors_within_are_statsmodels() -> None:
    table = crossed()
    found = repeated_measures_anova(table, value="score", within=["side", "level"]).effects
    theirs = AnovaRM(table, "score", "participant", within=["side", "level"]).fit().anova_table
    assert found["f"].to_list() == pytest.approx(theirs["F Value"].to_list(), abs=1e-9)
    assert found["p"].to_list() == pytest.approx(theirs["Pr > F"].to_list(), abs=1e-9)


@pytest.mark.parametrize("kind", ["II", "III"])
def test_factors_between_are_an_ordinary_analysis_of_peoples_means(kind: Any) -> None:
    table = crossed(n=17)
    found = repeated_measures_anova(
        table, value="score", within=["side"], between=["group", "class"], sums_of_squares=kind
    ).effects
    means = table.groupby(["participant", "group", "class"])["score"].mean().reset_index()
    fit = smf.ols("score ~ C(group, Sum) * C(Q('class'), Sum)", means).fit()
    theirs = anova_lm(fit, typ=len(kind))["F"].dropna()
    mine = found.loc[["group", "class", "group:class"], "f"]
    assert mine.to_list() == pytest.approx([value for name, value in theirs.items() if name != "Intercept"])


def test_two_levels_within_are_the_paired_t_test() -> None:
    table = crossed()
    found = repeated_measures_anova(table, value="score", within=["side"]).effects
    means = table.groupby(["participant", "side"])["score"].mean().unstack()
    t = ttest_rel(means["left"], means["right"])
    assert found.loc["side", "f"] == pytest.approx(t.statistic**2)
    assert found.loc["side", "p"] == pytest.approx(t.pvalue)


def test_type_three_weighs_groups_equally_where_type_two_weighs_people(unequal_groups: pd.DataFrame) -> None:
    two = unequal_groups[unequal_groups["level"] != "w2"]
    wide = two.pivot(index=["participant", "group"], columns="level", values="score").reset_index()
    change = (wide["w1"] - wide["w0"]).groupby(wide["group"])
    variance = (change.var() * (change.size() - 1)).sum() / (change.size().sum() - 2)
    by_hand = {
        "II": (wide["w1"] - wide["w0"]).mean() ** 2 / (variance / len(wide)),
        "III": change.mean().mean() ** 2 / (variance * (1 / change.size()).sum() / 4),
    }
    for kind, f in by_hand.items():
        found = repeated_measures_anova(
            two, value="score", within=["level"], between=["group"], sums_of_squares=kind
        )
        assert found.effects.loc["level", "f"] == pytest.approx(f)


def test_equal_groups_make_the_types_one() -> None:
    table = crossed(n=12)
    kinds: list[Any] = ["II", "III"]
    found = [
        repeated_measures_anova(
            table, value="score", within=["side", "level"], between=["group", "class"], sums_of_squares=kind
        ).effects
        for kind in kinds
    ]
    pd.testing.assert_frame_equal(found[0], found[1], rtol=1e-9)


def test_several_rows_in_a_cell_count_as_their_mean() -> None:
    table = crossed()
    doubled = pd.concat([table.assign(score=table["score"] + 1), table.assign(score=table["score"] - 1)])
    once = repeated_measures_anova(table, value="score", within=["side", "level"])
    twice = repeated_measures_anova(doubled, value="score", within=["side", "level"])
    pd.testing.assert_frame_equal(once.effects, twice.effects)
    assert list(once.means["n"]) == [12] * 6


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        (
            crossed().drop(index=0),
            {"within": ["side", "level"]},
            "expected an answer of every participant in every cell of side, level; 1 lack some, the first p0",
        ),
        (crossed(), {"within": ["side"], "between": ["level"]}, "level: expected one value per participant"),
        (crossed(), {"within": []}, "within: expected at least one factor"),
        (crossed(), {"within": ["sides"]}, "sides not among participant, group, class, side, level, score"),
        (crossed(), {"within": ["side"], "sums_of_squares": "I"}, 'expected "II" or "III", found \'I\''),
        (
            crossed(n=2),
            {"within": ["side"], "between": ["group"]},
            "expected more participants than groups; found 2 and 2",
        ),
    ],
)
def test_what_cannot_be_analysed_is_refused_in_words(
    table: pd.DataFrame, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        repeated_measures_anova(table, value="score", **arguments)
    assert message in str(caught.value)
