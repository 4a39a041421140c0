"""Light and colour of a whole picture."""

from __future__ import annotations

import math

import cv2
import numpy as np

from stimuli.picture import Pixels


def measures(pixels: Pixels, lab: Pixels) -> dict[str, float]:
    """From RGB (0-255) and CIELAB of one picture."""
    (lightness, tint, warmth), (contrast, _, _) = mean_and_spread(lab)
    return {
        "luminance": lightness,
        "contrast": contrast,
        "clipped": clipped(pixels),
        "saturation": float(cv2.magnitude(lab[:, :, 1], lab[:, :, 2]).mean()),
        "colourfulness": colourfulness(pixels),
        "warmth": warmth,
        "tint": tint,
    }


def mean_and_spread(values: Pixels, mask: Pixels | None = None) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel, of the pixels where ``mask`` is not 0."""
    mean, spread = cv2.meanStdDev(values, mask=mask)
    return mean.ravel().tolist(), spread.ravel().tolist()


def clipped(pixels: Pixels) -> float:
    """Share of the pixels with all channels at most 1 or all at least 254."""
    black = cv2.inRange(pixels, (0, 0, 0), (1, 1, 1))
    white = cv2.inRange(pixels, (254, 254, 254), (255, 255, 255))
    n_clipped = cv2.countNonZero(black) + cv2.countNonZero(white)
    return n_clipped / black.size


def colourfulness(pixels: Pixels) -> float:
    """Hasler & Süsstrunk 2003: spread plus 0.3 of the strength of red-green and yellow-blue."""
    opponent = np.array([[1, -1, 0], [0.5, 0.5, -1]], np.float32)
    mean, spread = mean_and_spread(cv2.transform(pixels.astype(np.float32), opponent))
    return math.hypot(*spread) + 0.3 * math.hypot(*mean)
