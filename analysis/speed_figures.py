"""Figures of speed: response times by question and exposure, and accuracy of fast and slow answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.drawing import ACCENT, MUTED, as_svg, in_style, margin_note, new_axes
from analysis.pairs import exposure_words
from analysis.speed import ResponseTimes
from analysis.speed_accuracy import ConditionalAccuracy


@in_style
def response_times_figure(questions: Sequence[ResponseTimes], labels: Sequence[str]) -> str:
    """Median and middle half of the raw response times of each question at each exposure, log scale."""
    rows: list[tuple[str, Any]] = [
        (label if first == 0 else "", row)
        for one, label in zip(questions, labels, strict=True)
        for first, row in enumerate(one.summary.itertuples())
    ]
    axes, figure = new_axes(height=0.9 + 0.26 * len(rows))
    for y, (_, row) in enumerate(rows):
        axes.plot([row.quartile_1_ms, row.quartile_3_ms], [y, y], color=ACCENT, lw=3, solid_capstyle="butt")
        axes.scatter([row.median_ms], [y], s=30, color=ACCENT, linewidths=0, zorder=3)
    names = [
        f"{label}  {exposure_words(row.exposure_ms).removesuffix(' time')}".strip() for label, row in rows
    ]
    axes.set_xscale("log")
    low = min(row.quartile_1_ms for _, row in rows)
    high = max(row.quartile_3_ms for _, row in rows)
    ticks = [t for t in (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000) if low / 2 <= t <= 2 * high]
    axes.set_xlim(low / 1.4, high * 1.4)
    axes.set_xticks(ticks, [exposure_words(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Response time from the onset of the pictures")
    return as_svg(figure, "response-times", "Median and quartiles of response times by question and exposure")


@in_style
def conditional_accuracy_figure(fifths: Sequence[ConditionalAccuracy], *, name: str) -> str:
    """Share correct from the fastest to the slowest fifth of each person's answers, with intervals."""
    axes, figure = new_axes()
    for one in fifths:
        if np.isfinite(one.share_correct.low):
            ends = [100 * one.share_correct.low, 100 * one.share_correct.high]
            axes.plot([one.relative_time] * 2, ends, color=ACCENT, lw=2, solid_capstyle="butt", zorder=3)
    x = [one.relative_time for one in fifths]
    y = [100 * one.share_correct.estimate for one in fifths]
    axes.plot(x, y, color=ACCENT, linewidth=1, zorder=2)
    axes.scatter(x, y, s=32, color=ACCENT, linewidths=0, zorder=4)
    axes.axhline(50, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate("guessing", (1, 50), (-2, 3), **margin_note())
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{each:.2g}" for each in x])
    axes.minorticks_off()
    axes.set_ylim(0, 103)
    axes.set_xlabel("Response time, as a multiple of the person's own typical time")
    axes.set_ylabel("Correct answers (%)")
    return as_svg(figure, name, "Share correct by fifth of response time, with intervals")
