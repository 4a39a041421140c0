"""Blur every picture as much as it takes to be no sharper than the softest of the set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[Any]

_STEPS = 12  # halvings of the range: sigma is then exact to a five-hundredth of a pixel
_LARGEST_SIGMA_PX = 8.0


def sharpness_of(lightness: Floats, weights: Floats) -> float:
    """Standard deviation of the Laplacian of L* over the region that counts, per square pixel."""
    fine = cv2.Laplacian(lightness, cv2.CV_32F)
    total = float(weights.sum(dtype=float))
    mean = float((fine * weights).sum(dtype=float)) / total
    variance = float((weights * (fine - mean) ** 2).sum(dtype=float)) / total
    return float(np.sqrt(variance))


def blurred(picture: Floats, sigma_px: float) -> Floats:
    if sigma_px <= 0:
        return picture
    soft: Floats = cv2.GaussianBlur(picture, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101)
    return soft


def blur_to_reach(sharpness_after: Callable[[float], float], goal: float) -> float:
    """The Gaussian blur, sigma in pixels, after which a picture is as sharp as ``goal``.

    ``sharpness_after`` tells the sharpness for a sigma and falls as sigma grows. 0 for a picture
    that is no sharper already.

    >>> round(blur_to_reach(lambda sigma: 8.0 - sigma, 5.5), 2)
    2.5
    """
    if sharpness_after(0.0) <= goal:
        return 0.0
    low, high = 0.0, _LARGEST_SIGMA_PX
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sharpness_after(middle) > goal:
            low = middle
        else:
            high = middle
    return (low + high) / 2
