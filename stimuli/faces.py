"""Find the faces of a picture, each with rough places of eyes, nose and mouth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stimuli.networks import run_network

Point = tuple[float, float]
"""x and y in pixels from the middle of the top left pixel."""

_SIDE_PX = 128  # what the network looks at
_POSSIBLE = 0.5  # MediaPipe's own threshold
# Turned six ways, 38 of 40 pictures of coloured blobs hold a "face" of 0.5, none one of 0.7; all of
# 103 portraits have 0.89 or more.
_CERTAIN_ENOUGH = 0.72
_SAME_FACE = 0.3  # overlap (intersection over union) from which two findings are one face
_SURE = 0.9
# A head that leans further than the network was trained for is looked for in the turned picture.
_TURNS_DEGREES = (-45, 45, -90, 90, 180)

Floats = npt.NDArray[Any]


@dataclass(frozen=True)
class Face:
    """``score``: 0.72 to 1. ``width_px``: from temple to temple, about, of a square from brows to chin.

    Eyes, nose tip and mouth are rough, off by up to a sixth of the distance between the eyes;
    ``stimuli.eyes.find_eyes`` is exact. Left and right as seen by who faces the upright head.
    """

    score: float
    width_px: float
    left_eye: Point
    right_eye: Point
    nose: Point
    mouth: Point


def find_faces(picture: npt.NDArray[Any]) -> list[Face]:
    """The faces of a grey or RGB picture, the largest first; heads may lean by any angle.

    BlazeFace (Bazarevsky et al. 2019) as in MediaPipe, for faces that take up a tenth of the
    picture's longer side or more. Where nothing certain is found upright, the picture is turned.
    """
    rgb = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    scale = _SIDE_PX / max(rgb.shape)
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    square = _centred(small)
    factors = rgb.shape[1] / size[0], rgb.shape[0] / size[1]
    margins = (_SIDE_PX - size[0]) // 2, (_SIDE_PX - size[1]) // 2
    best = _faces_in(square)
    for angle in _TURNS_DEGREES:
        if best and best[0].score >= _SURE:
            break
        forth = cv2.getRotationMatrix2D((_SIDE_PX / 2 - 0.5, _SIDE_PX / 2 - 0.5), angle, 1.0)
        turned = _faces_in(cv2.warpAffine(square, forth, (_SIDE_PX, _SIDE_PX)))
        if turned and (not best or turned[0].score > best[0].score):
            back = cv2.invertAffineTransform(forth)
            best = [_moved(face, back, 1.0) for face in turned]
    matrix = np.array(
        [
            [factors[0], 0, (0.5 - margins[0]) * factors[0] - 0.5],
            [0, factors[1], (0.5 - margins[1]) * factors[1] - 0.5],
        ]
    )
    return [_moved(face, matrix, 1 / scale) for face in best if face.score >= _CERTAIN_ENOUGH]


def _centred(small: npt.NDArray[Any]) -> npt.NDArray[Any]:
    square = np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8)
    top, left = (_SIDE_PX - small.shape[0]) // 2, (_SIDE_PX - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square


def _faces_in(square: npt.NDArray[Any]) -> list[Face]:
    scores, regressed = run_network("face_detection_short_range", square.astype(np.float32) / 127.5 - 1)
    score = 1 / (1 + np.exp(-np.clip(scores[0, :, 0].astype(float), -80, 80)))
    # Eight points each: middle of the box, its size, eyes, nose, mouth, ears; in shares of the side.
    points = regressed[0].reshape(-1, 8, 2).astype(float) / _SIDE_PX
    points[:, 0] += _anchors()
    points[:, 2:] += _anchors()[:, None]
    likely = np.flatnonzero(score > _POSSIBLE)
    likely = likely[np.argsort(-score[likely], kind="stable")]
    faces = []
    while len(likely):
        same = _overlap(points[likely[0]], points[likely]) > _SAME_FACE
        group, likely = likely[same], likely[~same]
        # The mean of all findings of one face is steadier than the best of them.
        mean = np.average(points[group], axis=0, weights=score[group]) * _SIDE_PX
        faces.append(_face(float(score[group[0]]), mean))
    return sorted(faces, key=lambda face: -face.width_px)


def _face(score: float, points: Floats) -> Face:
    left, right, nose, mouth = ((float(x) - 0.5, float(y) - 0.5) for x, y in points[2:6])
    return Face(score, float(points[1, 0]), left, right, nose, mouth)


@cache
def _anchors() -> Floats:
    """Where each of the network's 896 guesses is at home: two per cell of 16 x 16, six of 8 x 8."""
    grids = []
    for cells, guesses in ((16, 2), (8, 6)):
        ys, xs = np.mgrid[0:cells, 0:cells]
        middles = np.stack([xs.ravel(), ys.ravel()], axis=1) + 0.5
        grids.append(np.repeat(middles / cells, guesses, axis=0))
    return np.concatenate(grids)


def _overlap(one: Floats, others: Floats) -> Floats:
    low = np.maximum(one[0] - one[1] / 2, others[:, 0] - others[:, 1] / 2)
    high = np.minimum(one[0] + one[1] / 2, others[:, 0] + others[:, 1] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    share: Floats = shared / (np.prod(one[1]) + np.prod(others[:, 1], axis=1) - shared)
    return share


def _moved(face: Face, matrix: npt.NDArray[Any], scale: float) -> Face:
    """A face after an affine transform of the picture it was found in."""
    points = (face.left_eye, face.right_eye, face.nose, face.mouth)
    return Face(face.score, face.width_px * scale, *(_transformed(point, matrix) for point in points))


def _transformed(point: Point, matrix: npt.NDArray[Any]) -> Point:
    x, y = matrix @ np.array([*point, 1.0])
    return float(x), float(y)
