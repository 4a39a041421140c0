"""Are faces told apart one at a time? Sensitivity and criterion of judgements "real or AI"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.detection import pooled_criterion, pooled_sensitivity
from analysis.intervals import Estimate, Resampling, ratio, sample_of
from analysis.pairs import TRIAL_KEY


@dataclass(frozen=True)
class FaceDetection:
    """Detection of single faces at one exposure (``None``: all together; infinity: unlimited).

    ``criterion`` positive: reluctant to say AI. All are of the answers of everyone together.
    """

    exposure_ms: float | None
    d_prime: Estimate
    criterion: Estimate
    share_correct: Estimate


@dataclass(frozen=True)
class FaceDetectionResults:
    overall: FaceDetection
    by_exposure: tuple[FaceDetection, ...]


def face_judgements(dataset: Dataset) -> pd.DataFrame:
    """One row per answered question of the kind origin about a single face.

    Columns: participant, session, position, block, pair (the one the face belongs to), left (the face),
    right (empty), exposure_ms (infinity: unlimited), made (the face is AI or edited), said_ai, correct,
    rt_ms.
    A block that asks more than one such question counts with the first.
    """
    first = {
        block.name: next((question.id for question in block.questions if question.kind == "origin"), None)
        for block in dataset.protocol.blocks
        if block.layout == "single"
    }
    asked = dataset.ratings["block"].map(first) == dataset.ratings["question"]
    answers = dataset.ratings.loc[asked, [*TRIAL_KEY, "value", "rt_ms"]].dropna(subset="value")
    single = dataset.trials[dataset.trials["layout"] == "single"]
    columns = [*TRIAL_KEY, "block", "pair", "left", "right", "left_origin", "exposure_ms"]
    table = single[columns].merge(answers, on=TRIAL_KEY).sort_values(TRIAL_KEY, kind="stable")
    made = table.pop("left_origin") != "real"
    said_ai = table.pop("value") == "ai"
    exposure = table["exposure_ms"].fillna(np.inf)
    tidy = table.assign(exposure_ms=exposure, made=made, said_ai=said_ai, correct=made == said_ai)
    return tidy.reset_index(drop=True)


def detect_faces(judgements: pd.DataFrame, resampling: Resampling) -> FaceDetectionResults:
    """Pooled d' and criterion over all exposures and at each, with bootstrap intervals.

    Needs the columns of ``face_judgements``. d' = z(H) - z(F) with log-linear corrected rates, as in
    ``single_sensitivity``; the pooled value lies nearer to 0 than the d' of the typical person where people
    or pictures differ. Faces are drawn with the pair they belong to.
    """
    levels = np.sort(judgements["exposure_ms"].unique())
    return FaceDetectionResults(
        overall=_at(judgements, resampling, None),
        by_exposure=tuple(
            _at(judgements[judgements["exposure_ms"] == level], resampling, float(level)) for level in levels
        ),
    )


def _at(judgements: pd.DataFrame, resampling: Resampling, exposure_ms: float | None) -> FaceDetection:
    sample = sample_of(judgements)
    made, said = (judgements[name].to_numpy(dtype=bool) for name in ("made", "said_ai"))
    columns = [made & said, made, ~made & said, ~made, judgements["correct"], np.ones(len(judgements))]
    hits, n_ai, false_alarms, n_real, n_correct, n = resampling.totals(resampling.sums(judgements, columns))
    counts = (hits, n_ai, false_alarms, n_real)
    return FaceDetection(
        exposure_ms=exposure_ms,
        d_prime=resampling.estimate(
            pooled_sensitivity(*counts),
            sample,
            unit="z",
            method="pooled d' of single faces, log-linear corrected",
        ),
        criterion=resampling.estimate(
            pooled_criterion(*counts),
            sample,
            unit="z",
            method="pooled criterion c, positive: reluctant to say AI",
        ),
        share_correct=resampling.estimate(
            ratio(n_correct, n), sample, unit="share", method="share of correct judgements"
        ),
    )
