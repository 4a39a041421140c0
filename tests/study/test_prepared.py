"""What the driver runs by itself gives the values, and raises the errors, that SQLAlchemy would."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from study.database import reading, writing
from study.models import Departure, Session, Trial
from study.prepared import Prepared, run
from tests.conftest import MOMENT
from tests.study.test_flow import start

_OF_SESSION = select(
    Session.session, Session.last_seen_at, Session.completed_at, Session.device, Session.place
).where(Session.session == bindparam("named"), Session.status != "withdrawn")


def test_rows_have_the_names_and_values_that_sqlalchemy_gives(published, engine):
    session = start(engine)
    with reading(engine) as db:
        expected = db.execute(_OF_SESSION, {"named": session}).one()
        found = Prepared(_OF_SESSION).first(db.connection(), {"named": session})
    assert found._fields == tuple(expected._fields)
    assert tuple(found) == tuple(expected)
    assert found.last_seen_at.tzinfo is not None
    assert isinstance(found.device, dict)


def test_fractions_come_as_sqlalchemy_gives_them(published, engine):
    start(engine)
    exposures = select(Trial.exposure_ms).order_by(Trial.id)
    with reading(engine) as db:
        expected = db.scalars(exposures).all()
        assert [row.exposure_ms for row in Prepared(exposures).all(db.connection(), {})] == expected


def test_no_row_is_none(published, engine):
    with reading(engine) as db:
        assert Prepared(_OF_SESSION).first(db.connection(), {"named": "nobody"}) is None


def test_values_of_the_statement_stand_until_others_are_given(published, engine):
    session = start(engine)
    change = Prepared(
        update(Session.__table__)
        .where(Session.session == bindparam("named"))
        .values(last_seen_at=MOMENT, language=bindparam("language"))
    )
    with writing(engine) as db:
        assert change.change(db.connection(), {"named": session, "language": "de"}) == 1
        assert change.change(db.connection(), {"named": "nobody", "language": "de"}) == 0
    with reading(engine) as db:
        row = db.execute(select(Session.last_seen_at, Session.language)).one()
    assert tuple(row) == (MOMENT, "de")


def test_many_rows_are_counted_and_none_are_nothing(published, engine):
    names = ("study_id", "namespace", "kind", "cell", "status", "at")
    add = Prepared(insert(Departure.__table__).values({name: bindparam(name) for name in names}))
    row = {"study_id": 1, "namespace": "live", "kind": "declined", "cell": "", "status": "", "at": MOMENT}
    with writing(engine) as db:
        assert add.change_each(db.connection(), []) == 0
        assert add.change_each(db.connection(), [row] * 3) == 3
    with reading(engine) as db:
        assert db.scalars(select(Departure.at)).all() == [MOMENT] * 3


def test_a_broken_rule_of_the_database_is_sqlalchemys_error_and_tells_no_values(published, engine):
    session = start(engine)
    again = update(Session.__table__).values(session=bindparam("named"))
    start(engine)
    with pytest.raises(IntegrityError) as found, writing(engine) as db:
        Prepared(again).change(db.connection(), {"named": session})
    assert found.value.params is None
    assert not found.value.connection_invalidated


def test_words_the_database_does_not_know_are_sqlalchemys_error(published, engine):
    with reading(engine) as db, pytest.raises((OperationalError, ProgrammingError)):
        run(db.connection(), "SELECT FROM WHERE")
