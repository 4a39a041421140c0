"""Which devices may take part."""

from __future__ import annotations

import pytest

from study.device_rules import misfits
from study.protocol import Device
from tests.study.test_flow import GOOD_DEVICE


def test_without_rules_an_ordinary_device_fits():
    assert misfits(Device(), GOOD_DEVICE, form="phone") == ()


@pytest.mark.parametrize(
    ("rules", "form", "lacks"),
    [
        (Device(minimum_viewport_width_px=1281), "desktop", ("window",)),
        (Device(minimum_viewport_height_px=801), "desktop", ("window",)),
        (Device(minimum_refresh_hz=60), "desktop", ()),
        (Device(minimum_refresh_hz=90), "desktop", ("screen",)),
        (Device(forms=("desktop",)), "phone", ("form",)),
        (Device(forms=("desktop",)), "", ()),
        (Device(require_evidence=True), "desktop", ()),
        (Device(minimum_screen_width_px=1281), "desktop", ("display",)),
        (Device(minimum_screen_width_px=800, minimum_screen_height_px=1280), "desktop", ()),
        (Device(fullscreen="required"), "desktop", ()),
    ],
)
def test_a_device_is_held_against_the_rules(rules, form, lacks):
    assert misfits(rules, GOOD_DEVICE, form=form) == lacks


def test_a_browser_without_presentation_times_lacks_evidence_where_it_is_required():
    silent = GOOD_DEVICE.model_copy(update={"evidence": "none"})
    assert misfits(Device(), silent, form="desktop") == ()
    assert misfits(Device(require_evidence=True), silent, form="desktop") == ("evidence",)


def test_a_measured_interval_of_nothing_is_no_division_by_it():
    odd = GOOD_DEVICE.model_copy(update={"frame_interval_ms": 0.0})
    assert misfits(Device(minimum_refresh_hz=60), odd, form="desktop") == ()


@pytest.mark.parametrize(
    ("flashes", "exact", "lacks"), [(6, 5, ()), (6, 4, ("flashes",)), (0, 0, ()), (None, None, ())]
)
def test_flashes_count_where_there_is_evidence_of_them(flashes, exact, lacks):
    report = GOOD_DEVICE.model_copy(update={"flashes": flashes, "flashes_as_planned": exact})
    assert misfits(Device(minimum_share_as_planned=0.8), report, form="desktop") == lacks


@pytest.mark.parametrize(("decode_ms", "lacks"), [(None, ()), (80, ()), (81, ("decoding",))])
def test_a_device_may_not_take_longer_to_prepare_a_picture_than_the_study_says(decode_ms, lacks):
    report = GOOD_DEVICE.model_copy(update={"decode_ms": decode_ms})
    assert misfits(Device(maximum_decode_ms=80), report, form="desktop") == lacks


def test_a_browser_without_full_screen_lacks_it_only_where_it_is_required():
    confined = GOOD_DEVICE.model_copy(update={"fullscreen_available": False})
    assert misfits(Device(fullscreen="required"), confined, form="phone") == ("fullscreen",)
    assert misfits(Device(fullscreen="offered"), confined, form="phone") == ()


def test_all_that_a_device_lacks_is_told_at_once():
    rules = Device(forms=("desktop",), minimum_viewport_width_px=2000, require_evidence=True)
    poor = GOOD_DEVICE.model_copy(update={"evidence": "none"})
    assert misfits(rules, poor, form="phone") == ("form", "window", "evidence")
