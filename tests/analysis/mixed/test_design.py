"""What a model uses of a table: rows, columns, groups, weights, offsets, and what it says about the rest."""

import doctest

import numpy as np
import pandas as pd
import pytest

from analysis.mixed import fit_mixed, rank
from analysis.mixed.design import DesignError
from analysis.mixed.rank import independent_columns
from tests.analysis.mixed.crossed import simulate_crossed

FORMULA = "z ~ ai + (1 + ai | participant) + (1 | stimulus)"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return simulate_crossed(20, 10, 16, seed=1)


def test_rows_with_something_missing_are_left_out_and_counted(table):
    gaps = table.copy()
    gaps.loc[[3, 5, 8], "z"] = np.nan
    gaps.loc[[5, 9], "stimulus"] = None
    fit = fit_mixed(FORMULA, gaps)
    assert fit.messages == (
        "4 of 200 rows were left out because something is missing: z in 3, stimulus in 2.",
    )
    assert fit.n_observations == 196
    assert fit.loglik == fit_mixed(FORMULA, table.drop([3, 5, 8, 9])).loglik


def test_missing_values_in_columns_that_are_not_used_do_not_matter(table):
    fit = fit_mixed(FORMULA, table.assign(other=np.nan))
    assert fit.n_observations == 200
    assert fit.messages == ()


def test_the_table_stays_as_it_is(table):
    before = table.copy()
    fit_mixed(FORMULA, table, weights=np.ones(len(table)), offset=np.zeros(len(table)))
    pd.testing.assert_frame_equal(table, before)


def test_a_dependent_column_is_dropped_and_explained(table):
    more = table.assign(twice=2 * table.ai, other=np.arange(len(table)) % 3)
    fit = fit_mixed("z ~ ai + twice + other + (1 | participant)", more)
    assert list(fit.fixed.index) == ["Intercept", "ai", "other"]
    assert "twice was dropped: twice = 2 ai." in fit.messages[0]
    assert fit.loglik == pytest.approx(fit_mixed("z ~ ai + other + (1 | participant)", more).loglik)


def test_a_constant_column_of_an_ordinal_model_is_left_to_the_thresholds(table):
    fit = fit_mixed("rating ~ ai + one + (1 | participant)", table.assign(one=1.0), family="ordinal")
    assert list(fit.fixed.index) == ["ai"]
    assert "one was dropped: one = Intercept." in fit.messages[0]


def test_contrasts_interactions_and_splines_are_formulaics(table):
    rng = np.random.default_rng(1)
    more = table.assign(x=rng.normal(size=len(table)), kind=rng.choice(list("abc"), len(table)))
    fit = fit_mixed("z ~ ai * C(kind, contr.sum) + bs(x, df=4) + (1 | participant)", more)
    assert list(fit.fixed.index[:4]) == [
        "Intercept",
        "ai",
        "C(kind, contr.sum)[S.a]",
        "C(kind, contr.sum)[S.b]",
    ]
    assert fit.predict(more.head(5), ()).notna().all()


def test_an_offset_is_taken_off_the_answers(table):
    shifted = table.assign(z=table.z + 3 * table.ai)
    plain, moved = fit_mixed(FORMULA, table), fit_mixed(FORMULA, shifted, offset=3 * table.ai)
    assert moved.loglik == pytest.approx(plain.loglik, abs=1e-9)
    assert moved.fixed["estimate"].to_numpy() == pytest.approx(plain.fixed["estimate"], abs=1e-9)


def test_a_bernoulli_offset_moves_the_intercept(table):
    formula = "yes ~ ai + (1 | participant)"
    plain = fit_mixed(formula, table, family="bernoulli")
    moved = fit_mixed(formula, table, family="bernoulli", offset=np.full(len(table), 0.7))
    assert moved.loglik == pytest.approx(plain.loglik, abs=1e-6)
    assert moved.fixed.loc["Intercept", "estimate"] == pytest.approx(
        plain.fixed.loc["Intercept", "estimate"] - 0.7, abs=1e-5
    )


@pytest.mark.parametrize(("family", "answer"), [("bernoulli", "yes"), ("ordinal", "rating")])
def test_a_weight_of_two_is_a_row_that_occurs_twice(table, family, answer):
    formula = f"{answer} ~ ai + (1 + ai | participant) + (1 | stimulus)"
    times = np.where(np.arange(len(table)) % 3 == 0, 2, 1)
    weighted = fit_mixed(formula, table, family=family, weights=times)
    repeated = fit_mixed(formula, table.loc[table.index.repeat(times)], family=family)
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-6)
    assert weighted.fixed["estimate"].to_numpy() == pytest.approx(repeated.fixed["estimate"], abs=1e-5)


