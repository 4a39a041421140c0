"""A head that is too large or too small for the body."""

from __future__ import annotations

import cv2
import numpy as np

from stimuli.degrade.defect import Defect
from stimuli.degrade.mirror import flow
from stimuli.degrade.portrait import Portrait, grey_levels
from stimuli.degrade.warp import eyes_pulled, pulled
from stimuli.eyes import Eyes
from stimuli.face_region import smooth_step
from stimuli.picture import Pixels

# Heights below the eyes, in eye distances.
_CHIN = 1.75
_HEAD_CENTRE = 0.8
_LARGER_HEAD = 0.17
_LARGER_BODY = 0.30


def _grown(portrait: Portrait, extra: float, share: Pixels, centre: float) -> Pixels:
    """Steps that enlarge by ``1 + extra`` where ``share`` is 1 and not at all where it is 0.

    Enlarging takes pixels from nearer the centre, so nothing beyond the picture's edge is needed.
    """
    across, down = portrait.coordinates
    along = np.array(portrait.eyes.right) - np.array(portrait.eyes.left)
    factor = 1 / (1 + extra * share) - 1
    dx, dy = across * factor, (down - centre) * factor
    return np.dstack([dx * along[0] - dy * along[1], dx * along[1] + dy * along[0]]).astype(np.float32)


def _head_step(portrait: Portrait, dose: float) -> Pixels:
    _, down = portrait.coordinates
    share = smooth_step((_CHIN + 0.75 - down) / 0.9)
    return _grown(portrait, _LARGER_HEAD * dose, share, _HEAD_CENTRE)


def _body_step(portrait: Portrait, dose: float) -> Pixels:
    _, down = portrait.coordinates
    return _grown(portrait, _LARGER_BODY * dose, smooth_step((down - _CHIN + 0.1) / 0.8), _CHIN)


def _shrink_body(portrait: Portrait, dose: float) -> Pixels:
    """Enlarge the head over an unchanged body."""
    return pulled(portrait.pixels, _head_step(portrait, dose))


def _eyes_of_larger_head(portrait: Portrait, dose: float) -> Eyes:
    return eyes_pulled(portrait.eyes, _head_step(portrait, dose))


def _grow_body(portrait: Portrait, dose: float) -> Pixels:
    """Enlarge neck and shoulders under an unchanged face."""
    return pulled(portrait.pixels, _body_step(portrait, dose))


def head_to_body(pixels: Pixels, portrait: Portrait) -> float:
    """How much more the head was enlarged than the body, compared with the original, in percent.

    Read from the pictures: optical flow from the edited picture to the original, and in either
    region the widening across that fits it best, weighted by how much there is to see.
    """
    edited = np.asarray(pixels, np.float32)
    back = flow(edited, portrait.pixels)
    across, down = portrait.coordinates
    head = portrait.face * (down < 1.4)
    body = (down > 2.1) & (np.abs(across) < 1.0)
    head_scale, body_scale = (_widening(back, edited, portrait, region) for region in (head, body))
    return 100 * (head_scale / body_scale - 1)


def _widening(back: Pixels, edited: Pixels, portrait: Portrait, region: Pixels) -> float:
    across, _ = portrait.coordinates
    grey = portrait.blurred(grey_levels(edited), 0.01)
    seen = portrait.blurred(cv2.Sobel(grey, cv2.CV_32F, 1, 0) ** 2, 0.01) * region + 1e-3 * region
    along = (np.array(portrait.eyes.right) - np.array(portrait.eyes.left)) / portrait.eyes.distance_px**2
    step = back[:, :, 0] * along[0] + back[:, :, 1] * along[1]
    middle = float((seen * across).sum() / seen.sum())
    usual = float((seen * step).sum() / seen.sum())
    slope = (seen * (across - middle) * (step - usual)).sum() / (seen * (across - middle) ** 2).sum()
    return 1 / (1 + float(slope))


_MEASURED = "head enlarged against body"
BODY_SMALL = Defect("body_small", _MEASURED, "percent", 1, _shrink_body, head_to_body, _eyes_of_larger_head)
BODY_LARGE = Defect("body_large", _MEASURED, "percent", -1, _grow_body, head_to_body)
