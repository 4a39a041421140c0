"""Rules about what is declared beforehand: claims that the blocks can test, and exclusions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from study.protocol.blocks import Block, Question
from study.protocol.finding import Finding
from study.protocol.rules.names import given, unique_entries
from study.protocol.study_protocol import StudyProtocol

WITHIN_MS = 1000
"""The claim about milliseconds is tested at exposures below this."""


def analysis_rules(study: StudyProtocol) -> Iterator[Iterable[Finding]]:
    yield _primary_claims_once(study)
    yield _primary_claims_are_testable(study)
    for position, _ in enumerate(given(study, "hypotheses")):
        yield _hypothesis_is_testable(study, position)
    yield _primary_claims_are_hypotheses(study)
    yield _failed_checks_are_counted(study)
    yield _checks_have_a_consequence(study)


def _primary_claims_once(study: StudyProtocol) -> Iterator[Finding]:
    yield from unique_entries(study.analysis.primary, ("analysis", "primary"))


def _primary_claims_are_testable(study: StudyProtocol) -> Iterator[Finding]:
    said = "primary" in study.analysis.model_fields_set
    for position, claim in enumerate(study.analysis.primary):
        if lacking := _lacking(study, claim):
            yield Finding(
                ("analysis", "primary", position) if said else ("analysis", "primary"),
                f'expected {lacking} for the primary claim "{claim}", found none',
                "add it, or choose other claims in analysis.primary",
            )


def _hypothesis_is_testable(study: StudyProtocol, position: int) -> Iterator[Finding]:
    claim = study.hypotheses[position].claim
    if lacking := _lacking(study, claim):
        yield Finding(
            ("hypotheses", position, "claim"),
            f'expected {lacking} to test "{claim}", found none',
            "add it, or tie the hypothesis to another claim",
            "warning",
        )


def _primary_claims_are_hypotheses(study: StudyProtocol) -> Iterator[Finding]:
    if not study.hypotheses:
        return
    stated = [hypothesis.claim for hypothesis in study.hypotheses]
    for claim in study.analysis.primary:
        if claim not in stated:
            yield Finding(
                ("analysis", "primary"),
                f'expected a hypothesis for each primary claim, found none for "{claim}"',
                "add one under [[hypotheses]], or take the claim out of primary",
                "warning",
            )


def _lacking(study: StudyProtocol, claim: str) -> str | None:
    """What a claim needs and no analysed block has; None when it can be tested."""
    main = [block for block in study.blocks if not block.practice]
    rated = [block for block in main if any(_is_trust(question, block) for question in block.questions)]
    told = [block for block in main if any(_is_detect(question, block) for question in block.questions)]
    if claim == "distrust":
        return None if rated else _TRUST
    if claim == "milliseconds":
        return (
            None
            if any(_shortest(block) < WITHIN_MS for block in rated)
            else f"{_TRUST} within {WITHIN_MS} ms"
        )
    if claim == "closer-look":
        return None if _n_exposures(told) > 1 else f"{_DETECT} at two exposures or more"
    if claim == "confidence":
        return None if any(_asks(block, "confidence") for block in told) else f"{_DETECT} and confidence"
    if claim in ("skin", "background", "body", "expression", "consistency"):
        return None if told else _DETECT
    return None


_TRUST = 'an analysed block with a scale named "trust" for each face'
_DETECT = 'an analysed block with a side or origin question named "detect"'


def _is_trust(question: Question, block: Block) -> bool:
    of_each = block.layout == "single" or question.target == "each"
    return question.id == "trust" and question.kind == "scale" and of_each


def _is_detect(question: Question, _block: Block) -> bool:
    return question.id == "detect" and question.kind in ("side", "origin")


def _asks(block: Block, id: str) -> bool:
    return any(question.id == id for question in block.questions)


def _shortest(block: Block) -> float:
    return min(exposure or float("inf") for exposure in block.planned_exposures)


def _n_exposures(blocks: list[Block]) -> int:
    return len({exposure for block in blocks for exposure in block.planned_exposures})


def _failed_checks_are_counted(study: StudyProtocol) -> Iterator[Finding]:
    most = study.exclusions.max_failed_checks
    if most is None:
        return
    checks = sum(block.checks for block in study.blocks)
    if not checks:
        yield Finding(
            ("exclusions", "max_failed_checks"),
            "expected a block with checks, which this rule counts, found none",
            "write checks in a block, or remove max_failed_checks",
        )
    elif most >= checks:
        yield Finding(
            ("exclusions", "max_failed_checks"),
            f"expected fewer than the {checks} checks there are, found {most}, which nobody can exceed",
            "lower it or add checks",
            "warning",
        )


def _checks_have_a_consequence(study: StudyProtocol) -> Iterator[Finding]:
    if study.exclusions.max_failed_checks is not None:
        return
    for position, block in enumerate(study.blocks):
        if block.checks:
            yield Finding(
                ("blocks", position, "checks"),
                f"expected exclusions.max_failed_checks, since there are checks ({block.checks}), found none",
                "write max_failed_checks under [exclusions], or know that the checks exclude nobody",
                "warning",
            )
