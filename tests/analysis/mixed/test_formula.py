"""A formula is split where lme4 would split it; what cannot be read is said."""

import doctest

import pytest

from analysis.mixed import formula
from analysis.mixed.formula import FormulaError, read_formula


def test_random_terms_are_taken_out_and_the_rest_is_left_to_formulaic():
    parts = read_formula("y ~ a * C(b, contr.sum) + (1 + a | g) - 1 + (0 + a || h) + bs(x, df=4)")
    assert parts.fixed == "a * C(b, contr.sum) - 1 + bs(x, df=4)"
    assert [(t.columns, t.group, t.correlated) for t in parts.random] == [
        ("1 + a", "g", True),
        ("0 + a", "h", False),
    ]


def test_brackets_without_a_bar_belong_to_the_fixed_part():
    assert read_formula("y ~ (a + b)**2 + (1 | g)").fixed == "(a + b)**2"


def test_without_a_fixed_part_there_is_an_intercept():
    assert read_formula("y ~ (1 | g)").fixed == "1"


def test_nested_and_crossed_groups_are_lme4s():
    assert [t.group for t in read_formula("y ~ (1 | a/b/c)").random] == ["a", "a:b", "a:b:c"]
    assert [t.group for t in read_formula("y ~ (1 | a:b)").random] == ["a:b"]


def test_counts_are_read_from_cbind():
    parts = read_formula("cbind(hits, n - hits) ~ (1 | g)")
    assert (parts.response, parts.failures) == ("hits", "n - hits")


def test_a_formula_reads_itself_back():
    text = "y ~ a + (1 + a | g) + (1 || h)"
    assert str(read_formula(str(read_formula(text)))) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y", r"expected 'response ~ fixed"),
        ("y ~ x", r"at least one random term such as \(1 \| participant\)"),
        ("y ~ x + 1 | g", r"a random term needs brackets around it"),
        ("y ~ (1 | g", r"brackets do not match"),
        ("y ~ (1 | )", r"expected columns before the bar and a group after it"),
        ("y ~ (1 | g + h)", r"a group is a column, a:b or a/b; found 'g \+ h'"),
        ("y ~ (1 | g | h)", r"expected \(columns \| group\) or \(columns \|\| group\)"),
        ("y ~ x - (1 | g)", r"cannot be taken away"),
    ],
)
def test_what_cannot_be_read_is_said(text, said):
    with pytest.raises(FormulaError, match=said):
        read_formula(text)


def test_the_examples_hold():
    assert doctest.testmod(formula).failed == 0
