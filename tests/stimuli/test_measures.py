"""Every measure: finite for any picture, blind to what it should not see, moved by what it measures."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stimuli.eyes import Eyes, eyes_from_columns
from stimuli.measures import MEASURES, Measures, described, measure_picture
from stimuli.measures.compression import blockiness, noise
from stimuli.measures.detail import spectral_slope
from stimuli.picture import read_picture

OF_THE_FACE = {name for name in MEASURES if name.startswith(("face", "skin", "light_", "background"))}


@pytest.fixture(scope="module")
def portrait(preparation):
    """A prepared face of 480 x 600 px and its eyes."""
    stimulus = preparation.stimulus_set.stimulus("london_099_08")
    return read_picture(preparation.stimulus_set.folder / stimulus.file), eyes_from_columns(stimulus.extra)


def test_every_measure_says_its_unit_and_meaning():
    assert [d.name for d in described()] == list(MEASURES)
    assert all(d.unit and d.meaning for d in described())


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 255, "noise"])
)
def test_every_measure_is_finite_for_any_picture(height, width, seed, what):
    rng = np.random.default_rng(seed)
    pixels = (
        rng.integers(0, 256, (height, width, 3)) if what == "noise" else np.full((height, width, 3), what)
    )
    x, y = rng.uniform(-1, 2, (2, 2)) * ((width,), (height,))
    eyes = Eyes((float(x.min()), float(y[0])), (float(x.max()) + 1, float(y[1])), "columns")
    for found in (measure_picture(pixels.astype(np.uint8)), measure_picture(pixels.astype(np.uint8), eyes)):
        for name in MEASURES:
            assert np.isfinite(getattr(found, name)) or name in OF_THE_FACE


def test_measures_of_a_face_are_there_with_eyes_and_missing_without(portrait):
    pixels, eyes = portrait
    without, with_eyes = measure_picture(pixels), measure_picture(pixels, eyes)
    assert {name for name in MEASURES if np.isnan(getattr(without, name))} == OF_THE_FACE
    assert not [name for name in MEASURES if np.isnan(getattr(with_eyes, name))]


def test_grey_has_no_saturation_and_no_contrast():
    found = measure_picture(np.full((50, 50, 3), 119, np.uint8))
    assert found.luminance == pytest.approx(50, abs=0.2)
    for name in (
        "contrast",
        "saturation",
        "colourfulness",
        "warmth",
        "tint",
        "noise",
        "blockiness",
        "clipped",
    ):
        assert getattr(found, name) == pytest.approx(0, abs=0.1)


def mirrored(pixels: np.ndarray, eyes: Eyes) -> tuple[np.ndarray, Eyes]:
    width = pixels.shape[1]
    (x1, y1), (x2, y2) = eyes.left, eyes.right
    return pixels[:, ::-1].copy(), Eyes((width - 1 - x2, y2), (width - 1 - x1, y1), "columns")


def test_a_mirror_image_differs_only_in_what_has_a_side(portrait):
    one, other = measure_picture(*portrait), measure_picture(*mirrored(*portrait))
    for name in MEASURES:
        sign = -1 if name in ("face_x", "face_tilt", "light_from_right") else 1
        assert getattr(other, name) == pytest.approx(sign * getattr(one, name), rel=0.03, abs=0.3), name


def test_a_larger_copy_of_a_picture_has_the_same_look(portrait):
    pixels, eyes = portrait
    large = cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    twice = Eyes(*((2 * x + 0.5, 2 * y + 0.5) for x, y in (eyes.left, eyes.right)), "columns")
    one, other = measure_picture(pixels, eyes), measure_picture(large, twice)
    for name in ("luminance", "contrast", "saturation", "colourfulness", "warmth", "tint"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=0.03, abs=0.1), name
    for name in ("face_size", "face_x", "face_y", "face_tilt", "face_luminance", "face_contrast"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=0.02, abs=0.02), name
    for name in ("detail_2px", "detail_4px", "detail_8px", "skin_smoothness", "background_detail"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), abs=1.0), name


def noisy(pixels: np.ndarray) -> np.ndarray:
    grain = np.random.default_rng(0).normal(0, 6, (*pixels.shape[:2], 1))
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def smooth_skin(pixels: np.ndarray) -> np.ndarray:
    return cv2.bilateralFilter(pixels, 9, 40, 5)


def lit_from_right(pixels: np.ndarray) -> np.ndarray:
    ramp = np.linspace(0.7, 1.3, pixels.shape[1])[None, :, None]
    return np.clip(pixels * ramp, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("change", "name", "direction"),
    [
        (lambda p: cv2.GaussianBlur(p, (0, 0), 2), "sharpness", -1),
        (lambda p: cv2.GaussianBlur(p, (0, 0), 2), "detail_1px", -1),
        (lambda p: cv2.GaussianBlur(p, (0, 0), 6), "detail_8px", -1),
        (lambda p: cv2.GaussianBlur(p, (0, 0), 2), "spectral_slope", -1),
        (lambda p: p.mean(axis=2, keepdims=True).repeat(3, axis=2), "saturation", -1),
        (lambda p: p.mean(axis=2, keepdims=True).repeat(3, axis=2), "colourfulness", -1),
        (lambda p: np.clip(p + np.array([20, 0, -20.0]), 0, 255), "warmth", 1),
        (lambda p: np.clip(p + np.array([15, -15, 15.0]), 0, 255), "tint", 1),
        (lambda p: np.clip(p * 1.6, 0, 255), "clipped", 1),
        (noisy, "noise", 1),
        (noisy, "background_detail", 1),
        (smooth_skin, "skin_smoothness", 1),
        (lit_from_right, "light_from_right", 1),
        (lit_from_right, "background_unevenness", 1),
        (lambda p: p // 2, "face_luminance", -1),
        (lambda p: p // 2, "face_contrast", -1),
        (lambda p: p // 2, "background_luminance", -1),
    ],
)
def test_what_a_measure_measures_moves_it(portrait, change, name, direction):
    pixels, eyes = portrait
    before = getattr(measure_picture(pixels, eyes), name)
    after = getattr(measure_picture(change(pixels).astype(np.uint8), eyes), name)
    assert direction * (after - before) > 0.05 * abs(before)


def test_a_face_that_is_its_own_mirror_image_is_symmetrical(portrait):
    pixels, eyes = portrait
    middle = round((eyes.left[0] + eyes.right[0] + 1) / 2)
    half = pixels[:, :middle]
    both = np.concatenate([half, half[:, ::-1]], axis=1)
    before, after = (measure_picture(p, eyes).face_asymmetry for p in (pixels, both))
    assert after < before / 3


def test_grain_is_measured_in_grey_levels_whatever_the_picture_shows():
    rng = np.random.default_rng(1)
    ramp = np.linspace(60, 190, 256)[None, :] + np.linspace(-20, 20, 256)[:, None]
    for sigma in (2, 5, 10):
        grey = np.clip(ramp + rng.normal(0, sigma, ramp.shape), 0, 255).round().astype(np.uint8)
        assert noise(grey) == pytest.approx(sigma, rel=0.12)


@pytest.mark.parametrize("exponent", [1.0, 1.3])
def test_spectral_slope_finds_the_exponent_of_a_made_up_spectrum(exponent):
    rng = np.random.default_rng(2)
    radius = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.fftfreq(512)[None, :])
    radius[0, 0] = np.inf
    amplitude = radius**-exponent
    picture = np.fft.ifft2(amplitude * np.exp(2j * np.pi * rng.random((512, 512)))).real
    lightness = (50 + 10 * picture / picture.std()).astype(np.float32)
    assert spectral_slope(lightness) == pytest.approx(-2 * exponent, abs=0.35)
    assert spectral_slope(2 * lightness) == pytest.approx(spectral_slope(lightness), abs=0.01)
    assert spectral_slope(lightness.T.copy()) == pytest.approx(spectral_slope(lightness), abs=0.01)


def as_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(content).convert("RGB"))


@pytest.fixture(scope="module")
def never_compressed(portrait) -> np.ndarray:
    """Scaled, so that the blocks of earlier compression are gone."""
    return cv2.resize(portrait[0], (416, 520), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("quality", [50, 75, 85, 92])
def test_the_quality_of_a_jpeg_is_read_from_its_pixels(never_compressed, quality):
    before, after = measure_picture(never_compressed), measure_picture(as_jpeg(never_compressed, quality))
    assert (before.jpeg_trace, before.jpeg_quality) == (0, 100)
    assert after.jpeg_trace > 0.5
    assert after.jpeg_quality == pytest.approx(quality, abs=4)


def test_a_second_compression_leaves_its_mark(never_compressed):
    once = measure_picture(as_jpeg(never_compressed, 85))
    twice = measure_picture(as_jpeg(as_jpeg(never_compressed, 60), 85))
    assert twice.double_compression > 2 * once.double_compression


def test_blocks_show_even_after_a_cut(never_compressed):
    grey = cv2.cvtColor(as_jpeg(never_compressed, 30), cv2.COLOR_RGB2GRAY)
    clean = blockiness(cv2.cvtColor(never_compressed, cv2.COLOR_RGB2GRAY))
    assert blockiness(grey) > clean + 2
    assert blockiness(grey[3:, 5:].copy()) > clean + 2


def test_measures_are_named_in_one_place():
    assert Measures(**dict.fromkeys(MEASURES, 0.0)).luminance == 0
