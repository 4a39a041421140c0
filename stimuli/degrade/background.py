"""A background lit by another light than the face."""

from __future__ import annotations

import math

import cv2
import numpy as np

from stimuli.degrade.defect import CannotDegradeError, Defect
from stimuli.degrade.portrait import Portrait, weighted_mean
from stimuli.face_region import smooth_step
from stimuli.picture import Pixels

_MOST_REPLACED = 0.85
# Linear red, green and blue of the new light, at equal luminance: evening sun, and shade.
_WARM = (1.45, 0.95, 0.45)
_COOL = (0.65, 1.00, 1.75)
_GRAIN_LEVELS = 6.0
_LARGEST_GAP = 20.0


def _replace(portrait: Portrait, dose: float) -> Pixels:
    """Let a wall lit from the other side, in another colour, take the background's place.

    It is as bright on average as the background was. Only what shows of the background is
    changed, in linear light: with I = a F + (1 - a) B, the person F need not be known.
    """
    matte, wall = portrait.outline.matte, portrait.outline.wall
    before = (wall / 255) ** 2.2
    mixed = before + _MOST_REPLACED * dose * (_other_wall(portrait, before) - before)
    changed = 255 * mixed ** (1 / 2.2) - wall
    # The lit wall is smooth; without the photograph's grain it would look drawn.
    grain = np.clip(wall - portrait.blurred(wall, 0.02), -_GRAIN_LEVELS, _GRAIN_LEVELS)
    changed = changed + _MOST_REPLACED * dose * grain * (matte < 0.02)[:, :, None]
    edited: Pixels = portrait.pixels + (1 - matte)[:, :, None] * changed
    return edited


def _other_wall(portrait: Portrait, before: Pixels) -> Pixels:
    """Linear light of the new wall: a soft fall-off across the picture, towards the side where the
    background is already the darker one compared with the face."""
    height, width = before.shape[:2]
    gap = _light_gap(portrait.pixels, portrait)
    if abs(gap) > _LARGEST_GAP:
        raise CannotDegradeError(
            f"light already falls differently on background and face, by {abs(gap):.0f} L* between left "
            f"and right (at most {_LARGEST_GAP:g}), so that another light would not stand out; "
            "use another defect for this picture, or another picture"
        )
    side = math.copysign(1.0, gap)
    across = np.linspace(-1, 1, width)[None, :] * side
    down = np.linspace(-1, 1, height)[:, None]
    light = 0.25 + 1.5 * smooth_step(0.5 + 0.55 * across - 0.2 * down)
    shows = 1 - portrait.outline.matte
    luminance = before @ np.array([0.2126, 0.7152, 0.0722])
    level = np.clip(weighted_mean(luminance, shows), 0.08, 0.5) / weighted_mean(light, shows)
    lab = cv2.cvtColor(portrait.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    colour = np.array(_COOL if weighted_mean(lab[:, :, 2], shows) > 4 else _WARM)
    lit: Pixels = np.minimum(light[:, :, None] * level * colour, 1.0)
    return lit


def _light_gap(pixels: Pixels, portrait: Portrait) -> float:
    light = cv2.cvtColor(np.clip(pixels, 0, 255).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, :, 0]
    across, down = portrait.coordinates

    def rightward(region: Pixels) -> float:
        return weighted_mean(light, region * (across > 0)) - weighted_mean(light, region * (across < 0))

    return rightward((portrait.outline.matte < 0.02) * (down < 1.9)) - rightward(portrait.face)


def light_mismatch(pixels: Pixels, portrait: Portrait) -> float:
    """How differently light falls on background and face: the difference between both of how much
    brighter (CIELAB L*) their right half is than their left."""
    return abs(_light_gap(pixels, portrait))


BACKGROUND = Defect("background", "fall of light, background less face", "L*", 1, _replace, light_mismatch)
