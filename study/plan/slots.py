"""Which pair is used for what in which counterbalancing list: slots on a ring that turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Literal

from study.protocol import Block


@dataclass(frozen=True)
class Use:
    """How a trial looks: its exposure and two things that are so in half of all trials.

    ``first`` says, of two faces, that the real one is on the left; of a single face, that it is the real
    one; of a filler, that both its faces are real. ``fits`` says of random labels whether they are right
    (of a filler, whose labels can not be, whether the left one says real); None without random labels.
    """

    exposure_ms: float | None
    first: bool
    fits: bool | None


@dataclass(frozen=True)
class Slot:
    """What a pair is used for in a session. A filler takes two pairs: ``filler`` says which one, from 0."""

    block: str
    kind: Literal["target", "filler", "check"]
    use: Use
    repeated: bool = False
    filler: int = 0


def n_lists(blocks: Sequence[Block], n_pairs: int, *, random_labels: bool = False) -> int:
    """Counterbalancing lists of a design: after so many people every pair has been in every slot.

    ``n_pairs`` for each turn of the ring, fewer where one turn is enough and its slots repeat themselves.
    Raises ValueError when the blocks cannot be planned with so many pairs.
    """
    main = tuple(block for block in blocks if not block.practice)
    turns = n_turns(main, random_labels=random_labels)
    slots = slots_of_turn(main, n_pairs, 0, random_labels=random_labels)
    if turns > 1:
        return n_pairs * turns
    return next(
        size
        for size in range(1, max(n_pairs, 1) + 1)
        if n_pairs % size == 0 and slots == slots[:size] * (n_pairs // size)
    )


def n_turns(blocks: Sequence[Block], *, random_labels: bool) -> int:
    """Turns of the ring until every pair has had every use of every block equally often."""
    turns = [1]
    for block in blocks:
        n_uses = len(uses(block, random_labels=random_labels))
        counts = [n for n in (block.pairs, block.fillers, block.checks, block.repeats) if n]
        turns += [n_uses // gcd(n_uses, n) for n in counts]
    return lcm(*turns)


def uses(block: Block, *, random_labels: bool) -> tuple[Use, ...]:
    """Every use of a block, in an order of which any stretch is balanced.

    Sides alternate, and exposures follow one another: in a stretch of any length the two sides of an
    exposure differ by one trial at most, right and wrong labels by two. With an even number of exposures the
    second half goes backwards, else sides would not alternate.
    """
    exposures = block.planned_exposures
    even = len(exposures) % 2 == 0
    again = exposures[::-1] if even else exposures
    plain = [(exposure, k % 2 == 0) for k, exposure in enumerate((*exposures, *again))]
    if not random_labels:
        return tuple(Use(exposure, first, None) for exposure, first in plain)
    return tuple(
        Use(exposure, first, ((k + even) // 2 % 2 == 0) is right)
        for right in (True, False)
        for k, (exposure, first) in enumerate(plain)
    )


@lru_cache(maxsize=1024)
def slots_of_turn(
    blocks: tuple[Block, ...], n_pairs: int, turn: int, *, random_labels: bool
) -> tuple[Slot | None, ...]:
    """One slot for each pair, blocks spread evenly; None where a session leaves a pair out.

    A block whose pairs are no multiple of its uses goes on in the next turn where it stopped in this one.
    """
    placed: list[tuple[Fraction, int, Slot | None]] = []
    rank = 0
    for block in blocks:
        for group in _groups(block, turn, random_labels=random_labels):
            placed += [(Fraction(2 * k + 1, len(group)), rank, slot) for k, slot in enumerate(group)]
            rank += 1
    left_out = n_pairs - len(placed)
    if left_out < 0:
        raise ValueError(
            f"the blocks use {len(placed)} pairs, the stimulus set has {n_pairs}; "
            "lower pairs in the blocks or add pairs to the set"
        )
    placed += [(Fraction(2 * k + 1, left_out), rank, None) for k in range(left_out)]
    return tuple(slot for _, _, slot in sorted(placed, key=lambda entry: entry[:2]))


def _groups(block: Block, turn: int, *, random_labels: bool) -> Iterator[list[Slot]]:
    _refuse_impossible(block)
    of_block = uses(block, random_labels=random_labels)

    def use(count: int, k: int) -> Use:
        return of_block[(turn * count + k) % len(of_block)]

    repeated = {(turn * block.repeats + k) % block.pairs for k in range(block.repeats)}
    yield [
        Slot(block.name, "target", use(block.pairs, k), repeated=k in repeated) for k in range(block.pairs)
    ]
    yield [
        Slot(block.name, "filler", use(block.fillers, k // 2), filler=k // 2)
        for k in range(2 * block.fillers)
    ]
    yield [Slot(block.name, "check", use(block.checks, k)) for k in range(block.checks)]


def _refuse_impossible(block: Block) -> None:
    if block.repeats > block.pairs:
        raise ValueError(
            f"block {block.name}: expected at most as many repeats as pairs ({block.pairs}), "
            f"found {block.repeats}; lower repeats"
        )
    if block.layout == "single" and block.fillers:
        raise ValueError(
            f"block {block.name}: expected no fillers with single faces, found {block.fillers}; "
            "a single face says nothing of another, leave fillers out"
        )
    if block.checks and not any(question.answers for question in block.questions):
        raise ValueError(
            f"block {block.name}: expected a question whose answer a check can name, found none; "
            "add a scale, side or origin question or leave checks out"
        )
