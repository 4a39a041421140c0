"""Do people know when they are right?"""

from __future__ import annotations

import pandas as pd

from analysis.claims.answers import Answers, Choices, answers_of
from analysis.claims.detection import unit_of
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.formulas import accuracy_model
from analysis.claims.inference import Question, estimate
from analysis.claims.reasons import NOTHING_LEFT, first, no_variation, not_asked, too_few
from analysis.claims.specification import DECLARED, Specification
from analysis.claims.statistics import slope_of_accuracy
from analysis.confidence import confidence_results
from analysis.dataset import Dataset
from analysis.intervals import resample
from analysis.pairs import TRIAL_KEY

_N_RESAMPLES = 1000


def confidence(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """How much more often people are right with each point of confidence, in z.

    Probit model of being right on confidence around the person's own mean, so that it speaks of the same
    person when more and when less sure, not of people who use the scale differently; level and slope differ
    by participant and pair. The type-2 area within participants, which resampling can give but no model of
    crossed people and pictures, stands beside it.
    """
    return confidence_in(answers_of(kept, specification), specification)


def confidence_in(answers: Answers, specification: Specification) -> Finding | Untested:
    choices = answers.choices(specification)
    table = pd.DataFrame() if choices is None else _confident(answers, choices)
    reason = not_asked(answers.protocol, "detect", "confidence")
    if reason or choices is None or not len(table):
        return Untested("confidence", reason or NOTHING_LEFT)
    unit = unit_of(choices.of(table))
    reason = first(
        too_few(table, unit),
        no_variation(table["answer"], "The answers, right or wrong,"),
        no_variation(table["confidence"], "Each person's ratings of confidence"),
    )
    if reason:
        return Untested("confidence", reason)
    asked = Question(
        name="confidence",
        question="Are people more often right when they are more confident?",
        unit="z per point",
        table=table,
        model=accuracy_model(unit=unit),
        plain=slope_of_accuracy(),
        level=answers.level,
        seed=answers.seed,
    )
    found = estimate(asked, specification)
    return Finding(
        id="confidence",
        measure="Being right, in z per point of confidence, within people",
        estimate=found.estimate,
        direction=1,
        alpha=answers.protocol.analysis.alpha,
        stimulus_kind=answers.protocol.stimulus_kind,
        model=found.model,
        beside=_area(answers, table, specification),
        notes=found.notes,
    )


def _confident(answers: Answers, choices: Choices) -> pd.DataFrame:
    """Right or wrong with confidence around each person's mean; ties are neither and left out."""
    sure = answers.answered("confidence").dropna(subset="value_number")
    table = choices.table.merge(sure[[*TRIAL_KEY, "value_number"]], on=TRIAL_KEY)
    if choices.with_ties:
        table = table[table["answer"] != 1]
    rated = table["value_number"]
    centred = rated - rated.groupby(table["participant"]).transform("mean")
    # Means of whole numbers: what is not 0 only by rounding has to be 0.
    return table.assign(
        answer=table["correct"].astype(float), rated=rated, confidence=centred.round(9)
    ).reset_index(drop=True)


def _area(answers: Answers, table: pd.DataFrame, specification: Specification) -> tuple[Beside, ...]:
    if not answers.tells_beside(specification):
        return ()
    weights = resample(
        table["participant"],
        table["pair"],
        seed=answers.seed,
        n_resamples=_N_RESAMPLES,
        level=answers.level,
    )
    area = confidence_results(table.assign(confidence=table["rated"]), weights).type2_auc
    label = "Type-2 area: chance that the right one of two choices was the more confident"
    return (Beside(label, area, null=0.5),)
