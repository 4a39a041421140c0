"""Many rows as one parameter: all of them come, as they were, and no table is read through for them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Double, Integer, Text, select

from study import flow
from study.answer_queue import AnswerQueue
from study.flow.json_rows import as_document, rows_of
from study.flow.known_answers import known_statement, sessions_statement
from study.flow.storing_rows import together_statement
from study.models import Event, UtcDateTime
from tests.conftest import MOMENT
from tests.study.test_flow import start

WHOLE = st.integers(-(2**31), 2**31 - 1)
# No database keeps half of a character; PostgreSQL keeps no null.
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
ON_BOTH = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ON_BOTH
@given(rows=st.lists(st.fixed_dictionaries({"number": st.none() | WHOLE, "words": st.none() | WORDS})))
def test_every_row_comes_as_it_was(engine, rows):
    table = rows_of("rows", {"number": Integer(), "words": Text()}, engine.dialect.name)
    with engine.connect() as db:
        found = db.execute(select(table), {"rows": as_document(rows)}).all()
    assert [row._asdict() for row in found] == rows


@pytest.mark.parametrize("dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)])
@ON_BOTH
@given(given_values=st.lists(FINITE))
def test_fractions_and_times_come_to_the_last_digit(engine, given_values):
    rows = [{"value": value, "at": MOMENT.replace(microsecond=123_457)} for value in given_values]
    table = rows_of("rows", {"value": Double(), "at": UtcDateTime()}, engine.dialect.name)
    with engine.connect() as db:
        found = db.execute(select(table), {"rows": as_document(rows)}).all()
    assert [row._asdict() for row in found] == rows


def test_a_value_that_no_row_holds_is_refused():
    with pytest.raises(TypeError, match=r"expected a value that a row can hold, found \{1\}"):
        as_document([{"value": {1}}])


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_asks_indexes_alone_before_answers_are_stored(engine):
    """The time must not grow with what was stored before; the documents themselves are read through."""
    with engine.connect() as db:
        for statement in (sessions_statement, known_statement):
            compiled = statement("sqlite").compile(db)
            filled = tuple(compiled.params[name] or "[]" for name in compiled.positiontup)
            steps = [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", filled)]
            assert any("USING" in step and "INDEX" in step for step in steps), steps
            assert not [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step], (
                steps
            )


@pytest.mark.parametrize("dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_postgresql_asks_indexes_alone_for_answers_of_any_number(engine):
    """The plan is made once for documents of any length, on tables that are empty and grow afterwards."""
    with engine.connect() as db:
        db.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        known = str(known_statement("postgresql").compile(db))
        for number, statement in enumerate((known, together_statement())):
            names = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
            numbers = {name: f"${place}" for place, name in enumerate(names, start=1)}
            words = re.sub(r"%\((\w+)\)s", lambda one, numbers=numbers: numbers[one[1]], statement)
            db.exec_driver_sql(f"PREPARE asked_{number} AS {words}")
            unknown = ", ".join(["NULL"] * len(numbers))
            steps = db.exec_driver_sql(f"EXPLAIN EXECUTE asked_{number}({unknown})").scalars().all()
            assert any("Index" in step for step in steps), steps
            assert not [step for step in steps if "Seq Scan" in step], steps


def test_what_a_browser_says_of_an_event_is_kept_to_the_letter(published, engine):
    detail = {"said": 'null \0, quote ", backslash \\, é, 😀', "n": 0.1, "no": None, "yes": True}
    session = start(engine)
    message = {"number": 1, "kind": "event", "event": "told", "position": None, "at_ms": 0.30000000000000004}
    outcome = AnswerQueue(engine, now=lambda: MOMENT).store(
        flow.Delivery(session, [json.loads(json.dumps({**message, "detail": detail}))])
    )
    assert outcome.acknowledged == (1,)
    with engine.connect() as db:
        stored = db.execute(select(Event.at_ms, Event.detail).where(Event.kind == "told")).one()
    assert stored == (0.30000000000000004, detail)


@pytest.mark.parametrize("position", [2**31, 10**30])
def test_a_position_that_no_column_holds_is_refused(published, engine, position):
    session = start(engine)
    message = {"number": 1, "kind": "event", "event": "told", "position": position}
    outcome = AnswerQueue(engine, now=lambda: MOMENT).store(flow.Delivery(session, [message]))
    assert outcome.acknowledged == ()
    assert "position" in outcome.refused[0][1]
