"""A study in which people have taken part, and its export, made once and copied; another database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine

from study.database import open_engine
from study.export import export_study
from tests.conftest import PublishedStudy
from tests.study.test_export import LATER, fill
from tests.templates import Template, Templates, copy_database, drop_database


@pytest.fixture
def filled_template(templates: Templates, study_template: Template, server: str) -> Template:
    """The study with the people of ``fill`` in it, and its export."""

    def go_on(engine: Engine, folder: Path) -> Mapping[str, str]:
        people = fill(engine)
        export_study(engine, study_template.known["slug"], folder / "export", now=LATER)
        return people

    return templates.made("filled", server, study_template, go_on)


@pytest.fixture
def filled(filled_template: Template, published: PublishedStudy) -> dict[str, str]:
    """The people in the published study of this test, and its slug."""
    return {**filled_template.known, "slug": published.slug}


@pytest.fixture
def exported(filled_template: Template, tmp_path: Path) -> Path:
    """The export of that study, in a folder of its own."""
    return Path(shutil.copytree(filled_template.folder / "export", tmp_path / "export"))


@pytest.fixture
def elsewhere(templates: Templates, server: str, tmp_path: Path) -> Iterator[Engine]:
    """Another, empty database of the same kind."""
    (tmp_path / "elsewhere").mkdir()
    address = copy_database(templates.tables(server), server, tmp_path / "elsewhere")
    engine = open_engine(address)
    yield engine
    engine.dispose()
    drop_database(address, server)
