"""A face more even, or more uneven, than it is."""

from __future__ import annotations

import cv2
import numpy as np

from stimuli.degrade.defect import Defect
from stimuli.degrade.mirror import flow, mirror_difference, mirrored
from stimuli.degrade.portrait import Portrait, blurred
from stimuli.degrade.warp import eyes_pulled, pulled
from stimuli.eyes import Eyes
from stimuli.face_region import face_mask
from stimuli.picture import Pixels


def _symmetrise(portrait: Portrait, dose: float) -> Pixels:
    """Move shape and shading of the face half way (at dose 1) towards its mirror image.

    Dense optical flow finds which points of the mirror image correspond, so that eyes, nose and
    mouth meet and are not shown twice. The finest detail stays the picture's own: mixing two
    skins would smooth both. Meant for heads that face the camera: a turned head has parts
    without a counterpart, and those show as faint doubles at the jaw.
    """
    mirror, forth, back = portrait.once(_counterparts)
    region = face_mask(portrait.pixels.shape, portrait.eyes, feather=0.15) * portrait.head
    weight = (dose / 2 * portrait.blurred(region, 0.06))[:, :, None]
    # Both pictures are pulled to the same place between them, then mixed.
    own = pulled(portrait.pixels, -weight * forth)
    other = pulled(mirror, -(1 - weight) * back, interpolation=cv2.INTER_LINEAR)
    fine = 0.012 * portrait.eyes.distance_px
    edited: Pixels = own + weight * (blurred(other, fine) - blurred(own, fine))
    return edited


def _counterparts(portrait: Portrait) -> tuple[Pixels, Pixels, Pixels]:
    """The mirror image, and the steps from the picture to it and back."""
    mirror = mirrored(portrait.pixels, portrait.eyes)
    return mirror, flow(portrait.pixels, mirror), flow(mirror, portrait.pixels)


# Bumps by which one half of the face moves: place (across, down), reach, step (across, down), all
# in eye distances, at dose 1. An eye with its brow and the corner of the mouth sink, the tip of
# the nose and the jaw give way to the side.
_BUMPS = (
    ((0.50, -0.10), 0.36, (0.00, 0.095)),
    ((0.42, 1.12), 0.28, (0.025, 0.105)),
    ((0.02, 0.68), 0.26, (0.060, 0.00)),
    ((0.85, 1.25), 0.36, (0.070, 0.025)),
)


def _uneven_step(portrait: Portrait, dose: float, side: int) -> Pixels:
    across, down = portrait.coordinates
    move_across, move_down = np.zeros_like(across), np.zeros_like(down)
    for (x, y), reach, (dx, dy) in _BUMPS:
        bump = np.exp(-((across - side * x) ** 2 + (down - y) ** 2) / (2 * reach**2))
        move_across += side * dx * bump
        move_down += dy * bump
    along = (np.array(portrait.eyes.right) - np.array(portrait.eyes.left)) * dose
    x = move_across * along[0] - move_down * along[1]
    y = move_across * along[1] + move_down * along[0]
    return np.dstack([-x, -y]).astype(np.float32)


def _weaker_side(portrait: Portrait) -> int:
    """The half of the face (-1 left, 1 right) whose sinking adds to the unevenness there is."""

    def unevenness(side: int) -> float:
        return mirror_difference(pulled(portrait.pixels, _uneven_step(portrait, 0.25, side)), portrait)

    return max((1, -1), key=unevenness)


def _unsettle(portrait: Portrait, dose: float) -> Pixels:
    """Let one half of the face sink and give way, smoothly and further than it does by nature."""
    return pulled(portrait.pixels, _uneven_step(portrait, dose, portrait.once(_weaker_side)))


def _unsettled_eyes(portrait: Portrait, dose: float) -> Eyes:
    return eyes_pulled(portrait.eyes, _uneven_step(portrait, dose, portrait.once(_weaker_side)))


_MEASURED = "face less its mirror image"
SYMMETRY = Defect("symmetry", _MEASURED, "percent", -1, _symmetrise, mirror_difference)
ASYMMETRY = Defect("asymmetry", _MEASURED, "percent", 1, _unsettle, mirror_difference, _unsettled_eyes)
