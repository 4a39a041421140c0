"""Whether every pair is equally often in every place of the design, so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session as DatabaseSession

from study.assignment import CellShare, places_of_cells
from study.flow.plans import shares_of
from study.models import Session, Study, StudyPair, StudyStimulus, Trial
from study.protocol import Block, StudyProtocol


@dataclass(frozen=True)
class BalanceRow:
    """Answers in one place of a cell's design, and the fewest and most of any pair by completed people.

    For trials that are analysed (``kind`` target) a place is an exposure and ``made_face``, where the AI or
    edited one was: left, right, alone, or not shown. Fillers, repeats and checks have a row for each kind,
    with ``made_face`` empty; fillers belong to no pair, so nothing is counted by pair.
    """

    block: str
    kind: str
    exposure_ms: float | None
    made_face: str
    n_answered: int
    n_answered_completed: int
    fewest: int | None
    most: int | None


@dataclass(frozen=True)
class CellBalance:
    """One cell: how many completed, of how many places (None without limit), on how many of its lists."""

    cell: str
    n_completed: int
    n_places: int | None
    n_lists: int
    n_lists_completed: int
    fewest_per_list: int
    most_per_list: int
    rows: tuple[BalanceRow, ...]
    others: tuple[BalanceRow, ...]

    @property
    def widest(self) -> int:
        """Largest difference between two pairs in one place of the design."""
        return max(((row.most or 0) - (row.fewest or 0) for row in self.rows), default=0)


@dataclass(frozen=True)
class Balance:
    """Every cell of the design (one without a name in a study without cells), and the number of pairs."""

    n_pairs: int
    cells: tuple[CellBalance, ...]

    @property
    def widest(self) -> int:
        return max(cell.widest for cell in self.cells)


def read_balance(db: DatabaseSession, study: Study, protocol: StudyProtocol, *, namespace: str) -> Balance:
    """Answered main trials by cell, block, kind, exposure, side and pair."""
    pairs = db.scalars(
        select(StudyPair.pair).where(StudyPair.study_id == study.id, StudyPair.practice.is_(False))
    ).all()
    counted = _counted(db, study, namespace)
    lists = _lists_completed(db, study, namespace)
    shares = shares_of(protocol, len(pairs))
    places: dict[str, int] = {}
    if namespace == "live":
        places = places_of_cells(shares, target=protocol.recruitment.target, seed=protocol.seed)
    cells = tuple(_cell(share, protocol, pairs, counted, lists, places.get(share.cell)) for share in shares)
    return Balance(len(pairs), cells)


@dataclass(frozen=True)
class _Key:
    """What answers are counted by; ``pair`` is None for fillers."""

    cell: str
    block: str
    kind: str
    exposure_ms: float | None
    pair: str | None
    made_face: str
    completed: bool


def _counted(db: DatabaseSession, study: Study, namespace: str) -> Counter[_Key]:
    # Grouped by their names: PostgreSQL takes two copies of an expression with parameters for different ones.
    made = case(
        (and_(Trial.layout == "single", StudyStimulus.origin == "real"), "not shown"),
        (Trial.layout == "single", "alone"),
        (StudyStimulus.origin == "real", "right"),
        else_="left",
    ).label("made_face")
    completed = case((Session.status == "completed", 1), else_=0).label("is_completed")
    plain = (Session.cell, Trial.block, Trial.trial_kind, Trial.exposure_ms, Trial.pair)
    query = (
        select(*plain, made, completed, func.count())
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
        .group_by(*plain, "made_face", "is_completed")
    )
    return Counter(
        {
            _Key(cell, block, kind, exposure, pair, face, bool(done)): n
            for cell, block, kind, exposure, pair, face, done, n in db.execute(query)
        }
    )


def _lists_completed(db: DatabaseSession, study: Study, namespace: str) -> Counter[tuple[str, int]]:
    query = (
        select(Session.cell, Session.list_number, func.count())
        .where(Session.study_id == study.id, Session.namespace == namespace, Session.status == "completed")
        .group_by(Session.cell, Session.list_number)
    )
    return Counter({(cell, number or 0): n for cell, number, n in db.execute(query)})


def _cell(
    share: CellShare,
    protocol: StudyProtocol,
    pairs: Sequence[str],
    counted: Counter[_Key],
    lists: Counter[tuple[str, int]],
    n_places: int | None,
) -> CellBalance:
    blocks = [block for block in protocol.blocks_of(share.cell) if not block.practice]
    mine = Counter({key: n for key, n in counted.items() if key.cell == share.cell})
    per_list = [lists[share.cell, number] for number in range(share.n_lists)]
    return CellBalance(
        cell=share.cell,
        n_completed=sum(per_list),
        n_places=n_places,
        n_lists=share.n_lists,
        n_lists_completed=sum(n > 0 for n in per_list),
        fewest_per_list=min(per_list),
        most_per_list=max(per_list),
        rows=tuple(row for block in blocks for row in _targets(block, pairs, mine)),
        others=tuple(row for block in blocks for row in _others(block, pairs, mine)),
    )


def _targets(block: Block, pairs: Sequence[str], counted: Counter[_Key]) -> Iterator[BalanceRow]:
    of_block = [(key, n) for key, n in counted.items() if (key.block, key.kind) == (block.name, "target")]
    faces = ("alone", "not shown") if block.layout == "single" else ("left", "right")
    for exposure in block.planned_exposures:
        for face in faces:
            here = [(k, n) for k, n in of_block if (k.exposure_ms, k.made_face) == (exposure, face)]
            yield _row(block.name, "target", exposure, face, pairs, here)


def _others(block: Block, pairs: Sequence[str], counted: Counter[_Key]) -> Iterator[BalanceRow]:
    for kind, planned in (("filler", block.fillers), ("repeat", block.repeats), ("check", block.checks)):
        if planned:
            here = [(key, n) for key, n in counted.items() if (key.block, key.kind) == (block.name, kind)]
            yield _row(block.name, kind, None, "", () if kind == "filler" else pairs, here)


def _row(
    block: str,
    kind: str,
    exposure_ms: float | None,
    made_face: str,
    pairs: Sequence[str],
    counted: Sequence[tuple[_Key, int]],
) -> BalanceRow:
    done: Counter[str | None] = Counter()
    for key, n in counted:
        done[key.pair] += n if key.completed else 0
    of_pairs = [done[pair] for pair in pairs]
    return BalanceRow(
        block=block,
        kind=kind,
        exposure_ms=exposure_ms,
        made_face=made_face,
        n_answered=sum(n for _, n in counted),
        n_answered_completed=sum(done.values()),
        fewest=min(of_pairs, default=None),
        most=max(of_pairs, default=None),
    )
