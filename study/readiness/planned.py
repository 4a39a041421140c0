"""The plan of a study, list by list, as the checks count and compare it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from study.models import Session, StudyPair, Trial
from study.plan import PairOfFaces, PlannedTrial, n_lists, plan_trials
from study.protocol import StudyProtocol


@dataclass(frozen=True)
class Planned:
    """One trial as it is planned and as it is stored: what decides which pictures are shown, and how."""

    position: int
    block: str
    practice: bool
    trial_kind: str
    pair: str | None
    left: str
    right: str | None
    exposure_ms: float | None


def cell_names(protocol: StudyProtocol) -> tuple[str, ...]:
    """The cells of a study; one without a name where it has none."""
    return tuple(cell.name for cell in protocol.cells) or ("",)


def lists(protocol: StudyProtocol, pairs: Sequence[StudyPair], *, cell: str) -> int:
    """Counterbalancing lists of a cell."""
    return n_lists(protocol.blocks_of(cell), len(_faces(pairs, practice=False)))


def planned_lists(
    protocol: StudyProtocol, pairs: Sequence[StudyPair], *, cell: str
) -> Iterator[tuple[Planned, ...]]:
    """The trials of every list of a cell."""
    for number in range(lists(protocol, pairs, cell=cell)):
        yield _plan(protocol, pairs, cell=cell, list_number=number, session_seed=protocol.seed)


def planned_session(
    protocol: StudyProtocol, pairs: Sequence[StudyPair], session: Session
) -> tuple[Planned, ...]:
    """The trials of a session, from protocol, list and seed alone."""
    if session.list_number is None or session.seed is None:
        return ()
    return _plan(
        protocol,
        pairs,
        cell=session.cell,
        list_number=session.list_number,
        session_seed=session.seed,
    )


def stored_session(trials: Sequence[Trial]) -> tuple[Planned, ...]:
    """The trials of a session as they are stored; ``trials`` in the order of their positions."""
    return tuple(_as_planned(trial) for trial in trials)


def _plan(
    protocol: StudyProtocol,
    pairs: Sequence[StudyPair],
    *,
    cell: str,
    list_number: int,
    session_seed: int,
) -> tuple[Planned, ...]:
    trials = plan_trials(
        protocol.blocks_of(cell),
        _faces(pairs, practice=False),
        _faces(pairs, practice=True),
        list_number=list_number,
        study_seed=protocol.seed,
        session_seed=session_seed,
    )
    return tuple(_as_planned(trial) for trial in trials)


def _as_planned(t: PlannedTrial | Trial) -> Planned:
    # Plans of main trials only need not say so.
    kind = getattr(t, "trial_kind", "target")
    return Planned(t.position, t.block, t.practice, kind, t.pair, t.left, t.right, t.exposure_ms)


def _faces(pairs: Sequence[StudyPair], *, practice: bool) -> list[PairOfFaces]:
    ordered = sorted(pairs, key=lambda pair: pair.pair)
    return [PairOfFaces(p.pair, p.first, p.second) for p in ordered if p.practice is practice]
