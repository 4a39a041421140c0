"""Where the person is in a picture, hair and clothes included, against the background."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stimuli.networks import run_network
from stimuli.picture import Pixels

_SIDE_PX = 256  # what the network looks at
_RADIUS = 0.02  # of the guided filter, as a share of the longer side
_SMOOTH = 2e-4

Floats = npt.NDArray[Any]


def person_mask(pixels: Pixels) -> Floats:
    """1 on the person, 0 on the background, in between along hair; height x width.

    MediaPipe's selfie segmentation, brought to the picture's own edges by a guided filter (He,
    Sun & Tang 2013).
    """
    small = cv2.resize(pixels, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    (found,) = run_network("selfie_segmentation", small.astype(np.float32) / 255)
    height, width = pixels.shape[:2]
    rough = cv2.resize(found[0, 0], (width, height), interpolation=cv2.INTER_CUBIC)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    mask = _guided(grey, np.clip(rough, 0, 1), max(2, round(_RADIUS * max(height, width))))
    # The filter leaves a haze on both sides; what is nearly certain is made so.
    certain: Floats = np.clip((mask - 0.12) / 0.76, 0, 1).astype(np.float32)
    return certain


def _guided(guide: Floats, values: Floats, radius_px: int) -> Floats:
    def mean(of: Floats) -> Floats:
        window = (2 * radius_px + 1, 2 * radius_px + 1)
        averaged: Floats = cv2.boxFilter(of, cv2.CV_32F, window, borderType=cv2.BORDER_REFLECT_101)
        return averaged

    middle, level = mean(guide), mean(values)
    slope = (mean(guide * values) - middle * level) / (mean(guide * guide) - middle * middle + _SMOOTH)
    filtered: Floats = mean(slope) * guide + mean(level - slope * middle)
    return filtered
