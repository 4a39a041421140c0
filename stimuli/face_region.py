"""Which pixels of a picture are face, and which are bare skin, judged from the eyes."""

from __future__ import annotations

import cv2
import numpy as np

from stimuli.eyes import Eyes
from stimuli.picture import Pixels

# Sizes as multiples of the distance between the pupils. A face is about 2 such distances wide
# between the ears and reaches from 1.3 above the eyes (hairline) to 1.95 below them (chin).
_FACE_CENTRE_BELOW_EYES = 0.42
_FACE_HALF_WIDTH = 1.08
_FACE_HALF_HEIGHT = 1.62


def face_coordinates(shape: tuple[int, ...], eyes: Eyes) -> tuple[Pixels, Pixels]:
    """For each pixel, its place across and down the face, in eye distances from between the eyes.

    ``across`` grows to the right of the picture, ``down`` towards the chin; both follow the
    tilt of the head.
    """
    height, width = shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    middle = (np.array(eyes.left) + np.array(eyes.right)) / 2
    along = (np.array(eyes.right) - np.array(eyes.left)) / eyes.distance_px**2
    dx, dy = xs - middle[0], ys - middle[1]
    return dx * along[0] + dy * along[1], -dx * along[1] + dy * along[0]


def face_mask(shape: tuple[int, ...], eyes: Eyes, *, feather: float = 0.25) -> Pixels:
    """1 inside the oval of the face, falling to 0 over ``feather`` eye distances outside it."""
    across, down = face_coordinates(shape, eyes)
    # Egg-shaped: jaws are narrower than temples.
    x = across / (_FACE_HALF_WIDTH * (1 - 0.12 * np.clip(down, 0, 2)))
    y = (down - _FACE_CENTRE_BELOW_EYES) / _FACE_HALF_HEIGHT
    radius = np.sqrt(x**2 + y**2)
    return smooth_step((1 + feather - radius) / feather)


def skin_mask(pixels: Pixels, eyes: Eyes) -> Pixels:
    """0 to 1: bare skin of face and neck, without eyes, brows, nostrils, lips, hair and glasses.

    Skin is what has the colour of this person's own cheeks and nose (in CIELAB, by Mahalanobis
    distance), so no assumption about skin tone is made.
    """
    lab = cv2.cvtColor(np.asarray(pixels, np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 0.02 * eyes.distance_px)
    across, down = face_coordinates(pixels.shape, eyes)
    cheeks = (np.abs(np.abs(across) - 0.5) < 0.22) & (np.abs(down - 0.62) < 0.22)
    sample = lab[cheeks]
    middle = np.median(sample, axis=0)
    spread = 1.4826 * np.median(np.abs(sample - middle), axis=0)
    # Light varies over a face much more than skin colour does.
    spread = np.maximum(3.0 * spread, (16.0, 6.0, 7.0))
    distance = np.sqrt((((lab - middle) / spread) ** 2).sum(axis=2))
    colour = smooth_step((2.6 - distance) / 1.0)
    oval = face_mask(pixels.shape, eyes, feather=0.15)
    mask = colour * oval * (1 - _features(across, down)) * _as_even_as(cheeks, pixels, down, eyes)
    softened: Pixels = cv2.GaussianBlur(mask, (0, 0), 0.03 * eyes.distance_px)
    return softened


def _as_even_as(sample: Pixels, pixels: Pixels, down: Pixels, eyes: Eyes) -> Pixels:
    """0 where texture is far stronger than in the sample: fair hair has the colour of skin.

    Stricter above the brows, where hair falls onto the forehead.
    """
    grey = cv2.cvtColor(np.clip(np.round(pixels), 0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    fine = np.abs(grey - cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.03 * eyes.distance_px))
    texture = cv2.GaussianBlur(fine, (0, 0), 0.07 * eyes.distance_px)
    usual = max(float(np.median(texture[sample])), 1.0)
    most = 4.0 - 1.8 * smooth_step((-down - 0.4) / 0.3)
    return smooth_step((most - texture / usual) / 1.2)


def head_mask(pixels: Pixels, eyes: Eyes) -> Pixels:
    """0 to 1: head, hair and neck against the background (GrabCut, Rother et al. 2004).

    Seeded with the oval of the face as certain and a wide oval around it as possible head.
    """
    scale = min(1.0, 40 / eyes.distance_px)
    rgb = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    shrunk = Eyes(_scaled(eyes.left, scale), _scaled(eyes.right, scale), eyes.found_by)
    across, down = face_coordinates(small.shape, shrunk)
    inner = np.hypot(across / 0.85, (down - 0.45) / 1.35) < 1
    neck = (np.abs(across) < 0.6) & (down > 1.0) & (down < 2.4)
    outer = np.hypot(across / 2.0, (down - 0.3) / 2.6) < 1
    labels = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    labels[outer] = cv2.GC_PR_BGD
    labels[outer & (np.hypot(across / 1.2, (down - 0.2) / 1.9) < 1)] = cv2.GC_PR_FGD
    labels[inner | neck] = cv2.GC_FGD
    # Its colour clusters start from OpenCV's own random numbers: fix them for equal results.
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, labels, (0, 0, 1, 1), *models, 4, cv2.GC_INIT_WITH_MASK)
    head = ((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.float32)
    head = cv2.morphologyEx(head, cv2.MORPH_OPEN, np.ones((3, 3)))
    full = cv2.resize(head, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
    return smooth_step((cv2.GaussianBlur(full, (0, 0), 0.025 * eyes.distance_px) - 0.25) / 0.7)


def _scaled(point: tuple[float, float], scale: float) -> tuple[float, float]:
    return point[0] * scale, point[1] * scale


def _features(across: Pixels, down: Pixels) -> Pixels:
    """1 over eyes with brows and over the mouth, softly falling to 0."""
    eye = np.sqrt((np.abs(across) - 0.5) ** 2 / 0.36**2 + (down + 0.02) ** 2 / 0.17**2)
    brow = np.sqrt((np.abs(across) - 0.52) ** 2 / 0.45**2 + (down + 0.34) ** 2 / 0.14**2)
    mouth = np.sqrt(across**2 / 0.50**2 + (down - 1.12) ** 2 / 0.24**2)
    nearest = np.minimum(np.minimum(eye, brow), mouth)
    return smooth_step((1.25 - nearest) / 0.35)


def smooth_step(x: Pixels) -> Pixels:
    """0 below 0, 1 above 1, and without corners in between."""
    t = np.clip(x, 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)
