"""One picture from its file to the common frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stimuli.eyes import Eyes, find_eyes, given_eyes, usable_eyes
from stimuli.face_region import face_mask
from stimuli.framing import FramedPicture, frame_picture
from stimuli.manifest import Stimulus, StimulusError, StimulusSet
from stimuli.picture import Pixels, read_picture
from stimuli.prepare.background import with_background
from stimuli.prepare.light import Floats
from stimuli.prepare.recipe import Recipe


@dataclass(frozen=True)
class Framed:
    """``pixels``: in the frame and before its background. ``original``: as read, upright, in sRGB."""

    pixels: Pixels
    original: Pixels
    eyes: Eyes
    scale: float
    outside_share: float
    background_doubts: tuple[str, ...]
    original_size: tuple[int, int]

    def without_pixels(self) -> Framed:
        """For keeping: the pixels of a thousand pictures would not fit into memory."""
        nothing = np.zeros((0, 0, 3), np.uint8)
        return replace(self, pixels=nothing, original=nothing)


def framed_original(
    originals: StimulusSet, stimulus: Stimulus, recipe: Recipe, face: Floats, eyes: Eyes | None = None
) -> Framed:
    """``eyes``: as found before, if they were. ``face``: see ``face_of_frame``."""
    path = originals.folder / stimulus.file
    original = read_picture(path)
    eyes = eyes or locate_eyes(path, stimulus, original)
    framed = frame_picture(original, eyes, recipe.framing)
    if framed.outside_share > recipe.max_outside_share:
        raise StimulusError(_too_far_outside(stimulus, framed, recipe.max_outside_share))
    backdrop = with_background(framed.pixels, face, recipe.background)
    size = (original.shape[1], original.shape[0])
    return Framed(backdrop.pixels, original, eyes, framed.scale, framed.outside_share, backdrop.doubts, size)


def locate_eyes(path: Path, stimulus: Stimulus, pixels: Pixels) -> Eyes:
    """From the ``.tem`` file beside the picture, else the eye columns, else found in the picture.

    Eyes that were given are looked at beside the face found there: what does not fit is a doubt.
    """
    given = given_eyes(path, stimulus.extra)
    return usable_eyes(given, pixels) if given else find_eyes(pixels)


def face_of_frame(recipe: Recipe) -> Floats:
    """0 to 1 over the oval of the face, which all pictures of one frame share."""
    shape = (recipe.framing.height_px, recipe.framing.width_px)
    mask: Floats = face_mask(shape, recipe.framing.eyes)
    return mask


def _too_far_outside(stimulus: Stimulus, framed: FramedPicture, allowed: float) -> str:
    return (
        f"{stimulus.file}: {framed.outside_share:.1%} of the frame lie beyond the picture's edge, "
        f"at most {allowed:.1%} are filled; use an original with more around the face, "
        "or cut all pictures closer (--crop tight, or a larger eye distance)"
    )
