"""What is measured in the pictures of a set, as columns beside those of its manifest."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from stimuli.eyes import Eyes, EyesNotFoundError, find_eyes, given_eyes, refuse_misplaced
from stimuli.manifest import MEASURE_PREFIX, Stimulus, StimulusError, StimulusSet
from stimuli.measures import MEASURES, Measures, measure_picture
from stimuli.picture import Pixels, read_picture
from stimuli.progress import Progress, no_progress
from stimuli.tables import csv_bytes

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


def with_measures(stimulus_set: StimulusSet, measured: Mapping[str, Mapping[str, float]]) -> StimulusSet:
    """The set with what was measured as further columns ``measure_<name>``; they replace earlier ones.

    ``measured`` as from ``measured_columns``. A cell is empty where the picture has no such number.
    """
    stimuli = (
        one.without_measures().with_extra(
            **{MEASURE_PREFIX + name: _cell(values[one.stimulus]) for name, values in measured.items()}
        )
        for one in stimulus_set.stimuli
    )
    return replace(stimulus_set, stimuli=tuple(stimuli))


def measures_table(stimulus_set: StimulusSet, measured: Mapping[str, Mapping[str, float]]) -> bytes:
    """What was measured as a CSV: ``stimulus``, ``sha256`` of the picture, and columns ``measure_<name>``."""
    columns = ["stimulus", "sha256", *(MEASURE_PREFIX + name for name in measured)]
    rows = [
        {"stimulus": one.stimulus, "sha256": one.sha256}
        | {name: text for name, text in one.extra.items() if name in columns}
        for one in with_measures(stimulus_set, measured).stimuli
    ]
    return csv_bytes(columns, rows)


def _cell(value: float) -> str:
    # Six digits: more would differ from machine to machine, and with them the fingerprint of the set.
    return f"{value:.6g}" if math.isfinite(value) else ""


def _measured(folder: Path, stimulus: Stimulus) -> Measures:
    path = folder / stimulus.file
    pixels = read_picture(path)
    try:
        return measure_picture(pixels, eyes_to_measure(path, stimulus.extra, pixels))
    except EyesNotFoundError:
        return measure_picture(pixels)
