"""Area under a curve of graded answers: how often one kind of trial is graded above the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.estimate import Floats
from analysis.intervals import Resampling, ratio


def level_cells(
    table: pd.DataFrame, grades: pd.Series[Any], positive: Any, resampling: Resampling
) -> tuple[Floats, Floats]:
    """Trials at each level of ``grades``, lowest first, of the positive and of the negative kind.

    Each as level x participant x pair, the form that ``Resampling.totals`` takes.
    """
    levels = np.sort(grades.unique())
    kinds = (np.asarray(positive, dtype=bool), ~np.asarray(positive, dtype=bool))
    masks = [(grades == level).to_numpy() & kind for kind in kinds for level in levels]
    above, below = np.split(resampling.sums(table, masks), 2)
    return above, below


def area_within_participants(positive: Floats, negative: Floats, resampling: Resampling) -> Floats:
    """Share of couples of a positive and a negative trial of one person in which the positive one is graded
    higher, ties counting half; the sample itself first, then each resample.

    Comparing within people keeps those apart who merely use the scale differently.
    """
    n_levels = len(positive)
    totals = resampling.totals_by_participant(np.concatenate([positive, negative]))
    above, below = totals[:n_levels], totals[n_levels:]
    lower = np.cumsum(below, axis=0) - below
    won = (above * (lower + below / 2)).sum(axis=0)
    couples = above.sum(axis=0) * below.sum(axis=0)
    weights = resampling.participant_weights
    return ratio((weights * won).sum(axis=1), (weights * couples).sum(axis=1))
