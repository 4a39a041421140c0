"""Where exactly the pupils of a face are, and whether several looks at them agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stimuli.faces import Face, Point
from stimuli.networks import run_network

_SIDE_PX = 64  # what the network looks at

# The network was trained on squares 2.3 times as wide as an eye from corner to corner; that is
# about 30 mm where the pupils are 63 mm apart (Gordon et al. 2014, ANSUR II).
_SQUARE = 2.3 * 30 / 63
# Pictures are shrunk until a square has about this many pixels: more would be aliased away.
_EYE_DISTANCE_PX = 90

Floats = npt.NDArray[Any]


@dataclass(frozen=True)
class Pupils:
    """Lengths as shares of the distance between the pupils.

    ``disagreement``: largest distance between looks at one eye. ``iris_widths``: diameters of the
    left and the right iris, about 0.19 in adults. ``detail``: share (0-1) of the contrast around the
    eyes that is finer than a fortieth of the distance, in the eye with less; sharp portraits have 0.3.
    """

    left: Point
    right: Point
    disagreement: float
    iris_widths: tuple[float, float]
    detail: float


def locate_pupils(rgb: npt.NDArray[Any], face: Face) -> Pupils:
    """Centres of the irises by MediaPipe Iris (Ablavatski et al. 2020), looked at three times.

    The first look starts from the rough eyes of ``face``; a second starts from what the first
    found, and a third sees each eye mirrored. The result is the mean of the last two.
    """
    scale = min(1.0, _EYE_DISTANCE_PX / math.dist(face.left_eye, face.right_eye))
    size = round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    factors = np.array([rgb.shape[1] / small.shape[1], rgb.shape[0] / small.shape[0]])
    rough = (np.array([face.left_eye, face.right_eye]) + 0.5) / factors - 0.5
    first = _look(small, rough, mirrored=False)
    again = _look(small, first[:, 0], mirrored=False)
    other = _look(small, first[:, 0], mirrored=True)
    centres = (again[:, 0] + other[:, 0]) / 2
    distance = float(np.linalg.norm(centres[1] - centres[0]))
    if not math.isfinite(distance) or distance < 1:
        return Pupils(face.left_eye, face.right_eye, math.inf, (0.0, 0.0), 0.0)
    looks = np.stack([first[:, 0], again[:, 0], other[:, 0]])
    apart = max(float(np.linalg.norm(a - b, axis=1).max()) for a in looks for b in looks)
    widths = [float(np.ptp(eye[:, 1:], axis=1).mean()) / distance for eye in np.stack([again, other], axis=1)]
    left, right = ((x, y) for x, y in ((centres + 0.5) * factors - 0.5).tolist())
    return Pupils(left, right, apart / distance, (widths[0], widths[1]), _detail(small, centres, distance))


def _detail(rgb: npt.NDArray[Any], eyes: Floats, distance: float) -> float:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 0.025 * distance)
    shares = []
    for x, y in eyes:
        rows, columns = (slice(max(0, int(c - distance / 4)), int(c + distance / 4) + 1) for c in (y, x))
        around = grey[rows, columns]
        # An eye outside the picture shows nothing.
        shares.append(float(fine[rows, columns].std() / max(around.std(), 1.0)) if around.size else 0.0)
    return min(shares)


def _look(rgb: npt.NDArray[Any], eyes: Floats, *, mirrored: bool) -> Floats:
    """Five points of both irises, 2 x 5 x 2: the centre, then right, top, left, bottom."""
    line = eyes[1] - eyes[0]
    side = _SQUARE * max(float(np.linalg.norm(line)), 2.0)
    angle = math.atan2(line[1], line[0])
    # It knows left eyes only, so the right one is shown to it as in a mirror.
    return np.stack([_iris(rgb, eye, side, angle, mirrored != (i == 1)) for i, eye in enumerate(eyes)])


def _iris(rgb: npt.NDArray[Any], eye: Floats, side: float, angle: float, mirrored: bool) -> Floats:
    scale = _SIDE_PX / side
    turn = scale * np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    if mirrored:
        turn[0] *= -1
    middle = np.full(2, _SIDE_PX / 2 - 0.5)
    matrix = np.column_stack([turn, middle - turn @ eye])
    square = cv2.warpAffine(rgb, matrix, (_SIDE_PX, _SIDE_PX), flags=cv2.INTER_LINEAR)
    (found,) = run_network("iris_landmark", square.astype(np.float32) / 255)
    # The network counts from the corner of the picture, we from the middle of its first pixel.
    points = found.reshape(5, 3)[:, :2].astype(float) - 0.5
    back = cv2.invertAffineTransform(matrix)
    iris: Floats = points @ back[:, :2].T + back[:, 2]
    return iris
