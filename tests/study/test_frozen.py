"""What a protocol hash stands for is read once, and pages share it."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from study import frozen as module
from study.database import reading
from study.frozen import frozen, known_protocol, protocol_of
from study.models import ProtocolVersion
from study.protocol import thaw


@pytest.fixture(autouse=True)
def nothing_read_yet(monkeypatch):
    monkeypatch.setattr(module, "_known", {})


def the_version(db):
    return db.scalars(select(ProtocolVersion)).one()


def test_a_version_is_what_was_frozen(published, engine):
    with reading(engine) as db:
        version = the_version(db)
        assert known_protocol(version.protocol_hash) is None
        assert protocol_of(version) == thaw(version.protocol)
        assert frozen(version).texts == version.texts
        assert known_protocol(version.protocol_hash) is protocol_of(version)


def test_the_long_columns_are_read_once_for_everybody(published, engine):
    said = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: said.append(statement))
    for _ in range(3):
        with reading(engine) as db:
            protocol_of(the_version(db))
    assert sum("protocol_versions.texts" in statement for statement in said) == 1


def test_no_more_than_64_are_kept(published, engine, monkeypatch):
    with reading(engine) as db:
        version = the_version(db)
        monkeypatch.setattr(module, "_known", {str(number): frozen(version) for number in range(64)})
        assert frozen(version).protocol == thaw(version.protocol)
        assert len(module._known) == 1


def test_words_of_a_language_are_put_together_once(published, engine):
    with reading(engine) as db:
        known = frozen(the_version(db))
    title = known.protocol.title
    spoken = module.Frozen(known.protocol, known.texts, {"de": {title: "Titel"}})
    assert spoken.speaking("de").title == "Titel"
    assert spoken.speaking("de") is spoken.speaking("de")
    assert spoken.speaking("en") is known.protocol
