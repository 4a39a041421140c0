"""What a fit says when something is wrong, by its words."""

import numpy as np
import pandas as pd
import pytest

from analysis.mixed import fit_mixed, messages
from analysis.mixed.separation import separated_columns
from tests.analysis.mixed.crossed import simulate_crossed


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return simulate_crossed(20, 10, 16, seed=1)


def test_separation_names_the_predictor(table):
    rare = table.assign(rare=(table.yes == 1) & (np.arange(len(table)) % 7 == 0)).astype({"rare": float})
    fit = fit_mixed("yes ~ ai + rare + (1 | stimulus)", rare, family="bernoulli")
    said = [text for text in fit.messages if text.startswith("Separation")]
    assert len(said) == 1
    assert said[0].startswith("Separation: rare predicts some answers perfectly")
    assert "likelihood ratio" in said[0]


def test_without_separation_there_is_no_such_message(table):
    fit = fit_mixed("yes ~ ai + (1 | stimulus)", table, family="bernoulli")
    assert not [text for text in fit.messages if text.startswith("Separation")]


def test_large_effects_that_do_not_separate_are_no_separation():
    x = np.column_stack([np.ones(8), [0, 0, 0, 0, 1, 1, 1, 1]])
    mixed = np.array([0, 0, 0, 1, 1, 1, 1, 0], dtype=bool)
    complete = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=bool)
    quasi = np.array([0, 0, 0, 1, 1, 1, 1, 1], dtype=bool)
    assert separated_columns(x, mixed, ("Intercept", "x")) == []
    assert "x" in separated_columns(x, complete, ("Intercept", "x"))
    assert "x" in separated_columns(x, quasi, ("Intercept", "x"))


def test_few_levels_are_counted(table):
    fit = fit_mixed("z ~ ai + (1 | block) + (1 | stimulus)", table.assign(block=np.arange(len(table)) % 3))
    assert fit.messages[0].startswith("block has only 3 levels: its variance is hardly estimable")
    assert "Treat block as a fixed effect" in fit.messages[0]


def test_a_singular_fit_says_what_to_do():
    text = messages.singular(["ai does not vary by stimulus (sd 0)"])
    assert text.startswith("The fit is singular: ai does not vary by stimulus (sd 0).")
    assert "Drop correlations first, then the smallest slope" in text


def test_a_perfect_combination_is_named():
    assert messages.perfect_combination("a", "g", ["b"]) == "a and b by g are perfectly correlated"
    assert messages.perfect_combination("a", "g", ["b", "c"]) == "a by g is a perfect combination of b and c"


def test_non_convergence_names_the_gradient_and_the_parameter():
    text = messages.not_converged(0.04, np.array([0.1, -3.25]), ["a", "b"], definite=False)
    assert "the largest gradient is -3.25 at b" in text
    assert "about 0.2 standard errors from the maximum" in text
    assert "flat in some direction" in text
    assert "flat" not in messages.not_converged(0.04, np.array([0.1]), ["a"], definite=True)


def test_a_search_that_is_cut_short_is_not_called_converged(table, monkeypatch):
    monkeypatch.setattr("analysis.mixed.search._MAX_ITERATIONS", 1)
    monkeypatch.setattr("analysis.mixed.search._MAX_POLISH", 0)
    fit = fit_mixed("yes ~ ai + (1 + ai | participant) + (1 | stimulus)", table, family="bernoulli")
    assert not fit.converged
    assert any(
        text.startswith("The search did not converge: the largest gradient is") for text in fit.messages
    )


def test_a_random_slope_made_of_others_is_explained(table):
    twice = table.assign(twice=2 * table["ai"])
    fit = fit_mixed("z ~ ai + (1 + ai + twice | participant) + (1 | stimulus)", twice)
    assert fit.messages[0] == (
        "What varies by participant has dependent columns: twice = 2 ai. Their variances cannot be told "
        "apart: take twice out of the random term."
    )
    zero = fit_mixed("z ~ ai + (1 + zero | participant)", table.assign(zero=0.0))
    assert "dependent columns: zero = 0. Their variances" in zero.messages[0]


def test_a_slope_over_what_belongs_to_the_level_is_explained(table):
    """Whether a picture is made is the same for all who see it."""
    fit = fit_mixed("z ~ ai + (1 + ai | participant) + (1 + ai | stimulus)", table)
    assert fit.messages[0] == (
        "ai is the same in all rows of each level of stimulus, so that its variance by stimulus can hardly "
        "be told from that of Intercept: take it out of the random term."
    )
    alone = fit_mixed("z ~ ai + (1 + ai | participant) + (0 + ai | stimulus)", table)
    assert not [text for text in alone.messages if "the same in all rows" in text]


def test_answers_that_the_fixed_part_explains_leave_nothing(table):
    with pytest.raises(ValueError, match="the fixed part explains every answer exactly; nothing is left"):
        fit_mixed("z ~ ai + (1 | participant)", table.assign(z=1e8 + 3 * table["ai"]))


@pytest.mark.parametrize("option", ["weights", "offset"])
@pytest.mark.parametrize(
    ("given", "words"), [("a", "expected numbers, found 'a'"), (np.inf, "not finite in 200 rows")]
)
def test_weights_and_offsets_are_finite_numbers(table, option, given, words):
    for value in ("column", [given] * len(table)):
        with pytest.raises(ValueError, match=f"{option}: {words}"):
            fit_mixed("z ~ ai + (1 | participant)", table.assign(column=given), **{option: value})


def test_large_answers_lose_no_digits(table):
    """The same differences on top of 100 million."""
    small = fit_mixed("z ~ ai + (1 + ai | participant) + (1 | stimulus)", table)
    rounded = (table["z"] * 2**20).round() / 2**20
    large = fit_mixed("z ~ ai + (1 + ai | participant) + (1 | stimulus)", table.assign(z=rounded + 1e8))
    assert large.loglik == pytest.approx(small.loglik, abs=1e-3)
    assert large.fixed["se"].to_numpy() == pytest.approx(small.fixed["se"].to_numpy(), rel=1e-3)
    assert large.fixed["estimate"]["ai"] == pytest.approx(small.fixed["estimate"]["ai"], abs=1e-4)
