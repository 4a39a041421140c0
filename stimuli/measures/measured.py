"""Take every measure of one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from stimuli.eyes import Eyes
from stimuli.measures import compression, detail, face, light
from stimuli.measures.described import MEASURES, Measures
from stimuli.picture import Pixels

WORKING_PX = 512
"""Pictures are scaled to the area of a square of this side."""

_NARROWEST_PX, _WIDEST_PX = 8, 4096
_FULL_SIZE_PX = 1024  # multiple of 8, so that the blocks of a JPEG stay in place


@dataclass(frozen=True)
class Working:
    """A picture at working size: ``lab`` is L*, a*, b*; ``factors`` is working px per px, x and y."""

    pixels: Pixels
    lab: Pixels
    factors: tuple[float, float]


def measure_picture(pixels: Pixels, eyes: Eyes | None = None) -> Measures:
    """All measures of an RGB picture (height x width x 3, 0-255); those of the face only with ``eyes``.

    Each is taken at a size that does not grow with the picture's, so a large one costs little more.
    """
    pixels = np.ascontiguousarray(pixels, dtype=np.uint8)
    working = at_working_size(pixels)
    middle = _middle(pixels)
    found = {
        **light.measures(working.pixels, working.lab),
        **detail.measures(working.lab[:, :, 0]),
        **compression.measures(cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY)),
    }
    if eyes is not None and eyes.distance_px > 0:
        found |= face.measures(pixels, working, eyes)
    return Measures(**{name: found.get(name, math.nan) for name in MEASURES})


def at_working_size(pixels: Pixels) -> Working:
    height, width = pixels.shape[:2]
    scale = WORKING_PX / math.sqrt(height * width)
    size = tuple(int(np.clip(round(side * scale), _NARROWEST_PX, _WIDEST_PX)) for side in (width, height))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, size, interpolation=how)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return Working(small, lab, (size[0] / width, size[1] / height))


def _middle(pixels: Pixels) -> Pixels:
    """The middle of a very large picture, cut between the blocks of a JPEG."""
    top, left = (max(0, (side - _FULL_SIZE_PX) // 2) // 8 * 8 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + _FULL_SIZE_PX, left : left + _FULL_SIZE_PX])
