"""The measure of the timing benchmark, without a screen: what a record of pixels means."""

from __future__ import annotations

import struct
import time
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.timing.blocks import Audit, Block, Told
from tests.benchmarks.timing.campaign import Wanted
from tests.benchmarks.timing.colour_codes import MOST, is_coloured, patch_colours, picture_number
from tests.benchmarks.timing.keyboard import Press
from tests.benchmarks.timing.machine import MachineUse
from tests.benchmarks.timing.measured import Measured, PageClock
from tests.benchmarks.timing.presentations import presentations
from tests.benchmarks.timing.rows import append_rows, read_rows, rows_of
from tests.benchmarks.timing.screen import Change, PixelWatch, Screen, ScreenError, parse_change
from tests.benchmarks.timing.tables import (
    audit_table,
    exactness_table,
    misjudged_table,
    n_off,
    response_table,
)
from tests.benchmarks.timing.ticks import TickGrid, fit_grid
from tests.benchmarks.timing.trace import agreement, swaps

INTERVAL = 1 / 60
GRID = TickGrid(INTERVAL, 100.0)
GREY = (128, 128, 128)
MASK = (90, 90, 90)
USE = MachineUse(0.5, 0.4, 0.1, 0.0)


def change(frame: float, *colours: tuple[int, int, int], late_ms: float = 4.0) -> Change:
    """A change drawn so many ms after a tick, seen between two polls 0.8 ms apart."""
    at = GRID.phase_s + frame * INTERVAL + late_ms / 1000
    return Change(at - 0.0004, at + 0.0004, colours)


def pair(left: int, right: int) -> tuple[tuple[int, int, int], ...]:
    return (*patch_colours(left), *patch_colours(right))


BLANK = (GREY,) * 4


# ---- pictures and their colours ----


@given(st.integers(0, MOST - 1), st.integers(0, 2**32))
def test_a_picture_is_known_by_its_colours_even_after_lossy_compression(number, seed):
    chance = Random(seed)
    upper, lower = (
        tuple(min(255, max(0, value + chance.randint(-25, 25))) for value in rgb)
        for rgb in patch_colours(number)
    )
    assert picture_number(upper, lower) == number


@given(st.integers(0, 255))
def test_no_grey_passes_for_a_picture(level):
    assert not is_coloured((level, level, level))


def test_there_are_no_more_pictures_than_colours():
    with pytest.raises(ValueError, match="picture numbers go from 0 to 3599, found 3600"):
        patch_colours(3600)


# ---- the display's ticks ----


def test_an_exposure_without_limit_has_no_planned_frames():
    assert GRID.planned_frames(float("inf")) is None


@pytest.mark.parametrize("hertz", [50, 59.94, 60, 144, 240])
def test_the_grid_is_found_although_frames_were_dropped(hertz):
    rng = np.random.default_rng(3)
    numbers = np.flatnonzero(rng.random(400) > 0.3)
    grid = fit_grid(12.3456 + numbers / hertz + rng.normal(0, 2e-5, len(numbers)))
    assert grid.interval_s == pytest.approx(1 / hertz, rel=1e-5)
    assert grid.latency_s(12.3456 + 1000 / hertz + 0.003) == pytest.approx(0.003, abs=3e-4)


def test_too_few_frames_give_no_grid():
    with pytest.raises(ValueError, match="needs at least 10 frame times, has 3"):
        fit_grid([1, 2, 3])


@pytest.mark.parametrize(("exposure_ms", "frames"), [(50, 3), (100, 6), (1000, 60), (1, 1), (24, 1), (25, 2)])
def test_an_exposure_is_planned_as_the_nearest_number_of_frames(exposure_ms, frames):
    assert GRID.planned_frames(exposure_ms) == frames


# ---- from changes to presentations ----


