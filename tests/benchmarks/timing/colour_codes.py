"""Numbers as pairs of colours, so that a screen's pixels say which test picture they belong to.

Each test picture carries two patches of one flat colour, the upper and the lower. Masks, surround and the
rest of the pictures are grey: a coloured pixel means that a picture is there.
"""

from __future__ import annotations

from itertools import product

Rgb = tuple[int, int, int]

LEVELS = (24, 96, 168, 240)
# Between neighbouring levels lie 72; JPEG, scaling and colour management move a flat patch by a few.
TOLERANCE = 30
COLOURS: tuple[Rgb, ...] = tuple(rgb for rgb in product(LEVELS, repeat=3) if len(set(rgb)) > 1)
MOST = len(COLOURS) ** 2


def patch_colours(number: int) -> tuple[Rgb, Rgb]:
    """Upper and lower colour of picture ``number``, from 0; neighbours differ in both."""
    if not 0 <= number < MOST:
        raise ValueError(f"picture numbers go from 0 to {MOST - 1}, found {number}")
    upper = number % len(COLOURS)
    return COLOURS[upper], COLOURS[(upper + number // len(COLOURS) + 1) % len(COLOURS)]


def is_coloured(rgb: Rgb) -> bool:
    """Whether a pixel belongs to a patch rather than to anything grey."""
    return max(rgb) - min(rgb) > LEVELS[1] - LEVELS[0] - TOLERANCE


def picture_number(upper: Rgb, lower: Rgb) -> int | None:
    """Which picture two pixels belong to; None when their colours are no code."""
    first, second = _colour_index(upper), _colour_index(lower)
    if first is None or second is None:
        return None
    return first + len(COLOURS) * ((second - first - 1) % len(COLOURS))


def _colour_index(rgb: Rgb) -> int | None:
    nearest = tuple(min(LEVELS, key=lambda level: abs(level - value)) for value in rgb)
    if any(abs(level - value) > TOLERANCE for level, value in zip(nearest, rgb, strict=True)):
        return None
    return COLOURS.index(nearest) if nearest in COLOURS else None  # type: ignore[arg-type]
