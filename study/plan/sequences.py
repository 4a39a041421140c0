"""The trials of a block at each place, and their orders, one person after another."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from study.plan.design import Design, PairOfFaces, drawn
from study.plan.order import Composition, Entry, Positions, composition, ordered
from study.plan.slots import Slot, n_turns, slots_of_turn, uses
from study.protocol import Block

# So many people one after another balance each other's positions; then counting starts anew, so that the
# plan of any place can be had within a second. Unusually long blocks count over fewer.
CYCLE = 300
_LONG_BLOCK = 120
_CYCLES_KEPT = 16


def cycle_of(block: Block) -> int:
    """How many people one after another balance each other's positions in a block."""
    return max(1, min(CYCLE, CYCLE * _LONG_BLOCK**2 // block.n_trials**2))


@dataclass(frozen=True)
class UnorderedTrial:
    """A trial without a position: its use, its pairs (two of a filler), the trial it repeats."""

    slot: Slot
    pairs: tuple[PairOfFaces, ...]
    first_left: bool
    repeats: int | None = None


@dataclass(frozen=True)
class _Seat:
    """A trial without its pairs: the slots of the ring that they come from."""

    slot: Slot
    on_ring: tuple[int, ...]
    first_left: bool
    repeats: int | None = None

    @property
    def kind(self) -> str:
        return self.slot.kind if self.repeats is None else "repeat"


class BlockPlanner:
    """One block of a design. Orders once found are kept: each rests on all before it in its cycle."""

    def __init__(self, design: Design, block: Block) -> None:
        self.block = block
        self._noise = f"{design.seed}:{design.stream}:{block.name}"
        self._together = tuple(one for one in design.blocks if one.practice is block.practice)
        self._random_labels = design.labels == "random"
        self._turns = n_turns(self._together, random_labels=self._random_labels)
        pairs = design.practice_pairs if block.practice else design.pairs
        purpose = "practice" if block.practice else "ring"
        self._ring = sorted(pairs, key=lambda pair: drawn(design.seed, purpose, pair.pair))
        self._seats: dict[int, tuple[list[_Seat], Composition]] = {}
        self._cycles: dict[int, tuple[Positions, list[list[int]]]] = {}
        self._lock = threading.Lock()

    def trials(self, number: int) -> list[UnorderedTrial]:
        """The trials at the ``number``-th place: targets, fillers, checks, then repeats."""
        seats, _ = self._at(number)
        return [
            UnorderedTrial(
                seat.slot,
                tuple(self._ring[(index - number) % len(self._ring)] for index in seat.on_ring),
                seat.first_left,
                seat.repeats,
            )
            for seat in seats
        ]

    def order(self, number: int) -> list[int]:
        """Indices of these trials in the order in which they come."""
        cycle, place = divmod(number, cycle_of(self.block))
        with self._lock:
            if cycle not in self._cycles and len(self._cycles) >= _CYCLES_KEPT:
                del self._cycles[next(iter(self._cycles))]
            positions, orders = self._cycles.setdefault(cycle, (self._no_positions(), []))
            while len(orders) <= place:
                before = cycle * cycle_of(self.block) + len(orders)
                orders.append(self._next_order(before, positions))
            return orders[place]

    def _next_order(self, number: int, positions: Positions) -> list[int]:
        seats, block = self._at(number)
        pairs = np.array(
            [(seat.on_ring[0] - number) % len(self._ring) if seat.kind == "target" else -1 for seat in seats],
            dtype=np.intp,
        )
        found: list[int] = ordered(block, pairs, positions, noise=f"{self._noise}:{number}").tolist()
        return found

    def _no_positions(self) -> Positions:
        return Positions(len(self._ring), len(self._all_uses), self.block.n_trials)

    @property
    def _all_uses(self) -> list[tuple[str, object]]:
        of_block = uses(self.block, random_labels=self._random_labels)
        return [(kind, use) for kind in ("target", "filler", "check", "repeat") for use in of_block]

    def _at(self, number: int) -> tuple[list[_Seat], Composition]:
        turn = number // max(len(self._ring), 1) % self._turns
        if turn not in self._seats:
            seats = self._seats_of(turn)
            entries = [self._entry(seat) for seat in seats]
            self._seats[turn] = (seats, composition(entries, self._all_uses))
        return self._seats[turn]

    def _seats_of(self, turn: int) -> list[_Seat]:
        slots = slots_of_turn(self._together, len(self._ring), turn, random_labels=self._random_labels)
        mine = [
            (index, slot)
            for index, slot in enumerate(slots)
            if slot is not None and slot.block == self.block.name
        ]
        seats = [_Seat(slot, (index,), slot.use.first) for index, slot in mine if slot.kind == "target"]
        fillers: dict[int, list[tuple[int, Slot]]] = {}
        for index, slot in mine:
            if slot.kind == "filler":
                fillers.setdefault(slot.filler, []).append((index, slot))
        seats += [
            _Seat(slot, (one, other), slot.use.first)
            for _, ((one, slot), (other, _)) in sorted(fillers.items())
        ]
        seats += [_Seat(slot, (index,), slot.use.first) for index, slot in mine if slot.kind == "check"]
        return seats + [self._repeat(index, seat) for index, seat in enumerate(seats) if seat.slot.repeated]

    def _repeat(self, index: int, seat: _Seat) -> _Seat:
        swapped = self.block.layout == "pair" and self.block.repeat_side == "swapped"
        return _Seat(seat.slot, seat.on_ring, seat.first_left is not swapped, repeats=index)

    def _entry(self, seat: _Seat) -> Entry:
        # A filler has no side on which the real face is.
        side = None if seat.kind == "filler" else seat.first_left
        return Entry((seat.kind, seat.slot.use), (side, seat.slot.use.exposure_ms), seat.repeats)
