"""Groups of people alike, counted as by hand; remedies do what they say."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.privacy.groups import count_groups, group_sizes, rarest, without_each
from analysis.privacy.remedies import MERGED, Change, band, changed, cheapest_enough, each_alone, rare_values

ROWS = st.lists(
    st.tuples(
        st.sampled_from([21.0, 22.0, 35.0, float("nan")]),
        st.sampled_from(["woman", "man", None]),
        st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=40,
)


def as_table(rows: list[tuple[float, str | None, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["age", "gender", "country"]).astype(object)


@settings(deadline=None)
@given(ROWS, st.integers(2, 6))
def test_groups_are_those_counted_by_brute_force(rows, k):
    counts = Counter(tuple("" if part is None or part != part else part for part in row) for row in rows)
    found = count_groups(as_table(rows), k=k)
    assert found.n_groups == len(counts)
    assert found.smallest == min(counts.values())
    assert found.n_below == sum(n for n in counts.values() if n < k)
    assert found.n_alone == sum(n for n in counts.values() if n == 1)


@settings(deadline=None, max_examples=30)
@given(ROWS, st.integers(2, 6))
def test_the_remedies_found_are_enough_and_give_the_groups_they_state(rows, k):
    table = as_table(rows)
    found = cheapest_enough(table, k=k, numbers=frozenset({"age"}))
    assert (found is None) == (len(rows) < k)
    if found is not None:
        assert found.groups.n_below == 0
        assert count_groups(changed(table, found.changes), k=k) == found.groups


@settings(deadline=None, max_examples=30)
@given(ROWS, st.integers(2, 6))
def test_a_remedy_never_makes_anybody_rarer(rows, k):
    table = as_table(rows)
    before = count_groups(table, k=k).n_below
    assert all(one.groups.n_below < before for one in each_alone(table, k=k, numbers=frozenset({"age"})))
    assert all(groups.n_below <= before for _, groups in without_each(table, k=k))


@given(st.lists(st.sampled_from("aabbcdefg"), max_size=40), st.integers(2, 6))
def test_what_rare_values_are_merged_into_is_not_rare(values, k):
    rare = rare_values(values, k)
    counts = Counter(values)
    if len(values) >= k and len(counts) > 1:
        left = Counter(MERGED if value in rare else value for value in values)
        assert min(left.values()) >= k


def test_people_who_left_an_item_empty_are_alike():
    table = pd.DataFrame({"age": [None, None, 30]}, dtype=object)
    assert group_sizes(table).tolist() == [2, 2, 1]


def test_the_rarest_combinations_come_first_with_their_counts():
    table = as_table([(21, "man", "a")] * 3 + [(22, "woman", "a")] + [(35, None, "b")] * 2)
    assert [(one.values, one.n_people) for one in rarest(table, k=3, limit=5)] == [
        (("22", "woman", "a"), 1),
        (("35", "", "b"), 2),
    ]


def test_the_mildest_remedy_is_preferred():
    table = pd.DataFrame({"age": [float(n) for n in range(20, 30)], "gender": ["woman"] * 10}, dtype=object)
    found = cheapest_enough(table, k=5, numbers=frozenset({"age"}))
    assert found is not None
    assert found.changes == (Change("band", "age", 5),)
    assert found.words == "age in bands of 5"


@pytest.mark.parametrize(
    ("value", "width", "expected"),
    [
        ("29", 10, "20-29"),
        ("30.0", 10, "30-39"),
        ("", 10, ""),
        ("16.6", 0.1, "16.6-16.7"),
        ("30-39", 10, "30-39"),
    ],
)
def test_a_band_names_its_lowest_and_highest_number(value, width, expected):
    assert band(value, width) == expected
