"""The declared random-effects rule goes its steps in order, says so, and never drops what is protected."""

import pytest

from analysis.mixed import fit_declared
from tests.analysis.mixed.crossed import Truth, simulate_crossed

SPARSE = Truth(sd_participant=0.6, sd_slope=0.0, correlation=0.0, sd_stimulus=0.5)


@pytest.fixture(scope="module")
def table():
    return simulate_crossed(25, 10, 16, seed=12, truth=SPARSE)


def test_a_fit_that_is_not_singular_stays_as_declared():
    table = simulate_crossed(40, 20, 30, seed=2)
    result = fit_declared("z ~ ai + (1 + ai | participant) + (1 | stimulus)", table)
    assert len(result.steps) == 1
    assert result.settled
    assert str(result).endswith("The last fit is not singular.")


def test_correlations_go_first_and_then_the_smallest_slope(table):
    result = fit_declared("z ~ ai + (1 + ai | participant) + (1 + ai | stimulus)", table)
    changes = list(result.steps["change"])
    assert changes[0] == "as declared"
    assert changes[1] == "singular: correlations by participant and stimulus dropped"
    assert all("slope ai by" in change for change in changes[2:])
    assert len(changes) > 2
    assert not result.fit.singular
    assert "||" in result.steps["formula"][1]
    assert result.steps["singular"].tolist() == [True] * (len(changes) - 1) + [False]


def test_a_protected_slope_stays_even_if_the_fit_stays_singular(table):
    result = fit_declared(
        "z ~ ai + (1 + ai | participant) + (1 | stimulus)", table, protected=[("participant", "ai")]
    )
    assert "(1 + ai || participant)" in result.fit.formula
    assert not result.settled
    assert "what is left is protected or an intercept" in str(result)


def test_protection_can_be_for_one_group_only(table):
    result = fit_declared(
        "z ~ ai + (1 + ai | participant) + (1 + ai | stimulus)", table, protected=[("participant", "ai")]
    )
    assert "(1 + ai || participant)" in result.fit.formula
    assert result.fit.formula.endswith("(1 | stimulus)") or result.settled


def test_an_unknown_protected_slope_is_refused(table):
    with pytest.raises(ValueError, match="protected: aj is no random slope of the formula; there are ai"):
        fit_declared("z ~ ai + (1 + ai | participant)", table, protected=["aj"])


def test_a_categorical_slope_goes_as_a_whole(table):
    kinds = table.assign(kind=[("a", "b", "c")[i % 3] for i in range(len(table))])
    result = fit_declared("z ~ ai + (1 + kind | participant) + (1 | stimulus)", kinds)
    assert result.fit.formula == "z ~ ai + (1 | participant) + (1 | stimulus)"
    assert result.steps["change"].iloc[-1] == "singular: slope kind by participant dropped"
