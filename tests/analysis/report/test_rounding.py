"""Numbers are printed as readers expect them."""

import pandas as pd
import pytest

from analysis.report.content import Column
from analysis.report.rounding import cell_words, count, number, p_words, percent, signed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (number(-0.126), "−0.13"),
        (number(None), "–"),
        (number(float("nan")), "–"),
        (number(float("inf")), "∞"),
        (number(-0.001), "0.00"),
        (signed(0.3), "+0.30"),
        (signed(-0.001), "0.00"),
        (signed(None), "–"),
        (percent(0.7136), "71.4"),
        (count(12345), "12\u202f345"),
        (p_words(0.0004), "p < .001"),
        (p_words(0.012), "p = .012"),
        (p_words(1.0), "p = 1.000"),
        (p_words(float("nan")), "–"),
    ],
)
def test_numbers_are_rounded_as_readers_expect(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        (100.0, Column("x", "X", "exposure"), "100\u00a0ms"),
        (float("inf"), Column("x", "X", "exposure"), "unlimited time"),
        (float("nan"), Column("x", "X", "exposure"), "all exposures"),
        (True, Column("x", "X", "yes"), "yes"),
        (None, Column("x", "X", "yes"), "–"),
        (0.0002, Column("x", "X", "p"), "< .001"),
        (0.5, Column("x", "X", "percent", 0), "50"),
        (("a", "b"), Column("x", "X"), "a, b"),
        (pd.NA, Column("x", "X"), "–"),
        (0.25, Column("x", "X", "signed", interval=("low", "high")), "+0.25 [−1.00, 1.00]"),
        (0.25, Column("x", "X", "percent", 1, ("low", "none")), "25.0"),
        (float("nan"), Column("x", "X", "signed", interval=("low", "high")), "–"),
    ],
)
def test_a_cell_is_printed_in_the_format_of_its_column(value: object, column: Column, expected: str) -> None:
    row = {"x": value, "low": -1.0, "high": 1.0, "none": float("nan")}
    assert cell_words(row, column) == expected
