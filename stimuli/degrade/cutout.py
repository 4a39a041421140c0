"""A person cut out badly and pasted in: a hard outline with a fringe, no stray hair."""

from __future__ import annotations

import math

import cv2
import numpy as np

from stimuli.degrade.defect import Defect
from stimuli.degrade.outline import filled
from stimuli.degrade.portrait import Portrait, grey_levels, weighted_mean
from stimuli.face_region import smooth_step
from stimuli.picture import Pixels

_FRINGE = 0.035  # width beside the outline, in eye distances
_LIFT = 60.0  # grey levels by which the fringe departs from the background


def _outside(portrait: Portrait) -> Pixels:
    """How far each pixel lies outside the smoothed outline, in eye distances; negative inside."""
    inside = portrait.blurred(portrait.outline.matte, 0.03) > 0.5
    out, within = (cv2.distanceTransform(part.astype(np.uint8), cv2.DIST_L2, 5) for part in (~inside, inside))
    return (out - within) / portrait.eyes.distance_px


def _cut_out(portrait: Portrait, dose: float) -> Pixels:
    """Draw a fringe along the outline and clear away the hair that reaches beyond it."""
    matte, wall = portrait.outline.matte[:, :, None], portrait.outline.wall
    outside = portrait.once(_outside)[:, :, None]
    edge = 1.2 / portrait.eyes.distance_px  # pixels over which the cut is anti-aliased
    beyond = smooth_step((outside - _FRINGE) / edge + 0.5)
    fringe = (1 - beyond) * smooth_step(outside / edge + 0.5) * (1 - matte)
    cleared = beyond * smooth_step(matte / 0.04) * (wall - portrait.pixels)
    edited: Pixels = portrait.pixels + dose * (cleared + fringe * _lift(portrait))
    return edited


def _lift(portrait: Portrait) -> float:
    """A light fringe before dark walls, a dark one before light walls."""
    level = weighted_mean(grey_levels(portrait.outline.wall), 1 - portrait.outline.matte)
    return _LIFT if level < 165 else -_LIFT


def fringe_contrast(pixels: Pixels, portrait: Portrait) -> float:
    """How much the background right at the outline departs from just beyond, in grey levels.

    Counted in the direction of the fringe: lighter before dark walls, darker before light ones.
    """
    grey = grey_levels(pixels)
    outside = portrait.once(_outside)
    beyond = ((outside > 1.15 * _FRINGE) & (outside < 2.5 * _FRINGE)).astype(np.float32)
    expected = filled(grey[:, :, None] * np.ones(3, np.float32), beyond)[:, :, 0]
    at = ((outside > 0.3 * _FRINGE) & (outside < 0.85 * _FRINGE)) * (1 - portrait.outline.matte)
    return math.copysign(1, _lift(portrait)) * weighted_mean(grey - expected, at)


CUTOUT = Defect("cutout", "fringe along the outline", "grey levels", 1, _cut_out, fringe_contrast)
