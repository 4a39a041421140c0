"""Depth of field that fits no lens: the face sharp, ears, hair, neck and clothes not."""

from __future__ import annotations

import math

import numpy as np

from stimuli.degrade.defect import Defect
from stimuli.degrade.portrait import Portrait, blurred, grey_levels, weighted_mean
from stimuli.face_region import face_mask
from stimuli.picture import Pixels

_MOST_BLUR = 0.042  # standard deviation at dose 1, in eye distances
_STEPS = 4


def _around(portrait: Portrait) -> Pixels:
    return 1 - face_mask(portrait.pixels.shape, portrait.eyes, feather=0.3)


def _defocus(portrait: Portrait, dose: float) -> Pixels:
    """Blur everything but the oval of the face, however near or far it is."""
    levels = [portrait.pixels]
    for step in range(1, _STEPS + 1):
        sigma = dose * _MOST_BLUR * portrait.eyes.distance_px * step / _STEPS
        levels.append(blurred(portrait.pixels, sigma) if sigma > 0.05 else portrait.pixels)
    place = _around(portrait)[:, :, None] * _STEPS
    edited = levels[0]
    for step in range(1, _STEPS + 1):
        edited = edited + np.clip(place - step + 1, 0, 1) * (levels[step] - levels[step - 1])
    return edited


def sharpness_gap(pixels: Pixels, portrait: Portrait) -> float:
    """How many times finer detail is on eyes, brows and mouth than around the face, in octaves (log2).

    Detail: mean difference between the picture and itself blurred by 1.5 % of the eye distance.
    """
    grey = grey_levels(pixels)
    fine = np.abs(grey - portrait.blurred(grey, 0.015))
    across, down = portrait.coordinates
    features = (np.abs(across) < 0.85) & ((np.abs(down + 0.1) < 0.28) | (np.abs(down - 1.12) < 0.2))
    near = (_around(portrait) > 0.99) & (np.hypot(across / 1.7, (down - 0.4) / 2.2) < 1)
    inside, outside = weighted_mean(fine, features), weighted_mean(fine, near)
    return math.log2((inside + 0.05) / (outside + 0.05))


FOCUS = Defect("focus", "detail on the face against around it", "octaves", 1, _defocus, sharpness_gap)
