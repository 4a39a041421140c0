import math

import cv2
import numpy as np
import pytest

from stimuli.eyes import (
    EyesNotFoundError,
    eyes_from_columns,
    eyes_from_landmarks,
    find_eyes,
)
from stimuli.picture import read_picture


@pytest.fixture(scope="module")
def measured(shared):
    """The 13 pictures with landmarks: pixels and true eyes."""
    files = sorted((shared / "faces" / "landmarks").glob("*.tem"))
    assert len(files) == 13
    return [(read_picture(file.with_suffix(".jpg")), eyes_from_landmarks(file)) for file in files]


def errors_percent(found, truth) -> list[float]:
    """Distance of each eye from its landmark in percent of the true distance between the eyes."""
    pairs = ((found.left, truth.left), (found.right, truth.right))
    return [100 * math.dist(a, b) / truth.distance_px for a, b in pairs]


def test_found_eyes_lie_within_a_few_percent_of_the_landmarks(measured):
    errors = [error for pixels, truth in measured for error in errors_percent(find_eyes(pixels), truth)]
    assert np.median(errors) < 2.5
    assert max(errors) < 5


def test_a_head_tilted_by_20_degrees_is_found_as_well(measured):
    pixels, truth = measured[0]
    matrix = cv2.getRotationMatrix2D((675, 675), 20, 1)
    turned = cv2.warpAffine(pixels, matrix, (1350, 1350), borderMode=cv2.BORDER_REPLICATE)
    moved = [tuple(matrix @ np.array([*point, 1])) for point in (truth.left, truth.right)]
    found = find_eyes(turned)
    assert found.found_by == "detected"
    assert max(math.dist(found.left, moved[0]), math.dist(found.right, moved[1])) < 0.08 * truth.distance_px


def test_a_picture_without_a_face_is_refused_with_a_remedy():
    with pytest.raises(EyesNotFoundError, match="no face found; give the pupils in the columns left_eye_x"):
        find_eyes(np.full((400, 400, 3), 128, np.uint8))


def test_a_broken_landmark_file_is_named(tmp_path):
    path = tmp_path / "face.tem"
    path.write_text("189\nhere\nthere\n")
    with pytest.raises(EyesNotFoundError, match=r"face\.tem: expected a webmorph landmark file"):
        eyes_from_landmarks(path)


def test_eye_columns_are_all_or_nothing():
    assert eyes_from_columns({}) is None
    row = {"left_eye_x": "10", "left_eye_y": "20", "right_eye_x": "40", "right_eye_y": "21"}
    eyes = eyes_from_columns(row)
    assert eyes is not None
    assert (eyes.left, eyes.right) == ((10, 20), (40, 21))
    with pytest.raises(EyesNotFoundError, match="fill all four or none"):
        eyes_from_columns({**row, "right_eye_y": ""})
