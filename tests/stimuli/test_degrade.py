import numpy as np
import pytest

from stimuli.degrade import DEFECTS, defect_measure, degrade
from stimuli.framing import Framing
from stimuli.picture import read_picture

EYES = Framing().eyes
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture(scope="module", params=[0, 3])
def portrait(request, preparation):
    real = [s for s in preparation.stimulus_set.stimuli if s.stimulus.startswith("london")]
    return read_picture(preparation.stimulus_set.folder / real[request.param].file)


@pytest.mark.parametrize(("defect", "direction"), [("skin", -1), ("lighting", 1), ("symmetry", -1)])
def test_each_dose_changes_its_measure_further_the_same_way(portrait, defect, direction):
    measured = [defect_measure(degrade(portrait, EYES, defect=defect, dose=d), EYES, defect) for d in DOSES]
    steps = np.diff(measured) * direction
    assert (steps > 0).all(), measured
    assert abs(measured[-1] - measured[0]) > 0.4 * abs(measured[0])


@pytest.mark.parametrize("defect", DEFECTS)
def test_dose_0_leaves_every_pixel_as_it_was(portrait, defect):
    assert (degrade(portrait, EYES, defect=defect, dose=0) == portrait).all()


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_background_stays_as_it_was(portrait, defect):
    edited = degrade(portrait, EYES, defect=defect, dose=1)
    corners = np.s_[:200, :40], np.s_[:200, -40:]
    for corner in corners:
        difference = np.abs(edited[corner].astype(int) - portrait[corner])
        assert np.percentile(difference, 95) <= 1


def test_smoothing_spares_eyes_and_mouth(portrait):
    edited = degrade(portrait, EYES, defect="skin", dose=1).astype(int)
    for x, y in (*((round(x), round(y)) for x, y in (EYES.left, EYES.right)), (240, 390)):
        around = np.s_[y - 8 : y + 8, x - 15 : x + 15]
        assert np.abs(edited[around] - portrait[around]).max() <= 2


def test_the_same_edit_gives_the_same_pixels(portrait):
    first, second = (degrade(portrait, EYES, defect="lighting", dose=0.6) for _ in range(2))
    assert (first == second).all()


def test_unknown_defects_and_doses_out_of_range_are_refused(portrait):
    with pytest.raises(ValueError, match="expected a defect among skin, lighting, symmetry; found 'hands'"):
        degrade(portrait, EYES, defect="hands", dose=0.5)
    with pytest.raises(ValueError, match="expected a dose from 0 to 1; found 2"):
        degrade(portrait, EYES, defect="skin", dose=2)
