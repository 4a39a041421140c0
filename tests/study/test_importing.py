"""An export comes back as it was, on SQLite and PostgreSQL, or says everything that is wrong with it."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest
from sqlalchemy import Engine

from study.database import migrate, open_engine
from study.export import export_study
from study.importing import import_export
from tests.conftest import fresh_postgres
from tests.study.test_export import LATER
from tests.study.test_export import amended as amended
from tests.study.test_export import filled as filled


@pytest.fixture
def elsewhere(dialect, request, tmp_path):
    """Another, empty database of the same kind."""
    if dialect == "sqlite":
        address = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    else:
        address = fresh_postgres(request.getfixturevalue("postgres_server"))
    engine = open_engine(address)
    migrate(engine)
    yield engine
    engine.dispose()


def bring_back(engine: Engine, folder: Path):
    return import_export(engine, folder, erasures=folder.parent / "erasures.log", now=LATER)


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def assert_same_bytes(one: Path, other: Path) -> None:
    assert files_of(one) == files_of(other)
    different = [name for name in files_of(one) if not filecmp.cmp(one / name, other / name, shallow=False)]
    assert different == []


def assert_comes_back(engine, elsewhere, slug, tmp_path, *, namespaces=("live",)):
    """Export, import into an empty database, export again: the same bytes in every file."""
    export_study(engine, slug, tmp_path / "one", now=LATER, namespaces=namespaces)
    bring_back(elsewhere, tmp_path / "one")
    export_study(elsewhere, slug, tmp_path / "two", now=LATER, namespaces=namespaces)
    assert_same_bytes(tmp_path / "one", tmp_path / "two")


def test_an_export_comes_back_byte_for_byte(filled, engine, elsewhere, tmp_path):
    assert_comes_back(engine, elsewhere, filled["slug"], tmp_path)
