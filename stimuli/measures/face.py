"""Where the face is, how it is lit, how smooth its skin is, and what lies around it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from stimuli.eyes import Eyes
from stimuli.face_region import face_coordinates, face_mask
from stimuli.framing import Framing, frame_picture
from stimuli.measures.detail import decibels
from stimuli.measures.light import mean_and_spread
from stimuli.picture import Pixels

if TYPE_CHECKING:
    from stimuli.measures.measured import Working

# Every face is looked at upright with its pupils 128 px apart, from hairline to chin.
# The middle between the pupils is the middle between two pixels, so that halves mirror exactly.
_FACE = Framing(width_px=320, height_px=440, eye_distance=0.4, eye_height=0.41, eye_shift=-0.5 / 320)
_FEWEST_BACKGROUND = 0.01  # share of the picture


def measures(pixels: Pixels, working: Working, eyes: Eyes) -> dict[str, float]:
    """Position and size from the picture, light and skin from the upright face, and the background."""
    return {
        **_position(pixels.shape, eyes),
        **_upright_face(frame_picture(*_cut_around(pixels, eyes), _FACE).pixels),
        **_background(working, eyes),
    }


def _cut_around(pixels: Pixels, eyes: Eyes) -> tuple[Pixels, Eyes]:
    """The part of the picture that the upright face can come from, and the eyes in it."""
    x, y = ((a + b) / 2 for a, b in zip(eyes.left, eyes.right, strict=True))
    height, width = pixels.shape[:2]
    reach = 2.2 * eyes.distance_px  # from between the eyes to the corners of the frame at the chin
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 1)
    if right - left < 2 or bottom - top < 2:
        return pixels, eyes
    moved = Eyes(
        (eyes.left[0] - left, eyes.left[1] - top), (eyes.right[0] - left, eyes.right[1] - top), eyes.found_by
    )
    return np.ascontiguousarray(pixels[top:bottom, left:right]), moved


def _position(shape: tuple[int, ...], eyes: Eyes) -> dict[str, float]:
    height, width = shape[:2]
    return {
        "face_size": float(eyes.distance_px / np.sqrt(height * width)),
        "face_x": (eyes.left[0] + eyes.right[0]) / 2 / width - 0.5,
        "face_y": (eyes.left[1] + eyes.right[1]) / 2 / height,
        "face_tilt": eyes.tilt_degrees,
    }


def _upright_face(face: Pixels) -> dict[str, float]:
    lightness = cv2.cvtColor(face.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, :, 0]
    oval, skin = _masks()
    values = lightness[oval]
    mirrored = lightness[:, ::-1]
    middle = lightness.shape[1] // 2
    left, right = (lightness[half][oval[half]].mean() for half in (np.s_[:, :middle], np.s_[:, middle:]))
    # The mirror image is compared at the scale of features: pores never match.
    difference = cv2.GaussianBlur(lightness - mirrored, (0, 0), 3)
    unlit = difference - _very_soft(difference)
    return {
        "face_luminance": float(values.mean()),
        "face_contrast": float(values.std()),
        "light_from_right": float(right - left),
        "face_asymmetry": float(np.abs(unlit[oval]).mean()),
        "skin_smoothness": -decibels(_texture(lightness, skin)),
    }


def _very_soft(image: Pixels) -> Pixels:
    """A blur of 40 px, made at a tenth of the size."""
    height, width = image.shape
    tenth = cv2.resize(image, (width // 10, height // 10), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(tenth, (0, 0), 4), (width, height), interpolation=cv2.INTER_LINEAR)


def _texture(lightness: Pixels, skin: Pixels) -> float:
    """Median absolute detail finer than 3 % of the distance between the pupils, as a standard deviation.

    The median leaves out what is no skin in a minority of pixels: a fringe, a moustache, a highlight.
    """
    fine = lightness - cv2.GaussianBlur(lightness, (0, 0), 0.03 * _FACE.eyes.distance_px)
    return float(1.4826 * np.median(np.abs(fine[skin])))


@lru_cache(maxsize=1)
def _masks() -> tuple[Pixels, Pixels]:
    """Where the oval of the face and where cheeks and forehead are in the upright face."""
    shape = (_FACE.height_px, _FACE.width_px)
    across, down = face_coordinates(shape, _FACE.eyes)
    cheeks = (np.abs(np.abs(across) - 0.5) < 0.25) & (np.abs(down - 0.6) < 0.25)
    forehead = (np.abs(across) < 0.45) & (np.abs(down + 0.62) < 0.16)
    return face_mask(shape, _FACE.eyes) > 0.5, cheeks | forehead


def _background(working: Working, eyes: Eyes) -> dict[str, float]:
    """What lies well outside head and shoulders; nothing where that is less than 1 % of the picture."""
    # Where it lies need not be known to the pixel: at half the size it costs a quarter.
    height, width = (max(1, side // 2) for side in working.lab.shape[:2])
    half = working.factors[0] / 2, working.factors[1] / 2
    left, right = ((x * half[0], y * half[1]) for x, y in (eyes.left, eyes.right))
    across, down = face_coordinates((height, width), Eyes(left, right, eyes.found_by))
    in_head = (across / 1.9) ** 2 + ((down - 0.2) / 2.5) ** 2 < 1
    around = (~in_head & (down < 1.2)).astype(np.uint8)
    mask: Pixels = cv2.resize(around, working.lab.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    if mask.mean() < _FEWEST_BACKGROUND:
        return {}
    (lightness, _, _), spread = mean_and_spread(working.lab, mask)
    fine = working.lab[:, :, 0] - cv2.GaussianBlur(working.lab[:, :, 0], (0, 0), 2)
    return {
        "background_luminance": lightness,
        "background_unevenness": math.hypot(*spread),
        "background_detail": decibels(1.4826 * np.median(np.abs(fine[mask > 0]))),
    }