def test_a_pair_that_comes_and_goes_together_is_one_presentation():
    [seen] = presentations([change(0, *BLANK), change(10, *pair(4, 5)), change(16, *BLANK)], GRID)
    assert (seen.left, seen.right, seen.frames, seen.raw_frames) == (4, 5, 6, 6)
    assert seen.together
    assert seen.exact(6)
    assert not seen.exact(5)
    assert seen.mask_s is None
    assert seen.error_s == pytest.approx(0.0004)


def test_a_slow_draw_within_one_frame_changes_the_duration_but_not_the_frames():
    changes = [change(0, *BLANK), change(10, *pair(4, 5), late_ms=13), change(16, *BLANK, late_ms=2)]
    [seen] = presentations(changes, GRID)
    assert (seen.frames, seen.raw_frames) == (6, 5)


def test_a_face_that_comes_a_frame_later_than_the_other_is_not_together():
    late = (*patch_colours(4), GREY, GREY)
    [seen] = presentations(
        [change(0, *BLANK), change(9, *late), change(10, *pair(4, 5)), change(16, *BLANK)], GRID
    )
    assert (seen.left, seen.right, seen.together, seen.frames) == (4, 5, False, 7)
    assert not seen.exact(7)


def test_a_picture_whose_lower_half_comes_a_frame_later_is_not_together():
    torn = (patch_colours(4)[0], GREY, *patch_colours(5))
    [seen] = presentations(
        [change(0, *BLANK), change(9, *torn), change(10, *pair(4, 5)), change(16, *BLANK)], GRID
    )
    assert not seen.together


def test_a_frame_seen_while_it_was_being_copied_is_one_frame():
    upper, lower = patch_colours(4)
    torn = (upper, GREY, upper, GREY)
    [seen] = presentations(
        [
            change(0, *BLANK),
            change(10, *torn),
            change(10, *pair(4, 5), late_ms=4.8),
            change(16, GREY, lower, GREY, lower),
            change(16, *BLANK, late_ms=4.8),
        ],
        GRID,
    )
    assert (seen.left, seen.right, seen.frames, seen.together) == (4, 5, 6, True)


def test_the_mask_is_with_the_offset_or_it_is_not():
    masked = (MASK, GREY, GREY, MASK)
    begin = [change(0, *BLANK), change(10, *pair(4, 5))]
    [at_once] = presentations([*begin, change(16, *masked), change(19, *BLANK)], GRID)
    assert at_once.mask_with_offset is True
    [later] = presentations([*begin, change(16, *BLANK), change(17, *masked)], GRID)
    assert later.mask_with_offset is False


def test_a_single_picture_needs_no_second_one():
    one = [change(0, GREY, GREY), change(3, *patch_colours(7)), change(4, GREY, GREY)]
    [seen] = presentations(one, GRID)
    assert (seen.left, seen.right, seen.frames, seen.together) == (7, None, 1, True)


def test_a_pair_of_which_one_never_came_is_not_together():
    changes = [change(0, *BLANK), change(10, *patch_colours(4), GREY, GREY), change(16, *BLANK)]
    [seen] = presentations(changes, GRID)
    assert (seen.left, seen.right, seen.together) == (4, None, False)


def test_what_stood_there_from_the_beginning_or_to_the_end_is_no_presentation():
    assert presentations([change(0, *pair(0, 1)), change(3, *BLANK), change(5, *pair(2, 3))], GRID) == []
    assert presentations([], GRID) == []


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 30)), min_size=1, max_size=20))
def test_every_presentation_of_a_record_is_found_with_its_frames(durations):
    changes, frame = [change(0, *BLANK)], 0
    for number, (pause, shown) in enumerate(durations):
        changes.append(change(frame := frame + pause, *pair(2 * number, 2 * number + 1)))
        changes.append(change(frame := frame + shown, *BLANK))
    seen = presentations(changes, GRID)
    assert [(one.left, one.right, one.frames) for one in seen] == [
        (2 * number, 2 * number + 1, shown) for number, (_, shown) in enumerate(durations)
    ]
    assert all(one.together for one in seen)


