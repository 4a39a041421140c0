"""Telling made faces from real ones, and what makes it easier: d' and its changes by probit models."""

from __future__ import annotations

from analysis.claims.answers import Answers, Choices, is_paired
from analysis.claims.formulas import choice_model, tagged_face_model
from analysis.claims.inference import Answer, Question, estimate
from analysis.claims.reasons import first, no_variation, too_few
from analysis.claims.specification import Specification
from analysis.claims.statistics import sensitivity_change, tagged_sensitivity


def unit_of(choices: Choices) -> str:
    """What the pictures are grouped by: pairs, or single faces that belong to none."""
    if choices.grouped_by is not None:
        return choices.grouped_by
    return "pair" if choices.layout == "pair" or is_paired(choices.table) else "stimulus"


def lacking(choices: Choices) -> str:
    """Why these choices cannot be tested; empty where they can."""
    return first(
        too_few(choices.table, unit_of(choices)),
        no_variation(choices.table["made"], "Sides or origins of the made faces"),
        no_variation(choices.table["answer"], "The answers"),
    )


def sensitivity(
    answers: Answers, choices: Choices, specification: Specification, *, name: str, question: str
) -> Answer:
    """d' of these choices."""
    model = choice_model(choices.layout, unit=unit_of(choices), with_ties=choices.with_ties)
    plain = sensitivity_change(choices.layout)
    asked = Question(name, question, "z", choices.table, model, plain, answers.level, answers.seed)
    return estimate(asked, specification)


def change_of_sensitivity(
    answers: Answers,
    choices: Choices,
    specification: Specification,
    *,
    over: str,
    in_unit: bool,
    name: str,
    question: str,
    unit: str = "z",
) -> Answer:
    """How much d' changes with each unit of ``over``.

    ``in_unit``: whether ``over`` varies within a pair. Single faces of which only the made ones can have a
    value (what does not vary within a pair is a property of its made face) share the real ones as baseline.
    """
    plain = sensitivity_change(choices.layout, over)
    if choices.layout == "single" and not in_unit:
        model, plain = tagged_face_model(over, unit=unit_of(choices)), tagged_sensitivity(over)
    else:
        model = choice_model(
            choices.layout,
            over=over,
            unit=unit_of(choices),
            in_unit=in_unit,
            with_ties=choices.with_ties,
        )
    asked = Question(name, question, unit, choices.table, model, plain, answers.level, answers.seed)
    return estimate(asked, specification)
