"""Detection by group: kinds of made faces, stated attributes, and cells of participants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.detection_levels import Grouping, LevelsOfDetection, detection_by_level
from analysis.detection_model import DetectionModel, Judgements
from analysis.intervals import Resampling

#: A level of fewer pairs (or faces) is not modelled: its own pictures would pass for the kind.
MIN_ITEMS = 5
#: With more levels than this a column names pictures rather than kinds of them.
MAX_LEVELS = 12

#: column of the stimuli table → end of "does sensitivity differ …", whether it describes made faces only
_OF_PICTURES = {
    "defect": ("between defects", True),
    "dose": ("between doses", True),
    "generator": ("between generators", True),
    "gender": ("between stated genders", False),
    "age_band": ("between stated age bands", False),
    "ethnicity": ("between stated ethnicities", False),
}


def picture_groupings(judgements: Judgements, stimuli: pd.DataFrame) -> Iterator[Grouping]:
    """A grouping for each column of the stimuli table with at least two and not too many levels.

    The pictures described are the made faces (of pairs, the made one of the two); gender, age band and
    ethnicity are as the source states them. Faces without a value are left out of that grouping.
    """
    about = stimuli.drop_duplicates("stimulus").set_index("stimulus")
    shown = made_stimulus(judgements)
    for name, (title, of_made) in _OF_PICTURES.items():
        if name not in about or about[name].isna().all():
            continue
        values = shown.map(about[name])
        order = _levels(values)
        if 2 <= len(order) <= MAX_LEVELS:
            yield Grouping(
                name,
                title,
                values.map(_words, na_action="ignore"),
                tuple(map(_words, order)),
                of_made=of_made,
                own_bias=judgements.layout == "single",
                min_items=MIN_ITEMS,
            )


def cell_grouping(judgements: Judgements, participants: pd.DataFrame) -> Grouping | None:
    """Between-subject cells; None unless there are at least two."""
    cells = participants.drop_duplicates("participant").set_index("participant")["cell"]
    labels = judgements.table["participant"].map(cells)
    order = tuple(str(each) for each in _levels(labels))
    if len(order) < 2:
        return None
    return Grouping("cell", "between cells", labels.map(str, na_action="ignore"), order)


def made_stimulus(judgements: Judgements) -> pd.Series[str]:
    """The picture whose attributes a row is sorted by: the made face of a pair, the face shown alone."""
    table = judgements.table
    if judgements.layout == "single":
        return table["stimulus"]
    return table["left"].where(table[judgements.signal] < 0, table["right"])


def made_doses(judgements: Judgements, stimuli: pd.DataFrame) -> pd.Series[float]:
    """The dose of the made face of each row; missing where it was not edited."""
    doses = stimuli.drop_duplicates("stimulus").set_index("stimulus")["dose"].astype(float)
    return made_stimulus(judgements).map(doses)


def detection_by_groups(
    model: DetectionModel, dataset: Dataset, resampling: Resampling, *, level: float = 0.95
) -> tuple[LevelsOfDetection, ...]:
    """All groupings the data have, one model each; tags of artifacts are ``detection_by_tag``."""
    judgements = model.judgements
    groupings = [*picture_groupings(judgements, dataset.stimuli)]
    cells = cell_grouping(judgements, dataset.participants)
    return tuple(
        detection_by_level(model, grouping, resampling, level=level)
        for grouping in (*groupings, *([cells] if cells else []))
    )


def _levels(values: pd.Series[Any]) -> list[Any]:
    return list(np.sort(values.dropna().unique()))


def _words(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