# ---- the screen ----


def fake_frame_buffer(file, *, width=8, height=4, bits=32):
    """An XWD file as Xvfb keeps it, all black."""
    header = [0] * 25
    header[0], header[4], header[5], header[11], header[12], header[19] = (
        104,
        width,
        height,
        bits,
        4 * width,
        2,
    )
    file.write_bytes(struct.pack(">25I", *header).ljust(104, b"\0") + bytes(24) + bytes(4 * width * height))
    return file


def test_a_change_of_a_pixel_is_seen_between_its_stamps(tmp_path):
    screen = Screen(":0", fake_frame_buffer(tmp_path / "screen"))
    with PixelWatch(screen, [(1, 2), (3, 3)]) as watch, screen.frame_buffer.open("r+b") as memory:
        memory.seek(screen.offset(3, 3))
        before = time.monotonic()
        memory.write(bytes([10, 20, 30, 0]))
        memory.flush()
        after = time.monotonic()
        assert watch.wait_for(lambda changes: len(changes) > 1, seconds=5)
    first, second = watch.changes
    assert first.colours == ((0, 0, 0), (0, 0, 0))
    assert second.colours == ((0, 0, 0), (30, 20, 10))
    assert second.before_s <= after
    assert second.after_s >= before
    assert screen.picture()[3, 3].tolist() == [30, 20, 10]


def test_a_screen_of_another_depth_is_refused(tmp_path):
    with pytest.raises(ScreenError, match="expected 32 bits per pixel, found 16"):
        Screen(":0", fake_frame_buffer(tmp_path / "screen", bits=16))


def test_a_pixel_beyond_the_edge_is_refused(tmp_path):
    screen = Screen(":0", fake_frame_buffer(tmp_path / "screen"))
    with pytest.raises(ScreenError, match=r"pixel \(8, 0\) is outside the screen of 8 x 4"):
        screen.offset(8, 0)


def test_a_line_of_the_poll_is_read_back():
    assert parse_change("1500000000 1600000000 ff8000 000102\n") == Change(
        1.5, 1.6, ((255, 128, 0), (0, 1, 2))
    )


# ---- trace ----


def test_pixels_and_trace_agree_when_swaps_lie_at_the_edges():
    changes = [change(0, *BLANK), change(10, *pair(4, 5)), change(16, *BLANK)]
    measured = Measured(presentations(changes, GRID), GRID, changes)
    events = [
        {"name": "Display::DrawAndSwap", "ph": "X", "ts": (one.at_s - 0.003) * 1e6, "dur": 2500.0}
        for one in changes
    ]
    assert agreement(measured, swaps([*events, {"name": "other", "ph": "X", "ts": 0.0, "dur": 1.0}])) == (
        "1 of 1 presentations have the same frames by pixels and by trace; "
        "2 edges seen +0.50 ms after the end of their swap (median; 5-95 %: +0.50 to +0.50)"
    )


# ---- rows and tables ----


def one_block(*, respond=False, marked=True):
    """Two trials of 100 ms of ours, the second a frame too long; with a key press after each."""
    changes = [change(0, *BLANK)]
    for number, (begin, frames) in enumerate([(10, 6), (60, 7)]):
        changes += [change(begin, *pair(2 * number, 2 * number + 1)), change(begin + frames, *BLANK)]
    measured = Measured(presentations(changes, GRID), GRID, changes)
    told = []
    for number, seen in enumerate(measured.seen):
        onset_ms = (seen.onset_s - 90) * 1000 + 2
        audit = Audit(
            "element_timing", 6, seen.frames, seen.shown_s * 1000, onset_ms, not (marked and number)
        )
        told.append(Told(2 * number, 2 * number + 1, 100.0, 403.0, audit))
    presses = [Press("f", seen.onset_s + 0.3999, seen.onset_s + 0.4001) for seen in measured.seen]
    block = Block("idle", "display", (100.0,), 2, 1, respond)
    clock = PageClock(90.0, 0.0002)
    return rows_of(1, "facevalue", block, measured, told, presses=presses, clock=clock, use=USE)


