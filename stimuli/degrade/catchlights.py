"""The lights that lamps and windows leave in the eyes: gone, or not the same in both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from stimuli.degrade.defect import CannotDegradeError, Defect
from stimuli.degrade.portrait import Portrait, grey_levels, weighted_mean
from stimuli.face_region import smooth_step
from stimuli.faces import Point
from stimuli.picture import Pixels

# In eye distances: pupils are 63 mm apart (Dodgson 2004), an iris is nearly 12 mm wide.
_IRIS_RADIUS = 0.0935
_LARGEST_LIGHT = 0.085  # diameter in eye distances; larger patches of white are not catch-lights
_FAINTEST = 22.0  # grey levels above the iris
_WIDEST = 0.42  # root mean square distance from its middle, in iris radii
_LOWEST = 0.25  # iris radii below the middle of the iris
_FAINTEST_IRIS = 6.0  # grey levels darker than the white of the eye; less in eyes nearly closed
_FARTHEST_APART = 0.5  # iris radii between the places of one lamp's light in both eyes
_END = (0.45, 0.12)  # where a wandering light ends: iris radii beside and below the middle
_REMEDY = "use another defect for this picture, or another picture"


@dataclass(frozen=True)
class Light:
    """The catch-light of one eye. ``iris``: its centre in pixels; ``radius``: of the iris, in pixels.

    ``layer``: what the light adds to the eye, height x width x 3, 0 elsewhere.
    ``spot``: 1 on the light, height x width. ``place``: its centre from the iris' centre, in iris radii.
    """

    iris: Point
    radius: float
    layer: Pixels
    spot: Pixels
    place: Point


def find_lights(portrait: Portrait) -> tuple[Light, Light]:
    """Left and right eye; CannotDegradeError unless both have one and the same catch-light."""
    left, right = (_find_light(portrait, point) for point in (portrait.eyes.left, portrait.eyes.right))
    missing = [name for name, light in (("left", left), ("right", right)) if light is None]
    if left is None or right is None:
        raise CannotDegradeError(
            f"no clear catch-light in the {' and '.join(missing)} eye (one small spot in the iris, at least "
            f"{_FAINTEST:g} grey levels brighter); {_REMEDY}"
        )
    if math.dist(left.place, right.place) > _FARTHEST_APART:
        raise CannotDegradeError(f"the catch-lights of the two eyes are not at the same place; {_REMEDY}")
    return left, right


def _find_light(portrait: Portrait, pupil: Point) -> Light | None:
    grey = grey_levels(portrait.pixels)
    iris, radius, clearness = _iris(portrait, grey, pupil)
    standing = _standing_out(grey, portrait) * _in_iris(grey.shape, iris, radius)
    if clearness < _FAINTEST_IRIS or standing.max() < _FAINTEST:
        return None
    near = standing > max(0.4 * float(standing.max()), 0.6 * _FAINTEST)
    spot = near.astype(np.uint8)
    place = _place(standing * spot, iris, radius)
    # Wide or scattered, it is a window or glasses; low down, it is the wet edge of the lid.
    if _spread(spot, radius) > _WIDEST or place[1] > _LOWEST:
        return None
    grown = cv2.dilate(spot, _disc(0.038 * portrait.eyes.distance_px))
    rgb = np.clip(np.round(portrait.pixels), 0, 255).astype(np.uint8)
    without = cv2.inpaint(rgb, grown, 0.023 * portrait.eyes.distance_px, cv2.INPAINT_TELEA)
    soft = np.clip(portrait.blurred(grown.astype(np.float32), 0.006) * 1.3, 0, 1)[:, :, None]
    layer = soft * np.maximum(portrait.pixels - without, 0)
    return Light(iris, radius, layer, spot, place)


def _iris(portrait: Portrait, grey: Pixels, pupil: Point) -> tuple[Point, float, float]:
    """Centre and radius of the darkest disc of an iris' size near the pupil, and how many grey levels
    darker it is than the white beside it (not the lids above and below)."""
    unit = portrait.eyes.distance_px
    radius = _IRIS_RADIUS * unit
    reach = math.ceil(1.7 * radius)
    ys, xs = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(xs, ys)
    disc = (distance < radius) & (np.abs(ys) < 0.75 * radius)
    beside = (distance > 1.05 * radius) & (distance < 1.6 * radius) & (np.abs(ys) < 0.45 * radius)
    kernel = (beside / beside.sum() - disc / disc.sum()).astype(np.float32)
    # Light spots are not part of how dark an iris is.
    dull = cv2.morphologyEx(grey, cv2.MORPH_OPEN, _disc(_LARGEST_LIGHT * unit))
    answer = cv2.filter2D(dull, cv2.CV_32F, kernel)
    ys, xs = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    off = np.hypot(xs - pupil[0], ys - pupil[1]) / unit
    answer = np.where(off < 0.07, answer - 150 * off**2, -np.inf)
    row, column = np.unravel_index(int(answer.argmax()), answer.shape)
    return (float(column), float(row)), radius, float(answer[row, column])


def _standing_out(grey: Pixels, portrait: Portrait) -> Pixels:
    """White top-hat: by how much a pixel is brighter than any larger patch around it."""
    size = _LARGEST_LIGHT * portrait.eyes.distance_px
    opened: Pixels = grey - cv2.morphologyEx(grey, cv2.MORPH_OPEN, _disc(size))
    return opened


def _disc(diameter_px: float) -> Pixels:
    size = max(3, round(diameter_px) | 1)
    disc: Pixels = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return disc


def _in_iris(shape: tuple[int, ...], iris: Point, radius: float) -> Pixels:
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]]
    return smooth_step((0.9 - np.hypot(xs - iris[0], ys - iris[1]) / radius) / 0.15)


def _place(weights: Pixels, iris: Point, radius: float) -> Point:
    ys, xs = np.mgrid[0 : weights.shape[0], 0 : weights.shape[1]]
    total = float(weights.sum())
    x, y = float((weights * xs).sum()) / total, float((weights * ys).sum()) / total
    return (x - iris[0]) / radius, (y - iris[1]) / radius


def _spread(spot: Pixels, radius: float) -> float:
    ys, xs = np.nonzero(spot)
    return math.hypot(float(xs.std()), float(ys.std())) / radius


def _remove(portrait: Portrait, dose: float) -> Pixels:
    """Dim the lights of both eyes until the iris behind them shows."""
    left, right = portrait.once(find_lights)
    edited: Pixels = portrait.pixels - dose * (left.layer + right.layer)
    return edited


def _displace(portrait: Portrait, dose: float) -> Pixels:
    """Let the light of one eye wander to where a lamp on the other side, and lower, would show."""
    moved, step = portrait.once(_wandering)
    along = (np.array(portrait.eyes.right) - np.array(portrait.eyes.left)) / portrait.eyes.distance_px
    x, y = dose * moved.radius * step
    shift = np.array([[1, 0, x * along[0] - y * along[1]], [0, 1, x * along[1] + y * along[0]]])
    size = (portrait.pixels.shape[1], portrait.pixels.shape[0])
    there = cv2.warpAffine(moved.layer, shift, size, flags=cv2.INTER_CUBIC)
    edited: Pixels = portrait.pixels - moved.layer + there
    return edited


def _wandering(portrait: Portrait) -> tuple[Light, Pixels]:
    """The light that moves and its way (across, down, in iris radii).

    Of both eyes and both sides the one that from the first step on leads away from where the
    other eye has its light.
    """
    left, right = portrait.once(find_lights)
    ways = []
    for light, other in ((left, right), (right, left)):
        lead = np.array(light.place) - np.array(other.place)
        for side in (-1, 1):
            step = np.array([side * _END[0], _END[1]]) - np.array(light.place)
            ways.append((float(lead @ step), light, step))
    _, light, step = max(ways, key=lambda way: way[0])
    return light, step


def light_strength(pixels: Pixels, portrait: Portrait) -> float:
    """How much the places of the catch-lights stand out from the iris; mean of both eyes, grey levels."""
    standing = _standing_out(grey_levels(pixels), portrait)
    return sum(weighted_mean(standing, light.spot) for light in portrait.once(find_lights)) / 2


def light_disagreement(pixels: Pixels, portrait: Portrait) -> float:
    """How far apart the catch-lights of both eyes lie within their irises, in iris radii."""
    grey = grey_levels(pixels)
    standing = _standing_out(grey, portrait)
    places = []
    for eye in portrait.once(find_lights):
        here = standing * _in_iris(grey.shape, eye.iris, eye.radius)
        places.append(_place(here * (here > 0.4 * here.max()) + 1e-9, eye.iris, eye.radius))
    return math.dist(*places)


CATCHLIGHTS = Defect(
    "catchlights", "strength of the catch-lights", "grey levels", -1, _remove, light_strength
)
CATCHLIGHTS_APART = Defect(
    "catchlights_apart", "distance between the catch-lights", "iris radii", 1, _displace, light_disagreement
)
