"""Exports to analyse: simulated once, copied where a test changes one."""

import shutil
from pathlib import Path

import pytest

from analysis.dataset import Dataset, read_export
from analysis.results import Results, analyse
from tests.analysis.usual import usual_export
from tests.once import made_once


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return usual_export(tmp_path_factory)


@pytest.fixture(scope="session")
def dataset(export: Path) -> Dataset:
    return read_export(export)


@pytest.fixture(scope="session")
def results(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return made_once(tmp_path_factory, "results", lambda _: analyse(dataset, n_resamples=200))


@pytest.fixture
def copied(export: Path, tmp_path: Path) -> Path:
    """The same export, to be damaged."""
    return Path(shutil.copytree(export, tmp_path / "copied"))
