"""What is measured in the pictures of a set, as columns beside those of its manifest."""

from __future__ import annotations

from collections.abc import Collection

from stimuli.manifest import StimulusError, StimulusSet
from stimuli.measures import MEASURES, measure_picture
from stimuli.picture import read_picture
from stimuli.progress import Progress, no_progress

STEP = "measure pictures"
MEASURED_COLUMNS = MEASURES


def measured_columns(
    stimulus_set: StimulusSet,
    columns: Collection[str] = MEASURED_COLUMNS,
    *,
    progress: Progress = no_progress,
) -> dict[str, dict[str, float]]:
    """Numbers by column, then by stimulus; ``StimulusError`` lists every picture that cannot be read."""
    found: dict[str, dict[str, float]] = {column: {} for column in columns}
    problems: list[str] = []
    if not columns:
        return found
    for number, stimulus in enumerate(stimulus_set.stimuli, start=1):
        try:
            measures = measure_picture(read_picture(stimulus_set.folder / stimulus.file))
        except StimulusError as error:
            problems += error.problems
        else:
            for column in columns:
                found[column][stimulus.stimulus] = float(getattr(measures, column))
        progress(STEP, number, len(stimulus_set.stimuli))
    if problems:
        raise StimulusError(problems)
    return found
