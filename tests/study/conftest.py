"""A study in which people have taken part, and its export, made once and copied; another database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from stimuli.faces import Face, find_faces
from study.database import open_engine
from study.export import export_study
from tests.conftest import PublishedStudy
from tests.once import made_once
from tests.study.everything_exported import EverythingExported, export_everything
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


@cache
def faces_of(pixels: bytes, shape: tuple[int, ...]) -> list[Face]:
    return find_faces(np.frombuffer(pixels, np.uint8).reshape(shape))


@pytest.fixture
def faces_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that has looked for faces in the same pixels before takes what it found then."""
    for module in ("stimuli.check.faces", "stimuli.eyes"):
        monkeypatch.setattr(f"{module}.find_faces", lambda pixels: faces_of(pixels.tobytes(), pixels.shape))


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> EverythingExported:
    """The study with everything after five people took part, exported in all formats."""
    return made_once(tmp_path_factory, "everything_exported", export_everything)


@pytest.fixture
def elsewhere(templates: Templates, server: str, tmp_path: Path) -> Iterator[Engine]:
    """Another, empty database of the same kind."""
    (tmp_path / "elsewhere").mkdir()
    address = copy_database(templates.tables(server), server, tmp_path / "elsewhere")
    engine = open_engine(address)
    yield engine
    engine.dispose()
    drop_database(address, server)
