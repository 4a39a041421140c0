"""The plan of a place: from a frozen protocol and the study's pairs, for writing it and for replaying it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session as DatabaseSession

from study.assignment import CellShare, Seat, seat_at, session_seed
from study.frozen import protocol_of
from study.models import ProtocolVersion, StudyPair
from study.plan import Design, PairOfFaces, PlannedTrial, n_lists, plan_trials
from study.prepared import Prepared
from study.protocol import StudyProtocol


@dataclass(frozen=True)
class SessionPlan:
    """What a session at a place consists of, and the seed of what is drawn for it alone."""

    seat: Seat
    seed: int
    trials: tuple[PlannedTrial, ...]


def plan_of_place(
    db: DatabaseSession, version: ProtocolVersion, *, namespace: str, ordinal: int
) -> SessionPlan:
    """The plan of the place with this ordinal; depends on nothing that other participants did."""
    protocol = protocol_of(version)
    main, practice = study_pairs(db, version.study_id)
    seat = seat_at(shares_of(protocol, len(main)), ordinal, seed=protocol.seed)
    seed = session_seed(study_seed=protocol.seed, namespace=namespace, ordinal=ordinal)
    design = Design(
        blocks=protocol.blocks_of(seat.cell),
        pairs=main,
        practice_pairs=practice,
        labels=protocol.labels_of(seat.cell),
        seed=protocol.seed,
        stream=f"{namespace}:{seat.cell}",
    )
    return SessionPlan(seat, seed, plan_trials(design, number=seat.number, seed=seed))


_PAIRS = Prepared(
    select(StudyPair.pair, StudyPair.first, StudyPair.second, StudyPair.practice)
    .where(StudyPair.study_id == bindparam("of_study"))
    .order_by(StudyPair.pair)
)


def study_pairs(
    db: DatabaseSession, study_id: int
) -> tuple[tuple[PairOfFaces, ...], tuple[PairOfFaces, ...]]:
    """Main and practice pairs of a study, by name."""
    rows = _PAIRS.all(db.connection(), {"of_study": study_id})
    return _faces(rows, practice=False), _faces(rows, practice=True)


def _faces(rows: Sequence[Row[str, str, str, bool]], *, practice: bool) -> tuple[PairOfFaces, ...]:
    return tuple(PairOfFaces(row.pair, row.first, row.second) for row in rows if row.practice is practice)


def shares_of(protocol: StudyProtocol, n_pairs: int) -> tuple[CellShare, ...]:
    """The cells of a study with their shares; one without a name where it has none."""
    cells = [(cell.name, cell.weight) for cell in protocol.cells] or [("", 1)]
    return tuple(
        CellShare(
            name,
            weight,
            n_lists(protocol.blocks_of(name), n_pairs, random_labels=protocol.labels_of(name) == "random"),
        )
        for name, weight in cells
    )
