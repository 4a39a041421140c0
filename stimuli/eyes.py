"""Where the pupils are: from a landmark file, from eye columns, or found in the picture."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

EYE_COLUMNS = ("left_eye_x", "left_eye_y", "right_eye_x", "right_eye_y")

# Where the pupils sit in a box of haarcascade_frontalface_default, as shares of the box:
# means over the 13 London pictures with measured landmarks (spread 0.02 and 0.012).
_EYE_X = (0.313, 0.686)
_EYE_Y = 0.391

# Share of the eye box between its centre and the pupil, downwards. The two "splits" cascades
# include the eyebrow, so their boxes sit high.
_PUPIL_BELOW_CENTRE = {
    "eye": -0.024,
    "eye_tree_eyeglasses": -0.033,
    "lefteye_2splits": 0.137,
    "righteye_2splits": 0.132,
}

_THREAD = threading.local()
_LARGEST_SIDE_PX = 900  # pictures are searched at this size; larger ones gain nothing

Grey = npt.NDArray[Any]
Point = tuple[float, float]


class EyesNotFoundError(ValueError):
    """No pair of eyes could be located with confidence; the message says what to do."""


@dataclass(frozen=True)
class Eyes:
    """Pupil centres in pixels from the top left; left and right as seen in the picture.

    ``found_by`` is ``landmarks``, ``columns``, ``detected`` (both eyes found) or ``face box``
    (at least one eye placed where faces usually have it: look at the result).
    """

    left: Point
    right: Point
    found_by: str

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
    return x, y


def eyes_from_columns(row: Mapping[str, str]) -> Eyes | None:
    """Read the four eye columns; None when all are empty, an error when only some are given."""
    texts = [row.get(column, "").strip() for column in EYE_COLUMNS]
    if not any(texts):
        return None
    try:
        x1, y1, x2, y2 = (float(text) for text in texts)
    except ValueError:
        found = ", ".join(f"{name}={text!r}" for name, text in zip(EYE_COLUMNS, texts, strict=True))
        raise EyesNotFoundError(
            f"expected four numbers in pixels, found {found}; fill all four or none"
        ) from None
    left, right = sorted(((x1, y1), (x2, y2)))
    return Eyes(left, right, "columns")


def find_eyes(picture: npt.NDArray[Any]) -> Eyes:
    """Locate both pupils in a grey or RGB picture of one face.

    A face box by Haar cascade, inside it the median vote of four eye cascades for each side.
    Heads tilted beyond what the cascades accept are tried again with the picture turned by up to
    30 degrees. A pair is kept only if its distance and tilt fit the face box. (Looking for the
    centre of the iris afterwards, as Timm & Barth 2011 do, made the error larger: eyelids and
    catchlights mislead it more often than the vote is wrong.)
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _LARGEST_SIDE_PX / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    eyes = _eyes_in_small(small)
    left, right = ((x / scale, y / scale) for x, y in (eyes.left, eyes.right))
    return Eyes(left, right, eyes.found_by)


def _eyes_in_small(grey: Grey) -> Eyes:
    fallback: Eyes | None = None
    for angle in (0, -15, 15, -30, 30):
        turned, back = _turned(grey, angle)
        box = _largest_face(turned)
        if box is None:
            continue
        eyes = _eyes_in_box(turned, box)
        eyes = Eyes(_moved(eyes.left, back), _moved(eyes.right, back), eyes.found_by)
        if eyes.found_by == "detected":
            return eyes
        fallback = fallback or eyes
    if fallback is None:
        raise EyesNotFoundError(
            "no face found; give the pupils in the columns " + ", ".join(EYE_COLUMNS) + " or in a .tem file"
        )
    return fallback


def _turned(grey: Grey, angle: float) -> tuple[Grey, npt.NDArray[Any]]:
    height, width = grey.shape
    forth = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = (
        grey if angle == 0 else cv2.warpAffine(grey, forth, (width, height), borderMode=cv2.BORDER_REPLICATE)
    )
    return turned, cv2.invertAffineTransform(forth)


def _moved(point: Point, matrix: npt.NDArray[Any]) -> Point:
    x, y = matrix @ np.array([*point, 1.0])
    return float(x), float(y)


def _cascade(name: str) -> Any:
    # A classifier keeps state while it searches: one per thread.
    cascades: dict[str, Any] = _THREAD.__dict__
    if name not in cascades:
        folder = Path(cv2.__file__).parent / "data"
        cascades[name] = cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))
    return cascades[name]


def _largest_face(grey: Grey) -> npt.NDArray[Any] | None:
    """The largest face box (x, y, width, height) in pixels, strict settings before lenient ones."""
    scale = min(1.0, 640 / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    smallest = max(40, round(0.15 * min(small.shape)))
    for neighbours in (6, 3):
        boxes = _cascade("frontalface_default").detectMultiScale(
            small, scaleFactor=1.1, minNeighbors=neighbours, minSize=(smallest, smallest)
        )
        if len(boxes):
            largest: list[int] = max(boxes.tolist(), key=lambda box: (box[2], box))
            return np.array([side / scale for side in largest])
    return None


def _eyes_in_box(grey: Grey, box: npt.NDArray[Any]) -> Eyes:
    x, y, size = float(box[0]), float(box[1]), float(box[2])
    expected = [(x + share * size, y + _EYE_Y * size) for share in _EYE_X]
    votes: list[list[Point]] = [[], []]
    for point in _eye_votes(grey, box):
        side = 0 if point[0] < x + size / 2 else 1
        if math.dist(point, expected[side]) < 0.13 * size:
            votes[side].append(point)
    left, right = (_median(side) if side else None for side in votes)
    if left and right and _plausible(left, right, size):
        return Eyes(left, right, "detected")
    return Eyes(*_completed(expected, left, right), "face box")


def _eye_votes(grey: Grey, box: npt.NDArray[Any]) -> Iterator[Point]:
    """Pupil positions according to each eye cascade, looked for in the middle band of the face."""
    x, y, size = float(box[0]), float(box[1]), float(box[2])
    left, top = max(0, round(x)), max(0, round(y + 0.12 * size))
    band = grey[top : round(y + 0.68 * size), left : round(x + size)]
    scale = 240 / size
    band = cv2.resize(
        band, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    for name, below in _PUPIL_BELOW_CENTRE.items():
        found = _cascade(name).detectMultiScale(
            band, scaleFactor=1.1, minNeighbors=3, minSize=(30, 30), maxSize=(110, 110)
        )
        for a, b, width, height in found:
            yield left + (a + width / 2) / scale, top + (b + height * (0.5 + below)) / scale


def _median(points: list[Point]) -> Point:
    x, y = np.median(np.array(points), axis=0)
    return float(x), float(y)


def _plausible(left: Point, right: Point, face_size: float) -> bool:
    distance = math.dist(left, right) / face_size
    tilt = abs(math.degrees(math.atan2(right[1] - left[1], right[0] - left[0])))
    return 0.28 <= distance <= 0.48 and tilt <= 18


def _completed(expected: list[Point], left: Point | None, right: Point | None) -> tuple[Point, Point]:
    """Put a missing eye at the usual distance from the one that was found."""
    step = expected[1][0] - expected[0][0]
    if left and not right:
        return left, (left[0] + step, left[1])
    if right and not left:
        return (right[0] - step, right[1]), right
    return expected[0], expected[1]
