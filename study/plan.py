"""Decide who sees which pair, in which block and order, on which side and for how long. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from study.protocol import Block

LONGEST_RUN = 3


@dataclass(frozen=True)
class PairOfFaces:
    """The two stimuli of a pair: ``first`` is the real face, ``second`` the AI or edited one."""

    pair: str
    first: str
    second: str


@dataclass(frozen=True)
class PlannedTrial:
    """One trial to come. ``exposure_ms`` None is unlimited; positions count from 1 through the session."""

    position: int
    block: str
    block_position: int
    practice: bool
    pair: str
    left: str
    right: str
    exposure_ms: float | None


@dataclass(frozen=True)
class _Slot:
    """What a pair is used for: a block, an exposure, and whether its first face is on the left."""

    block: str
    exposure_ms: float | None
    first_left: bool


def n_lists(blocks: Sequence[Block], n_pairs: int) -> int:
    """Counterbalancing lists of a design: after so many participants every pair has had every slot.

    At most ``n_pairs``; fewer where the order of slots repeats itself.
    """
    slots = _slots(blocks, n_pairs)
    return next(
        size
        for size in range(1, n_pairs + 1)
        if n_pairs % size == 0 and slots == slots[:size] * (n_pairs // size)
    )


def plan_trials(
    blocks: Sequence[Block],
    pairs: Sequence[PairOfFaces],
    practice_pairs: Sequence[PairOfFaces],
    *,
    list_number: int,
    study_seed: int,
    session_seed: int,
) -> tuple[PlannedTrial, ...]:
    """The trials of one session, in order.

    Each main pair is used at most once in a session. List ``k`` (from 0) turns the assignment of pairs to
    (block, exposure, side) by ``k`` places, so that over all lists each pair is equally often in each of
    them. ``study_seed`` fixes which pair stands where in that turn, ``session_seed`` the order within
    blocks: neither the same side nor the same exposure comes more than three times in a row where the
    block's composition allows it.

    Raises ValueError when there are fewer pairs than the blocks ask for. The same arguments give the same
    plan on every machine: order comes from sha256, not from a generator that may change.
    """
    used = _used_pairs(blocks, pairs, list_number=list_number, seed=study_seed)
    practice = _practice_pairs(blocks, practice_pairs, session_seed)
    trials: list[PlannedTrial] = []
    for block in blocks:
        members = (practice if block.practice else used)[block.name]
        for number, (pair, slot) in enumerate(_mixed(members, block.name, session_seed), start=1):
            left, right = (pair.first, pair.second) if slot.first_left else (pair.second, pair.first)
            trials.append(
                PlannedTrial(
                    position=len(trials) + 1,
                    block=block.name,
                    block_position=number,
                    practice=block.practice,
                    pair=pair.pair,
                    left=left,
                    right=right,
                    exposure_ms=slot.exposure_ms,
                )
            )
    return tuple(trials)


def _used_pairs(
    blocks: Sequence[Block], pairs: Sequence[PairOfFaces], *, list_number: int, seed: int
) -> dict[str, list[tuple[PairOfFaces, _Slot]]]:
    slots = _slots(blocks, len(pairs))
    ring = sorted(pairs, key=lambda pair: _rank(seed, "ring", pair.pair))
    used: dict[str, list[tuple[PairOfFaces, _Slot]]] = {block.name: [] for block in blocks}
    for index, pair in enumerate(ring):
        slot = slots[(index + list_number) % len(slots)]
        if slot is not None:
            used[slot.block].append((pair, slot))
    return used


def _slots(blocks: Sequence[Block], n_pairs: int) -> list[_Slot | None]:
    """One slot for each pair, blocks spread evenly; None where a session leaves a pair out."""
    main = [block for block in blocks if not block.practice]
    needed = sum(block.pairs for block in main)
    if needed > n_pairs:
        raise ValueError(
            f"the blocks use {needed} pairs, the stimulus set has {n_pairs}; "
            "lower pairs in the blocks or add pairs to the set"
        )
    placed: list[tuple[float, int, _Slot | None]] = []
    for rank, block in enumerate(main):
        uses = _uses(block)
        placed += [((k + 0.5) / block.pairs, rank, uses[k % len(uses)]) for k in range(block.pairs)]
    left_out = n_pairs - needed
    placed += [((k + 0.5) / left_out, len(main), None) for k in range(left_out)]
    return [slot for _, _, slot in sorted(placed, key=lambda entry: entry[:2])]


def _uses(block: Block) -> list[_Slot]:
    # Sides alternate fastest: a block with fewer pairs than uses still shows both sides equally often.
    return [
        _Slot(block.name, exposure, first_left)
        for exposure in block.planned_exposures
        for first_left in (True, False)
    ]


def _practice_pairs(
    blocks: Sequence[Block], pairs: Sequence[PairOfFaces], seed: int
) -> dict[str, list[tuple[PairOfFaces, _Slot]]]:
    remaining = sorted(pairs, key=lambda pair: _rank(seed, "practice", pair.pair))
    planned: dict[str, list[tuple[PairOfFaces, _Slot]]] = {}
    for block in (block for block in blocks if block.practice):
        if block.pairs > len(remaining):
            raise ValueError(
                f"block {block.name} uses {block.pairs} practice pairs, {len(remaining)} are left; "
                "lower its pairs or mark more pairs as practice in pairs.csv"
            )
        taken, remaining = remaining[: block.pairs], remaining[block.pairs :]
        uses = sorted(_uses(block), key=lambda slot: _rank(seed, block.name, repr(slot)))
        planned[block.name] = [(pair, uses[k % len(uses)]) for k, pair in enumerate(taken)]
    return planned


def _mixed(
    members: list[tuple[PairOfFaces, _Slot]], block: str, seed: int
) -> list[tuple[PairOfFaces, _Slot]]:
    best: list[tuple[PairOfFaces, _Slot]] = members
    fewest = None
    for attempt in range(200):
        order = sorted(members, key=lambda m: _rank(seed, f"order:{block}:{attempt}", m[0].pair))
        excess = _excess_runs([m[1].first_left for m in order])
        if len({m[1].exposure_ms for m in members}) > 1:
            excess += _excess_runs([m[1].exposure_ms for m in order])
        if fewest is None or excess < fewest:
            best, fewest = order, excess
        if excess == 0:
            break
    return best


def _excess_runs(values: Sequence[object]) -> int:
    """How many values stand at the fourth or a later place of a run of equals."""
    excess = run = 0
    for before, value in zip([object(), *values], values, strict=False):
        run = run + 1 if before == value else 1
        excess += run > LONGEST_RUN
    return excess


def _rank(seed: int, purpose: str, item: str) -> bytes:
    return hashlib.sha256(f"{seed}:{purpose}:{item}".encode()).digest()
