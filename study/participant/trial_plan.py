"""What the browser is told of the trials to come: pictures under random names, never the origin.

Besides what every trial needs there is only what this participant is meant to see: the labels of a
labelled cell, the answer an attention check asks for, what is said about AI beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from study import flow
from study.models import LedgerEntry, Session, StudyStimulus, Trial
from study.participant.words import protocol_in, text_html
from study.picture_sizes import copy_name, width_to_load
from study.prepared import Prepared
from study.protocol import Block, Question, StudyProtocol

# A study may have hundreds of pictures, and a session as many trials: only the columns that are told.
_PICTURES = Prepared(
    select(StudyStimulus.stimulus, StudyStimulus.picture, StudyStimulus.sha256, StudyStimulus.copies).where(
        StudyStimulus.study_id == bindparam("of_study")
    )
)
_TRIALS = Prepared(
    select(
        Trial.position,
        Trial.block,
        Trial.status,
        Trial.exposure_ms,
        Trial.left,
        Trial.right,
        Trial.left_label,
        Trial.right_label,
        Trial.asked_answer,
    )
    .where(Trial.session_id == bindparam("of_session"))
    .order_by(Trial.position)
)
_LAST_NUMBER = Prepared(
    select(func.max(LedgerEntry.number).label("last")).where(
        LedgerEntry.session_id == bindparam("of_session")
    )
)

#: A trial, or these columns of it.
TrialRow = Any


def trial_plan(
    db: Connection, session: Session | flow.SeenSession, *, shown_px: int | None = None
) -> dict[str, Any]:
    """The rest of a session as JSON: its blocks with their questions, trials without an answer.

    ``shown_px``: how wide this browser shows each picture, in pixels of its screen. The files named are the
    smallest that need not be enlarged for it; without it the pictures as published.
    """
    study = session.study
    protocol = protocol_in(session.version, session.language)
    pictures, file_width_px = _pictures(db, study.id, study.picture_width_px, shown_px)
    trials = _TRIALS.all(db, {"of_session": session.id})
    last = _LAST_NUMBER.first(db, {"of_session": session.id}).last or 0
    blocks = {block.name: block for block in protocol.blocks_of(session.cell)}
    cell = protocol.cell(session.cell)
    disclosure = cell.disclosure if cell else "none"
    return {
        "session": session.session,
        "first_number": last + 1,
        "picture": {
            "width_px": study.picture_width_px,
            "height_px": study.picture_height_px,
            "file_width_px": file_width_px,
        },
        "fullscreen": protocol.device.fullscreen,
        "blocks": {name: _block(block, session) for name, block in blocks.items()},
        "trials": [
            _trial(trial, blocks[trial.block], pictures, labelled=disclosure == "labelled")
            for trial in _in_order(trials)
            if trial.status == "planned"
        ],
        "n_trials": len(trials),
        "again": [
            _trial(trial, blocks[trial.block], pictures, labelled=disclosure == "labelled")
            for trial in flow.practice_again(db, session)
        ],
        **_disclosed(session, protocol, blocks.values(), disclosure),
    }


def _pictures(
    db: Connection, study_id: int, width_px: int, shown_px: int | None
) -> tuple[dict[str, dict[str, str]], int]:
    """Where each picture lies and its sha256, by stimulus, and how wide the files are."""
    rows = _PICTURES.all(db, {"of_study": study_id})
    # All pictures have the same copies; those of studies published by earlier releases have none.
    widths = [int(width) for width in rows[0].copies]
    if shown_px is None or not widths:
        whole = {row.stimulus: {"url": f"/pictures/{row.picture}", "sha256": row.sha256} for row in rows}
        return whole, width_px
    width = width_to_load(shown_px, widths)
    copies = {
        row.stimulus: {
            "url": f"/pictures/{copy_name(row.picture, width)}",
            "sha256": row.copies[str(width)],
        }
        for row in rows
    }
    return copies, width


def _in_order(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """By position, but replacements of interrupted pairs at the end of their block."""
    begins: dict[str, int] = {}
    for trial in trials:
        begins.setdefault(trial.block, trial.position)
    return sorted(trials, key=lambda trial: (begins[trial.block], trial.position))


def _trial(
    trial: TrialRow, block: Block, pictures: Mapping[str, dict[str, str]], *, labelled: bool
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "position": trial.position,
        "block": trial.block,
        "exposure_ms": trial.exposure_ms,
        "left": pictures[trial.left],
        "right": pictures[trial.right] if trial.right else None,
    }
    if labelled and trial.left_label:
        described["labels"] = [label for label in (trial.left_label, trial.right_label) if label]
    if trial.asked_answer:
        described["asked"] = {"question": _asked_question(block), "value": trial.asked_answer}
    return described


def _asked_question(block: Block) -> str:
    """The question an attention check is about: the first whose answers are fixed."""
    return next(question.id for question in block.questions if question.answers)


def _disclosed(
    session: Session | flow.SeenSession, protocol: StudyProtocol, blocks: Iterable[Block], disclosure: str
) -> dict[str, Any]:
    """What is said of AI or editing in this session; nothing where the study keeps silent about it."""
    disclosed: dict[str, Any] = {}
    if disclosure != "none" and protocol.texts.told:
        disclosed["told_html"] = text_html(session.version, protocol.texts.told, session.language)
    if disclosure == "labelled":
        disclosed["labelled"] = True
    asks = any(block.feedback or any(q.kind == "origin" for q in block.questions) for block in blocks)
    if asks or disclosure == "labelled":
        # Which words: "AI" and "Real", or "Edited" and "Unedited".
        disclosed["stimulus_kind"] = protocol.stimulus_kind
    return disclosed


def _block(block: Block, session: Session | flow.SeenSession) -> dict[str, Any]:
    return {
        "practice": block.practice,
        "feedback": block.feedback,
        "layout": block.layout,
        "intro_html": text_html(session.version, block.intro, session.language),
        "fixation_ms": block.fixation_ms,
        "mask_ms": block.mask_ms,
        "gap_ms": block.gap_ms,
        "answer_deadline_ms": block.answer_deadline_ms,
        "interrupted": block.interrupted,
        "questions": [_question(question, block) for question in block.questions],
    }


def _question(question: Question, block: Block) -> dict[str, Any]:
    shared = question.model_dump(include={"id", "kind", "text", "optional"})
    shared["targets"] = list(block.targets(question))
    if question.kind == "scale":
        return shared | question.model_dump(include={"minimum", "maximum", "minimum_label", "maximum_label"})
    if question.kind == "side":
        return shared | {"both_neither": question.both_neither}
    if question.kind == "choices":
        return shared | {"options": [option.model_dump() for option in question.options]}
    if question.kind == "text":
        return shared | {"max_length": question.max_length}
    return shared
