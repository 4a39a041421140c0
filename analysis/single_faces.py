"""Are faces told apart one at a time? Sensitivity, criterion and areas of judgements "real or AI"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.areas import area_within_participants, level_cells
from analysis.dataset import Dataset
from analysis.estimate import Estimate, Floats, sample_of
from analysis.intervals import Resampling, ratio
from analysis.pairs import TRIAL_KEY
from analysis.rates import CORRECTED, Correction, corrected_rate, z_difference, z_middle


@dataclass(frozen=True)
class FaceDetection:
    """Detection of single faces at one exposure (``None``: all together; infinity: unlimited).

    ``criterion`` positive: reluctant to say AI. ``d_prime`` and ``criterion`` are of the answers of everyone
    together, the means are over participants, each by their own answers.
    """

    exposure_ms: float | None
    d_prime: Estimate
    criterion: Estimate
    share_correct: Estimate
    mean_d_prime: Estimate
    mean_criterion: Estimate


@dataclass(frozen=True)
class FaceDetectionResults:
    """``participants`` as from ``participant_faces``, with exposure_ms (NaN: all); ``stimuli`` as from
    ``stimulus_faces``, over all exposures."""

    overall: FaceDetection
    by_exposure: tuple[FaceDetection, ...]
    participants: pd.DataFrame
    stimuli: pd.DataFrame


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


def confident_judgements(dataset: Dataset) -> pd.DataFrame:
    """``face_judgements`` of which the confidence is known too, with columns ``confidence`` and ``evidence``.

    Evidence for AI is the confidence of an answer "AI", and minus the confidence of an answer "real":
    answers graded from surely real to surely AI. Confidence has to be positive.
    """
    asked = dataset.ratings[dataset.ratings["question"] == "confidence"]
    answers = asked[[*TRIAL_KEY, "value_number"]].dropna().rename(columns={"value_number": "confidence"})
    judged = face_judgements(dataset).merge(answers, on=TRIAL_KEY)
    sign = np.where(judged["said_ai"], 1.0, -1.0)
    return judged.assign(evidence=sign * judged["confidence"])


def detect_faces(
    judgements: pd.DataFrame, resampling: Resampling, *, correction: Correction = "log-linear"
) -> FaceDetectionResults:
    """d' and criterion over all exposures and at each, with bootstrap intervals.

    Needs the columns of ``face_judgements``. d' = z(H) - z(F); the pooled value lies nearer to 0 than the d'
    of the typical person where people or pictures differ, the mean over participants is free of differences
    between people only, and its interval speaks about other people only. Faces are drawn with the pair they
    belong to. Corrections of the rates: ``rates.corrected_rate``.
    """
    levels = np.sort(judgements["exposure_ms"].unique())
    parts = {float(level): judgements[judgements["exposure_ms"] == level] for level in levels}
    everyone = {np.nan: judgements, **parts}
    return FaceDetectionResults(
        overall=_at(judgements, resampling, None, correction),
        by_exposure=tuple(_at(part, resampling, level, correction) for level, part in parts.items()),
        participants=pd.concat(
            [
                participant_faces(part, correction=correction).assign(exposure_ms=level)
                for level, part in everyone.items()
            ],
            ignore_index=True,
        ),
        stimuli=stimulus_faces(judgements),
    )


def participant_faces(judgements: pd.DataFrame, *, correction: Correction = "log-linear") -> pd.DataFrame:
    """Per participant, from the columns of ``face_judgements``.

    Columns: participant, hits, n_ai, false_alarms, n_real, hit_rate and false_alarm_rate (corrected),
    d_prime, criterion, log_beta (of the likelihood ratio at the criterion: d' c), share_correct, n_trials.
    d', criterion and log_beta are NaN for someone who never saw a face of one kind.
    """
    named = dict(zip(("hits", "n_ai", "false_alarms", "n_real"), _sdt_columns(judgements), strict=True))
    answers = judgements[["participant"]].assign(**named, n_correct=judgements["correct"], n_trials=1)
    sums = answers.groupby("participant").sum().reset_index()
    counts = [sums[name].to_numpy(dtype=float) for name in named]
    d_prime, criterion = (
        z_difference(*counts, correction=correction),
        z_middle(*counts, correction=correction),
    )
    whole = sums[list(named)].astype(int)
    return sums[["participant"]].assign(
        **{str(name): whole[name] for name in whole},
        hit_rate=corrected_rate(counts[0], counts[1], correction),
        false_alarm_rate=corrected_rate(counts[2], counts[3], correction),
        d_prime=d_prime,
        criterion=criterion,
        log_beta=d_prime * criterion,
        share_correct=sums["n_correct"] / sums["n_trials"],
        n_trials=sums["n_trials"],
    )


def stimulus_faces(judgements: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Per picture, the one most often called AI first; a picture has one origin, hence no d' of its own.

    Columns: stimulus, made, n_trials, share_said_ai, low, high, share_correct. The interval is Wilson's and
    speaks about other people looking at this picture.
    """
    table = (
        judgements.groupby(["left", "made"])
        .agg(n_trials=("said_ai", "size"), n_said=("said_ai", "sum"), share_correct=("correct", "mean"))
        .reset_index()
        .rename(columns={"left": "stimulus"})
    )
    said, n = table.pop("n_said").astype(float), table["n_trials"]
    low, high = proportion_confint(said, n, alpha=1 - level, method="wilson")
    table = table.assign(share_said_ai=said / n, low=low, high=high)
    order = np.lexsort((table["stimulus"].astype(str), -table["share_said_ai"]))
    columns = ["stimulus", "made", "n_trials", "share_said_ai", "low", "high", "share_correct"]
    return table.loc[order, columns].reset_index(drop=True)


def graded_area(judgements: pd.DataFrame, resampling: Resampling, *, grade: str = "evidence") -> Estimate:
    """Area under the curve of graded answers: 0.5 guessing, 1 perfect; no criterion enters it.

    The probability that, of an AI face and a real one seen *by the same person*, the AI face got the higher
    ``grade`` (ties count half), over all such couples: the area under the empirical ROC, without assuming
    normal distributions. Needs the columns of ``confident_judgements``, or of ``face_judgements`` and a
    numeric column ``grade`` that grows with "AI".
    """
    made = judgements["made"].to_numpy(dtype=bool)
    cells = level_cells(judgements, judgements[grade], made, resampling)
    return resampling.estimate(
        area_within_participants(*cells, resampling),
        sample_of(judgements),
        unit="share",
        method=f"area under the ROC of {grade}, within participants",
    )


def _at(
    judgements: pd.DataFrame, resampling: Resampling, exposure_ms: float | None, correction: Correction
) -> FaceDetection:
    sample = sample_of(judgements)
    cells = resampling.sums(
        judgements, [*_sdt_columns(judgements), judgements["correct"], np.ones(len(judgements))]
    )
    hits, n_ai, false_alarms, n_real, n_correct, n = resampling.totals(cells)
    counts = (hits, n_ai, false_alarms, n_real)
    # As for pairs: pictures drawn twice would make the d' of one person, from few trials, too extreme.
    people = resampling.participants_only()
    own = people.totals_by_participant(cells[:4])
    corrected = CORRECTED[correction]

    def mean(values: Floats, name: str) -> Estimate:
        draws = people.mean_of_participants(values)
        return people.estimate(
            draws, sample, unit="z", method=f"mean of the participants' {name} of single faces, {corrected}"
        )

    return FaceDetection(
        exposure_ms=exposure_ms,
        d_prime=resampling.estimate(
            z_difference(*counts, correction=correction),
            sample,
            unit="z",
            method=f"pooled d' of single faces, {corrected}",
        ),
        criterion=resampling.estimate(
            z_middle(*counts, correction=correction),
            sample,
            unit="z",
            method="pooled criterion c, positive: reluctant to say AI",
        ),
        share_correct=resampling.estimate(
            ratio(n_correct, n), sample, unit="share", method="share of correct judgements"
        ),
        mean_d_prime=mean(z_difference(*own, correction=correction), "d'"),
        mean_criterion=mean(z_middle(*own, correction=correction), "criterion"),
    )


def _sdt_columns(judgements: pd.DataFrame) -> list[Floats]:
    made, said = (judgements[name].to_numpy(dtype=bool) for name in ("made", "said_ai"))
    return [column.astype(float) for column in (made & said, made, ~made & said, ~made)]
