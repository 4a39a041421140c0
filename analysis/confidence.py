"""Do people know when they are right? Accuracy at each level of confidence, and type-2 sensitivity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.areas import area_within_participants, level_cells
from analysis.dataset import Dataset
from analysis.detection import pair_choices
from analysis.estimate import Estimate, sample_of
from analysis.intervals import Resampling, ratio
from analysis.pairs import TRIAL_KEY


@dataclass(frozen=True)
class CalibrationLevel:
    """Share of correct choices among those made with one level of confidence."""

    confidence: float
    share_correct: Estimate


@dataclass(frozen=True)
class ConfidenceResults:
    """Calibration by level, and the type-2 area under the curve (0.5: confidence says nothing)."""

    calibration: tuple[CalibrationLevel, ...]
    type2_auc: Estimate


def confident_choices(dataset: Dataset) -> pd.DataFrame:
    """``pair_choices`` of which the confidence is known too, with a column ``confidence``."""
    asked = dataset.ratings[dataset.ratings["question"] == "confidence"]
    answers = asked[[*TRIAL_KEY, "value_number"]].dropna().rename(columns={"value_number": "confidence"})
    return pair_choices(dataset).merge(answers, on=TRIAL_KEY)


def confidence_results(choices: pd.DataFrame, resampling: Resampling) -> ConfidenceResults:
    """Calibration table and type-2 AUC with bootstrap intervals. Needs ``confident_choices``.

    The area is the probability that, of a correct and a wrong choice *of the same person*, the
    correct one was made with more confidence (ties count half), over all such couples of choices.
    Comparing within people keeps those apart who merely use the scale differently. It grows with
    task performance as well as with insight (Fleming & Lau 2014), so compare it only where d' is alike.
    """
    levels = np.sort(choices["confidence"].unique())
    sample = sample_of(choices)
    right_cells, wrong_cells = level_cells(choices, choices["confidence"], choices["correct"], resampling)
    right, wrong = resampling.totals(right_cells), resampling.totals(wrong_cells)
    calibration = [
        CalibrationLevel(
            confidence=float(level),
            share_correct=resampling.estimate(
                ratio(right[k], right[k] + wrong[k]),
                sample_of(choices[choices["confidence"] == level]),
                unit="share",
                method="share of correct choices",
            ),
        )
        for k, level in enumerate(levels)
    ]
    area = resampling.estimate(
        area_within_participants(right_cells, wrong_cells, resampling),
        sample,
        unit="share",
        method="type-2 AUC within participants",
    )
    return ConfidenceResults(calibration=tuple(calibration), type2_auc=area)
