"""Whether a device can show the study, by the study's rules. Pure."""

from __future__ import annotations

import math
from typing import Literal

from study.messages import DeviceReport
from study.protocol import Device

Misfit = Literal["form", "display", "fullscreen", "window", "screen", "decoding", "flashes", "evidence"]


def misfits(rules: Device, report: DeviceReport, *, form: str) -> tuple[Misfit, ...]:
    """What a device lacks, in the order in which a person is told; empty when it is good enough.

    What was not measured counts as good enough: ``require_evidence`` alone decides about browsers that do not
    tell when a picture was presented.
    """
    found: dict[Misfit, bool] = {
        "form": bool(form) and form not in rules.forms,
        "display": _too_small(rules, report),
        "fullscreen": rules.fullscreen == "required" and report.fullscreen_available is False,
        "window": report.viewport_width_px < rules.minimum_viewport_width_px
        or report.viewport_height_px < rules.minimum_viewport_height_px,
        "screen": _too_slow(rules, report),
        "decoding": (report.decode_ms or 0) > (rules.maximum_decode_ms or math.inf),
        "flashes": _too_few_as_planned(rules, report),
        "evidence": rules.require_evidence and report.evidence == "none",
    }
    return tuple(name for name, lacks in found.items() if lacks)


def _too_small(rules: Device, report: DeviceReport) -> bool:
    """Too small both as it is held and turned: browsers differ in whether a screen's sides turn with it."""
    width, height = rules.minimum_screen_width_px, rules.minimum_screen_height_px
    held = (report.screen_width_px, report.screen_height_px)
    return all(wide < width or high < height for wide, high in (held, held[::-1]))


def _too_slow(rules: Device, report: DeviceReport) -> bool:
    # Within 5 % of the least is enough: screens of 60 Hz measure at 59.9.
    return report.frame_interval_ms * 0.95 * rules.minimum_refresh_hz > 1000


def _too_few_as_planned(rules: Device, report: DeviceReport) -> bool:
    if not report.flashes or report.flashes_as_planned is None:
        return False
    return report.flashes_as_planned < rules.minimum_share_as_planned * report.flashes
