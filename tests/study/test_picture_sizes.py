"""Copies of pictures: which, of which bytes, and what a plan names."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from study.picture_sizes import WIDTHS_PX, copy_name, copy_widths, width_to_load, write_copies
from study.pictures import _NAME

PICTURES = [f"{'a' * 24}.jpg", f"{'b' * 24}.jpg"]


@pytest.fixture
def folder(tmp_path):
    noise = np.random.default_rng(3).integers(0, 255, (600, 480, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / PICTURES[0], quality=90)
    Image.fromarray(noise // 255).save(tmp_path / PICTURES[1], quality=90)
    return tmp_path


def test_each_width_is_at_most_a_quarter_above_the_one_before():
    steps = [wider / width for width, wider in pairwise(WIDTHS_PX)]
    assert all(1.2 < step <= 1.29 for step in steps)


@pytest.mark.parametrize(
    ("full", "widths"),
    [(96, (96,)), (177, (177,)), (178, (160, 178)), (480, (160, 200, 250, 320, 400, 480))],
)
def test_only_copies_that_save_something_are_made(full, widths):
    assert copy_widths(full) == widths


@pytest.mark.parametrize(("shown", "loaded"), [(10, 160), (160, 160), (161, 200), (400, 400), (999, 480)])
def test_the_smallest_file_that_need_not_be_enlarged_is_loaded(shown, loaded):
    assert width_to_load(shown, copy_widths(480)) == loaded


def test_copies_are_the_same_bytes_every_time_and_carry_no_time(folder):
    first = write_copies(folder, PICTURES, copy_widths(480))
    second = write_copies(folder, PICTURES, copy_widths(480))
    assert first == second
    assert [list(digests) for digests in first] == [["160", "200", "250", "320", "400", "480"]] * 2
    for width in copy_widths(480):
        files = [folder / copy_name(picture, width) for picture in PICTURES]
        assert {Image.open(file).size for file in files} == {(width, width * 5 // 4)}
        assert {file.stat().st_mtime for file in files} == {0}


def test_copies_of_one_width_have_the_same_length_however_well_they_compress(folder):
    write_copies(folder, PICTURES, copy_widths(480))
    lengths = {(folder / picture).stat().st_size for picture in PICTURES}
    assert max(lengths) > 5 * min(lengths)
    for width in copy_widths(480):
        assert len({(folder / copy_name(picture, width)).stat().st_size for picture in PICTURES}) == 1


def test_the_widest_copy_shows_the_picture_itself(folder):
    write_copies(folder, PICTURES, copy_widths(480))
    for picture in PICTURES:
        whole = (folder / picture).read_bytes()
        assert (folder / copy_name(picture, 480)).read_bytes().rstrip(b"\0") == whole.rstrip(b"\0")


def test_copies_are_served_like_pictures():
    assert _NAME.match(copy_name(f"{'x' * 24}.jpg", 2000))
