"""The chain itself: one link for one content, and every way to break it is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.chain import FIRST, Entry, StoredLink, broken_links, canonical, link

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def chain_of(n):
    """A chain of n records, its head and its length."""
    links, head = [], FIRST
    for sequence in range(1, n + 1):
        entry = Entry(sequence, "trial", str(sequence), sequence, "2026-03-01T12:00:00.000000Z")
        content = {"value": sequence}
        head = link(head, entry, content)
        links.append(StoredLink(entry, head, content))
    return links, head, n


def found(links, head, length):
    return [(fault.kind, fault.sequence) for fault in broken_links(links, head=head, length=length)]


def with_entry(one, **changes):
    entry = Entry(**{**vars(one.entry), **changes})
    return StoredLink(entry, one.link, one.content)


def test_a_link_worked_by_hand():
    # printf '%s' '000…0{"at":…,"number":7}' | sha256sum
    entry = Entry(1, "event", "hidden", 7, "2026-03-01T12:00:00.000000Z")
    content = {"at_ms": 12.0, "detail": {"é": 0.1}}
    assert link(FIRST, entry, content) == "d2cc116a91ac46d81f03aeadaff08ed11e176e019959db7b45f66be9f6f7395a"
    assert canonical(content) == '{"at_ms":12,"detail":{"\\u00e9":0.1}}'


@settings(deadline=None)
@given(values)
def test_the_canonical_text_of_a_value_survives_being_stored_as_json(value):
    assert canonical(json.loads(json.dumps(value))) == canonical(value)


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_matter(value):
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@settings(deadline=None)
@given(values, values)
def test_other_values_have_another_canonical_text(one, other):
    assert (canonical(one) == canonical(other)) == (_same(one, other))


def _same(one, other):
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def test_a_number_that_json_does_not_know_is_refused():
    with pytest.raises(ValueError):
        canonical({"value": float("nan")})


@settings(deadline=None)
@given(st.integers(0, 8))
def test_a_whole_chain_has_no_fault(n):
    assert found(*chain_of(n)) == []


@settings(deadline=None)
@given(st.integers(1, 8), st.data())
def test_a_changed_record_is_found_where_it_stands(n, data):
    links, head, length = chain_of(n)
    at = data.draw(st.integers(0, n - 1))
    links[at] = StoredLink(links[at].entry, links[at].link, {"value": "another"})
    assert found(links, head, length) == [("changed", at + 1)]


@settings(deadline=None)
@given(st.integers(1, 8), st.data())
def test_a_link_that_is_gone_is_missing(n, data):
    links, head, length = chain_of(n)
    at = data.draw(st.integers(0, n - 1))
    del links[at]
    expected = [("missing", at + 1)]
    assert found(links, head, length)[:1] == expected


@settings(deadline=None)
@given(st.integers(1, 8), st.data())
def test_a_record_that_is_gone_is_missing(n, data):
    links, head, length = chain_of(n)
    at = data.draw(st.integers(0, n - 1))
    links[at] = StoredLink(links[at].entry, links[at].link, None)
    assert found(links, head, length) == [("missing", at + 1)]


@settings(deadline=None)
@given(st.integers(2, 8), st.data())
def test_two_records_that_changed_places_are_moved(n, data):
    links, head, length = chain_of(n)
    first, second = sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=2, max_size=2)))
    links[first], links[second] = (
        with_entry(links[second], sequence=first + 1),
        with_entry(links[first], sequence=second + 1),
    )
    kinds = dict(reversed(pair) for pair in found(links, head, length))
    assert {kinds[first + 1], kinds[second + 1]} == {"moved"}


def test_a_link_beyond_the_end_is_added():
    links, head, length = chain_of(3)
    entry = Entry(4, "trial", "4", 4, "")
    links.append(StoredLink(entry, link(head, entry, {}), {}))
    assert found(links, head, length) == [("added", 4)]


def test_a_head_that_is_not_the_last_link_is_changed():
    links, _, length = chain_of(3)
    fault = list(broken_links(links, head="f" * 64, length=length))[-1]
    assert (fault.kind, fault.record) == ("changed", "head of the chain")
    assert fault.found == "head ffffffffffff"
