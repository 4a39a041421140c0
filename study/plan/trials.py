"""The trials of one session, from the design and the place its participant has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from study.plan.design import Design, PlannedTrial, drawn
from study.plan.labels import labels_of
from study.protocol import Block

if TYPE_CHECKING:
    from study.plan.sequences import UnorderedTrial


def plan_trials(design: Design, *, number: int, seed: int) -> tuple[PlannedTrial, ...]:
    """The trials of the ``number``-th place (from 0) of a design, in order.

    The place has list ``number`` modulo the number of lists: the ring of pairs is turned by so many slots.
    ``seed`` is the session's own and draws what is drawn for it alone. The same arguments give the same
    plan on every machine, whoever came before: chance is sha256 and SHAKE, all reckoning is in whole
    numbers. Raises ValueError when there are fewer pairs than the blocks ask for.
    """
    return _planner(design).plan(number, seed)


@lru_cache(maxsize=32)
def _planner(design: Design) -> _Planner:
    return _Planner(design)


class _Planner:
    """Plans of one design, block by block."""

    def __init__(self, design: Design) -> None:
        # A server takes answers before it has to plan, and what it needs for planning is slow to load.
        from study.plan.sequences import BlockPlanner

        self._design = design
        self._blocks = [BlockPlanner(design, block) for block in design.blocks]

    def plan(self, number: int, seed: int) -> tuple[PlannedTrial, ...]:
        planned: list[PlannedTrial] = []
        for planner in self._blocks:
            trials, order = planner.trials(number), planner.order(number)
            position = {index: len(planned) + place for place, index in enumerate(order, start=1)}
            for place, index in enumerate(order, start=1):
                trial = trials[index]
                repeat_of = None if trial.repeats is None else position[trial.repeats]
                where = (position[index], place, repeat_of)
                planned.append(_planned(self._design, planner.block, trial, where, seed))
        return tuple(planned)


def _planned(
    design: Design, block: Block, trial: UnorderedTrial, where: tuple[int, int, int | None], seed: int
) -> PlannedTrial:
    slot, single = trial.slot, block.layout == "single"
    position, place, repeat_of = where
    first_left = trial.first_left
    left, right = _faces(block, trial, first_left)
    left_label, right_label = labels_of(slot, design.labels, first_left=first_left, single=single)
    return PlannedTrial(
        position=position,
        block=block.name,
        block_position=place,
        practice=block.practice,
        trial_kind="repeat" if repeat_of is not None else slot.kind,
        layout=block.layout,
        repeat_of=repeat_of,
        pair=None if slot.kind == "filler" else trial.pairs[0].pair,
        left=left,
        right=right,
        exposure_ms=slot.use.exposure_ms,
        left_label=left_label,
        right_label=right_label,
        asked_answer=_asked_answer(block, trial, position, seed),
    )


def _faces(block: Block, trial: UnorderedTrial, first_left: bool) -> tuple[str, str | None]:
    if trial.slot.kind == "filler":
        one, other = trial.pairs
        real = trial.slot.use.first
        return (one.first, other.first) if real else (one.second, other.second)
    pair = trial.pairs[0]
    if block.layout == "single":
        return (pair.first if first_left else pair.second), None
    return (pair.first, pair.second) if first_left else (pair.second, pair.first)


def _asked_answer(block: Block, trial: UnorderedTrial, position: int, seed: int) -> str | None:
    if trial.slot.kind != "check":
        return None
    answers = next(question.answers for question in block.questions if question.answers)
    return answers[drawn(seed, "check", str(position)) % len(answers)]
