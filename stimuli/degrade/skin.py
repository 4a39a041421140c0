"""Plastic skin: pores and fine lines smoothed away, features left sharp."""

from __future__ import annotations

import cv2
import numpy as np

from stimuli.degrade.defect import Defect
from stimuli.degrade.portrait import Portrait, grey_levels
from stimuli.picture import Pixels

# Ups and downs well below this share of the skin's own brightness are texture, well above are
# features. A share, because in grey levels dark skin has less of both.
_TEXTURE = 0.08


def _smooth_skin(portrait: Portrait, dose: float) -> Pixels:
    """Smooth within edges, on bare skin only: pores and fine lines go, features stay."""
    edited: Pixels = portrait.pixels + dose * portrait.once(_without_texture)
    return edited


def _without_texture(portrait: Portrait) -> Pixels:
    """What smoothing in full adds to the picture: a guided filter (He, Sun & Tang 2013), twice.

    The picture's own grey is the guide. Other than a bilateral filter it leaves slopes of light
    and shade as slopes; steps in them would look painted.
    """
    smooth = portrait.pixels
    brightness = float(np.median(grey_levels(smooth)[portrait.face > 0.9]))
    for _ in range(2):
        smooth = _guided(smooth, grey_levels(smooth), 0.05 * portrait.eyes.distance_px, _TEXTURE * brightness)
    added: Pixels = portrait.skin[:, :, None] * (smooth - portrait.pixels)
    return added


def _guided(pixels: Pixels, guide: Pixels, radius_px: float, texture: float) -> Pixels:
    size = 2 * max(1, round(radius_px)) + 1

    def mean(of: Pixels) -> Pixels:
        averaged: Pixels = cv2.boxFilter(of, -1, (size, size), borderType=cv2.BORDER_REFLECT_101)
        return averaged

    average, guide_average = mean(pixels), mean(guide)
    variance = (mean(guide * guide) - guide_average**2)[:, :, None]
    shared = mean(pixels * guide[:, :, None]) - average * guide_average[:, :, None]
    slope = shared / (variance + texture**2)
    smooth: Pixels = mean(slope) * guide[:, :, None] + mean(average - slope * guide_average[:, :, None])
    return smooth


def skin_texture(pixels: Pixels, portrait: Portrait) -> float:
    """Median difference between the skin and itself blurred by 2 % of the eye distance, in grey levels."""
    grey = grey_levels(pixels)
    fine = np.abs(grey - portrait.blurred(grey, 0.02))
    return float(np.median(fine[portrait.skin > 0.9]))


SKIN = Defect("skin", "texture left on the skin", "grey levels", -1, _smooth_skin, skin_texture)
