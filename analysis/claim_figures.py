"""Specification curves: every analysis of a claim, sorted, with the choices behind each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.claims.specification import EXPOSURE_WORDS, MEASURE_WORDS, MODEL_WORDS
from analysis.drawing import ACCENT, INK, LINE, MUTED, WASH, as_svg, in_style
from analysis.multiverse import ClaimMultiverse

_WIDTH = 7.6  # inches
_ROW = 0.2
_CURVE = 2.3
_CHOICES = ("model", "measure", "data", "exposures")
_WORDS: dict[str, dict[str, str]] = {
    "model": {str(key): words for key, words in MODEL_WORDS.items()},
    "measure": {str(key): words for key, words in MEASURE_WORDS.items()},
    "exposures": {str(key): words for key, words in EXPOSURE_WORDS.items()},
}


@in_style
def specification_curve(claim: ClaimMultiverse, *, level: float, smallest_effect: float | None = None) -> str:
    """Above: estimates with intervals, smallest first. Below: a mark for every choice made for each.

    The report's own analysis is in the accent colour; analyses that come to another verdict are hollow.
    ``smallest_effect`` shades the differences too small to matter. Impossible analyses are not drawn.
    """
    table = claim.possible.sort_values(["estimate", "data", "model"], kind="stable").reset_index(drop=True)
    rows = choice_rows(table)
    figure = Figure(figsize=(_WIDTH, _CURVE + _ROW * (len(rows) + 1)), layout="constrained")
    FigureCanvasSVG(figure)
    ratios = [_CURVE, _ROW * (len(rows) + 1)]
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=ratios)
    _estimates(above, table, claim, smallest_effect)
    _marks(below, table, rows)
    share = f"{100 * claim.share_agreeing:.0f} %"
    label = (
        f"{len(table)} analyses of the claim {claim.claim}: estimates from {table['estimate'].min():.2f} to "
        f"{table['estimate'].max():.2f} {claim.unit} with {100 * level:g} % intervals; {share} come to the "
        "verdict of the declared analysis"
    )
    return as_svg(figure, f"multiverse-{claim.claim}", label)


def choice_rows(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Column, value and words of every choice in which the analyses differ, in the order of the figure."""
    rows = []
    for column in _CHOICES:
        values = list(dict.fromkeys(table.sort_index()[column]))
        if len(values) < 2:
            continue
        words = _WORDS.get(column, {})
        order = list(words) or sorted(values, key=lambda name: (name != "declared exclusions", name))
        rows += [(column, value, words.get(value, value)) for value in order if value in values]
    return rows


def _estimates(
    axes: Axes, table: pd.DataFrame, claim: ClaimMultiverse, smallest_effect: float | None
) -> None:
    x = np.arange(len(table))
    axes.axhline(claim.null, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    if smallest_effect is not None:
        axes.axhspan(-smallest_effect, smallest_effect, color=WASH, zorder=0, linewidth=0)
    estimate, low, high = (table[name].to_numpy(dtype=float) for name in ("estimate", "low", "high"))
    own, agrees = (table[name].to_numpy(dtype=bool) for name in ("declared", "agrees"))
    for kind, colour, width in ((~own, INK, 1.2), (own, ACCENT, 2.4)):
        axes.vlines(x[kind], low[kind], high[kind], color=colour, linewidth=width, zorder=2)
        for filled in (True, False):
            chosen = kind & (agrees == filled)
            face = colour if filled else WASH
            axes.scatter(
                x[chosen], estimate[chosen], s=22, facecolor=face, edgecolor=colour, linewidths=1, zorder=3
            )
    for place in x[own]:
        axes.annotate(
            "the report's own",
            (place, high[place]),
            xytext=(0, 5),
            textcoords="offset points",
            ha="left" if place < len(table) / 2 else "right",
            color=ACCENT,
            fontsize=8,
        )
    axes.set_ylabel(f"Estimate ({claim.unit})")
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.margins(y=0.12)


def _marks(axes: Axes, table: pd.DataFrame, rows: list[tuple[str, str, str]]) -> None:
    y = np.arange(len(rows))[::-1]
    for place, (column, value, _) in zip(y, rows, strict=True):
        chosen = np.flatnonzero((table[column] == value).to_numpy())
        colours = [ACCENT if table["declared"].iloc[one] else INK for one in chosen]
        axes.hlines(place, -0.5, len(table) - 0.5, color=LINE, linewidth=0.5, zorder=1)
        axes.scatter(
            chosen, np.full(len(chosen), place), marker="s", s=13, color=colours, linewidths=0, zorder=2
        )
    for above, below in pairwise(rows):
        if above[0] != below[0]:
            axes.axhline(y[rows.index(below)] + 0.5, color=MUTED, linewidth=0.8)
    axes.set_yticks(y, [words for _, _, words in rows], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xticks([])
    axes.set_xlabel("Analyses, sorted by estimate")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
