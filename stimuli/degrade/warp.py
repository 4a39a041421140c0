"""Bend a picture smoothly."""

from __future__ import annotations

import cv2
import numpy as np

from stimuli.eyes import Eyes
from stimuli.faces import Point
from stimuli.picture import Pixels


def pulled(pixels: Pixels, step: Pixels, *, interpolation: int = cv2.INTER_LANCZOS4) -> Pixels:
    """Each pixel taken from ``step`` (x, y in pixels) beside it; a step of 0 keeps it exactly."""
    height, width = pixels.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.remap(
        pixels, xs + step[:, :, 0], ys + step[:, :, 1], interpolation, borderMode=cv2.BORDER_REFLECT_101
    )


def eyes_pulled(eyes: Eyes, step: Pixels) -> Eyes:
    """Where the pupils come to lie: the pixels that are taken from where they were."""
    return Eyes(_arrives(eyes.left, step), _arrives(eyes.right, step), eyes.found_by)


def _arrives(point: Point, step: Pixels) -> Point:
    x, y = point
    for _ in range(20):
        row = min(max(round(y), 0), step.shape[0] - 1)
        column = min(max(round(x), 0), step.shape[1] - 1)
        x, y = point[0] - float(step[row, column, 0]), point[1] - float(step[row, column, 1])
    return x, y
