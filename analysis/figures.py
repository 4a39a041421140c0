"""The report's figures as inline SVG that follows the page's colours, in light, dark and print."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from itertools import pairwise
from typing import Any, ParamSpec

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.confidence import ConfidenceResults
from analysis.detection import DetectionResults
from analysis.exclusions import FlowStep
from analysis.intervals import Estimate
from analysis.pairs import exposure_words
from analysis.trust import TrustResults

# Drawn in stand-in colours that are swapped for the page's CSS variables afterwards, because an
# SVG drawn in fixed colours is unreadable in one of the two modes.
_INK, _MUTED, _LINE, _ACCENT, _REAL, _MADE, _WASH = (f"#0{digit}0{digit}0{digit}" for digit in range(1, 8))
_VARIABLES = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _ACCENT: "var(--accent)",
    _REAL: "var(--real)",
    _MADE: "var(--ai)",
    _WASH: "var(--wash)",
}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "facevalue",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
}
_SIZE_INCHES = (4.6, 3.3)
_Arguments = ParamSpec("_Arguments")


def _in_style(draw: Callable[_Arguments, str]) -> Callable[_Arguments, str]:
    """Draw with the settings above, whatever the caller's own matplotlib settings are."""

    @wraps(draw)
    def styled(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> str:
        with rc_context(_STYLE):
            return draw(*args, **kwargs)

    return styled


@_in_style
def sensitivity_figure(detection: DetectionResults) -> str:
    """Pooled pair d' at each exposure with its interval, over the d' of each participant."""
    axes, figure = _axes()
    points = detection.participants.dropna(subset=["exposure_ms", "d_prime"])
    estimates = {float(one.exposure_ms or np.inf): one.d_prime for one in detection.by_exposure}
    _participant_points(axes, points, "d_prime", _places(list(estimates)))
    _exposure_panel(axes, estimates, colour=_ACCENT)
    axes.axhline(0, color=_MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 0), (-2, 3), **_margin_note())
    axes.set_ylabel("Sensitivity d′ (z units)")
    return _svg(figure, "sensitivity", "Sensitivity by exposure, with intervals and participants")


@_in_style
def accuracy_figure(detection: DetectionResults) -> str:
    """Share of correct choices at each exposure with its interval, over that of each participant."""
    axes, figure = _axes()
    points = detection.participants.dropna(subset=["exposure_ms", "share_correct"])
    estimates = {float(one.exposure_ms or np.inf): one.share_correct for one in detection.by_exposure}
    _participant_points(axes, points, "share_correct", _places(list(estimates)), scale=100)
    _exposure_panel(axes, estimates, colour=_ACCENT, scale=100)
    axes.axhline(50, color=_MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 50), (-2, 3), **_margin_note())
    axes.set_ylim(0, 103)
    axes.set_ylabel("Correct choices (%)")
    return _svg(figure, "accuracy", "Share of correct choices by exposure, with intervals and participants")


@_in_style
def trust_levels_figure(trust: TrustResults, *, made: str, scale: tuple[float, float]) -> str:
    """Mean trust in real and in made faces at each exposure, with intervals, on the whole scale."""
    axes, figure = _axes()
    for name, part, colour, shift in (("real", "real", _REAL, -0.05), (made, "made", _MADE, 0.05)):
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
    return _svg(figure, "trust-levels", "Mean trust in real and made faces by exposure, with intervals")


@_in_style
def trust_figure(trust: TrustResults) -> str:
    """Trust difference at each exposure with its interval, over the difference of each participant."""
    axes, figure = _axes()
    points = trust.participants.dropna(subset=["exposure_ms", "difference"])
    estimates = {float(one.exposure_ms or np.inf): one.difference for one in trust.by_exposure}
    smallest = trust.overall.equivalence.smallest_effect
    axes.axhspan(-smallest, smallest, color=_WASH, zorder=0, linewidth=0)
    for edge in (-smallest, smallest):
        axes.axhline(edge, color=_LINE, linewidth=0.8, zorder=1)
    _participant_points(axes, points, "difference", _places(list(estimates)))
    _exposure_panel(axes, estimates, colour=_MADE)
    axes.axhline(0, color=_MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("equal trust", (1, 0), (-2, 3), **_margin_note())
    axes.set_ylabel("Trust, made minus real (points)")
    return _svg(figure, "trust", "Trust difference by exposure, with intervals and participants")


@_in_style
def confidence_figure(confidence: ConfidenceResults) -> str:
    """Share of correct choices at each level of confidence, with intervals."""
    axes, figure = _axes()
    x = np.array([level.confidence for level in confidence.calibration])
    _error_bars(axes, x, [level.share_correct for level in confidence.calibration], _ACCENT, scale=100)
    axes.axhline(50, color=_MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 50), (-2, 3), **_margin_note())
    axes.set_xticks(x)
    axes.set_xlim(x.min() - 0.5, x.max() + 0.5)
    axes.set_xlabel("Confidence (points)")
    axes.set_ylabel("Correct choices (%)")
    return _svg(figure, "confidence", "Share of correct choices by confidence")


