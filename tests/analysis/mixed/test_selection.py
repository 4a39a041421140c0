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
    assert str(result).endswith("singular still: what is estimated as 0 is an intercept or protected.")


def test_protection_can_be_for_one_group_only(table):
    formula = "z ~ ai + (1 + ai | participant) + (1 + ai | stimulus)"
    one = fit_declared(formula, table, protected=[("participant", "ai")])
    assert one.fit.formula == "z ~ ai + (1 + ai || participant) + (1 + ai || stimulus)"
    other = fit_declared(formula, table, protected=[("stimulus", "ai")])
    assert other.fit.formula == "z ~ ai + (1 | participant) + (1 + ai || stimulus)"
    assert other.settled


def test_an_unknown_protected_slope_is_refused(table):
    with pytest.raises(ValueError, match="protected: aj is no random slope of the formula; there are ai"):
        fit_declared("z ~ ai + (1 + ai | participant)", table, protected=["aj"])


def test_a_categorical_slope_goes_as_a_whole(table):
    kinds = table.assign(kind=[("a", "b", "c")[i % 3] for i in range(len(table))])
    result = fit_declared("z ~ ai + (1 + kind | participant) + (1 | stimulus)", kinds)
    assert result.fit.formula == "z ~ ai + (1 | participant) + (1 | stimulus)"
    assert result.steps["change"].iloc[-1] == "singular: slope kind by participant dropped"


def without_stimuli(table):
    """z with no trace of differences between pictures: their variance is estimated as 0."""
    mean = table.groupby("stimulus")["z"].transform("mean")
    return table.assign(z=table["z"] - mean + 0.8 * table["ai"])


def test_a_slope_that_varies_stays_where_only_an_intercept_is_at_zero():
    table = without_stimuli(simulate_crossed(40, 16, 20, seed=2, truth=Truth(sd_slope=1.0)))
    for bar in ("|", "||"):
        result = fit_declared(f"z ~ ai + (1 + ai {bar} participant) + (1 | stimulus)", table)
        assert result.steps["change"].tolist() == ["as declared"]
        assert result.fit.random.set_index("group").loc["stimulus", "sd"] == 0
        assert not result.settled
        assert str(result).endswith("singular still: what is estimated as 0 is an intercept or protected.")


def test_a_slope_that_varies_stays_where_only_a_protected_slope_is_at_zero(table):
    """The slope by participant is absent but protected, the one by block is all there is to be dropped."""
    table = table.assign(
        block=[f"b{i % 12}" for i in range(len(table))], x=[(i // 12 % 2) - 0.5 for i in range(len(table))]
    )
    effect = table["block"].map({f"b{k}": (-1) ** k for k in range(12)})
    table = table.assign(z=table["z"] + effect * table["x"])
    formula = "z ~ ai + x + (1 + ai || participant) + (1 | stimulus) + (0 + x | block)"
    result = fit_declared(formula, table, protected=[("participant", "ai")])
    assert result.steps["change"].tolist() == ["as declared"]
    sds = result.fit.random.set_index(["group", "term"])["sd"]
    assert sds["participant", "ai"] == 0
    assert sds["block", "x"] > 0.5


def test_the_slope_at_zero_goes_even_if_it_is_not_the_first(table):
    table = table.assign(x=[(i // 3 % 2) - 0.5 for i in range(len(table))])
    effect = table["participant"].map(lambda name: (-1) ** int(name[1:]))
    table = table.assign(z=table["z"] + 0.8 * effect * table["x"])
    result = fit_declared("z ~ ai + x + (1 + x + ai || participant) + (1 | stimulus)", table)
    assert result.steps["change"].tolist() == ["as declared", "singular: slope ai by participant dropped"]
    assert result.fit.formula == "z ~ ai + x + (1 + x || participant) + (1 | stimulus)"
    assert result.steps["loglik"][1] == pytest.approx(result.steps["loglik"][0], abs=1e-6)
