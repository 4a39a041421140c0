"""What must hold between the settings of a study, beyond each being right by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from study.protocol.finding import Finding
from study.protocol.part import Part
from study.protocol.rules.of_analysis import analysis_rules
from study.protocol.rules.of_blocks import block_rules
from study.protocol.rules.of_cells import cell_rules
from study.protocol.rules.of_people import people_rules
from study.protocol.rules.of_questionnaires import questionnaire_rules
from study.protocol.rules.of_questions import question_rules
from study.protocol.study_protocol import StudyProtocol


def broken_rules(study: StudyProtocol) -> Iterator[Finding]:
    """Everything in a study that does not fit together.

    ``study`` may lack settings, where they were wrong by themselves: a rule that needs one of them is
    skipped at that place, and all others are checked.
    """
    for rules in (
        block_rules,
        question_rules,
        cell_rules,
        questionnaire_rules,
        people_rules,
        analysis_rules,
    ):
        for rule in rules(study):
            yield from as_far_as_possible(rule)


def as_far_as_possible(rule: Iterable[Finding]) -> Iterator[Finding]:
    """What a rule finds until it needs a setting that is not there."""
    try:
        yield from rule
    except AttributeError as error:
        # A setting that is not there was wrong by itself, which has been said. All else is our own mistake.
        if not (isinstance(error.obj, Part) and error.name in type(error.obj).model_fields):
            raise
