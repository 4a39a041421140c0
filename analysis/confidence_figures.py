"""Figures of confidence: how often each level is right, and how confident right and wrong choices are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from analysis.confidence import CalibrationLevel
from analysis.confidence_scale import ConfidenceScale
from analysis.drawing import ACCENT, LINE, MADE, MUTED, as_svg, in_style, margin_note, new_axes
from analysis.estimate import Estimate
from analysis.pairs import exposure_words


@in_style
def calibration_figure(levels: Sequence[CalibrationLevel], scale: ConfidenceScale, *, name: str) -> str:
    """Share correct at each level of confidence, with intervals; dots grow with the number of choices.

    Where the scale tells probabilities a line says what was stated: dots below it are overconfident.
    """
    axes, figure = new_axes()
    x = np.array([level.confidence for level in levels])
    found = [level.share_correct for level in levels]
    n = np.array([one.n_trials for one in found])
    _intervals(axes, x, found, ACCENT, factor=100)
    axes.scatter(
        x,
        [100 * one.estimate for one in found],
        s=14 + 90 * n / n.max(),
        color=ACCENT,
        linewidths=0,
        zorder=5,
    )
    axes.axhline(50, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 50), (-2, 3), **margin_note())
    if scale.certain is not None:
        ends = np.array([scale.minimum, scale.maximum])
        axes.plot(ends, 100 * ends / scale.certain, color=LINE, linewidth=1.4, zorder=1)
        axes.annotate(
            "as stated",
            (ends[1], 100),
            (-4, -10),
            textcoords="offset points",
            ha="right",
            color=MUTED,
            fontsize=8,
        )
    axes.set_ylim(0, 103)
    margin = 0.06 * (scale.maximum - scale.minimum) or 0.5
    axes.set_xlim(min(x.min(), scale.minimum) - margin, max(x.max(), scale.maximum) + margin)
    if len(x) <= 10 and scale.certain is None:
        axes.set_xticks(x)
    axes.set_xlabel(f"Confidence (points, {scale.range_words})")
    axes.set_ylabel("Correct (%)")
    return as_svg(figure, name, "Share correct at each level of confidence, with intervals")


@in_style
def right_and_wrong_figure(
    means: Sequence[tuple[float, bool | None, Estimate]], scale: ConfidenceScale, *, name: str
) -> str:
    """Mean confidence of right and of wrong choices at each exposure, with intervals, on the whole scale."""
    axes, figure = new_axes()
    at_each = [one for one in means if not np.isnan(one[0])] or list(means)
    exposures = list(dict.fromkeys(one[0] for one in at_each))
    for right, words, colour, shift in ((True, "right", ACCENT, -0.06), (False, "wrong", MADE, 0.06)):
        chosen = [(exposures.index(ms), one) for ms, which, one in at_each if which is right]
        if not chosen:
            continue
        x = np.array([place for place, _ in chosen]) + shift
        _intervals(axes, x, [one for _, one in chosen], colour)
        axes.plot(
            x,
            [one.estimate for _, one in chosen],
            color=colour,
            marker="o",
            markersize=5.5,
            linewidth=1,
            label=words,
        )
    axes.set_xticks(range(len(exposures)), [_words(ms) for ms in exposures])
    axes.set_xlim(-0.5, len(exposures) - 0.5)
    margin = 0.04 * (scale.maximum - scale.minimum) or 0.5
    axes.set_ylim(scale.minimum - margin, scale.maximum + margin)
    axes.legend(frameon=False, fontsize=8, loc="best")
    axes.set_xlabel("Exposure")
    axes.set_ylabel(f"Mean confidence (points, {scale.range_words})")
    return as_svg(figure, name, "Mean confidence of right and of wrong choices by exposure, with intervals")


def _intervals(
    axes: Axes, x: np.ndarray, found: Sequence[Estimate], colour: str, *, factor: float = 1
) -> None:
    known = [(place, one) for place, one in zip(x, found, strict=True) if np.isfinite(one.low)]
    if known:
        low, high = ([factor * getattr(one, end) for _, one in known] for end in ("low", "high"))
        axes.vlines([place for place, _ in known], low, high, color=colour, linewidth=2, zorder=4)


def _words(exposure_ms: float) -> str:
    return "all" if np.isnan(exposure_ms) else exposure_words(exposure_ms)
