from itertools import pairwise

import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image
from skimage import data

from stimuli.degrade import (
    DEFECTS,
    CannotDegradeError,
    Portrait,
    defect_measure,
    defect_named,
    degrade,
    degrade_portrait,
    eyes_after,
)
from stimuli.eyes import find_eyes
from stimuli.framing import Framing, frame_picture
from stimuli.picture import read_picture

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
FRAMING = Framing(eye_distance=0.2, eye_height=0.33)


def framed(pixels):
    cut = frame_picture(pixels, find_eyes(pixels), FRAMING).pixels
    return Portrait(cut.astype(np.float32), FRAMING.eyes)


@pytest.fixture(scope="module")
def collins():
    """A public-domain portrait before a plain wall, into which every defect can be put."""
    return framed(data.astronaut())


@pytest.fixture(scope="module")
def hopper():
    """A public-domain portrait with glasses, a hat, and a flag behind."""
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        return framed(np.asarray(image.convert("RGB")))


@pytest.fixture(scope="module")
def ladder(collins):
    """Every defect at every dose."""
    return {
        defect: [degrade_portrait(collins, defect=defect, dose=dose) for dose in DOSES] for defect in DEFECTS
    }


@pytest.fixture(scope="module", params=[0, 3])
def london(request, preparation):
    """Two people of different skin tone."""
    real = [s for s in preparation.stimulus_set.stimuli if s.stimulus.startswith("london")]
    pixels = read_picture(preparation.stimulus_set.folder / real[request.param].file)
    return Portrait(pixels.astype(np.float32), Framing().eyes)


def change_by_place(edited, portrait):
    """Largest change of a colour channel at each pixel."""
    return np.abs(edited - portrait.pixels).max(axis=2)


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_dose_changes_its_measure_further_the_same_way(collins, ladder, defect):
    measured = [defect_measure(pixels, collins.eyes, defect, original=collins) for pixels in ladder[defect]]
    steps = np.diff(measured) * defect_named(defect).direction
    assert (steps > 0).all(), measured


@pytest.mark.parametrize("defect", ["skin", "lighting", "symmetry", "cutout", "focus", "body_large"])
def test_so_it_does_before_a_flag_and_behind_glasses(hopper, defect):
    measured = [
        defect_measure(
            degrade_portrait(hopper, defect=defect, dose=dose), hopper.eyes, defect, original=hopper
        )
        for dose in (0, 0.5, 1)
    ]
    assert (np.diff(measured) * defect_named(defect).direction > 0).all(), measured


@pytest.mark.parametrize("defect", ["skin", "lighting", "symmetry", "catchlights"])
def test_so_it_does_in_light_and_in_dark_skin(london, defect):
    measured = [
        defect_measure(
            degrade_portrait(london, defect=defect, dose=dose), london.eyes, defect, original=london
        )
        for dose in (0, 0.5, 1)
    ]
    assert (np.diff(measured) * defect_named(defect).direction > 0).all(), measured


@pytest.mark.parametrize("defect", DEFECTS)
def test_dose_0_goes_the_same_way_and_leaves_every_pixel_as_it_was(collins, ladder, defect):
    assert (ladder[defect][0] == collins.pixels).all()
    assert eyes_after(collins, defect=defect, dose=0) == collins.eyes


# A light that wanders changes no more once it has left its place.
@pytest.mark.parametrize("defect", [defect for defect in DEFECTS if defect != "catchlights_apart"])
def test_each_dose_changes_more_of_the_picture(collins, ladder, defect):
    changes = [change_by_place(pixels, collins).mean() for pixels in ladder[defect]]
    assert all(less < more for less, more in pairwise(changes))


@pytest.mark.parametrize("defect", ["skin", "lighting", "symmetry", "asymmetry", "catchlights"])
def test_what_happens_in_the_face_leaves_the_wall_alone(collins, ladder, defect):
    wall = collins.outline.matte < 0.02
    assert np.percentile(change_by_place(ladder[defect][-1], collins)[wall], 90) <= 1


@pytest.mark.parametrize("defect", ["background", "cutout", "focus", "body_large"])
def test_what_happens_around_the_face_leaves_its_middle_alone(collins, ladder, defect):
    across, down = collins.coordinates
    middle = (np.abs(across) < 0.6) & (np.abs(down - 0.5) < 0.8)
    assert change_by_place(ladder[defect][-1], collins)[middle].max() <= 1


