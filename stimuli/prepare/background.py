"""One kind of background for all pictures: blurred beyond recognition, or plain grey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stimuli.person import person_mask
from stimuli.picture import Pixels

Floats = npt.NDArray[Any]

GREY = 128  # of 255, in all three channels of sRGB
_BLUR = 0.10  # sigma as a share of the width

# What a good outline fulfils: set by looking at 24 portraits of three sources.
_FACE_COVERED = 0.97
_OVAL_EDGE = 0.05  # of the width
_MOST_UNCERTAIN = 0.10
_PERSON_SHARES = (0.15, 0.97)


@dataclass(frozen=True)
class Backdrop:
    """The picture before its new background, and what speaks against the outline found."""

    pixels: Pixels
    doubts: tuple[str, ...]


def with_background(pixels: Pixels, face: Floats, how: str) -> Backdrop:
    """``face``: 0-1 over the oval of the face, of which nothing may be lost."""
    if how == "keep":
        return Backdrop(pixels, ())
    person = person_mask(pixels)
    ground = np.full(pixels.shape, GREY, np.float32) if how == "grey" else _blurred_ground(pixels, person)
    alpha = np.maximum(person, 0)[:, :, None]
    mixed = alpha * pixels.astype(np.float32) + (1 - alpha) * ground
    return Backdrop(np.clip(np.round(mixed), 0, 255).astype(np.uint8), tuple(_doubts(person, face)))


def _blurred_ground(pixels: Pixels, person: Floats) -> Floats:
    """The background alone, blurred; the person's colours do not run into it."""
    away = np.clip(1 - person * 1.05, 0, 1) ** 2 + 1e-4
    sigma = _BLUR * pixels.shape[1]
    # Blurred at an eighth of the size: beyond recognition there is no detail to lose.
    small = cv2.resize(
        np.dstack([pixels * away[:, :, None], away]).astype(np.float32),
        None,
        fx=1 / 8,
        fy=1 / 8,
        interpolation=cv2.INTER_AREA,
    )
    soft = cv2.GaussianBlur(small, (0, 0), sigma / 8, borderType=cv2.BORDER_REFLECT_101)
    ground = soft[:, :, :3] / np.maximum(soft[:, :, 3:], 1e-6)
    full: Floats = cv2.resize(ground, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_CUBIC)
    return full


def _doubts(person: Floats, face: Floats) -> list[str]:
    doubts = []
    # A head turned a little leaves the outermost of the oval to the background.
    reach = round(_OVAL_EDGE * person.shape[1])
    inner = cv2.erode(face, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    covered = float((person * inner).sum() / inner.sum())
    if covered < _FACE_COVERED:
        doubts.append(f"{1 - covered:.0%} of the face were taken for background")
    share = float(person.mean())
    if not _PERSON_SHARES[0] <= share <= _PERSON_SHARES[1]:
        doubts.append(f"the person was found to fill {share:.0%} of the picture")
    uncertain = float(((person > 0.1) & (person < 0.9)).mean())
    if uncertain > _MOST_UNCERTAIN:
        doubts.append(
            f"for {uncertain:.0%} of the picture it is unclear whether they are person or background"
        )
    return doubts
