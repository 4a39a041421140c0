"""Rules about blocks: names, layout, fillers, repeats, checks, timing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from study.protocol.blocks import Block
from study.protocol.finding import Finding
from study.protocol.rules.names import given, named, unique, unique_entries
from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import Place


def block_rules(study: StudyProtocol) -> Iterator[Iterable[Finding]]:
    blocks = given(study, "blocks")
    yield unique(named(blocks, ("blocks",), "name"), "a name")
    yield _something_is_analysed(study)
    for position, block in enumerate(blocks):
        place: Place = ("blocks", position)
        for rule in _RULES:
            yield rule(block, place)


def _something_is_analysed(study: StudyProtocol) -> Iterator[Finding]:
    if study.blocks and all(block.practice for block in study.blocks):
        yield Finding(
            ("blocks",),
            "expected a block that is analysed, found practice only",
            "add a block without practice",
        )


def _question_ids_are_unique(block: Block, place: Place) -> Iterator[Finding]:
    yield from unique(named(block.questions, (*place, "questions"), "id"), "an id within the block")


def _single_faces_have_no_fillers(block: Block, place: Place) -> Iterator[Finding]:
    if block.layout == "single" and block.fillers:
        yield Finding(
            (*place, "fillers"),
            f"expected fillers where layout is pair only, found {block.fillers} among single faces",
            "remove fillers: a single face tells nothing of the next one, so there is nothing to hide",
        )


def _fillers_have_a_right_answer(block: Block, place: Place) -> Iterator[Finding]:
    if block.layout != "pair" or not block.fillers:
        return
    for position, question in enumerate(block.questions):
        if question.kind == "side" and not question.both_neither:
            yield Finding(
                (*place, "questions", position),
                f"expected both and neither among the answers, since fillers ({block.fillers}) show two real "
                "or two AI faces, found left and right only",
                "write both_neither = true, or remove fillers",
            )


def _feedback_has_a_truth_to_tell(block: Block, place: Place) -> Iterator[Finding]:
    if block.feedback and not any(question.kind in ("side", "origin") for question in block.questions):
        yield Finding(
            (*place, "feedback"),
            "expected a side or origin question that feedback can follow, found none in the block",
            "remove feedback, or ask which face is the AI one",
        )


def _no_more_repeats_than_pairs(block: Block, place: Place) -> Iterator[Finding]:
    if block.repeats > block.pairs:
        yield Finding(
            (*place, "repeats"),
            f"expected at most as many repeats as pairs ({block.pairs}), found {block.repeats}",
            "lower repeats or add pairs",
        )


def _checks_can_name_an_answer(block: Block, place: Place) -> Iterator[Finding]:
    if block.checks and not any(question.answers for question in block.questions):
        yield Finding(
            (*place, "checks"),
            "expected a scale, side or origin question whose answer a check can name, found none",
            "remove checks, or add such a question",
        )


def _exposures_differ(block: Block, place: Place) -> Iterator[Finding]:
    yield from unique_entries(block.exposures_ms, (*place, "exposures_ms"))


def _pairs_reach_every_exposure(block: Block, place: Place) -> Iterator[Finding]:
    if not block.practice and block.pairs < len(set(block.exposures_ms)):
        yield Finding(
            (*place, "pairs"),
            f"expected at least a pair for each of the {len(set(block.exposures_ms))} exposures, "
            f"found {block.pairs}",
            "add pairs, or each participant misses some exposures",
            "warning",
        )


def _a_mask_has_something_to_hide(block: Block, place: Place) -> Iterator[Finding]:
    timed = any(exposure is not None for exposure in block.planned_exposures)
    if not timed and "mask_ms" in block.model_fields_set and block.mask_ms > 0:
        yield Finding(
            (*place, "mask_ms"),
            f"expected no mask where every exposure is unlimited, found {block.mask_ms:g} ms",
            "remove mask_ms: the faces stay until the answer",
            "warning",
        )


def _nothing_optional_against_the_clock(block: Block, place: Place) -> Iterator[Finding]:
    if block.answer_deadline_ms is None:
        return
    for position, question in enumerate(block.questions):
        if question.optional:
            yield Finding(
                (*place, "questions", position, "optional"),
                "expected every question to need an answer within answer_deadline_ms, found an optional one",
                "remove optional or answer_deadline_ms: an empty answer could be a choice or a lack of time",
                "warning",
            )


def _practice_is_plain(block: Block, place: Place) -> Iterator[Finding]:
    if not block.practice:
        return
    for setting in ("fillers", "repeats", "checks"):
        if getattr(block, setting):
            yield Finding(
                (*place, setting),
                f"expected practice without {setting}, since it is never analysed, "
                f"found {getattr(block, setting)}",
                f"remove {setting}, or practice = true",
                "warning",
            )


def _a_gap_has_a_consequence(block: Block, place: Place) -> Iterator[Finding]:
    if "longest_gap_minutes" in block.model_fields_set and block.resume == "continue":
        yield Finding(
            (*place, "longest_gap_minutes"),
            "expected resume to say what follows a longer absence, found continue, with which it goes on "
            "anyway",
            'remove longest_gap_minutes, or write resume = "restart_block" or "end"',
            "warning",
        )


def _practice_is_not_begun_again(block: Block, place: Place) -> Iterator[Finding]:
    if block.practice and block.resume == "restart_block":
        yield Finding(
            (*place, "resume"),
            "expected continue or end in practice, found restart_block",
            "remove resume: practice is gone through again when the block after it is",
        )


_RULES = (
    _question_ids_are_unique,
    _single_faces_have_no_fillers,
    _fillers_have_a_right_answer,
    _feedback_has_a_truth_to_tell,
    _no_more_repeats_than_pairs,
    _checks_can_name_an_answer,
    _exposures_differ,
    _pairs_reach_every_exposure,
    _a_mask_has_something_to_hide,
    _nothing_optional_against_the_clock,
    _practice_is_plain,
    _a_gap_has_a_consequence,
    _practice_is_not_begun_again,
)
