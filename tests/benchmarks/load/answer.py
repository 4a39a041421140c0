"""The answer that every side is sent on each of the ten trials, in the form each of them takes."""

from __future__ import annotations

from typing import Any

N_TRIALS = 10

#: What was shown, as a browser measures it.
SHOWN: dict[str, Any] = {
    "evidence": "simulated",
    "planned_frames": 30,
    "shown_frames": 30,
    "onset_ms": 5012.4,
    "offset_ms": 5512.4,
    "shown_ms": 500.0,
    "callback_ms": 500.1,
    "frame_interval_ms": 16.667,
    "longest_gap_ms": 16.9,
    "late_frames": 0,
    "hidden": False,
    "blurred": False,
    "resized": False,
    "viewport_width_px": 1280,
    "viewport_height_px": 800,
    "device_pixel_ratio": 1,
    "picture_width_px": 320,
    "picture_height_px": 400,
}


def value_of(question: str, position: int) -> str:
    """An answer that its question takes, not the same on every trial."""
    if question == "detect":
        return ("left", "right")[position % 2]
    return str(position % 4 + 1)


def rating(question: str, target: str, position: int) -> dict[str, Any]:
    return {
        "question": question,
        "target": target,
        "value": value_of(question, position),
        "rt_ms": 812.4 + position,
        "release_ms": 893.1 + position,
        "input": "simulated",
    }