@_in_style
def timing_figure(frame_errors: Mapping[int, int]) -> str:
    """Trials by shown minus planned frames; the number of trials stands on each bar."""
    axes, figure = _axes()
    low, high = min([*frame_errors, -2]), max([*frame_errors, 2])
    # A stray trial of hundreds of frames would squeeze the rest into a line.
    low, high = max(low, -10), min(high, 10)
    clipped = pd.Series(frame_errors, dtype=float).groupby(lambda error: int(np.clip(error, low, high))).sum()
    total = clipped.sum()
    x = np.arange(low, high + 1)
    n = clipped.reindex(x, fill_value=0).to_numpy()
    axes.bar(x, 100 * n / total, width=0.8, color=[_ACCENT if error == 0 else _MADE for error in x])
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
    return _svg(figure, "timing", f"Histogram of shown minus planned frames; trials at {counts}")


@_in_style
def flow_figure(flow: Sequence[FlowStep], labels: Mapping[str, str]) -> str:
    """Trials left after each step that removed any; what it removed is drawn in the second colour."""
    steps = [(before, after) for before, after in pairwise(flow) if after.n_trials < before.n_trials]
    names = ["Recorded", *(labels[after.rule] for _, after in steps)]
    left = np.array([flow[0].n_trials, *(after.n_trials for _, after in steps)])
    gone = np.array([0, *(before.n_trials - after.n_trials for before, after in steps)])
    axes, figure = _axes(height=0.9 + 0.32 * len(names))
    y = np.arange(len(names))
    axes.barh(y, left, color=_ACCENT, height=0.6)
    axes.barh(y, gone, left=left, color=_MADE, height=0.6)
    for row, (kept, lost) in enumerate(zip(left, gone, strict=True)):
        text = f"{kept}" if not lost else f"{kept}  (−{lost})"
        axes.annotate(text, (kept + lost, row), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(y, names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.32 * max(left.max(), 1))
    axes.set_xlabel("Trials")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return _svg(figure, "flow", "Trials left after each step")


def _axes(*, height: float | None = None) -> tuple[Axes, Figure]:
    figure = Figure(figsize=(_SIZE_INCHES[0], height or _SIZE_INCHES[1]), layout="constrained")
    FigureCanvasSVG(figure)
    return figure.add_subplot(), figure


def _margin_note() -> dict[str, Any]:
    return {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "ha": "right",
        "color": _MUTED,
        "fontsize": 8,
    }


def _participant_points(
    axes: Axes, points: pd.DataFrame, column: str, places: Mapping[float, float], *, scale: float = 1.0
) -> None:
    # Jitter only spreads the points; the seed keeps the file the same from run to run.
    jitter = np.random.default_rng(0).uniform(-0.16, 0.16, size=len(points))
    x = points["exposure_ms"].map(dict(places)).to_numpy(dtype=float) + jitter
    axes.scatter(x, scale * points[column], s=7, color=_MUTED, alpha=0.35, linewidths=0, zorder=2)


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


def _svg(figure: Figure, name: str, label: str) -> str:
    """The figure as an SVG element without fixed size, colours, fonts or date."""
    stream = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", transparent=True, metadata=nothing)
    text = stream.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' (width|height)="[\d.]+pt"', "", text, count=2)
    for stand_in, variable in _VARIABLES.items():
        text = text.replace(stand_in, variable)
    text = re.sub(r"font-family: [^;\"]*", "font-family: var(--font)", text)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, flags=re.DOTALL)
    # Several figures share one page, where each id may occur once.
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(href="#|url\(#)', rf"\1{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
