"""Figures about pictures as a sample: how much they differ, and what that does to a conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.drawing import ACCENT, MADE, MUTED, REAL, as_svg, in_style

_SIZE_INCHES = (7.6, 3.4)


@dataclass(frozen=True)
class Conclusion:
    """One analysis of an effect in share correct: ``label`` says what it takes for a sample."""

    label: str
    estimate: float
    low: float
    high: float
    p: float


@in_style
def generalisation_figure(pictures: pd.DataFrame, conclusions: Sequence[Conclusion]) -> str:
    """Left: share correct of every picture, by origin, sorted. Right: the effect by each analysis.

    ``pictures`` as from ``single_faces.stimulus_faces``; intervals are those given there and in
    ``conclusions``; the unit is percent of judgements and percentage points.
    """
    figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
    FigureCanvasSVG(figure)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    _every_picture(left, pictures)
    _every_conclusion(right, conclusions)
    words = "; ".join(
        f"{one.label.replace(chr(10), ' ')}: {100 * one.estimate:.1f} points, p {_p_words(one.p)}"
        for one in conclusions
    )
    return as_svg(
        figure, "generalisation", f"Share correct of every picture by origin. AI minus real: {words}"
    )


def _every_picture(axes: Axes, pictures: pd.DataFrame) -> None:
    start = 0
    for name, made, colour in (("real", False, REAL), ("AI", True, MADE)):
        part = pictures[pictures["made"] == made]
        low, high = (part["low"], part["high"]) if made else (1 - part["high"], 1 - part["low"])
        order = np.argsort(part["share_correct"].to_numpy(), kind="stable")
        x = start + np.arange(len(part))
        axes.vlines(x, 100 * low.iloc[order], 100 * high.iloc[order], color=colour, alpha=0.45, linewidth=1.4)
        axes.scatter(x, 100 * part["share_correct"].iloc[order], s=14, color=colour, linewidths=0, zorder=3)
        mean = 100 * part["share_correct"].mean()
        axes.hlines(mean, x[0] - 0.5, x[-1] + 0.5, color=colour, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"{name}, mean {mean:.1f} %", (x.mean(), 3), ha="center", color=colour, annotation_clip=False
        )
        start = x[-1] + 3
    axes.set_ylim(0, 101)
    axes.set_xticks([])
    axes.set_xlabel("Pictures, sorted within origin")
    axes.set_ylabel("Correct judgements (%)")


def _every_conclusion(axes: Axes, conclusions: Sequence[Conclusion]) -> None:
    rows = np.arange(len(conclusions))[::-1]
    axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    for row, one in zip(rows, conclusions, strict=True):
        ends = [100 * one.low, 100 * one.high]
        axes.plot(ends, [row, row], color=ACCENT, linewidth=2, solid_capstyle="butt", zorder=3)
        axes.scatter(100 * one.estimate, row, s=32, color=ACCENT, linewidths=0, zorder=4)
        axes.annotate(
            f"{one.label}\np {_p_words(one.p)}",
            (0, row + 0.16),
            xycoords=("axes fraction", "data"),
            va="bottom",
            linespacing=1.25,
            fontsize=8.5,
        )
    axes.set_ylim(-0.5, len(conclusions) - 0.1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("AI minus real (percentage points)")


def _p_words(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".", 1)
