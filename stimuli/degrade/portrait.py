"""A photograph about to be edited, with its regions found once and shared by all doses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import cv2
import numpy as np

from stimuli.degrade.outline import Outline, find_outline
from stimuli.eyes import Eyes
from stimuli.face_region import face_coordinates, face_mask, head_mask, skin_mask
from stimuli.picture import Pixels

T = TypeVar("T")


@dataclass(frozen=True)
class Portrait:
    """``pixels``: height x width x 3, 0-255, sRGB. ``eyes``: the pupils in it.

    Regions are 0 to 1, height x width.
    """

    pixels: Pixels
    eyes: Eyes
    _found: dict[Callable[[Portrait], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def coordinates(self) -> tuple[Pixels, Pixels]:
        """Across and down the face, in eye distances from the point between the eyes."""
        return face_coordinates(self.pixels.shape, self.eyes)

    @cached_property
    def face(self) -> Pixels:
        """The oval of the face, nearly hard-edged: where measures look."""
        return face_mask(self.pixels.shape, self.eyes, feather=0.01)

    @cached_property
    def skin(self) -> Pixels:
        return skin_mask(self.pixels, self.eyes)

    @cached_property
    def head(self) -> Pixels:
        return head_mask(self.pixels, self.eyes)

    @cached_property
    def outline(self) -> Outline:
        """CannotDegradeError where person or background cannot be found."""
        return find_outline(self.pixels, self.eyes)

    def once(self, find: Callable[[Portrait], T]) -> T:
        """``find(self)``, computed the first time it is asked for: what all doses of a defect share."""
        if find not in self._found:
            self._found[find] = find(self)
        found: T = self._found[find]
        return found

    def blurred(self, values: Pixels, share: float) -> Pixels:
        """Blurred by a Gaussian whose standard deviation is this share of the eye distance."""
        return blurred(values, share * self.eyes.distance_px)


def blurred(values: Pixels, sigma_px: float) -> Pixels:
    soft: Pixels = cv2.GaussianBlur(values, (0, 0), sigma_px)
    return soft


def grey_levels(pixels: Pixels) -> Pixels:
    """Luma 0-255, as float."""
    rgb = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    grey: Pixels = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return grey


def weighted_mean(values: Pixels, weights: Pixels) -> float:
    return float((values * weights).sum() / max(float(weights.sum()), 1e-6))
