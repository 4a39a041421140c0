"""What speaks against a pair of eyes, in words for the person who should look at it.

Bounds are set on every third of 103 portraits, as they are and spoiled in 16 ways (eyes covered,
blurred, cut off, squeezed, ...), so that no misplaced eye went unmentioned; docs/faces.md says how
they do on others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from stimuli.faces import Face, Point
from stimuli.pupils import Pupils

_SURE_SCORE = 0.88
_OTHER_FACE = 0.4  # width as a share of the largest face's
_DISAGREEMENT = 0.035
_IRIS_WIDTHS = (0.13, 0.25)
_UNEQUAL_IRISES = 1.17
_LEAST_DETAIL = 0.1
_TURNED = 0.3  # nose tip beside the middle of the eyes
_FEWEST_PX = 25
_GIVEN_OFF = 0.35  # eyes of a face found are rough, but not that rough


def eye_doubts(faces: Sequence[Face], pupils: Pupils) -> Iterator[str]:
    """Against eyes that were found in the largest of ``faces``."""
    yield from _other_faces(faces)
    if faces[0].score < _SURE_SCORE:
        yield "hardly recognised as a face"
    if pupils.disagreement > _DISAGREEMENT:
        far = f"{min(pupils.disagreement, 1):.0%}" + (" or more" if pupils.disagreement > 1 else "")
        yield f"several looks differ by {far} of the eye distance"
    small, large = sorted(pupils.iris_widths)
    if small < _IRIS_WIDTHS[0] or large > _IRIS_WIDTHS[1] or large > _UNEQUAL_IRISES * small:
        yield "the irises found are not as large as irises are"
    if pupils.detail < _LEAST_DETAIL:
        yield "it is blurred around the eyes"
    if abs(_beside_middle(faces[0].nose, pupils)) > _TURNED:
        yield "the head is turned away"
    if (distance := math.dist(pupils.left, pupils.right)) < _FEWEST_PX:
        yield f"the eyes are only {distance:.0f} px apart"


def given_eye_doubts(left: Point, right: Point, faces: Sequence[Face]) -> Iterator[str]:
    """Against eyes that somebody gave for a picture in which ``faces`` were found."""
    if not faces:
        yield "no face found where the eyes are said to be"
        return
    allowed = _GIVEN_OFF * math.dist(left, right)
    if not any(
        math.dist(left, face.left_eye) < allowed and math.dist(right, face.right_eye) < allowed
        for face in faces
    ):
        yield "the face found has its eyes elsewhere"


def _other_faces(faces: Sequence[Face]) -> Iterator[str]:
    n_large = sum(face.width_px > _OTHER_FACE * faces[0].width_px for face in faces)
    if n_large > 1:
        yield f"{n_large} faces found, the largest was taken"


def _beside_middle(nose: Point, pupils: Pupils) -> float:
    """How far along the line of the eyes, in eye distances."""
    along = pupils.right[0] - pupils.left[0], pupils.right[1] - pupils.left[1]
    middle = (pupils.left[0] + pupils.right[0]) / 2, (pupils.left[1] + pupils.right[1]) / 2
    squared = along[0] ** 2 + along[1] ** 2
    return ((nose[0] - middle[0]) * along[0] + (nose[1] - middle[1]) * along[1]) / max(squared, 1e-9)
