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
