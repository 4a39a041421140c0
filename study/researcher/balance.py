"""Whether every pair is equally often in every place of the design, so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.models import Session, Study, StudyPair, StudyStimulus, Trial
from study.protocol import StudyProtocol


@dataclass(frozen=True)
class BalanceRow:
    """One place of the design: answers to main trials there, and the fewest and most of any pair.

    ``made_side`` is where the AI or edited face was. ``fewest`` and ``most`` are of completed people.
    """

    block: str
    exposure_ms: float | None
    made_side: str
    n_answered: int
    n_answered_completed: int
    fewest: int
    most: int


@dataclass(frozen=True)
class Balance:
    """The design's places, and the number of main pairs each can hold."""

    n_pairs: int
    rows: tuple[BalanceRow, ...]

    @property
    def widest(self) -> int:
        """Largest difference between two pairs in one place of the design."""
        return max((row.most - row.fewest for row in self.rows), default=0)


def read_balance(db: DatabaseSession, study: Study, protocol: StudyProtocol, *, namespace: str) -> Balance:
    """Answered main trials by block, exposure, side and pair."""
    pairs = db.scalars(
        select(StudyPair.pair).where(StudyPair.study_id == study.id, StudyPair.practice.is_(False))
    ).all()
    counted = _counted(db, study, namespace)
    rows = tuple(
        _row(block.name, exposure, side, pairs, counted)
        for block in protocol.blocks
        if not block.practice
        for exposure in block.planned_exposures
        for side in ("left", "right")
    )
    return Balance(len(pairs), rows)


_Key = tuple[str, float | None, str, str, bool]


def _counted(db: DatabaseSession, study: Study, namespace: str) -> Counter[_Key]:
    # Grouped by their names: PostgreSQL takes two copies of an expression with parameters for different ones.
    side = case((StudyStimulus.origin == "real", "right"), else_="left").label("made_side")
    completed = case((Session.status == "completed", 1), else_=0).label("is_completed")
    plain = (Trial.block, Trial.exposure_ms, Trial.pair)
    query = (
        select(*plain, side, completed, func.count())
        .join(Session, Session.id == Trial.session_id)
        .join(
            StudyStimulus,
            and_(StudyStimulus.study_id == Session.study_id, StudyStimulus.stimulus == Trial.left),
        )
        .where(
            Session.study_id == study.id,
            Session.namespace == namespace,
            Trial.practice.is_(False),
            Trial.status == "answered",
        )
        .group_by(*plain, "made_side", "is_completed")
    )
    return Counter(
        {
            (block, exposure, made, pair, bool(done)): n
            for block, exposure, pair, made, done, n in db.execute(query)
        }
    )


def _row(
    block: str, exposure: float | None, side: str, pairs: Sequence[str], counted: Counter[_Key]
) -> BalanceRow:
    of_completed = [counted[block, exposure, side, pair, True] for pair in pairs]
    of_others = [counted[block, exposure, side, pair, False] for pair in pairs]
    return BalanceRow(
        block=block,
        exposure_ms=exposure,
        made_side=side,
        n_answered=sum(of_completed) + sum(of_others),
        n_answered_completed=sum(of_completed),
        fewest=min(of_completed, default=0),
        most=max(of_completed, default=0),
    )