def test_rows_join_what_was_seen_with_what_was_told():
    good, bad = one_block(respond=True)
    assert (good.exact, good.frames, bad.exact, bad.frames, bad.raw_frames) == (True, 6, False, 7, 7)
    assert good.onset_error_ms == pytest.approx(2)
    assert good.rt_error_ms == pytest.approx(3)


def test_a_trial_with_two_presses_has_no_response_time_error():
    seen = one_block(respond=True)[0]
    assert seen.rt_error_ms is not None
    changes = [change(0, *BLANK), change(10, *pair(0, 1)), change(16, *BLANK)]
    measured = Measured(presentations(changes, GRID), GRID, changes)
    presses = [Press("f", measured.seen[0].onset_s + s, measured.seen[0].onset_s + s) for s in (0.4, 0.9)]
    block = Block("idle", "display", (100.0,), 1, 1, respond=True)
    told = [Told(0, 1, 100.0, 403.0)]
    clock = PageClock(90.0, 0.0)
    [row] = rows_of(1, "labjs", block, measured, told, presses=presses, clock=clock, use=USE)
    assert row.rt_error_ms is None


def test_a_trial_that_was_never_seen_stays_in_the_count():
    measured = Measured([], GRID, [])
    block = Block("idle", "display", (100.0,), 1, 1)
    told = [Told(0, 1, 100.0)]
    [row] = rows_of(1, "labjs", block, measured, told, presses=[], clock=PageClock(0, 0), use=USE)
    assert (row.seen, row.exact) == (False, None)
    assert "0.0 / 0.0; 1" in "\n".join(exactness_table([row]))


def test_rows_come_back_from_their_file(tmp_path):
    rows = one_block()
    append_rows(tmp_path / "trials.csv", rows[:1])
    append_rows(tmp_path / "trials.csv", rows[1:])
    assert read_rows(tmp_path / "trials.csv") == rows


def test_the_tables_count_what_they_say():
    rows = one_block()
    assert "50.0 / 50.0; 2" in "\n".join(exactness_table(rows))
    assert n_off(rows) == 1
    last = list(audit_table(rows))[-1].split()
    assert last[:8] == ["idle", "both", "1", "100.0", "0.0", "1", "0.0", "0.0"]
    unmarked = list(audit_table(one_block(marked=False)))[-1].split()
    assert unmarked[:4] == ["idle", "both", "1", "0.0"]
    assert list(misjudged_table(rows)) == []
    assert list(misjudged_table(one_block(marked=False)))[-1].split()[2:7] == ["100", "6", "7", "7", "7"]
    given = list(response_table(one_block(respond=True)))[-1].split()
    assert given[:6] == ["idle", "100", "facevalue", "2", "3.0", "0.0"]


def test_exposures_of_a_block_come_equally_often_in_an_order_of_its_seed():
    block = Block("idle", "display", (50.0, 100.0), 10, 4)
    assert sorted(block.planned_exposures()) == [50.0] * 5 + [100.0] * 5
    assert block.planned_exposures() == block.planned_exposures()
    assert block.planned_exposures() != sorted(block.planned_exposures())


def test_every_cell_is_measured_as_often_as_wanted_and_its_platforms_follow_one_another():
    wanted = Wanted(("a", "b"), ("idle", "busy"), ("display",), (50.0, 100.0), trials=10, per_block=5)
    first, second = wanted.rounds()
    for blocks in (first, second):
        assert [block for _, block in blocks[0::2]] == [block for _, block in blocks[1::2]]
        assert {block.condition for _, block in blocks} == {"idle", "busy"}
        assert {platform for platform, _ in blocks[:2]} == {"a", "b"}
    n_trials = sum(block.n_trials for platform, block in first + second if platform == "a")
    assert n_trials == 10 * 2 * 2
    assert first != second
