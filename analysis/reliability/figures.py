"""Figures of reliability: what more raters bring, and where the variance of a single answer lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.drawing import ACCENT, INK, LINE, MADE, MUTED, as_svg, in_style, new_axes
from analysis.reliability.coefficient import Coefficient, spearman_brown
from analysis.reliability.judgements import WANTED, Reliability

_COLOURS = (ACCENT, MADE, MUTED)
_MOST_RATERS = 1000


def raters_curve(single: Coefficient, *, most: float = _MOST_RATERS) -> pd.DataFrame:
    """Reliability of the mean of n raters by the Spearman-Brown formula: n, reliability, low, high.

    From 1 to ``most``, evenly spaced on a log scale; the interval is that of the single rater.
    """
    n = np.geomspace(1, most, 61)
    ends = {"reliability": single.estimate, "low": single.low, "high": single.high}
    return pd.DataFrame({"n": n} | {name: spearman_brown(end, n) for name, end in ends.items()})  # type: ignore[arg-type]


@in_style
def raters_figure(found: Sequence[Reliability], labels: Mapping[str, str]) -> str:
    """Reliability of the mean over more and more raters, with the band of its interval; a dot: this study."""
    axes, figure = new_axes()
    for wanted in WANTED:
        axes.axhline(wanted, color=LINE, linewidth=0.8, zorder=1)
        axes.annotate(f"{wanted:g}", (1, wanted), (2, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", color=MUTED, fontsize=8)  # fmt: skip
    for one, colour in zip(found, _COLOURS, strict=False):
        if one.single is None or one.average is None:
            continue
        curve = raters_curve(one.single)
        axes.fill_between(curve["n"], curve["low"], curve["high"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            curve["n"], curve["reliability"], color=colour, linewidth=2, label=labels[one.judgement.name]
        )
        axes.scatter(
            [one.average.n_raters], [one.average.estimate], s=32, color=colour, linewidths=0, zorder=5
        )
    axes.set_xscale("log")
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    axes.minorticks_off()
    axes.set_xlim(1, _MOST_RATERS)
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, loc="lower right", fontsize=8)
    axes.set_xlabel("Raters of each picture")
    axes.set_ylabel("Reliability of their mean")
    return as_svg(figure, "raters", "Reliability of the mean by number of raters, with intervals")


@in_style
def shares_figure(found: Sequence[Reliability], labels: Mapping[str, str], sources: Mapping[str, str]) -> str:
    """Shares of the variance of a single answer, a bar with its interval for each source."""
    rows = [
        (one.judgement.name, str(source), row.share, row.low, row.high)
        for one in found
        if one.shares is not None
        for source, row in zip(one.shares.index, one.shares.itertuples(), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["judgement", "source", "share", "low", "high"])
    axes, figure = new_axes(height=0.9 + 0.3 * (len(table) + table["judgement"].nunique()))
    y, start = [], 0.0
    for name, part in table.groupby("judgement", sort=False):
        start += 1
        axes.annotate(labels[str(name)], (0, start - 0.75), (5, 0), textcoords="offset points", va="center",
                      fontsize=8.5, color=INK, annotation_clip=False)  # fmt: skip
        y += list(start + np.arange(len(part)))
        start += len(part)
    _bars(axes, table, np.array(y))
    axes.set_yticks(y, [sources[each] for each in table["source"]])
    axes.set_ylim(start - 0.4, -0.1)
    axes.set_xlim(0, 100)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Variance of a single answer (%)")
    return as_svg(figure, "variance-shares", "Shares of variance by source, with intervals")


def _bars(axes: Axes, table: pd.DataFrame, y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    colours = [MUTED if source == "residual" else ACCENT for source in table["source"]]
    axes.barh(y, 100 * table["share"], height=0.6, color=colours, alpha=0.55)
    axes.hlines(y, 100 * table["low"], 100 * table["high"], color=INK, linewidth=1.6)
