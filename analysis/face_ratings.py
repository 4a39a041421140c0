"""Ratings of faces, one row each: what reliability and models of ratings are computed from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.pairs import TRIAL_KEY

_SIDES = ["left", "right", "left_origin", "right_origin", "left_label", "right_label"]
_SHOWN = [*TRIAL_KEY, "cell", "block", "layout", "pair", *_SIDES, "exposure_ms"]
_ABOUT = ["cell", "block", "layout", "pair", "stimulus", "origin", "made", "label"]
_KEPT = [*TRIAL_KEY, *_ABOUT, "exposure_ms", "rating", "rt_ms", "order"]


def face_ratings(dataset: Dataset, question: str) -> pd.DataFrame:
    """One row per rating of one face, alone or in a pair.

    Columns: participant, session, position, cell, block, layout, pair, stimulus, origin, made (AI or edited),
    label (what the face was labelled: real, ai; missing: nothing), exposure_ms (infinity: unlimited), rating,
    rt_ms, order (of the answer within its trial). Ratings of a pair as a whole are not among them.
    """
    asked = dataset.ratings[dataset.ratings["question"] == question]
    answers = asked[[*TRIAL_KEY, "target", "value_number", "rt_ms", "order"]].dropna(subset="value_number")
    table = dataset.trials[_SHOWN].merge(answers, on=TRIAL_KEY)
    table = table[table["target"].isin(["left", "right", "face"])]
    right = table["target"] == "right"
    rated = table.assign(
        stimulus=table["left"].mask(right, table["right"]),
        origin=table["left_origin"].mask(right, table["right_origin"]),
        label=table["left_label"].mask(right, table["right_label"]),
        exposure_ms=table["exposure_ms"].fillna(np.inf),
        rating=table["value_number"],
    )
    rated = rated.assign(made=rated["origin"] != "real")
    return rated.sort_values([*TRIAL_KEY, "target"], kind="stable")[_KEPT].reset_index(drop=True)
