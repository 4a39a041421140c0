"""Sets of made-up pictures without any fault, for a test to plant one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from stimuli.manifest import Stimulus, StimulusSet, file_sha256, write_set
from stimuli.prepare import store_picture

SIDE_PX = 256


def clean_set(folder: Path, *, n_of_each: int = 6, seed: int = 0) -> StimulusSet:
    """As many real as AI pictures of soft blobs, drawn from one distribution, in random order."""
    rng = np.random.default_rng(seed)
    origins = rng.permutation(["real", "ai"] * n_of_each)
    stimuli = []
    for origin in origins:
        name = rng.bytes(6).hex()
        file, sha256 = store_picture(folder, name, blobs(rng))
        stimuli.append(_described(Stimulus(name, file, sha256, str(origin))))
    made = StimulusSet(folder, tuple(stimuli))
    write_set(made)
    return made


def blobs(rng: np.random.Generator) -> np.ndarray:
    """A picture unlike any other, with a little grain."""
    coarse = rng.integers(60, 196, (12, 12, 3)).astype(np.uint8)
    soft = cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
    return np.clip(soft + rng.normal(0, 2, soft.shape), 0, 255).astype(np.uint8)


def _described(stimulus: Stimulus) -> Stimulus:
    real = stimulus.origin == "real"
    described = replace(
        stimulus,
        licence="CC0 1.0",
        consent="signed" if real else "",
        generator="" if real else "model 1",
    )
    return described.with_extra(left_eye_x="100", left_eye_y="110", right_eye_x="156", right_eye_y="110")


def change_files(made: StimulusSet, change: Callable[[Path], None], origins: Iterable[str] = ("ai",)) -> None:
    """Let ``change`` rewrite the files of these origins, and the table say so."""
    stimuli = []
    for stimulus in made.stimuli:
        path = made.folder / stimulus.file
        if stimulus.origin in set(origins):
            change(path)
        stimuli.append(replace(stimulus, sha256=file_sha256(path)))
    write_set(replace(made, stimuli=tuple(stimuli)))
