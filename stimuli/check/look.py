"""Look once at every picture file: open it, hash it, find the face, take the measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stimuli.check.faces import count_faces
from stimuli.eyes import EyesNotFoundError
from stimuli.fingerprint import Fingerprint, file_fingerprint, picture_hashes
from stimuli.manifest import StimulusError, file_sha256
from stimuli.measured import eyes_to_measure
from stimuli.measures import Measures, measure_picture
from stimuli.picture import read_picture
from stimuli.problem import Problem
from stimuli.progress import Progress

STEP = "check pictures"

# OpenCV, NumPy and Pillow let other threads run while they work on pixels.
_N_THREADS = 2


@dataclass(frozen=True)
class Looked:
    """What one look at a picture file found. ``no_eyes`` says why none could be used, empty where they were;
    ``n_faces`` counts the faces that a detector sees, whether or not landmarks are given."""

    file: str
    sha256: str
    fingerprint: Fingerprint
    measures: Measures
    hash: int
    mirrored_hash: int
    n_faces: int
    no_eyes: str


def look_at(
    folder: Path, files: Sequence[str], facts: Mapping[str, Mapping[str, str]], progress: Progress
) -> tuple[dict[str, Looked], list[Problem]]:
    """Each file that opens, by name, in the order of ``files``; a problem for each that does not.

    ``facts`` holds the extra columns of the table by file, for the places of the eyes.
    """
    looked: dict[str, Looked] = {}
    problems: list[Problem] = []
    with ThreadPoolExecutor(_N_THREADS) as pool:
        results = pool.map(partial(_look, folder, facts), files)
        for number, (file, result) in enumerate(zip(files, results, strict=True), start=1):
            if isinstance(result, Problem):
                problems.append(result)
            else:
                looked[file] = result
            progress(STEP, number, len(files))
    return looked, problems


def _look(folder: Path, facts: Mapping[str, Mapping[str, str]], file: str) -> Looked | Problem:
    path = folder / file
    try:
        pixels = read_picture(path)
        fingerprint = file_fingerprint(path)
    except StimulusError as error:
        what, remedy = split_remedy(error.problems[0].removeprefix(f"{path.name}: "))
        return Problem("error", file, what, remedy, "unreadable")
    eyes, no_eyes = None, ""
    try:
        eyes = eyes_to_measure(path, facts.get(file, {}), pixels)
    except EyesNotFoundError as error:
        no_eyes = str(error)
    hash, mirrored = picture_hashes(pixels)
    return Looked(
        file,
        file_sha256(path),
        fingerprint,
        measure_picture(pixels, eyes),
        hash,
        mirrored,
        count_faces(pixels),
        no_eyes,
    )


def split_remedy(sentence: str) -> tuple[str, str]:
    """An error's text before and after its remedy."""
    what, _, remedy = sentence.rpartition("; ")
    return (what, remedy) if what else (sentence, "correct the table")
