"""Ratings of faces, one row each: what reliability and models of ratings are computed from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.pairs import TRIAL_KEY


def face_ratings(dataset: Dataset, question: str) -> pd.DataFrame:
    """One row per rating of one face, alone or in a pair.

    Columns: participant, session, position, block, pair, stimulus, origin, made (AI or edited), exposure_ms
    (infinity: unlimited), rating, rt_ms. Ratings of a pair as a whole are not among them.
    """
    asked = dataset.ratings[dataset.ratings["question"] == question]
    answers = asked[[*TRIAL_KEY, "target", "value_number", "rt_ms"]].dropna(subset="value_number")
    columns = [*TRIAL_KEY, "block", "pair", "left", "right", "left_origin", "right_origin", "exposure_ms"]
    table = dataset.trials[columns].merge(answers, on=TRIAL_KEY)
    table = table[table["target"].isin(["left", "right", "face"])]
    right = table["target"] == "right"
    rated = table.assign(
        stimulus=table["left"].mask(right, table["right"]),
        origin=table["left_origin"].mask(right, table["right_origin"]),
        exposure_ms=table["exposure_ms"].fillna(np.inf),
        rating=table["value_number"],
    )
    rated = rated.assign(made=rated["origin"] != "real")
    kept = [*TRIAL_KEY, "block", "pair", "stimulus", "origin", "made", "exposure_ms", "rating", "rt_ms"]
    return rated.sort_values([*TRIAL_KEY, "target"], kind="stable")[kept].reset_index(drop=True)
