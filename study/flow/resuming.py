"""Coming back to the trials: go on, begin the block again, or end, as the block says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Connection, Table, bindparam, func, select, update
from sqlalchemy.orm import Session as DatabaseSession

from study.flow.ledger import add_end, add_event
from study.flow.places import keep_place, return_place
from study.flow.seeing import SeenSession
from study.frozen import protocol_of
from study.models import Event, Session, Trial
from study.prepared import Prepared
from study.protocol import Block

Resumption = Literal["continue", "restart_block", "end"]
RESTARTED = "block_restarted"
ENDED = "ended_after_gap"

_STANDING = Prepared(
    select(Trial.position, Trial.block, Trial.status)
    .where(Trial.session_id == bindparam("of_session"))
    .order_by(Trial.position)
)
_LAST_RESTART = Prepared(
    select(Event.detail, Event.received_at)
    .where(Event.session_id == bindparam("of_session"), Event.kind == RESTARTED)
    .order_by(Event.received_at.desc(), Event.id.desc())
    .limit(1)
)
_TRIALS = Prepared(
    select(*(cast(Table, Trial.__table__).columns))
    .where(Trial.session_id == bindparam("of_session"))
    .order_by(Trial.position)
)


def resume(
    db: DatabaseSession, session: Session, *, unsent: Collection[int] = (), now: datetime
) -> Resumption:
    """What follows when the task page is opened; what the block's policy asks for is done.

    Away is who was not heard of since ``last_seen_at``; the clock is the server's. Up to the block's
    ``longest_gap_minutes`` it simply goes on, and so it does where the block was not begun. ``unsent`` are
    the positions of answers that wait in the browser: they were given before.
    """
    away, session.last_seen_at = now - session.last_seen_at, now
    if not keep_place(db, session, now=now):
        return "end"
    if session.step != "task":
        return "continue"
    block, left = _block_begun(db, session, unsent)
    if block is None or away <= timedelta(minutes=block.longest_gap_minutes):
        return "continue"
    if block.resume == "restart_block":
        _restart(db, session, block, left, away, now)
    elif block.resume == "end":
        _note(db, session, ENDED, block, left, away, now)
        session.status, session.step = "lapsed", "away"
        add_end(db, session, now=now)
        return_place(db, session)
    return block.resume


def _block_begun(
    db: DatabaseSession, session: Session, unsent: Collection[int]
) -> tuple[Block | None, list[int]]:
    """The block that the session stopped in the middle of, and the positions left of it."""
    trials = _STANDING.all(db.connection(), {"of_session": session.id})
    left = [trial for trial in trials if trial.status == "planned" and trial.position not in unsent]
    if not left:
        return None, []
    name = left[0].block
    of_block = [trial.position for trial in left if trial.block == name]
    if sum(trial.block == name for trial in trials) == len(of_block):
        return None, []
    return protocol_of(session.version).block(name), of_block


def _restart(
    db: DatabaseSession, session: Session, block: Block, left: list[int], away: timedelta, now: datetime
) -> None:
    # What was seen is never shown again as new: those trials keep their rows and answers. The others are told
    # apart from them.
    db.execute(
        update(Trial)
        .where(Trial.session_id == session.id, Trial.position.in_(left))
        .values(block_restarts=func.coalesce(Trial.block_restarts, 0) + 1)
    )
    _note(db, session, RESTARTED, block, left, away, now)


def _note(
    db: DatabaseSession,
    session: Session,
    kind: str,
    block: Block,
    left: list[int],
    away: timedelta,
    now: datetime,
) -> None:
    minutes = round(away.total_seconds() / 60, 1)
    detail = {"block": block.name, "away_minutes": minutes, "trials_left": len(left)}
    add_event(db, session, kind, position=left[0], now=now, detail=detail)


def practice_again(db: Connection, session: Session | SeenSession) -> tuple[Any, ...]:
    """The practice trials to be gone through once more, before anything else, since the block was restarted.

    Rows of those of the practice directly before the block, with all columns; none once a trial of the block
    came in afterwards.
    """
    restarted = _LAST_RESTART.first(db, {"of_session": session.id})
    if restarted is None:
        return ()
    trials = _TRIALS.all(db, {"of_session": session.id})
    block = restarted.detail["block"]
    received = [trial.received_at for trial in trials if trial.block == block and trial.received_at]
    since = [moment for moment in received if moment > restarted.received_at]
    left = [trial for trial in trials if trial.status == "planned"]
    if since or not left or left[0].block != block:
        return ()
    practice = _practice_before(session, block)
    return tuple(trial for trial in trials if trial.block in practice)


def _practice_before(session: Session | SeenSession, name: str) -> set[str]:
    """Names of the practice blocks directly before a block."""
    found: set[str] = set()
    for block in protocol_of(session.version).blocks_of(session.cell):
        if block.name == name:
            return found
        found = found | {block.name} if block.practice else set()
    return set()
