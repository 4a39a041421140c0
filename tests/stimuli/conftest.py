"""Small folders of real pictures, and pictures made up for one test."""

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stimuli.manifest import Stimulus, StimulusSet, file_sha256, write_set
from stimuli.prepare import PreparationReport, prepare_set
from tests.once import made_once

SOURCE_COLUMNS = ("file", "origin", "sha256", "stated_gender", "stated_age", "licence")


@pytest.fixture(scope="session")
def some_faces(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the shared one: 6 London, 6 Stable Diffusion, 2 Congress pictures."""
    folder = tmp_path_factory.mktemp("some_faces")
    with (shared / "faces" / "sources.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        columns = reader.fieldnames or []
    wanted = {"real/london": 6, "ai/sd3_fema": 3, "ai/sd3_male": 3, "real/congre": 2}
    with (folder / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for start, count in wanted.items():
            for row in [row for row in rows if row["file"].startswith(start)][:count]:
                (folder / row["file"]).parent.mkdir(exist_ok=True)
                shutil.copy(shared / "faces" / row["file"], folder / row["file"])
                writer.writerow(row)
    return folder


@pytest.fixture(scope="session")
def preparation(some_faces: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparationReport:
    """``some_faces`` prepared with the defaults."""
    return made_once(tmp_path_factory, "preparation", lambda folder: prepare_set(some_faces, folder / "set"))


@pytest.fixture(scope="session")
def noise_picture() -> Callable[..., Path]:
    """Write a picture of soft random blobs: opens everywhere, shows nobody, unlike any other seed."""

    def write(path: Path, *, seed: int = 0, size: tuple[int, int] = (300, 300), **options: Any) -> Path:
        blobs = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(blobs).resize(size, Image.Resampling.BICUBIC).save(path, **options)
        return path

    return write


@pytest.fixture(scope="session")
def write_sources() -> Callable[..., Path]:
    """Write a sources.csv with one line per row; sha256 is filled in where the file exists."""

    def write(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
        columns = list(dict.fromkeys([*SOURCE_COLUMNS, *(name for row in rows for name in row)]))
        with (folder / "sources.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            for row in rows:
                path = folder / row["file"]
                sha256 = file_sha256(path) if path.is_file() else ""
                writer.writerow({"sha256": sha256, "licence": "CC0 1.0", **row})
        return folder

    return write


@pytest.fixture
def noise_set(tmp_path: Path, noise_picture: Callable[..., Path]) -> Callable[..., StimulusSet]:
    """Write a set of made-up pictures: two real, two ai, unless told otherwise."""

    def build(origins: Sequence[str] = ("real", "real", "ai", "ai")) -> StimulusSet:
        stimuli = []
        for number, origin in enumerate(origins):
            path = noise_picture(tmp_path / "images" / f"{number:016x}.jpg", seed=number)
            file = path.relative_to(tmp_path).as_posix()
            stimuli.append(Stimulus(f"s{number}", file, file_sha256(path), origin, licence="CC0 1.0"))
        made = StimulusSet(tmp_path, tuple(stimuli))
        write_set(made)
        return made

    return build
