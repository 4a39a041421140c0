"""Light on the head that does not come from where the rest of the picture is lit."""

from __future__ import annotations

import numpy as np

from stimuli.degrade.defect import Defect
from stimuli.degrade.portrait import Portrait, grey_levels, weighted_mean
from stimuli.face_region import smooth_step
from stimuli.picture import Pixels


def _relight(portrait: Portrait, dose: float) -> Pixels:
    """Light the head from the right of the picture while everything behind it stays as it was.

    The head is taken for an ellipsoid with a matt surface; its shading is multiplied onto the
    picture and ends at the outline of the head.
    """
    across, down = portrait.coordinates
    x = across / 1.25
    y = (down - 0.3) / 1.95
    depth = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    shade = x * 0.92 - y * 0.30 + depth * 0.25 - 0.15
    radius = np.sqrt(x**2 + y**2)
    on_head = smooth_step((1.25 - radius) / 0.45) * portrait.head
    gain = np.exp(dose * shade * on_head)[:, :, None]
    # In linear light, and rolled off near white, so that the lit cheek does not burn out.
    before = (portrait.pixels / 255) ** 2.2
    linear = before * gain
    rolled = np.where(linear > 0.7, 0.7 + 0.3 * np.tanh((linear - 0.7) / 0.3), linear)
    kept = np.where(gain > 1, np.maximum(rolled, before), linear)
    relit: Pixels = 255 * kept ** (1 / 2.2)
    return relit


def light_from_the_right(pixels: Pixels, portrait: Portrait) -> float:
    """How much brighter the right half of the face is than the left, in grey levels."""
    grey = grey_levels(pixels)
    across, _ = portrait.coordinates
    return weighted_mean(grey, portrait.face * (across > 0)) - weighted_mean(
        grey, portrait.face * (across < 0)
    )


LIGHTING = Defect(
    "lighting", "right half of the face less the left", "grey levels", 1, _relight, light_from_the_right
)
