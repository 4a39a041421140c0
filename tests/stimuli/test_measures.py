import cv2
import numpy as np
import pytest

from stimuli.measures import measure_picture, separation, separations
from stimuli.picture import read_picture


def test_grey_has_no_saturation_and_no_contrast():
    found = measure_picture(np.full((50, 50, 3), 119, np.uint8))
    assert found.luminance == pytest.approx(50, abs=0.2)
    assert found.contrast == pytest.approx(0, abs=1e-3)
    assert found.saturation == pytest.approx(0, abs=0.1)


def test_blur_lowers_sharpness_and_grey_lowers_saturation(preparation):
    picture = read_picture(preparation.stimulus_set.image_path("london_099_08"))
    before = measure_picture(picture)
    assert measure_picture(cv2.GaussianBlur(picture, (0, 0), 2)).sharpness < before.sharpness / 2
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert measure_picture(grey).saturation < 0.5 < before.saturation


def test_auc_by_hand():
    # Of 4 comparisons the other one is larger in 2, equal in 1: (2 + 0.5) / 4.
    found = separation("x", [1, 3], [3, 2])
    assert found.auc == pytest.approx(2.5 / 4)
    assert separation("x", [1, 2], [3, 4]).auc == 1
    assert separation("x", [3, 4], [1, 2]).tells == 1


def test_the_most_telling_measure_comes_first():
    values = {"useless": [1.0, 2.0, 1.0, 2.0], "telling": [9.0, 8.0, 1.0, 2.0], "weak": [1.0, 3.0, 2.0, 4.0]}
    assert [s.measure for s in separations(values, [True, True, False, False])] == [
        "telling",
        "weak",
        "useless",
    ]


def test_auc_needs_both_groups():
    with pytest.raises(ValueError, match="expected pictures of both groups, found 2 real and 0 other"):
        separation("x", [1, 2], [])
