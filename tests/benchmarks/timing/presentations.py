"""From changes of pixels to presentations: which pictures, from when to when, for how many frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.timing.colour_codes import Rgb, is_coloured, picture_number
from tests.benchmarks.timing.screen import Change
from tests.benchmarks.timing.ticks import TickGrid

# Changes this close are one frame that was seen while it was being copied to the screen.
SAME_FRAME_S = 0.003
MASK_WITHIN_S = 0.5
SURROUND: Rgb = (128, 128, 128)
SURROUND_TOLERANCE = 6


@dataclass(frozen=True)
class Shown:
    """One picture on one side. ``whole_s`` is when its lower patch had come too."""

    picture: int | None
    onset_s: float
    whole_s: float
    offset_s: float
    error_s: float


@dataclass(frozen=True)
class Seen:
    """One presentation, times in s on CLOCK_MONOTONIC.

    ``left`` and ``right`` are picture numbers; None: nothing there, or a colour that is no code.
    ``frames`` counts ticks between onset and offset, each moved to the next tick; ``raw_frames`` rounds
    the duration. ``together``: every picture whole, and both on and off in the same frame. ``mask_s``:
    when something neither coloured nor of the surround's grey came, from the offset to half a second
    after it. ``error_s``: half the distance between the polls around the worst edge.
    """

    left: int | None
    right: int | None
    onset_s: float
    offset_s: float
    frames: int
    raw_frames: int
    together: bool
    mask_s: float | None
    mask_with_offset: bool | None
    error_s: float

    @property
    def shown_s(self) -> float:
        return self.offset_s - self.onset_s

    def exact(self, planned_frames: int | None) -> bool:
        """Whether every picture stood for exactly the planned frames, all together."""
        return self.together and self.frames == planned_frames


def presentations(changes: Sequence[Change], grid: TickGrid) -> list[Seen]:
    """All complete presentations in the changes of four pixels (two for a single picture).

    The pixels are upper and lower patch of the left picture, then of the right one.
    """
    n_points = len(changes[0].colours) if changes else 0
    sides = [list(_shown(changes, slice(at, at + 2))) for at in range(0, n_points, 2)]
    seen = []
    groups = list(_grouped(sides))
    for number, group in enumerate(groups):
        until = _onset(groups[number + 1]) if number + 1 < len(groups) else float("inf")
        seen.append(_seen(group, grid, _mask_s(changes, _offset(group), until)))
    return seen


def _shown(changes: Sequence[Change], points: slice) -> Iterator[Shown]:
    """Pictures at one side. Onset and offset are both those of whichever patch changes first."""
    onset: Change | None = None
    whole: Change | None = None
    code: int | None = None
    # The first state may be the middle of a presentation whose onset was not seen.
    for change in changes[1:]:
        upper, lower = change.colours[points]
        n_coloured = is_coloured(upper) + is_coloured(lower)
        found = picture_number(upper, lower) if n_coloured == 2 else None
        if whole and onset and (n_coloured < 2 or found != code):
            error = max(change.after_s - change.before_s, onset.after_s - onset.before_s) / 2
            yield Shown(code, onset.at_s, whole.at_s, change.at_s, error)
            onset = whole = None
            # What is still coloured is the rest of a picture that is going.
            if n_coloured < 2:
                continue
        if n_coloured and onset is None:
            onset = change
        if n_coloured == 2 and onset and whole is None:
            whole, code = change, found
        if n_coloured == 0:
            onset = whole = None


Group = tuple[Shown | None, ...]


def _grouped(sides: Sequence[Sequence[Shown]]) -> Iterator[Group]:
    """Pictures of both sides that overlap in time; None where a side stayed empty."""
    waiting = [list(side) for side in sides]
    while any(waiting):
        first = min((side[0] for side in waiting if side), key=lambda shown: shown.onset_s)
        yield tuple(side.pop(0) if side and side[0].onset_s < first.offset_s else None for side in waiting)


def _present(group: Group) -> list[Shown]:
    return [shown for shown in group if shown]


def _onset(group: Group) -> float:
    return min(shown.onset_s for shown in _present(group))


def _offset(group: Group) -> float:
    return max(shown.offset_s for shown in _present(group))


def _seen(group: Group, grid: TickGrid, mask_s: float | None) -> Seen:
    shown = _present(group)
    onset, offset = _onset(group), _offset(group)
    edges = ([one.onset_s for one in shown], [one.whole_s for one in shown], [one.offset_s for one in shown])
    begun = [*edges[0], *edges[1]]
    together = len(shown) == len(group) and _same_frame(begun, grid) and _same_frame(edges[2], grid)
    return Seen(
        left=group[0].picture if group[0] else None,
        right=group[1].picture if len(group) > 1 and group[1] else None,
        onset_s=onset,
        offset_s=offset,
        frames=grid.tick(offset) - grid.tick(onset),
        raw_frames=grid.raw_frames(offset - onset),
        together=together,
        mask_s=mask_s,
        mask_with_offset=None if mask_s is None else _same_frame([offset, mask_s], grid),
        error_s=max(one.error_s for one in shown),
    )


def _same_frame(times_s: Iterable[float], grid: TickGrid) -> bool:
    times = list(times_s)
    return max(times) - min(times) < SAME_FRAME_S or len({grid.tick(at) for at in times}) == 1


def _mask_s(changes: Sequence[Change], offset_s: float, until_s: float) -> float | None:
    until_s = min(until_s, offset_s + MASK_WITHIN_S)
    for change in changes:
        if offset_s - SAME_FRAME_S < change.at_s < until_s and any(map(_is_mask, change.colours)):
            return max(change.at_s, offset_s)
    return None


def _is_mask(rgb: Rgb) -> bool:
    apart = max(abs(value - grey) for value, grey in zip(rgb, SURROUND, strict=True))
    return not is_coloured(rgb) and apart > SURROUND_TOLERANCE
