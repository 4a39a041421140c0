"""How many faces a picture shows."""

from __future__ import annotations

from stimuli.faces import find_faces
from stimuli.picture import Pixels

# Beside the main face, smaller ones are people in a poster or on a lapel pin, not a second sitter.
_SECOND_SHARE = 0.4


def count_faces(pixels: Pixels) -> int:
    """Faces that are at least 0.4 as wide as the largest one."""
    widths = [face.width_px for face in find_faces(pixels)]
    return sum(width >= _SECOND_SHARE * max(widths) for width in widths)
