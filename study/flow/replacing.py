"""Plan a pair whose exposure was interrupted once more for the end of its block, if the study says so."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.models import Trial
from study.protocol import Block

_AS_BEFORE = (
    "block",
    "practice",
    "layout",
    "pair",
    "left",
    "right",
    "left_label",
    "right_label",
    "exposure_ms",
)


def plan_replacement(db: DatabaseSession, voided: Trial, block: Block) -> Trial | None:
    """Add the trial that stands in for one that was just voided; None where there is to be none.

    The faces may have been glimpsed, so it is marked as a repeat of the voided trial and never counts as a
    first look. Only target trials are replaced, each once: a replacement that is interrupted stays void.
    """
    if block.interrupted != "repeat_at_end" or voided.practice or voided.trial_kind != "target":
        return None
    of_session = select(func.max(Trial.position)).where(Trial.session_id == voided.session_id)
    of_block = select(func.max(Trial.block_position)).where(
        Trial.session_id == voided.session_id, Trial.block == voided.block
    )
    replacement = Trial(
        session_id=voided.session_id,
        position=db.scalars(of_session).one() + 1,
        block_position=db.scalars(of_block).one() + 1,
        trial_kind="repeat",
        repeat_of=voided.position,
        status="planned",
        **{name: getattr(voided, name) for name in _AS_BEFORE},
    )
    db.add(replacement)
    return replacement
