"""What a label does to a rating, where chance decided which label a face got: a causal effect."""

from __future__ import annotations

import pandas as pd

from analysis.dataset import Dataset
from analysis.face_ratings import face_ratings
from analysis.intervals import Resampling
from analysis.origin_by import CrossedMeans, crossed_means


def labelled_ratings(dataset: Dataset, question: str, layout: str) -> pd.DataFrame:
    """``face_ratings`` under a label of a cell whose labels were random, with a column ``labelled_ai``.

    True labels are left out: there the label and the origin are one and the same.
    """
    cells = [cell.name for cell in dataset.protocol.cells if cell.labels_at_random]
    faces = face_ratings(dataset, question)
    chosen = faces["cell"].isin(cells) & faces["label"].notna() & (faces["layout"] == layout)
    labelled = faces[chosen]
    return labelled.assign(labelled_ai=labelled["label"] == "ai").reset_index(drop=True)


def label_effects(faces: pd.DataFrame, resampling: Resampling) -> CrossedMeans:
    """Means by true origin and label, with bootstrap intervals; needs ``labelled_ratings``.

    ``marked`` is the causal effect of the label AI against the label real, within people; the two faces of a
    pair carry one label of each kind.
    """
    return crossed_means(faces, "labelled_ai", resampling, words="labelled AI")
