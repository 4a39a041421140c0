"""Whether a device can show the study, by the study's rules. Pure."""

from __future__ import annotations

from typing import Literal

from study.messages import DeviceReport
from study.protocol import Device

Misfit = Literal["window", "screen", "form", "evidence"]


def misfits(rules: Device, report: DeviceReport, *, form: str) -> tuple[Misfit, ...]:
    """What a device lacks, in the order in which a person is told; empty when it is good enough.

    A refresh rate within 5 % of the least counts as enough: screens of 60 Hz measure at 59.9.
    """
    small = (
        report.viewport_width_px < rules.minimum_viewport_width_px
        or report.viewport_height_px < rules.minimum_viewport_height_px
    )
    slow = report.frame_interval_ms * 0.95 * rules.minimum_refresh_hz > 1000
    wrong = bool(form) and form not in rules.forms
    silent = rules.require_evidence and report.evidence == "none"
    found: dict[Misfit, bool] = {"form": wrong, "window": small, "screen": slow, "evidence": silent}
    return tuple(name for name, lacks in found.items() if lacks)
