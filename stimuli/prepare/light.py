"""Bring the luminance of all pictures together: means and contrasts, or whole histograms.

After the SHINE toolbox (Willenbockel et al. 2010): the goal is the average of the set, so that no
picture changes more than needed. SHINE works on grey values; here it is CIELAB L*, in which equal
steps look equal, while a* and b* stay, so that faces keep their colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stimuli.picture import Pixels

Floats = npt.NDArray[Any]

# L* in steps of 0.1: finer than 8-bit greys, whose steps are 0.25 and more.
_MIDDLES = (np.arange(1000) + 0.5) / 10

# Colours that leave sRGB are cut off, which shifts mean and contrast a little: aim again.
_MOST_ROUNDS = 4
_CLOSE_ENOUGH = 0.05


@dataclass(frozen=True)
class Light:
    """Mean, standard deviation and histogram (shares of 1,000 steps from 0 to 100) of L*."""

    mean: float
    sd: float
    shares: tuple[float, ...]


def lab_of(pixels: Pixels) -> Floats:
    """CIELAB (D65) of sRGB pixels: L* 0-100, a*, b*."""
    lab: Floats = cv2.cvtColor(np.asarray(pixels, np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab


def pixels_of(lab: Floats) -> Pixels:
    rgb = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return np.clip(np.round(rgb * 255), 0, 255).astype(np.uint8)


def light_of(lightness: Floats, weights: Floats) -> Light:
    """Of the pixels of one picture, weighted (0-1) by the region that counts."""
    mean, sd = mean_and_sd(lightness, weights)
    steps = np.clip(lightness * 10, 0, 999).astype(np.intp)
    counts = np.bincount(steps.ravel(), weights.ravel().astype(float), minlength=1000)
    return Light(mean, sd, tuple((counts / counts.sum()).tolist()))


def average_light(lights: Sequence[Light]) -> Light:
    """What all pictures are brought to. The order of ``lights`` must be fixed for equal results."""
    shares = np.mean([light.shares for light in lights], axis=0)
    means, sds = [light.mean for light in lights], [light.sd for light in lights]
    return Light(float(np.mean(means)), float(np.mean(sds)), tuple(shares.tolist()))


def matched_light(lightness: Floats, weights: Floats, how: str, goal: Light) -> Floats:
    """L* with the goal's mean and contrast (``mean-sd``) or histogram; all pixels change alike."""
    if how == "keep":
        return lightness
    if how == "histogram":
        found = np.cumsum(light_of(lightness, weights).shares)
        wanted = np.cumsum(goal.shares)
        # Each tone goes to the tone with as many darker pixels in the goal (Gonzalez & Woods 2018, 3.3).
        tones = np.interp(found, wanted + np.arange(1000) * 1e-9, _MIDDLES)
        curve: Floats = np.interp(lightness, _MIDDLES, tones).astype(np.float32)
        return curve
    mean, sd = mean_and_sd(lightness, weights)
    moved: Floats = np.clip((lightness - mean) * (goal.sd / max(sd, 1e-6)) + goal.mean, 0, 100)
    return moved.astype(np.float32)


def match_light(lab: Floats, weights: Floats, how: str, goal: Light) -> Floats:
    """CIELAB with matched L*, such that it holds once the picture is 8-bit sRGB again."""
    if how == "keep":
        return lab
    aim, result = goal, lab
    for _ in range(_MOST_ROUNDS if how == "mean-sd" else 1):
        light = matched_light(lab[:, :, 0], weights, how, aim)
        result = np.dstack([light, lab[:, :, 1], lab[:, :, 2]])
        if how == "histogram":
            break
        mean, sd = mean_and_sd(lab_of(pixels_of(result))[:, :, 0], weights)
        if abs(mean - goal.mean) < _CLOSE_ENOUGH and abs(sd - goal.sd) < _CLOSE_ENOUGH:
            break
        aim = Light(aim.mean + goal.mean - mean, aim.sd * goal.sd / max(sd, 1e-6), goal.shares)
    return result


def mean_and_sd(lightness: Floats, weights: Floats) -> tuple[float, float]:
    total = float(weights.sum(dtype=float))
    mean = float((lightness * weights).sum(dtype=float)) / total
    variance = float((weights * (lightness - mean) ** 2).sum(dtype=float)) / total
    return mean, variance**0.5
