"""Bring framed pictures to a common luminance, sharpness and compression."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from stimuli.picture import Pixels
from stimuli.prepare.light import Floats, Light, lab_of, match_light, matched_light, mean_and_sd, pixels_of
from stimuli.prepare.recipe import Recipe
from stimuli.prepare.sharpness import blur_to_reach, blurred, sharpness_of

_ROUNDS = 4
_CLOSE_ENOUGH = 0.02


@dataclass(frozen=True)
class Goal:
    """What all pictures of a set are brought to; None where they are left as they are."""

    light: Light | None = None
    sharpness: float | None = None


@dataclass(frozen=True)
class Finished:
    """The picture to be encoded, the blur it took (sigma in pixels), and how much lighter it became."""

    pixels: Pixels
    blur_px: float = 0.0
    luminance_change: float = 0.0


def sharpness_once_lit(pixels: Pixels, weights: Floats, recipe: Recipe, goal: Goal) -> float:
    """How sharp a picture is after its luminance was matched: more contrast is sharper, too."""
    return _sharpness(lab_of(pixels)[:, :, 0], weights, recipe, goal, 0.0)


def finished(pixels: Pixels, weights: Floats, recipe: Recipe, goal: Goal) -> Finished:
    sigma = change = 0.0
    if goal.light or goal.sharpness is not None:
        lab = lab_of(pixels)
        if goal.light:
            change = goal.light.mean - mean_and_sd(lab[:, :, 0], weights)[0]
        pixels, sigma = _as_soft(lab, weights, recipe, goal)
    if recipe.recompress:
        pixels = recompressed(pixels, recipe.recompress)
    return Finished(pixels, sigma, change)


def _as_soft(lab: Floats, weights: Floats, recipe: Recipe, goal: Goal) -> tuple[Pixels, float]:
    """Blurred to the goal's sharpness, if there is one, and lit; the blur in pixels."""
    if goal.sharpness is None:
        return _lit(lab, weights, recipe, goal), 0.0
    aim = goal.sharpness
    # Colours cut off at the edge of sRGB, and steps of 8 bits, change sharpness a little: aim again.
    for _ in range(_ROUNDS):
        sigma = blur_to_reach(partial(_sharpness, lab[:, :, 0], weights, recipe, goal), aim)
        pixels = _lit(blurred(lab, sigma), weights, recipe, goal)
        found = sharpness_of(lab_of(pixels)[:, :, 0], weights)
        if sigma == 0 or abs(found / goal.sharpness - 1) < _CLOSE_ENOUGH:
            break
        aim *= goal.sharpness / found
    return pixels, sigma


def _lit(lab: Floats, weights: Floats, recipe: Recipe, goal: Goal) -> Pixels:
    return pixels_of(match_light(lab, weights, recipe.match_luminance, goal.light) if goal.light else lab)


def recompressed(pixels: Pixels, quality: int) -> Pixels:
    """The picture after one JPEG of this quality with halved colour resolution, as on the web."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=quality, subsampling=2)
    with Image.open(buffer) as image:
        return np.asarray(image.convert("RGB"))


def _sharpness(lightness: Floats, weights: Floats, recipe: Recipe, goal: Goal, sigma: float) -> float:
    light = blurred(lightness, sigma)
    if goal.light:
        light = matched_light(light, weights, recipe.match_luminance, goal.light)
    return sharpness_of(light, weights)
