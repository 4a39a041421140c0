import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stimuli.eyes import Eyes
from stimuli.framing import CROPS, Framing, frame_picture


def dots(eyes: Eyes, size: int = 900) -> np.ndarray:
    """A black picture with a soft white dot on each eye."""
    places, width = np.arange(size), 2 * (0.06 * eyes.distance_px) ** 2
    light = sum(
        255 * np.outer(np.exp(-((places - y) ** 2) / width), np.exp(-((places - x) ** 2) / width))
        for x, y in (eyes.left, eyes.right)
    )
    return np.dstack([np.clip(light, 0, 255).astype(np.uint8)] * 3)


def centre_near(pixels, point, reach) -> np.ndarray:
    """Centre of the light within ``reach`` of a point."""
    ys, xs = np.ogrid[0 : pixels.shape[0], 0 : pixels.shape[1]]
    light = pixels[:, :, 0] * ((xs - point[0]) ** 2 + (ys - point[1]) ** 2 < reach**2)
    return np.array([(xs * light).sum(), (ys * light).sum()]) / light.sum()


@settings(max_examples=15, deadline=None)
@given(
    angle=st.floats(-180, 180),
    distance=st.floats(40, 260),
    x=st.floats(250, 650),
    y=st.floats(250, 650),
    crop=st.sampled_from(sorted(CROPS)),
)
def test_eyes_of_any_place_size_and_tilt_come_where_the_frame_says(angle, distance, x, y, crop):
    step = distance / 2 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    eyes = Eyes((x - step[0], y - step[1]), (x + step[0], y + step[1]), "columns")
    goal = CROPS[crop].eyes
    framed = frame_picture(dots(eyes), eyes, CROPS[crop])
    for wanted in (goal.left, goal.right):
        found = centre_near(framed.pixels, wanted, 0.3 * goal.distance_px)
        assert np.hypot(*(found - wanted)) < 1
    assert framed.scale == pytest.approx(goal.distance_px / distance)


@settings(max_examples=8, deadline=None)
@given(shift=st.integers(-300, 300))
def test_what_lies_beyond_the_edge_is_counted_and_filled_from_the_edge(shift):
    eyes = Eyes((360 + shift, 400), (540 + shift, 400), "columns")
    picture = np.full((900, 900, 3), 90, np.uint8)
    framed = frame_picture(picture, eyes, Framing())
    assert (np.abs(framed.pixels.astype(int) - 90) <= 1).all()
    scale = framed.scale
    left, right = (450 + shift) * scale - 240, (450 + shift) * scale + 240
    missing = max(0.0, -left) + max(0.0, right - 900 * scale)
    assume(0 <= missing < 480)
    top, bottom = 400 * scale - 240, 400 * scale + 360
    lost = max(0.0, -top) + max(0.0, bottom - 900 * scale)
    share = 1 - (1 - missing / 480) * (1 - lost / 600)
    assert framed.outside_share == pytest.approx(share, abs=0.01)


def test_fine_stripes_are_averaged_and_not_aliased():
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    framed = frame_picture(stripes, Eyes((400, 500), (800, 500), "columns"), Framing())
    inner = framed.pixels[100:-100, 100:-100].astype(float)
    assert inner.std() < 12
    assert inner.mean() == pytest.approx(127.5, abs=3)


def test_the_ffhq_crop_is_four_eye_distances_wide():
    eyes = CROPS["ffhq"].eyes
    assert (CROPS["ffhq"].width_px, CROPS["ffhq"].height_px) == (512, 512)
    assert eyes.distance_px == pytest.approx(512 / 4)


@pytest.mark.parametrize("wrong", [{"width_px": 50}, {"eye_distance": 0.0}, {"eye_height": 1.2}])
def test_impossible_frames_are_refused(wrong):
    with pytest.raises(ValueError, match="found"):
        Framing(**wrong)


def test_opencv_still_keeps_outer_edges_in_place_when_it_shrinks():
    """``frame_picture`` reckons with it."""
    ramp = np.repeat(np.arange(100, dtype=np.float32)[None], 10, axis=0)
    small = cv2.resize(ramp, (50, 10), interpolation=cv2.INTER_AREA)
    assert small[0, 10] == pytest.approx((10 + 0.5) * 2 - 0.5)
