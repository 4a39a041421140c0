"""Exports to analyse: simulated once, copied where a test changes one."""

import shutil
from pathlib import Path

import pytest

from analysis.dataset import Dataset, read_export
from analysis.results import Results, analyse
from analysis.simulate import simulate_export


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study with careless, late and stopping robots."""
    folder = tmp_path_factory.mktemp("exports") / "study"
    simulate_export(
        folder,
        n_participants=24,
        n_pairs=12,
        exposures_ms=(100, 500, None),
        careless_share=0.1,
        late_frame_share=0.1,
        dropout_share=0.15,
        seed=3,
    )
    return folder


@pytest.fixture(scope="session")
def dataset(export: Path) -> Dataset:
    return read_export(export)


@pytest.fixture(scope="session")
def results(dataset: Dataset) -> Results:
    return analyse(dataset, n_resamples=200)


@pytest.fixture
def copied(export: Path, tmp_path: Path) -> Path:
    """The same export, to be damaged."""
    return Path(shutil.copytree(export, tmp_path / "copied"))
