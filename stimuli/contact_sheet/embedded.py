"""Pictures as addresses that hold the picture itself, so that a page needs no other file."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image

from stimuli.manifest import StimulusSet
from stimuli.picture import read_picture
from stimuli.progress import Progress, no_progress

STEP = "draw sheet"
LARGEST_PX = (480, 600)
"""Width and height into which every embedded picture fits; none is enlarged."""

_QUALITY = 85
_N_THREADS = 2


@dataclass(frozen=True)
class Embedded:
    """``address``: a data URI with a JPEG; ``width`` and ``height`` of that, in pixels."""

    address: str
    width: int
    height: int


def embedded_pictures(
    stimulus_set: StimulusSet, *, progress: Progress = no_progress
) -> Mapping[str, Embedded]:
    """Every picture of the set by stimulus, without metadata, all encoded alike."""

    def work(file: str) -> Embedded:
        image = Image.fromarray(read_picture(stimulus_set.folder / file))
        image.thumbnail(LARGEST_PX, Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG", quality=_QUALITY, optimize=True)
        address = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
        return Embedded(address, *image.size)

    stimuli = stimulus_set.stimuli
    found = {}
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for stimulus, picture in zip(stimuli, pool.map(work, [s.file for s in stimuli]), strict=True):
            found[stimulus.stimulus] = picture
            progress(STEP, len(found), len(stimuli))
    return found
