"""The report's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.confidence import ConfidenceResults
from analysis.detection import DetectionResults
from analysis.drawing import ACCENT, LINE, MADE, MUTED, REAL, WASH, as_svg, in_style, margin_note, new_axes
from analysis.estimate import Estimate
from analysis.exclusions import FlowStep
from analysis.pairs import exposure_words
from analysis.trust import TrustResults


@in_style
def sensitivity_figure(detection: DetectionResults) -> str:
    """Pooled pair d' at each exposure with its interval, over the d' of each participant."""
    axes, figure = new_axes()
    points = detection.participants.dropna(subset=["exposure_ms", "d_prime"])
    estimates = {float(one.exposure_ms or np.inf): one.d_prime for one in detection.by_exposure}
    _participant_points(axes, points, "d_prime", _places(list(estimates)))
    _exposure_panel(axes, estimates, colour=ACCENT)
    axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 0), (-2, 3), **margin_note())
    axes.set_ylabel("Sensitivity d′ (z units)")
    return as_svg(figure, "sensitivity", "Sensitivity by exposure, with intervals and participants")


@in_style
def accuracy_figure(detection: DetectionResults) -> str:
    """Share of correct choices at each exposure with its interval, over that of each participant."""
    axes, figure = new_axes()
    points = detection.participants.dropna(subset=["exposure_ms", "share_correct"])
    estimates = {float(one.exposure_ms or np.inf): one.share_correct for one in detection.by_exposure}
    _participant_points(axes, points, "share_correct", _places(list(estimates)), scale=100)
    _exposure_panel(axes, estimates, colour=ACCENT, scale=100)
    axes.axhline(50, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 50), (-2, 3), **margin_note())
    axes.set_ylim(0, 103)
    axes.set_ylabel("Correct choices (%)")
    return as_svg(figure, "accuracy", "Share of correct choices by exposure, with intervals and participants")


@in_style
def trust_levels_figure(trust: TrustResults, *, made: str, scale: tuple[float, float]) -> str:
    """Mean trust in real and in made faces at each exposure, with intervals, on the whole scale."""
    axes, figure = new_axes()
    for name, part, colour, shift in (("real", "real", REAL, -0.05), (made, "made", MADE, 0.05)):
        estimates = {float(one.exposure_ms or np.inf): getattr(one, part) for one in trust.by_exposure}
        _exposure_panel(axes, estimates, colour=colour, shift=shift)
        last, other = trust.by_exposure[-1], "made" if part == "real" else "real"
        above = getattr(last, part).estimate >= getattr(last, other).estimate
        end = (axes.get_xlim()[1] - 0.65, getattr(last, part).estimate)
        axes.annotate(
            name, end, (0, 6 if above else -6), textcoords="offset points", va="center", color=colour
        )
    axes.set_ylim(scale[0] - 0.2, scale[1] + 0.2)
    axes.set_yticks(np.arange(scale[0], scale[1] + 1))
    axes.set_ylabel("Trust (points)")
    return as_svg(figure, "trust-levels", "Mean trust in real and made faces by exposure, with intervals")


@in_style
def trust_figure(trust: TrustResults) -> str:
    """Trust difference at each exposure with its interval, over the difference of each participant."""
    axes, figure = new_axes()
    points = trust.participants.dropna(subset=["exposure_ms", "difference"])
    estimates = {float(one.exposure_ms or np.inf): one.difference for one in trust.by_exposure}
    smallest = trust.overall.equivalence.smallest_effect
    axes.axhspan(-smallest, smallest, color=WASH, zorder=0, linewidth=0)
    for edge in (-smallest, smallest):
        axes.axhline(edge, color=LINE, linewidth=0.8, zorder=1)
    _participant_points(axes, points, "difference", _places(list(estimates)))
    _exposure_panel(axes, estimates, colour=MADE)
    axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("equal trust", (1, 0), (-2, 3), **margin_note())
    axes.set_ylabel("Trust, made minus real (points)")
    return as_svg(figure, "trust", "Trust difference by exposure, with intervals and participants")


@in_style
def confidence_figure(confidence: ConfidenceResults) -> str:
    """Share of correct choices at each level of confidence, with intervals."""
    axes, figure = new_axes()
    x = np.array([level.confidence for level in confidence.calibration])
    _error_bars(axes, x, [level.share_correct for level in confidence.calibration], ACCENT, scale=100)
    axes.axhline(50, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 50), (-2, 3), **margin_note())
    axes.set_xticks(x)
    axes.set_xlim(x.min() - 0.5, x.max() + 0.5)
    axes.set_xlabel("Confidence (points)")
    axes.set_ylabel("Correct choices (%)")
    return as_svg(figure, "confidence", "Share of correct choices by confidence")


@in_style
def timing_figure(frame_errors: Mapping[int, int]) -> str:
    """Trials by shown minus planned frames; the number of trials stands on each bar."""
    axes, figure = new_axes()
    low, high = min([*frame_errors, -2]), max([*frame_errors, 2])
    # A stray trial of hundreds of frames would squeeze the rest into a line.
    low, high = max(low, -10), min(high, 10)
    clipped = pd.Series(frame_errors, dtype=float).groupby(lambda error: int(np.clip(error, low, high))).sum()
    total = clipped.sum()
    x = np.arange(low, high + 1)
    n = clipped.reindex(x, fill_value=0).to_numpy()
    axes.bar(x, 100 * n / total, width=0.8, color=[ACCENT if error == 0 else MADE for error in x])
    for error, count in zip(x, n, strict=True):
        if count:
            axes.annotate(
                f"{int(count)}", (error, 100 * count / total), (0, 2), textcoords="offset points", ha="center"
            )
    axes.set_xticks(x, [_frame_label(int(error), frame_errors, low, high) for error in x])
    axes.set_ylim(0, 108)
    axes.set_xlabel("Shown minus planned (frames)")
    axes.set_ylabel("Trials (%)")
    counts = ", ".join(
        f"{_frame_label(int(error), frame_errors, low, high)}: {int(count)}"
        for error, count in zip(x, n, strict=True)
        if count
    )
    return as_svg(figure, "timing", f"Histogram of shown minus planned frames; trials at {counts}")


@in_style
def flow_figure(flow: Sequence[FlowStep], labels: Mapping[str, str]) -> str:
    """Trials left after each step that removed any; what it removed is drawn in the second colour."""
    steps = [(before, after) for before, after in pairwise(flow) if after.n_trials < before.n_trials]
    names = ["Recorded", *(labels[after.rule] for _, after in steps)]
    left = np.array([flow[0].n_trials, *(after.n_trials for _, after in steps)])
    gone = np.array([0, *(before.n_trials - after.n_trials for before, after in steps)])
    axes, figure = new_axes(height=0.9 + 0.32 * len(names))
    y = np.arange(len(names))
    axes.barh(y, left, color=ACCENT, height=0.6)
    axes.barh(y, gone, left=left, color=MADE, height=0.6)
    for row, (kept, lost) in enumerate(zip(left, gone, strict=True)):
        text = f"{kept}" if not lost else f"{kept}  (−{lost})"
        axes.annotate(text, (kept + lost, row), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(y, names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.32 * max(left.max(), 1))
    axes.set_xlabel("Trials")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return as_svg(figure, "flow", "Trials left after each step")


def _participant_points(
    axes: Axes, points: pd.DataFrame, column: str, places: Mapping[float, float], *, scale: float = 1.0
) -> None:
    # Jitter only spreads the points; the seed keeps the file the same from run to run.
    jitter = np.random.default_rng(0).uniform(-0.16, 0.16, size=len(points))
    x = points["exposure_ms"].map(dict(places)).to_numpy(dtype=float) + jitter
    axes.scatter(x, scale * points[column], s=7, color=MUTED, alpha=0.35, linewidths=0, zorder=2)


def _exposure_panel(
    axes: Axes, estimates: Mapping[float, Estimate], *, colour: str, scale: float = 1.0, shift: float = 0.0
) -> None:
    """Estimates with intervals over log exposure; unlimited time stands apart at the right."""
    places = _places(list(estimates))
    centres = np.array([places[level] for level in estimates])
    heights = [scale * one.estimate for one in estimates.values()]
    if len(estimates) > 1:
        axes.plot(centres + shift, heights, color=colour, linewidth=1, zorder=3)
    _error_bars(axes, centres + shift, list(estimates.values()), colour, scale=scale)
    axes.set_xticks(centres, [exposure_words(level).removesuffix(" time") for level in estimates])
    axes.set_xlim(centres.min() - 0.5, centres.max() + 0.8)
    axes.set_xlabel("Exposure")


def _places(levels: Sequence[float]) -> dict[float, float]:
    """Horizontal place of each exposure: log2, rescaled so that neighbours are 1 apart on average."""
    finite = [level for level in levels if np.isfinite(level)]
    logs = np.log2(finite) if finite else np.array([])
    span = (logs.max() - logs.min()) / (len(logs) - 1) if len(logs) > 1 else 1.0
    places = {level: float(log - logs.min()) / span for level, log in zip(finite, logs, strict=True)}
    if len(finite) < len(levels):
        places[float("inf")] = max(places.values(), default=-1.0) + 1.0
    return places


def _error_bars(
    axes: Axes, x: Any, estimates: Sequence[Estimate], colour: str, *, scale: float = 1.0
) -> None:
    for place, one in zip(x, estimates, strict=True):
        if np.isfinite(one.low):
            bar = [scale * one.low, scale * one.high]
            axes.plot([place, place], bar, color=colour, linewidth=2, solid_capstyle="butt", zorder=4)
    axes.scatter(x, [scale * one.estimate for one in estimates], s=32, color=colour, linewidths=0, zorder=5)


def _frame_label(error: int, frame_errors: Mapping[int, int], low: int, high: int) -> str:
    text = f"{error:+d}".replace("-", "−") if error else "0"
    if error == low and min(frame_errors, default=0) < low:
        return f"≤ {text}"
    if error == high and max(frame_errors, default=0) > high:
        return f"≥ {text}"
    return text
