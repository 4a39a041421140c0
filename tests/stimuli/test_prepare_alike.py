"""What each option of ``prepare`` does to the measure it is meant for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stimuli.commands import prepare as command
from stimuli.face_region import face_mask
from stimuli.framing import CROPS, Framing
from stimuli.person import person_mask
from stimuli.picture import read_picture
from stimuli.prepare import BACKGROUNDS, LUMINANCE, REGIONS, prepare_set
from stimuli.prepare.background import GREY, with_background
from stimuli.prepare.light import average_light, lab_of, light_of, match_light, pixels_of
from stimuli.prepare.sharpness import blur_to_reach, sharpness_of
from stimuli.sources import read_originals

FACE = face_mask((600, 480), Framing().eyes)
WHOLE = np.ones((600, 480), np.float32)


@pytest.fixture(scope="module")
def few(some_faces):
    """Two London, two Stable Diffusion, two Congress pictures."""
    originals = read_originals(some_faces)
    chosen = [
        s for start in ("real/lon", "ai/", "real/con") for s in originals.stimuli if s.file.startswith(start)
    ]
    return replace(originals, stimuli=(*chosen[:2], *chosen[6:8], *chosen[-2:]))


def prepared_pixels(few, folder, **options):
    report = prepare_set(few, folder, max_outside_share=0.2, compare=False, **options)
    assert len(report.prepared) == 6
    return report, [read_picture(folder / s.file) for s in report.stimulus_set.stimuli]


@pytest.fixture(scope="module")
def plain(few, tmp_path_factory):
    """The six pictures prepared without any matching."""
    return prepared_pixels(few, tmp_path_factory.mktemp("plain") / "set")[1]


def spread(values) -> float:
    return max(values) - min(values)


@pytest.mark.parametrize(("region", "weights"), [("face", FACE), ("picture", WHOLE)])
def test_matched_means_and_contrasts_are_equal(few, plain, tmp_path, region, weights):
    report, pixels = prepared_pixels(few, tmp_path / "set", match_luminance="mean-sd", match_region=region)
    before = [light_of(lab_of(p)[:, :, 0], weights) for p in plain]
    after = [light_of(lab_of(p)[:, :, 0], weights) for p in pixels]
    assert spread([light.mean for light in before]) > 8
    assert spread([light.mean for light in after]) < 0.3
    assert spread([light.sd for light in after]) < 0.4
    goal = report.goal.light
    # The goal is the average, as in SHINE.
    assert goal.mean == pytest.approx(np.mean([light.mean for light in before]), abs=0.3)
    assert goal.sd == pytest.approx(np.mean([light.sd for light in before]), abs=0.3)
    changes = [picture.luminance_change for picture in report.prepared]
    assert sum(changes) == pytest.approx(0, abs=0.01)
    n_told = sum("skin may look like another" in remark for remark in report.remarks)
    assert n_told == sum(abs(change) > 10 for change in changes)


def test_matched_histograms_are_equal(few, plain, tmp_path):
    _, pixels = prepared_pixels(few, tmp_path / "set", match_luminance="histogram")

    def furthest(pictures) -> float:
        """The largest distance between two cumulated histograms (Kolmogorov's)."""
        curves = [np.cumsum(light_of(lab_of(p)[:, :, 0], FACE).shares) for p in pictures]
        return max(np.abs(a - b).max() for a in curves for b in curves)

    assert furthest(plain) > 0.2
    assert furthest(pixels) < 0.06


def test_colour_stays_where_luminance_is_matched(plain):
    lab = lab_of(plain[0])
    goal = average_light([light_of(lab_of(p)[:, :, 0], FACE) for p in plain])
    matched = match_light(lab, FACE, "mean-sd", goal)
    assert (matched[:, :, 1:] == lab[:, :, 1:]).all()


def test_all_become_as_soft_as_the_softest(few, plain, tmp_path):
    report, pixels = prepared_pixels(few, tmp_path / "set", match_sharpness=True, match_luminance="mean-sd")
    before = [sharpness_of(lab_of(p)[:, :, 0], FACE) for p in plain]
    after = [sharpness_of(lab_of(p)[:, :, 0], FACE) for p in pixels]
    assert max(before) > 1.5 * min(before)
    assert max(after) < 1.1 * min(after)
    assert np.median(after) == pytest.approx(report.goal.sharpness, rel=0.08)
    assert report.remarks[-1].startswith(f"{report.softest}: the softest picture")
    assert [p.original_file for p in report.prepared if p.blur_px == 0] == [report.softest]


def test_a_grey_background_is_the_same_grey_everywhere_and_no_face_is_lost(few, plain, tmp_path):
    report, pixels = prepared_pixels(few, tmp_path / "set", background="grey")
    for picture, before, after in zip(report.prepared, plain, pixels, strict=True):
        corner = after[4:40, 4:40].reshape(-1, 3).astype(int)
        assert np.abs(np.median(corner, axis=0) - GREY).max() <= 2, picture.original_file
        inner = FACE > 0.999
        assert np.abs(after[inner].astype(int) - before[inner]).mean() < 3, picture.original_file


def test_a_blurred_background_keeps_its_light_and_loses_its_detail(few, plain, tmp_path):
    _, pixels = prepared_pixels(few, tmp_path / "set", background="blur")
    for before, after in zip(plain, pixels, strict=True):
        ground = (person_mask(before) == 0).astype(np.float32)
        assert abs(before[ground > 0].mean() - after[ground > 0].mean()) < 8
        assert sharpness_of(lab_of(after)[:, :, 0], ground) < 1.5


def test_an_outline_that_cannot_be_right_is_doubted():
    nobody = np.full((600, 480, 3), 200, np.uint8)
    doubts = with_background(nobody, FACE, "grey").doubts
    assert doubts[0].endswith("of the face were taken for background")
    assert "the person was found to fill 0% of the picture" in doubts


def test_recompression_leaves_the_marks_of_one_jpeg_in_all(few, plain, tmp_path):
    """Blocks of 8 x 8 show as larger steps at their borders."""

    def steps_at_borders(pixels) -> float:
        steps = np.abs(np.diff(pixels.astype(float).mean(axis=2), axis=1))
        return steps[:, 7::8].mean() / steps[:, 3::8].mean()

    _, pixels = prepared_pixels(few, tmp_path / "set", recompress=30)
    assert all(steps_at_borders(p) > 1.1 * steps_at_borders(q) for p, q in zip(pixels, plain, strict=True))


@settings(max_examples=25, deadline=None)
@given(mean=st.floats(30, 70), sd=st.floats(8, 16), seed=st.integers(0, 9))
def test_any_goal_within_reach_is_met_in_eight_bits(mean, sd, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(noise).resize((96, 96), Image.Resampling.BICUBIC))
    grey = np.dstack([pixels.mean(axis=2).astype(np.uint8)] * 3)
    weights = np.ones((96, 96), np.float32)
    goal = replace(light_of(lab_of(grey)[:, :, 0], weights), mean=mean, sd=sd)
    found = light_of(lab_of(pixels_of(match_light(lab_of(grey), weights, "mean-sd", goal)))[:, :, 0], weights)
    assert found.mean == pytest.approx(mean, abs=0.1)
    assert found.sd == pytest.approx(sd, abs=0.15)


@given(goal=st.floats(0.5, 7.9))
def test_the_blur_found_reaches_the_goal(goal):
    assert 8.0 - blur_to_reach(lambda sigma: 8.0 - sigma, goal) == pytest.approx(goal, abs=0.01)
    assert blur_to_reach(lambda sigma: goal - sigma, goal) == 0


def test_the_command_offers_what_the_recipe_knows():
    assert (tuple(CROPS), LUMINANCE) == (command._CROPS, command._LUMINANCE)
    assert (command._REGIONS, command._BACKGROUNDS) == (REGIONS, BACKGROUNDS)