def test_gaussian_weights_are_precisions():
    """The mean of m answers has a residual variance of sigma^2 / m: same estimates, as in lme4."""
    table = simulate_crossed(15, 6, 10, seed=2, repeats=3)
    means = table.groupby(["participant", "stimulus", "ai"], as_index=False)["z"].mean()
    one = fit_mixed(FORMULA, means, weights=np.full(len(means), 3.0))
    other = fit_mixed(FORMULA, means)
    assert one.fixed["se"].to_numpy() == pytest.approx(other.fixed["se"], rel=1e-4)
    assert one.sigma == pytest.approx(other.sigma * np.sqrt(3), rel=1e-4)
    assert one.loglik == pytest.approx(other.loglik, abs=1e-6)


def test_rows_of_weight_zero_are_left_out(table):
    weights = np.ones(len(table))
    weights[:10] = 0
    fit = fit_mixed(FORMULA, table, weights=weights)
    assert fit.messages == ("10 rows with weight 0 were left out.",)
    assert fit.loglik == pytest.approx(fit_mixed(FORMULA, table.iloc[10:]).loglik, abs=1e-9)


def test_answers_in_words_become_zero_and_one(table):
    words = table.assign(yes=np.where(table.yes == 1, "right", "left"))
    fit = fit_mixed("yes ~ ai + (1 | stimulus)", words, family="bernoulli")
    assert fit.messages == ("yes: 'right' counts as 1, 'left' as 0.",)
    assert fit.loglik == fit_mixed("yes ~ ai + (1 | stimulus)", table, family="bernoulli").loglik


def test_categories_keep_their_order_and_unused_ones_are_named(table):
    names = ["never", "rarely", "sometimes", "often", "very often", "always"]
    answers = pd.Categorical.from_codes(table.rating - 1, categories=names, ordered=True)
    fit = fit_mixed("answer ~ ai + (1 | participant)", table.assign(answer=answers), family="ordinal")
    assert fit.thresholds.index[0] == "never|rarely"
    assert fit.messages == ("Nobody answered always: thresholds are between the answers given.",)


@pytest.mark.parametrize(
    ("change", "formula", "family", "said"),
    [
        (
            {},
            "z ~ nothing + (1 | participant) + (1 | nobody)",
            "gaussian",
            "nothing, nobody, which the table does",
        ),
        ({"z": 1.0}, "z ~ ai + (1 | participant)", "gaussian", "every answer is 1.0"),
        ({"yes": 1}, "yes ~ ai + (1 | participant)", "bernoulli", "every answer is 1; there is nothing"),
        ({}, "rating ~ ai + (1 | participant)", "bernoulli", "expected 0 and 1 .* found 1 to 5"),
        ({"yes": 0.5}, "yes ~ ai + (1 | participant)", "bernoulli", "200 rows are shares .* as weights"),
        ({"z": "a"}, "z ~ ai + (1 | participant)", "gaussian", "z: expected numbers, found 'a'"),
        ({"ai": 0.0}, "z ~ log(ai) + (1 | participant)", "gaussian", "log.ai.: not finite in some rows"),
        ({"g": "a"}, "z ~ ai + (1 | g)", "gaussian", "g has one level .a.; its variance cannot be estimated"),
        (
            {},
            "z ~ ai + (1 | stimulus) + (1 + ai | stimulus)",
            "gaussian",
            "Intercept varies by stimulus in two",
        ),
        (
            {},
            "z ~ ai + (1 | participant:stimulus)",
            "gaussian",
            "a level of its own for every row; .* residual",
        ),
        ({"z": np.nan}, "z ~ ai + (1 | participant)", "gaussian", "no complete row is left"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_table_that_does_not_fit_is_refused_in_words(table, change, formula, family, said):
    with pytest.raises(DesignError, match=said):
        fit_mixed(formula, table.assign(**change), family=family)


def test_an_unknown_family_or_link_is_refused(table):
    with pytest.raises(ValueError, match="family: expected gaussian, bernoulli, ordinal; found 'poisson'"):
        fit_mixed(FORMULA, table, family="poisson")
    with pytest.raises(ValueError, match="link of a bernoulli model: expected logit or probit; found 'log'"):
        fit_mixed(FORMULA, table, family="bernoulli", link="log")


def test_weights_and_offsets_have_one_number_per_row(table):
    with pytest.raises(
        DesignError, match=r"weights: expected one number per row \(200\), found shape \(3,\)"
    ):
        fit_mixed(FORMULA, table, weights=[1, 2, 3])
    with pytest.raises(DesignError, match="offset: no column 'nothing' in the table"):
        fit_mixed(FORMULA, table, offset="nothing")
    with pytest.raises(DesignError, match="weights: expected finite numbers of 0 or more"):
        fit_mixed(FORMULA, table, weights=-np.ones(200))


def test_rank_keeps_the_earlier_columns():
    x = np.random.default_rng(1).normal(size=(20, 3))
    kept, described = independent_columns(
        np.column_stack([x, x[:, 0] - 2 * x[:, 1], np.zeros(20)]), list("abcde")
    )
    assert kept == [0, 1, 2]
    assert described == {"d": "a - 2 b", "e": "0"}
    assert doctest.testmod(rank, extraglobs={"np": np}).failed == 0
