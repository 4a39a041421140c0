"""Test and retest: do people give the same answer to the same pictures again?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.estimate import Estimate, Floats, sample_of
from analysis.intervals import Resampling
from analysis.pairs import TRIAL_KEY

_PLACE = ["participant", "session"]


@dataclass(frozen=True)
class Retest:
    """Agreement of first and second answers, with bootstrap intervals.

    ``correlation`` and ``mean_change`` (second minus first, points) are None for answers that are no numbers.
    """

    same: Estimate
    correlation: Estimate | None
    mean_change: Estimate | None


def repeated_answers(dataset: Dataset, question: str) -> pd.DataFrame:
    """First and second answer to trials that were shown again.

    Columns: participant, session, pair, left, right, target, first, second. Answers about sides become the
    picture they mean, as the sides of a repeat may be swapped; numbers stay numbers; a rating of a side is
    matched by its picture. Take a dataset whose repeats are still in it: ``apply_exclusions`` sets them
    aside, so keep its participants, not its trials.
    """
    ratings = dataset.ratings[dataset.ratings["question"] == question]
    columns = [*TRIAL_KEY, "pair", "left", "right", "repeat_of", "trial_kind"]
    answers = dataset.trials[columns].merge(
        ratings[[*TRIAL_KEY, "target", "value", "value_number"]], on=TRIAL_KEY
    )
    answers = answers.assign(answer=_meaning(answers), about=_about(answers)).dropna(subset="answer")
    again = answers[answers["trial_kind"] == "repeat"]
    key = [*_PLACE, "repeat_of", "about"]
    before = answers.rename(columns={"position": "again", "answer": "first"})[
        [*_PLACE, "again", "about", "first"]
    ]
    both = again[[*key, "pair", "left", "right", "target", "answer"]].merge(
        before.rename(columns={"again": "repeat_of"}), on=key
    )
    tidy = both.rename(columns={"answer": "second"})
    tidy = tidy[[*_PLACE, "pair", "left", "right", "target", "first", "second"]]
    return tidy.infer_objects().reset_index(drop=True)


def retest(repeats: pd.DataFrame, resampling: Resampling) -> Retest:
    """Share of identical answers; for numbers also the correlation and the mean change.

    Needs the columns of ``repeated_answers``. All repeats of all people together: the correlation holds
    differences between people and between pictures as well as faithfulness, so it is that of single answers.
    """
    sample = sample_of(repeats)
    same = (repeats["first"] == repeats["second"]).to_numpy(dtype=float)
    ones = np.ones(len(repeats))
    n_same, n = resampling.totals(resampling.sums(repeats, [same, ones]))
    agreement = resampling.estimate(n_same / n, sample, unit="share", method="share of identical answers")
    if not all(pd.api.types.is_numeric_dtype(repeats[name]) for name in ("first", "second")):
        return Retest(agreement, None, None)
    x, y = (repeats[name].to_numpy(dtype=float) for name in ("first", "second"))
    # Centring changes no correlation, and keeps differences of large sums exact.
    x0, y0 = x - x.mean(), y - y.mean()
    sums = resampling.totals(resampling.sums(repeats, [x0, y0, x0 * y0, x0 * x0, y0 * y0, y - x]))
    return Retest(
        agreement,
        resampling.estimate(
            _correlation(sums, n), sample, unit="r", method="correlation of first and second answers"
        ),
        resampling.estimate(sums[5] / n, sample, unit="points", method="mean of second minus first answers"),
    )


def _correlation(sums: Floats, n: Floats) -> Floats:
    sx, sy, sxy, sxx, syy, _ = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt((sxx - sx * sx / n) * (syy - sy * sy / n))
        return np.asarray(np.where(spread > 0, (sxy - sx * sy / n) / spread, np.nan))


def _meaning(answers: pd.DataFrame) -> pd.Series[float]:
    """Numbers as they are, sides as the picture there, everything else as it was answered."""
    meaning = answers["value"].astype(object)
    for side in ("left", "right"):
        meaning = meaning.mask((answers["target"] == "pair") & (answers["value"] == side), answers[side])
    number = answers["value_number"].notna()
    return meaning.mask(number, answers["value_number"])


def _about(answers: pd.DataFrame) -> pd.Series[str]:
    """What was asked about: a picture, or the pair as a whole."""
    about = answers["pair"].astype(object).where(answers["target"] == "pair", answers["left"])
    return about.mask(answers["target"] == "right", answers["right"])
