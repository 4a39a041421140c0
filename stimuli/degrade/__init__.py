"""Put one defect, at a known dose, into a real photograph.

These edits imitate single faults that people name in AI portraits, so that each can be studied
alone: the same person, picture and file, one thing changed. A dose of 0 leaves the pixels as
they are, 1 is the strongest edit that still looks like a photograph. In between, the measure of
each defect changes monotonically.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from stimuli.eyes import Eyes
from stimuli.face_region import face_coordinates, face_mask, head_mask, skin_mask, smooth_step
from stimuli.picture import Pixels

DEFECTS = ("skin", "lighting", "symmetry")


def degrade(pixels: Pixels, eyes: Eyes, *, defect: str, dose: float) -> Pixels:
    """The picture with the defect; same size, 8 bit."""
    if defect not in DEFECTS:
        raise ValueError(f"expected a defect among {', '.join(DEFECTS)}; found {defect!r}")
    if not 0 <= dose <= 1:
        raise ValueError(f"expected a dose from 0 to 1; found {dose:g}")
    edit: Callable[[Pixels, Eyes, float], Pixels] = _EDITS[defect]
    edited = edit(pixels.astype(np.float32), eyes, dose)
    return np.clip(np.round(edited), 0, 255).astype(np.uint8)


def defect_measure(pixels: Pixels, eyes: Eyes, defect: str) -> float:
    """What the defect changes, as one number in grey levels (0-255).

    ``skin``: texture left on the skin, falls with the dose. ``lighting``: how much brighter the
    right half of the face is than the left, rises. ``symmetry``: mean difference between the
    face and its mirror image, falls.
    """
    grey = cv2.cvtColor(np.asarray(pixels, np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float32)
    face = face_mask(grey.shape, eyes, feather=0.01)
    if defect == "skin":
        fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 0.02 * eyes.distance_px))
        return float(np.median(fine[skin_mask(pixels, eyes) > 0.9]))
    if defect == "lighting":
        across, _ = face_coordinates(grey.shape, eyes)
        right, left = face * (across > 0), face * (across < 0)
        return float((right * grey).sum() / right.sum() - (left * grey).sum() / left.sum())
    if defect == "symmetry":
        difference = np.abs(grey - _mirrored(grey, eyes))
        return float((face * difference).sum() / face.sum())
    raise ValueError(f"expected a defect among {', '.join(DEFECTS)}; found {defect!r}")


def _smooth_skin(pixels: Pixels, eyes: Eyes, dose: float) -> Pixels:
    """Smooth within edges, on bare skin only: pores and fine lines go, features stay."""
    mask = skin_mask(pixels, eyes)[:, :, None]
    smooth: Pixels = np.round(pixels).astype(np.uint8)
    reach = 0.055 * eyes.distance_px
    for _ in range(3):
        smooth = cv2.bilateralFilter(smooth, 0, 26, reach)
    edited: Pixels = pixels + dose * mask * (smooth - pixels)
    return edited


def _relight(pixels: Pixels, eyes: Eyes, dose: float) -> Pixels:
    """Light the head from the right of the picture while everything behind it stays as it was.

    The head is taken for an ellipsoid with a matt surface; its shading is multiplied onto the
    picture and ends at the outline of the head.
    """
    across, down = face_coordinates(pixels.shape, eyes)
    x = across / 1.25
    y = (down - 0.3) / 1.95
    depth = np.sqrt(np.clip(1 - x**2 - y**2, 0, 1))
    shade = x * 0.92 - y * 0.30 + depth * 0.25 - 0.15
    radius = np.sqrt(x**2 + y**2)
    on_head = smooth_step((1.25 - radius) / 0.45) * head_mask(pixels, eyes)
    gain = np.exp(1.0 * dose * shade * on_head)[:, :, None]
    # In linear light, and rolled off near white, so that the lit cheek does not burn out.
    linear = (pixels / 255) ** 2.2 * gain
    rolled = np.where(linear > 0.7, 0.7 + 0.3 * np.tanh((linear - 0.7) / 0.3), linear)
    kept = np.where(gain > 1, np.maximum(rolled, (pixels / 255) ** 2.2), linear)
    relit: Pixels = 255 * kept ** (1 / 2.2)
    return relit


def _symmetrise(pixels: Pixels, eyes: Eyes, dose: float) -> Pixels:
    """Move shape and shading of the face half way (at dose 1) towards its mirror image.

    Dense optical flow finds which points of the mirror image correspond, so that eyes, nose and
    mouth meet and are not shown twice. Meant for heads that face the camera: a turned head has
    parts without a counterpart, and those show as faint doubles at the jaw.
    """
    mirror = _mirrored(pixels, eyes)
    forth = _flow(pixels, mirror)
    back = _flow(mirror, pixels)
    region = face_mask(pixels.shape, eyes, feather=0.15) * head_mask(pixels, eyes)
    share = dose / 2 * cv2.GaussianBlur(region, (0, 0), 0.06 * eyes.distance_px)
    # Both pictures are pulled to the same place between them, then mixed.
    own = _pulled(pixels, -share[:, :, None] * forth)
    other = _pulled(mirror, -(1 - share[:, :, None]) * back)
    weight = share[:, :, None]
    return (1 - weight) * own + weight * other


def _mirrored(pixels: Pixels, eyes: Eyes) -> Pixels:
    """The picture reflected across the line midway between the eyes."""
    middle = (np.array(eyes.left) + np.array(eyes.right)) / 2
    axis = np.array(eyes.right) - np.array(eyes.left)
    axis = axis / np.hypot(*axis)
    reflect = np.eye(2) - 2 * np.outer(axis, axis)
    matrix = np.column_stack([reflect, middle - reflect @ middle])
    size = (pixels.shape[1], pixels.shape[0])
    return cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _flow(source: Pixels, goal: Pixels) -> Pixels:
    """For each pixel of ``source``, how far (x, y in pixels) its counterpart in ``goal`` lies."""
    finder: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = finder.calc(_equal_light(source), _equal_light(goal), None)
    smooth: Pixels = cv2.GaussianBlur(flow, (0, 0), 3)
    return smooth


def _equal_light(pixels: Pixels) -> Pixels:
    """Grey with broad shading removed: lighting from one side must not look like movement."""
    grey = cv2.cvtColor(np.round(pixels).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    return cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(grey)


def _pulled(pixels: Pixels, step: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.remap(
        pixels, xs + step[:, :, 0], ys + step[:, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


_EDITS: dict[str, Callable[[Pixels, Eyes, float], Pixels]] = {
    "skin": _smooth_skin,
    "lighting": _relight,
    "symmetry": _symmetrise,
}
