"""Where the pupils are: from a landmark file, from eye columns, or found in the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy.typing as npt

from stimuli.eye_doubts import eye_doubts, given_eye_doubts
from stimuli.faces import Point, find_faces
from stimuli.pupils import locate_pupils

EYE_COLUMNS = ("left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y")

_FEWEST_PX = 10
_GIVEN_IN = {"columns": "the eye columns", "landmarks": "the landmark file"}


class EyesNotFoundError(ValueError):
    """No pair of eyes could be located with confidence; the message says what to do."""


@dataclass(frozen=True)
class Eyes:
    """Pupil centres in pixels from the middle of the top left pixel; left and right as in the picture.

    ``found_by`` is ``landmarks``, ``columns`` or ``detected``. ``doubts``: what speaks against
    detected eyes, each in words; empty where nothing does. (Of a head that lies on its side or
    stands on its head, ``left`` is the eye that is left once the head is upright.)
    """

    left: Point
    right: Point
    found_by: str
    doubts: tuple[str, ...] = ()

    @property
    def distance_px(self) -> float:
        return math.dist(self.left, self.right)

    @property
    def tilt_degrees(self) -> float:
        """Angle of the line between the eyes; positive when the right eye is lower."""
        return math.degrees(math.atan2(self.right[1] - self.left[1], self.right[0] - self.left[0]))


def eyes_from_landmarks(path: Path) -> Eyes:
    """Read points 0 and 1, the pupils, of a webmorph ``.tem`` file."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    try:
        if int(lines[0]) < 2:
            raise ValueError
        first, second = (_point(lines[i]) for i in (1, 2))
        if first == second:
            raise ValueError
    except (ValueError, IndexError):
        raise EyesNotFoundError(
            f"{path.name}: expected a webmorph landmark file (number of points, then x and y of the two "
            "pupils on lines 2 and 3); correct it or remove it so that the eyes are found automatically"
        ) from None
    left, right = sorted((first, second))
    return Eyes(left, right, "landmarks")


def _point(line: str) -> Point:
    x, y = (float(number) for number in line.split())
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError
    return x, y


def eyes_from_columns(row: Mapping[str, str]) -> Eyes | None:
    """Read the four eye columns; None when all are empty, an error when only some are given."""
    texts = [row.get(column, "").strip() for column in EYE_COLUMNS]
    if not any(texts):
        return None
    try:
        x1, y1, x2, y2 = (float(text) for text in texts)
        if not all(map(math.isfinite, (x1, y1, x2, y2))):
            raise ValueError
    except ValueError:
        found = ", ".join(f"{name}={text!r}" for name, text in zip(EYE_COLUMNS, texts, strict=True))
        raise EyesNotFoundError(
            f"expected four numbers in pixels, found {found}; fill all four or none"
        ) from None
    left, right = sorted(((x1, y1), (x2, y2)))
    return Eyes(left, right, "columns")


def given_eyes(path: Path, columns: Mapping[str, str]) -> Eyes | None:
    """From the ``.tem`` file beside the picture, else the eye columns; None where nobody gave them."""
    landmarks = path.with_suffix(".tem")
    return eyes_from_landmarks(landmarks) if landmarks.exists() else eyes_from_columns(columns)


def find_eyes(picture: npt.NDArray[Any]) -> Eyes:
    """Locate both pupils of the largest face in a grey or RGB picture, whatever its tilt.

    A face by BlazeFace, then the irises by MediaPipe Iris, looked at three times; neither was
    trained or adjusted on the pictures that its accuracy is measured with (docs/faces.md).
    Whatever speaks against the result is said in ``doubts``.
    """
    rgb = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    faces = find_faces(rgb)
    if not faces:
        raise EyesNotFoundError(
            "no face found; give the pupils in the columns " + ", ".join(EYE_COLUMNS) + " or in a .tem file"
        )
    pupils = locate_pupils(rgb, faces[0])
    left, right = ((round(x, 2), round(y, 2)) for x, y in (pupils.left, pupils.right))
    return Eyes(left, right, "detected", tuple(eye_doubts(faces, pupils)))


def usable_eyes(eyes: Eyes, picture: npt.NDArray[Any]) -> Eyes:
    """Eyes that were given, with doubts if the face in the picture has its own elsewhere.

    Points outside the picture, or too close together to align by, are an error.
    """
    refuse_misplaced(eyes, picture)
    return replace(eyes, doubts=tuple(given_eye_doubts(eyes.left, eyes.right, find_faces(picture))))


def refuse_misplaced(eyes: Eyes, picture: npt.NDArray[Any]) -> None:
    """``EyesNotFoundError`` for points outside the picture, or too close together to align by."""
    height, width = picture.shape[:2]
    points = (eyes.left, eyes.right)
    inside = all(0 <= x <= width and 0 <= y <= height for x, y in points)
    if not inside or eyes.distance_px < _FEWEST_PX:
        found = ", ".join(f"({x:g}, {y:g})" for x, y in points)
        raise EyesNotFoundError(
            f"expected two pupils inside the picture of {width}x{height} px, {_FEWEST_PX} px apart or more, "
            f"found {found} in {_GIVEN_IN[eyes.found_by]}; correct them or leave them out"
        )
