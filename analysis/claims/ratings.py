"""A rating of made faces against real ones, within pairs or one face at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from analysis.claims.answers import Answers, is_paired
from analysis.claims.formulas import Layout, TestingModel, difference_model, face_rating_model
from analysis.claims.inference import Answer, Question, estimate
from analysis.claims.reasons import NOTHING_LEFT, first, no_variation, too_few
from analysis.claims.specification import Specification
from analysis.claims.statistics import (
    Statistic,
    difference_of_faces,
    mean_difference,
    slope_of_difference,
)
from analysis.estimate import Estimate
from analysis.trust import Equivalence, equivalence

#: A scale with more steps than this is no ordered set of categories any more.
_MOST_CATEGORIES = 21


@dataclass(frozen=True)
class Ratings:
    """Rows of one rating question in one layout; ``table`` as from ``Answers.differences`` or ``.faces``."""

    layout: Layout
    table: pd.DataFrame

    @property
    def paired(self) -> bool:
        return self.layout == "pair" or is_paired(self.table)

    @property
    def unit(self) -> str:
        return "pair" if self.paired else "stimulus"

    def of(self, rows: pd.DataFrame) -> Ratings:
        return Ratings(self.layout, rows.reset_index(drop=True))

    @property
    def lacking(self) -> str:
        """Why these rows cannot be tested; empty where they can."""
        if not len(self.table):
            return NOTHING_LEFT
        values = self.table["difference" if self.layout == "pair" else "answer"]
        what = "The ratings" if self.layout == "single" else "The differences between the ratings of a pair"
        one_origin = ""
        if self.layout == "single":
            one_origin = no_variation(self.table["made"], "The origins of the faces that were rated")
        return first(too_few(self.table, self.unit), one_origin, no_variation(values, what))


def ratings_of(answers: Answers, question: str, specification: Specification) -> Ratings:
    """The question's ratings in the layout with most of them; pairs where both have as many."""
    pairs = Ratings("pair", answers.differences(question, specification))
    faces = Ratings("single", answers.faces(question, specification))
    return pairs if len(pairs.table) >= len(faces.table) else faces


def rating_effect(
    answers: Answers, ratings: Ratings, specification: Specification, *, name: str, question: str
) -> Answer:
    """Made minus real in points, by the specification's model and measure."""
    if specification.measure == "ordinal":
        return ordinal_effect(answers, ratings, specification, name=name, question=question)
    table = ratings.table
    if ratings.layout == "single":
        model, plain = face_rating_model(paired=ratings.paired), difference_of_faces()
    elif specification.model == "intercepts":
        # The intercepts of a model of differences are slopes already; those of ratings are only levels.
        model, plain, table = face_rating_model(), difference_of_faces(), face_by_face(table)
    else:
        model, plain = difference_model(), mean_difference()
    return estimate(_asked(answers, table, name, question, "points", model, plain), specification)


def ordinal_effect(
    answers: Answers, ratings: Ratings, specification: Specification, *, name: str, question: str
) -> Answer:
    """The same by a cumulative probit model of the single ratings, put back into points.

    Where the scale has too many steps for categories it is said as trouble, with nothing estimated.
    """
    faces = ratings.table if ratings.layout == "single" else face_by_face(ratings.table)
    model = face_rating_model(paired=ratings.paired, ordinal=True)
    asked = _asked(answers, faces, name, question, "points", model, difference_of_faces())
    if faces["answer"].nunique() > _MOST_CATEGORIES:
        steps = f"The ratings have {faces['answer'].nunique()} values, too many for an ordinal model."
        return replace(estimate(asked, Specification(model="means")), trouble=steps)
    return estimate(replace(asked, in_points=True), specification)


def rating_slope(
    answers: Answers,
    ratings: Ratings,
    specification: Specification,
    *,
    over: str,
    in_unit: bool,
    name: str,
    question: str,
    unit: str,
) -> Answer:
    """How the difference between made and real changes with another column of the table."""
    plain: Statistic
    if ratings.layout == "pair":
        model = difference_model(over=over, in_unit=in_unit)
        plain = slope_of_difference(over)
    else:
        model = face_rating_model(over=over, paired=ratings.paired, in_unit=in_unit)
        plain = difference_of_faces(over)
    return estimate(_asked(answers, ratings.table, name, question, unit, model, plain), specification)


def face_by_face(differences: pd.DataFrame) -> pd.DataFrame:
    """Both ratings of every pair as rows of their own: ``made`` (±0.5), ``answer`` and ``stimulus``."""
    made_left = differences["made_left"].astype(bool)
    made_picture = differences["left"].where(made_left, differences["right"])
    real_picture = differences["right"].where(made_left, differences["left"])
    parts = [
        differences.assign(made=0.5, answer=differences["made"], stimulus=made_picture),
        differences.assign(made=-0.5, answer=differences["real"], stimulus=real_picture),
    ]
    return pd.concat(parts, ignore_index=True)


def within_margin(found: Estimate, answers: Answers, *, margin: float | None = None) -> Equivalence:
    """Two one-sided tests of the declared smallest effect, or of ``margin``."""
    plan = answers.protocol.analysis
    smallest = plan.smallest_effect if margin is None else margin
    return equivalence(found, smallest_effect=smallest, alpha=plan.alpha)


def _asked(
    answers: Answers,
    table: pd.DataFrame,
    name: str,
    question: str,
    unit: str,
    model: TestingModel,
    plain: Statistic,
) -> Question:
    return Question(name, question, unit, table, model, plain, answers.level, answers.seed)
