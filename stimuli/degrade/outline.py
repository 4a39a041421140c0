"""Where the person ends and the background begins, as a soft outline."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stimuli.degrade.defect import CannotDegradeError
from stimuli.eyes import Eyes
from stimuli.face_region import face_mask, smooth_step
from stimuli.person import person_mask
from stimuli.picture import Pixels

_SMALLEST_WALL_SHARE = 0.05
_SMALLEST_FACE_SHARE = 0.9


@dataclass(frozen=True)
class Outline:
    """``matte``: 0 (background) to 1 (head, hair, neck, clothes), height x width.

    ``wall``: the background's colour at every pixel, behind the person carried on from around,
    height x width x 3, 0-255.
    """

    matte: Pixels
    wall: Pixels


def find_outline(pixels: Pixels, eyes: Eyes) -> Outline:
    """Tell the person from the background.

    A network says roughly where the person is; a guided filter (He, Sun & Tang 2013) follows the
    picture's own colours from there to strands of hair. CannotDegradeError where the person or
    the background cannot be found.
    """
    rgb = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    rough = (person_mask(rgb) > 0.5).astype(np.float32)
    on_face = float(rough[face_mask(rgb.shape, eyes) > 0.9].mean())
    if on_face < _SMALLEST_FACE_SHARE:
        raise CannotDegradeError(
            f"no person found around the eyes ({on_face:.0%} of the face, at least "
            f"{_SMALLEST_FACE_SHARE:.0%} expected); check the eye columns, or use another defect"
        )
    if 1 - rough.mean() < _SMALLEST_WALL_SHARE:
        raise CannotDegradeError(
            f"the background is only {1 - rough.mean():.0%} of the picture, at least "
            f"{_SMALLEST_WALL_SHARE:.0%} are needed; cut it less closely, or use another defect"
        )
    soft = guided_filter(rough, rgb.astype(np.float32) / 255, radius=0.07 * eyes.distance_px, eps=2e-5)
    matte = smooth_step((soft - 0.08) / 0.84)
    return Outline(matte, filled(rgb.astype(np.float32), (matte < 0.02).astype(np.float32)))


def guided_filter(values: Pixels, guide: Pixels, *, radius: float, eps: float) -> Pixels:
    """``values`` made locally a linear function of the colours of ``guide`` (He, Sun & Tang 2013).

    ``values`` height x width, ``guide`` height x width x 3 from 0 to 1; ``radius`` in pixels.
    """
    size = 2 * max(1, round(radius)) + 1

    def mean(of: Pixels) -> Pixels:
        averaged: Pixels = cv2.boxFilter(of, -1, (size, size), borderType=cv2.BORDER_REFLECT_101)
        return averaged

    mean_guide, mean_values = mean(guide), mean(values)
    covariance = np.empty((*values.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            cell = mean(guide[:, :, i] * guide[:, :, j]) - mean_guide[:, :, i] * mean_guide[:, :, j]
            covariance[:, :, i, j] = covariance[:, :, j, i] = cell + (eps if i == j else 0)
    shared = mean(guide * values[:, :, None]) - mean_guide * mean_values[:, :, None]
    slope = np.linalg.solve(covariance, shared[:, :, :, None])[:, :, :, 0]
    offset = mean_values - (slope * mean_guide).sum(axis=2)
    smooth: Pixels = (mean(slope.astype(np.float32)) * guide).sum(axis=2) + mean(offset.astype(np.float32))
    return smooth


def filled(pixels: Pixels, known: Pixels) -> Pixels:
    """Carry the known pixels smoothly over the unknown ones (pull-push, Gortler et al. 1996).

    ``known`` is 1 where ``pixels`` holds and 0 elsewhere, height x width.
    """
    if min(known.shape) < 4 or known.min() == 1:
        return pixels
    weight = known[:, :, None]
    half_known = cv2.pyrDown(known)
    half = cv2.pyrDown(pixels * weight) / np.maximum(half_known, 1e-4)[:, :, None]
    coarse = filled(half, np.minimum(half_known * 8, 1))
    size = (pixels.shape[1], pixels.shape[0])
    whole: Pixels = weight * pixels + (1 - weight) * cv2.pyrUp(coarse, dstsize=size)
    return whole
