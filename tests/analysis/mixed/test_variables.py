"""Columns may be called as tables of R or of Python call them; what cannot be computed is said in words."""

import numpy as np
import pandas as pd
import pytest

from analysis.mixed import FormulaError, fit_mixed
from analysis.mixed.design import DesignError
from tests.analysis.mixed.crossed import simulate_crossed


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    table = simulate_crossed(20, 10, 16, seed=1)
    table["kind"] = np.array(["plain", "retouched", "made"])[np.arange(len(table)) % 3]
    return table


@pytest.mark.parametrize(
    ("response", "predictor", "group"),
    [
        ("yield", "lambda", "class"),
        ("`yield`", "`lambda`", "`class`"),
        ("resp.time", "is.ai", "subject.id"),
        ("`how sure`", "`an AI face`", "`the person`"),
    ],
)
def test_the_names_of_columns_change_no_number(table, response, predictor, group):
    names = [each.strip("`") for each in (response, predictor, group)]
    renamed = table.rename(columns=dict(zip(["z", "ai", "participant"], names, strict=True)))
    fit = fit_mixed(f"{response} ~ {predictor} + (1 + {predictor} | {group}) + (1 | stimulus)", renamed)
    usual = fit_mixed("z ~ ai + (1 + ai | participant) + (1 | stimulus)", table)
    assert fit.loglik == usual.loglik
    assert list(fit.groups) == [names[2], "stimulus"]
    assert list(fit.fixed.index) == ["Intercept", names[1]]
    np.testing.assert_array_equal(fit.predict(renamed), usual.predict(table))


@pytest.mark.parametrize(
    ("formula", "error", "said"),
    [
        ("log(yield) ~ ai + (1 | participant)", FormulaError, "yield is a word of Python, so rename"),
        ("z ~ C(yield) + (1 | participant)", FormulaError, "yield is a word of Python, so rename"),
        ("z ~ I(ai^2) + (1 | participant)", FormulaError, r"a power is written \*\* here"),
        ("z ~ factor(ai) + (1 | participant)", DesignError, r"R's factor\(x\) is C\(x\) here"),
        ("z ~ rt.ms + (1 | participant)", DesignError, "the formula names rt.ms, which the table does not"),
        (
            "z ~ log(ai.c) + (1 | participant)",
            FormulaError,
            "a column with a dot in its name has to be renamed",
        ),
        ("z ~ log(rt.c) + (1 | participant)", DesignError, "rt.c has a dot, so rename it"),
    ],
)
def test_what_only_r_understands_is_answered_with_what_to_write(table, formula, error, said):
    with pytest.raises(error, match=said):
        fit_mixed(formula, table.assign(**{"yield": 1.0, "ai.c": 1.0, "rt.c": 1.0}))


@pytest.fixture(scope="module")
def by_kind(table):
    return fit_mixed("z ~ kind * ai + (1 + ai | participant)", table)


def test_a_row_with_something_missing_has_no_prediction(by_kind, table):
    rows = table.head(4).copy()
    rows.loc[0, "kind"] = None
    rows.loc[1, "ai"] = np.nan
    found = by_kind.predict(rows)
    assert list(found.isna()) == [True, True, False, False]
    pd.testing.assert_series_equal(found.tail(2), by_kind.predict(table).iloc[2:4])
    assert by_kind.predict(rows.head(2)).isna().all()


def test_a_category_the_fit_never_saw_has_no_prediction(by_kind, table):
    with pytest.raises(FormulaError, match="know nothing of 'painted', which the data of the fit did not"):
        by_kind.predict(table.head(4).assign(kind="painted"))


def test_a_column_that_is_missing_from_new_rows_is_named(by_kind, table):
    with pytest.raises(KeyError, match="the new table has no column kind, which the formula uses; add it"):
        by_kind.predict(table.drop(columns="kind"))
