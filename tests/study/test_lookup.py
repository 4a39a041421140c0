"""Rows by many keys: every one is found, none twice, and no table is read through for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, insert, select

from study.flow.answer_rows import _NUMBERS, _SESSIONS_BY_NAME, _TRIALS
from study.flow.lookup import Lookup
from study.models import LedgerEntry, Table
from tests.conftest import MOMENT

BY_PLACE = Lookup(
    select(LedgerEntry.session_id, LedgerEntry.sequence), LedgerEntry.session_id, LedgerEntry.sequence
)


@pytest.fixture(scope="module")
def links():
    """A connection to a ledger of 20 sessions with 20 links each."""
    engine = create_engine("sqlite://")
    Table.metadata.create_all(engine)
    places = [{"session_id": session, "sequence": number} for session in range(20) for number in range(20)]
    with engine.connect() as db:
        db.execute(
            insert(LedgerEntry),
            [
                {**place, "kind": "trial", "name": str(place["sequence"]), "link": "", "at": MOMENT}
                for place in places
            ],
        )
        yield db


KEYS = st.lists(st.tuples(st.integers(-3, 23), st.integers(-3, 23)), max_size=200)


@given(keys=KEYS)
def test_each_key_that_is_there_is_found_once(links, keys):
    found = [tuple(row) for row in BY_PLACE.rows(links, keys)]
    there = {(session, number) for session, number in keys if 0 <= session < 20 and 0 <= number < 20}
    assert sorted(found) == sorted(there)


@given(keys=KEYS)
def test_as_many_statements_as_parts_of_64_keys(links, keys):
    said = []
    listen = lambda _connection, _cursor, statement, *_: said.append(statement)  # noqa: E731
    event.listen(links, "before_cursor_execute", listen)
    BY_PLACE.rows(links, keys)
    event.remove(links, "before_cursor_execute", listen)
    assert len(said) == -(-len(set(keys)) // 64)


@pytest.mark.parametrize(
    ("lookup", "key"), [(_SESSIONS_BY_NAME, ("somebody",)), (_NUMBERS, (1, 2)), (_TRIALS, (1, 2))]
)
@pytest.mark.parametrize("n", [1, 5, 64])
def test_no_table_is_read_through_to_store_answers(links, lookup, key, n):
    """SQLite tells how it will find the rows; the time must not grow with what was stored before."""
    statement = str(lookup._statement(1 << (n - 1).bit_length()).compile(links))
    filled = tuple(key[place % len(key)] for place in range(statement.count("?")))
    steps = [row[3] for row in links.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, filled)]
    assert steps
    assert not [step for step in steps if step.startswith("SCAN")], steps
