"""Cut every face to the same frame: both eyes at fixed places, by one similarity transform."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stimuli.eyes import Eyes, Point
from stimuli.picture import Pixels


@dataclass(frozen=True)
class Framing:
    """The frame of every prepared picture.

    ``eye_distance`` is a share of the width, ``eye_height`` a share of the height from the top,
    ``eye_shift`` how far (share of the width) the eyes lie to the right of the middle. The
    defaults keep the hair of most heads and show neck and collar.
    """

    width_px: int = 480
    height_px: int = 600
    eye_distance: float = 0.275
    eye_height: float = 0.40
    eye_shift: float = 0.0

    def __post_init__(self) -> None:
        if self.width_px < 100 or self.height_px < 100:
            raise ValueError(
                f"a frame needs at least 100 px on each side, found {self.width_px}x{self.height_px}"
            )
        if not (0.05 <= self.eye_distance <= 0.8 and 0.05 <= self.eye_height <= 0.95):
            raise ValueError(
                "expected eye_distance from 0.05 to 0.8 of the width and eye_height from 0.05 to 0.95 of the "
                f"height, found {self.eye_distance} and {self.eye_height}"
            )

    @property
    def eyes(self) -> Eyes:
        """Where the eyes come to lie, in pixels of the frame."""
        y = self.eye_height * self.height_px
        middle = (0.5 + self.eye_shift) * self.width_px
        half = self.eye_distance * self.width_px / 2
        return Eyes((middle - half, y), (middle + half, y), "columns")


@dataclass(frozen=True)
class FramedPicture:
    """``scale``: frame pixels per original pixel; above 1 the original was enlarged.
    ``outside_share``: share of the frame (0-1) for which the original had no pixels.
    """

    pixels: Pixels
    scale: float
    outside_share: float


def frame_picture(pixels: Pixels, eyes: Eyes, framing: Framing) -> FramedPicture:
    """Shrink, turn and cut in this order, so that fine detail is averaged and not aliased.

    Where the frame runs past the picture, the picture's edge is mirrored and then blurred more
    the further out it lies. The same is done to every picture.
    """
    scale = framing.eyes.distance_px / eyes.distance_px
    shrink = min(1.0, scale)
    height, width = pixels.shape[:2]
    small_size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(pixels, small_size, interpolation=cv2.INTER_AREA)
    # cv2.resize keeps the outer edges in place: pixel centres move by (x + 0.5) * factor - 0.5.
    factors = small_size[0] / width, small_size[1] / height
    moved = Eyes(_resized(eyes.left, factors), _resized(eyes.right, factors), eyes.found_by)
    matrix = _similarity(moved, framing.eyes)
    frame = (framing.width_px, framing.height_px)
    cut = cv2.warpAffine(small, matrix, frame, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    inside = cv2.warpAffine(np.full(small.shape[:2], 255, np.uint8), matrix, frame, flags=cv2.INTER_NEAREST)
    outside_share = float((inside == 0).mean())
    if outside_share > 0:
        cut = _soften_outside(cut, inside)
    return FramedPicture(cut, scale, outside_share)


def _resized(point: Point, factors: Point) -> Point:
    return (point[0] + 0.5) * factors[0] - 0.5, (point[1] + 0.5) * factors[1] - 0.5


def _similarity(eyes: Eyes, goal: Eyes) -> Pixels:
    """The 2x3 matrix that turns, scales and shifts ``eyes`` exactly onto ``goal``."""
    # As complex numbers a similarity is z -> a z + b.
    p, q = complex(*eyes.left), complex(*eyes.right)
    u, v = complex(*goal.left), complex(*goal.right)
    a = (v - u) / (q - p)
    b = u - a * p
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def _soften_outside(cut: Pixels, inside: Pixels) -> Pixels:
    outside = (inside == 0).astype(np.uint8)
    depth = cv2.distanceTransform(outside, cv2.DIST_L2, 3)
    longest = cut.shape[1]
    result = cut.astype(np.float32)
    for sigma in (0.008, 0.03, 0.07):
        reach = sigma * longest
        blurred = cv2.GaussianBlur(result, (0, 0), reach, borderType=cv2.BORDER_REFLECT_101)
        weight = np.clip(depth / (1.5 * reach), 0, 1)[:, :, None]
        result = result + weight * (blurred - result)
    return np.clip(np.round(result), 0, 255).astype(np.uint8)
