"""Can people tell which face is real? Sensitivity, side bias and accuracy, for pairs and single faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.dataset import Dataset
from analysis.estimate import Estimate, Floats, sample_of
from analysis.intervals import Resampling, ratio
from analysis.pairs import TRIAL_KEY, mixed_pairs
from analysis.rates import CORRECTED, Correction, z_difference, z_middle


@dataclass(frozen=True)
class PairCounts:
    """Answers "left" to pairs: hits of ``n_left`` with the AI face there, false alarms of ``n_right``."""

    hits: int
    n_left: int
    false_alarms: int
    n_right: int


@dataclass(frozen=True)
class SingleCounts:
    """Answers "AI" to single faces: hits of ``n_ai`` AI faces, false alarms of ``n_real`` real ones."""

    hits: int
    n_ai: int
    false_alarms: int
    n_real: int


@dataclass(frozen=True)
class Detection:
    """Detection in pairs at one exposure (``None``: all exposures together; infinity: unlimited).

    ``d_prime`` and ``side_bias`` are of the answers of everyone together. ``mean_d_prime`` is the mean
    over participants, each by their own answers.
    """

    exposure_ms: float | None
    d_prime: Estimate
    side_bias: Estimate
    share_correct: Estimate
    mean_d_prime: Estimate


@dataclass(frozen=True)
class DetectionResults:
    """``gain`` is pooled d' at the longest exposure minus the shortest, if there were several.

    ``participants``: participant, exposure_ms (NaN: all), d_prime, side_bias, share_correct, n_trials.
    """

    overall: Detection
    by_exposure: tuple[Detection, ...]
    gain: Estimate | None
    participants: pd.DataFrame


def pair_sensitivity(counts: PairCounts, *, correction: Correction = "log-linear") -> float:
    """Sensitivity d' in a two-alternative forced choice, in z units.

    d' = (z(H_left) - z(F_left)) / sqrt(2). Divides by the square root of 2 because a pair offers two
    looks at the evidence (Macmillan & Creelman 2005, ch. 7); the result is on the scale of
    ``single_sensitivity``. Corrections of the rates: ``rates.corrected_rate``.

    >>> round(pair_sensitivity(PairCounts(20, 25, 10, 25)), 3)
    0.739
    """
    four = (counts.hits, counts.n_left, counts.false_alarms, counts.n_right)
    return float(z_difference(*four, correction=correction) / np.sqrt(2))


def side_bias(counts: PairCounts, *, correction: Correction = "log-linear") -> float:
    """Preference for a side, c = -(z(H_left) + z(F_left)) / 2: positive leans right, negative left.

    >>> round(side_bias(PairCounts(20, 25, 10, 25)), 3)
    -0.279
    """
    return float(
        z_middle(counts.hits, counts.n_left, counts.false_alarms, counts.n_right, correction=correction)
    )


def single_sensitivity(counts: SingleCounts, *, correction: Correction = "log-linear") -> float:
    """Sensitivity d' = z(H) - z(F) for faces shown one at a time; corrections: ``rates.corrected_rate``.

    Not interchangeable with the share correct in pairs: use ``pair_sensitivity`` there.

    >>> round(single_sensitivity(SingleCounts(20, 25, 10, 25)), 3)
    1.044
    """
    return float(
        z_difference(counts.hits, counts.n_ai, counts.false_alarms, counts.n_real, correction=correction)
    )


def single_criterion(counts: SingleCounts, *, correction: Correction = "log-linear") -> float:
    """Criterion c = -(z(H) + z(F)) / 2: positive means reluctant to say AI.

    >>> round(single_criterion(SingleCounts(20, 25, 10, 25)), 3)
    -0.279
    """
    return float(
        z_middle(counts.hits, counts.n_ai, counts.false_alarms, counts.n_real, correction=correction)
    )


def pair_choices(dataset: Dataset) -> pd.DataFrame:
    """One row per answered question "which one is AI?" about a pair of a real and a made face.

    Columns: participant, session, position, pair, left, right, exposure_ms (infinity: unlimited),
    made_left (the AI or edited face was on the left), said_left, correct. Only where one of the two had
    to be chosen: with "both" and "neither" on offer the answers are no forced choice.
    """
    forced = [
        block.name
        for block in dataset.protocol.blocks
        if any(q.id == "detect" and q.kind == "side" and not q.both_neither for q in block.questions)
    ]
    ratings = dataset.ratings
    asked = ratings[(ratings["question"] == "detect") & ratings["block"].isin(forced)]
    answers = asked[[*TRIAL_KEY, "value"]].dropna()
    choices = mixed_pairs(dataset.trials).merge(answers, on=TRIAL_KEY)
    said_left = choices.pop("value") == "left"
    return choices.assign(said_left=said_left, correct=choices["made_left"] == said_left)


def detect_pairs(
    choices: pd.DataFrame, resampling: Resampling, *, correction: Correction = "log-linear"
) -> DetectionResults:
    """Detection over all exposures and at each, with bootstrap intervals.

    Needs the columns of ``pair_choices``. The pooled d' treats the answers of all people as one
    person's: where people or pairs differ in sensitivity or bias it lies nearer to 0 than the d' of
    the typical person (attenuation). The mean over participants is free of differences between
    people, but with few trials each it is pulled towards 0 by the log-linear correction, and its
    interval is over participants only. Both are given; neither is the d' of a mixed model. Other
    corrections: ``rates.corrected_rate``.
    """
    levels = np.sort(choices["exposure_ms"].unique())
    parts = {float(level): choices[choices["exposure_ms"] == level] for level in levels}
    by_exposure = tuple(_detection(part, resampling, level, correction) for level, part in parts.items())
    everyone = {np.nan: choices, **parts}
    tables = [
        participant_detection(part, correction=correction).assign(exposure_ms=level)
        for level, part in everyone.items()
    ]
    return DetectionResults(
        overall=_detection(choices, resampling, None, correction),
        by_exposure=by_exposure,
        gain=_gain(choices, by_exposure, resampling, correction),
        participants=pd.concat(tables, ignore_index=True),
    )


def _gain(
    choices: pd.DataFrame,
    by_exposure: tuple[Detection, ...],
    resampling: Resampling,
    correction: Correction,
) -> Estimate | None:
    if len(by_exposure) < 2:
        return None
    ends = [choices[choices["exposure_ms"] == one.exposure_ms] for one in (by_exposure[0], by_exposure[-1])]
    shortest, longest = (_pooled(resampling.totals(_cells(end, resampling)), correction) for end in ends)
    sample = sample_of(pd.concat(ends))
    return resampling.estimate(
        longest - shortest, sample, unit="z", method="pooled pair d', longest minus shortest exposure"
    )


def participant_detection(choices: pd.DataFrame, *, correction: Correction = "log-linear") -> pd.DataFrame:
    """Per participant: d_prime, side_bias, share_correct, n_trials.

    d' and side bias are NaN for someone who never saw the made face on one of the sides.
    """
    hits, n_left, false_alarms, n_right = _sdt_columns(choices)
    sums = (
        pd.DataFrame(
            {
                "participant": choices["participant"],
                "hits": hits,
                "n_left": n_left,
                "false_alarms": false_alarms,
                "n_right": n_right,
                "n_correct": choices["correct"].astype(float),
                "n_trials": 1,
            }
        )
        .groupby("participant")
        .sum()
        .reset_index()
    )
    counts = [sums[name].to_numpy() for name in ("hits", "n_left", "false_alarms", "n_right")]
    return pd.DataFrame(
        {
            "participant": sums["participant"],
            "d_prime": z_difference(*counts, correction=correction) / np.sqrt(2),
            "side_bias": z_middle(*counts, correction=correction),
            "share_correct": sums["n_correct"] / sums["n_trials"],
            "n_trials": sums["n_trials"],
        }
    )


def _detection(
    choices: pd.DataFrame, resampling: Resampling, exposure_ms: float | None, correction: Correction
) -> Detection:
    sample = sample_of(choices)
    cells = _cells(choices, resampling)
    totals = resampling.totals(cells)
    hits, n_left, false_alarms, n_right, n_correct, n = totals
    pooled = _pooled(totals, correction)
    bias = z_middle(hits, n_left, false_alarms, n_right, correction=correction)
    # Drawing a pair twice makes the d' of one person, from few trials, more extreme and its mean too
    # large; so other pictures cannot be spoken about here, and the method says so.
    people = resampling.participants_only()
    each = z_difference(*people.totals_by_participant(cells[:4]), correction=correction) / np.sqrt(2)
    mean = people.mean_of_participants(each)
    corrected = CORRECTED[correction]
    return Detection(
        exposure_ms=exposure_ms,
        d_prime=resampling.estimate(pooled, sample, unit="z", method=f"pooled pair d', {corrected}"),
        side_bias=resampling.estimate(bias, sample, unit="z", method="pooled side bias c, positive: right"),
        share_correct=resampling.estimate(
            ratio(n_correct, n), sample, unit="share", method="share of correct choices"
        ),
        mean_d_prime=people.estimate(
            mean, sample, unit="z", method=f"mean of the participants' pair d', {corrected}"
        ),
    )


def _cells(choices: pd.DataFrame, resampling: Resampling) -> Floats:
    """Hits, left, false alarms, right, correct and all, by participant and pair."""
    return resampling.sums(choices, [*_sdt_columns(choices), choices["correct"], np.ones(len(choices))])


def _pooled(totals: Floats, correction: Correction) -> Floats:
    return np.asarray(z_difference(*totals[:4], correction=correction) / np.sqrt(2))


def _sdt_columns(choices: pd.DataFrame) -> list[NDArray[np.float64]]:
    left = choices["made_left"].to_numpy(dtype=bool)
    said = choices["said_left"].to_numpy(dtype=bool)
    return [column.astype(float) for column in (left & said, left, ~left & said, ~left)]
