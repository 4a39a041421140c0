"""A face beside its mirror image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from stimuli.degrade.portrait import Portrait, grey_levels, weighted_mean
from stimuli.eyes import Eyes
from stimuli.picture import Pixels


def mirrored(pixels: Pixels, eyes: Eyes) -> Pixels:
    """The picture reflected across the line midway between the eyes."""
    middle = (np.array(eyes.left) + np.array(eyes.right)) / 2
    axis = np.array(eyes.right) - np.array(eyes.left)
    axis = axis / np.hypot(*axis)
    reflect = np.eye(2) - 2 * np.outer(axis, axis)
    matrix = np.column_stack([reflect, middle - reflect @ middle])
    size = (pixels.shape[1], pixels.shape[0])
    return cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def mirror_difference(pixels: Pixels, portrait: Portrait) -> float:
    """Mean difference between the face and its mirror image, in percent of the brightness around.

    Taken relative to the brightness within a quarter of the eye distance, so that light from one
    side is not counted, and blurred a little: pores are not a matter of symmetry.
    """
    grey = grey_levels(pixels) + 8
    relief = 100 * portrait.blurred(grey, 0.02) / portrait.blurred(grey, 0.25)
    return weighted_mean(np.abs(relief - mirrored(relief, portrait.eyes)), portrait.face)


def flow(source: Pixels, goal: Pixels) -> Pixels:
    """For each pixel of ``source``, how far (x, y in pixels) its counterpart in ``goal`` lies."""
    finder: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = finder.calc(_equal_light(source), _equal_light(goal), None)
    smooth: Pixels = cv2.GaussianBlur(found, (0, 0), 3)
    return smooth


def _equal_light(pixels: Pixels) -> Pixels:
    """Grey with broad shading removed: lighting from one side must not look like movement."""
    grey = cv2.cvtColor(np.clip(np.round(pixels), 0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    return cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(grey)
