"""Cut every face to the same frame: both eyes at fixed places, by one similarity transform."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stimuli.eyes import Eyes
from stimuli.faces import Point
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


CROPS: dict[str, Framing] = {
    "headshot": Framing(),
    "tight": Framing(eye_distance=0.42, eye_height=0.42),
    "ffhq": Framing(512, 512, eye_distance=0.25, eye_height=0.47),
}
"""``headshot``: hair, neck and collar. ``tight``: from the brow's top to the chin, hardly any hair.
``ffhq``: square, as the pictures of Flickr-Faces-HQ are cut (Karras et al. 2019, four eye distances
wide, middle a tenth of the way from eyes to mouth, here from the eyes alone).
"""


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

    Where the frame runs past the picture, what lies at its edge goes on, blurred more the further
    out: hair as hair, wall as wall. (Mirroring showed heads a second time.) The same is done to
    every picture.
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
    cut = cv2.warpAffine(small, matrix, frame, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
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
    outside = inside == 0
    depth = cv2.distanceTransform(outside.astype(np.uint8), cv2.DIST_L2, 3)[outside]
    result = cut
    for sigma in (0.004, 0.012, 0.03, 0.07):
        reach = sigma * cut.shape[1]
        blurred = _blurred(result, reach)[outside].astype(np.float32)
        weight = np.clip(depth / (1.5 * reach), 0, 1)[:, None]
        sharp = result[outside].astype(np.float32)
        result = result.copy()
        result[outside] = np.round(sharp + weight * (blurred - sharp)).astype(np.uint8)
    return result


def _blurred(picture: Pixels, sigma_px: float) -> Pixels:
    """A Gaussian blur; a wide one at a smaller size, where it costs little and looks the same."""
    factor = min(1.0, 3 / sigma_px)
    size = max(8, round(picture.shape[1] * factor)), max(8, round(picture.shape[0] * factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if factor < 1 else picture
    soft = cv2.GaussianBlur(small, (0, 0), sigma_px * factor, borderType=cv2.BORDER_REFLECT_101)
    full: Pixels = cv2.resize(soft, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    return full
