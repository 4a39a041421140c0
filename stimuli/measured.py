"""What is measured in the pictures of a set, as columns beside those of its manifest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from stimuli.eyes import Eyes, EyesNotFoundError, find_eyes, given_eyes, refuse_misplaced
from stimuli.manifest import Stimulus, StimulusError, StimulusSet
from stimuli.measures import MEASURES, Measures, measure_picture
from stimuli.picture import Pixels, read_picture
from stimuli.progress import Progress, no_progress

STEP = "measure pictures"
MEASURED_COLUMNS = MEASURES


def eyes_to_measure(path: Path, columns: Mapping[str, str], pixels: Pixels) -> Eyes:
    """As given beside the picture or in the table's columns, else found; ``EyesNotFoundError`` if neither."""
    given = given_eyes(path, columns)
    if given is None:
        return find_eyes(pixels)
    refuse_misplaced(given, pixels)
    return given


def measured_columns(
    stimulus_set: StimulusSet,
    columns: Collection[str] = MEASURED_COLUMNS,
    *,
    known: Mapping[str, Measures] | None = None,
    progress: Progress = no_progress,
) -> dict[str, dict[str, float]]:
    """Numbers by column, then by stimulus; NaN where a measure needs a face and none is found.

    ``known``: measures by file that were taken before, such as ``CheckReport.measured``.
    ``StimulusError`` lists every picture that cannot be read.
    """
    found: dict[str, dict[str, float]] = {column: {} for column in columns}
    problems: list[str] = []
    if not columns:
        return found
    for number, stimulus in enumerate(stimulus_set.stimuli, start=1):
        try:
            measures = (known or {}).get(stimulus.file) or _measured(stimulus_set.folder, stimulus)
        except StimulusError as error:
            problems += error.problems
        else:
            for column in columns:
                found[column][stimulus.stimulus] = float(getattr(measures, column))
        progress(STEP, number, len(stimulus_set.stimuli))
    if problems:
        raise StimulusError(problems)
    return found


def _measured(folder: Path, stimulus: Stimulus) -> Measures:
    path = folder / stimulus.file
    pixels = read_picture(path)
    try:
        return measure_picture(pixels, eyes_to_measure(path, stimulus.extra, pixels))
    except EyesNotFoundError:
        return measure_picture(pixels)
