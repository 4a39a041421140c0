"""The plan of a study, list by list, as the checks count it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from study.models import StudyPair
from study.plan import Design, PairOfFaces, n_lists, plan_trials
from study.protocol import StudyProtocol


@dataclass(frozen=True)
class Planned:
    """One trial as it is planned: what decides which pictures are shown, and how."""

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


def planned_lists(
    protocol: StudyProtocol, pairs: Sequence[StudyPair], *, cell: str
) -> Iterator[tuple[Planned, ...]]:
    """The trials of every list of a cell; ValueError when they cannot be planned."""
    main, labels = _faces(pairs, practice=False), protocol.labels_of(cell)
    blocks = protocol.blocks_of(cell)
    design = Design(
        blocks=blocks,
        pairs=main,
        practice_pairs=_faces(pairs, practice=True),
        labels=labels,
        seed=protocol.seed,
        stream=f"live:{cell}",
    )
    for number in range(n_lists(blocks, len(main), random_labels=labels == "random")):
        yield tuple(
            Planned(t.position, t.block, t.practice, t.trial_kind, t.pair, t.left, t.right, t.exposure_ms)
            for t in plan_trials(design, number=number, seed=protocol.seed)
        )


def _faces(pairs: Sequence[StudyPair], *, practice: bool) -> tuple[PairOfFaces, ...]:
    ordered = sorted(pairs, key=lambda pair: pair.pair)
    return tuple(PairOfFaces(p.pair, p.first, p.second) for p in ordered if p.practice is practice)