@pytest.mark.parametrize("defect", ["catchlights", "catchlights_apart"])
def test_only_the_eyes_change_when_their_lights_do(collins, ladder, defect):
    across, down = collins.coordinates
    beside = np.minimum(*(np.hypot(across - side, down) for side in (-0.5, 0.5))) > 0.2
    assert change_by_place(ladder[defect][-1], collins)[beside].max() == 0


def test_smoothing_spares_eyes_and_mouth(london):
    edited = degrade_portrait(london, defect="skin", dose=1)
    for x, y in (london.eyes.left, london.eyes.right, (240, 390)):
        around = np.s_[round(y) - 8 : round(y) + 8, round(x) - 15 : round(x) + 15]
        assert change_by_place(edited, london)[around].max() <= 2


def test_a_defect_changes_its_own_measure_and_hardly_the_others(collins, ladder):
    unlike = {
        "skin": "cutout",
        "background": "skin",
        "cutout": "symmetry",
        "lighting": "focus",
        "focus": "skin",
    }
    for defect, other in unlike.items():
        edited = ladder[defect][-1]
        change = {
            name: abs(
                defect_measure(edited, collins.eyes, name, original=collins)
                - defect_measure(collins.pixels, collins.eyes, name, original=collins)
            )
            for name in (defect, other)
        }
        own = abs(
            defect_measure(ladder[other][-1], collins.eyes, other, original=collins)
            - defect_measure(collins.pixels, collins.eyes, other, original=collins)
        )
        assert change[defect] > 0
        assert change[other] < 0.1 * own, (defect, other)


def test_the_eyes_are_followed_where_a_defect_moves_them(collins):
    larger = eyes_after(collins, defect="body_small", dose=1)
    assert larger.distance_px == pytest.approx(1.17 * collins.eyes.distance_px, rel=0.01)
    assert find_eyes(degrade_portrait(collins, defect="body_small", dose=1)).distance_px == pytest.approx(
        larger.distance_px, rel=0.05
    )
    sunken = eyes_after(collins, defect="asymmetry", dose=1)
    assert abs(sunken.tilt_degrees) > 3


def test_the_same_edit_gives_the_same_pixels(collins, ladder):
    for defect in ("symmetry", "background", "catchlights_apart"):
        again = degrade(collins.pixels.astype(np.uint8), collins.eyes, defect=defect, dose=DOSES[2])
        assert (again == ladder[defect][2]).all()


def test_a_background_that_fits_the_face_badly_already_is_refused(hopper):
    with pytest.raises(CannotDegradeError, match=r"differently on background and face, by 2\d L\*"):
        degrade_portrait(hopper, defect="background", dose=0.5)


@pytest.mark.parametrize("defect", ["background", "cutout"])
def test_a_picture_that_shows_no_person_or_no_background_is_refused(collins, defect):
    nobody = Portrait(np.full_like(collins.pixels, 128), collins.eyes)
    with pytest.raises(CannotDegradeError, match=r"no person found around the eyes \(\d+% of the face"):
        degrade_portrait(nobody, defect=defect, dose=0.5)
    close = frame_picture(data.astronaut(), find_eyes(data.astronaut()), Framing(eye_distance=0.6))
    closely_cut = Portrait(close.pixels.astype(np.float32), Framing(eye_distance=0.6).eyes)
    with pytest.raises(CannotDegradeError, match=r"the background is only \d% of the picture"):
        degrade_portrait(closely_cut, defect=defect, dose=0.5)


@pytest.mark.parametrize("defect", ["catchlights", "catchlights_apart"])
def test_eyes_without_a_light_are_refused_by_side(collins, defect):
    dull = Portrait(collins.pixels * 0.1, collins.eyes)
    with pytest.raises(CannotDegradeError, match="no clear catch-light in the left and right eye"):
        degrade_portrait(dull, defect=defect, dose=0.5)


def test_unknown_defects_and_doses_out_of_range_are_refused(collins):
    with pytest.raises(ValueError, match=r"expected a defect among skin, lighting, .*; found 'hands'"):
        degrade(collins.pixels, collins.eyes, defect="hands", dose=0.5)
    with pytest.raises(ValueError, match="expected a dose from 0 to 1; found 2"):
        degrade(collins.pixels, collins.eyes, defect="skin", dose=2)
