"""Figures of what explains the pictures: predicted against observed, and each measure alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.drawing import ACCENT, MADE, MUTED, REAL, as_svg, in_style, new_axes
from analysis.explaining import Explained

_N_SHOWN = 10
_COLOURS = {"real": REAL, "ai": MADE, "edited": MADE, "pair": ACCENT}


@in_style
def predicted_figure(explained: Explained, *, name: str, label: str, words: dict[str, str]) -> str:
    """Every picture: its value with interval over what the measures predicted without having seen it.

    ``label`` names the outcome with its unit; ``words`` says what pictures of an origin are called.
    """
    axes, figure = new_axes()
    table = explained.predictions
    for origin, part in table.groupby("origin", sort=True):
        colour = _COLOURS.get(str(origin), ACCENT)
        axes.vlines(part["predicted"], part["low"], part["high"], color=colour, alpha=0.3, linewidth=1)
        axes.scatter(
            part["predicted"],
            part["value"],
            s=12,
            color=colour,
            linewidths=0,
            zorder=3,
            label=words[str(origin)],
        )
    ends = [table["low"].min(), table["high"].max()]
    axes.axline((0, 0), slope=1, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.set_xlim(*_with_margin(table["predicted"]))
    axes.set_ylim(*_with_margin(pd.Series(ends)))
    if table["origin"].nunique() > 1:
        axes.legend(frameon=False, handletextpad=0.1, loc="upper left", fontsize=8)
    axes.set_xlabel(f"Predicted on pictures not seen: {label}")
    axes.set_ylabel(f"Observed: {label}")
    return as_svg(
        figure, name, f"Observed over predicted {label}, one point for each picture, with intervals"
    )


@in_style
def measures_figure(explained: Explained, *, name: str, label: str) -> str:
    """The ten measures that go most with an outcome: rank correlations with intervals, in both scopes."""
    shown = top_measures(explained)
    scopes = list(dict.fromkeys(shown["scope"]))
    names = list(dict.fromkeys(shown["measure"]))
    axes, figure = new_axes(height=0.9 + 0.3 * len(names))
    for scope in scopes:
        part = shown[shown["scope"] == scope].set_index("measure").reindex(names)
        shift = 0.0 if len(scopes) == 1 else (-0.13 if scope == "all" else 0.13)
        _bars(
            axes, part, np.arange(len(names)) + shift, colour=ACCENT if scope == "all" else MUTED, scope=scope
        )
    axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.set_yticks(np.arange(len(names)), [measure_words(each) for each in names])
    axes.invert_yaxis()
    axes.set_xlim(-1, 1)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"Rank correlation with {label}")
    if len(scopes) > 1:
        axes.legend(frameon=False, fontsize=8, loc="best", handletextpad=0.1)
    return as_svg(figure, name, f"Rank correlations of measures with {label}, with intervals")


def top_measures(explained: Explained) -> pd.DataFrame:
    """The rows of ``single`` of the measures with the largest correlation in any scope, largest first."""
    single = explained.single
    largest = single.assign(size=single["rho"].abs()).groupby("measure")["size"].max()
    names = largest.sort_values(ascending=False, kind="stable").index[:_N_SHOWN]
    order = pd.Series(range(len(names)), index=names)
    kept = single[single["measure"].isin(names)]
    return kept.assign(place=kept["measure"].map(order)).sort_values(
        ["place", "scope"], kind="stable", ignore_index=True
    )


def measure_words(name: str) -> str:
    return str(name).replace("_", " ")


def _bars(axes: Axes, part: pd.DataFrame, y: np.ndarray, *, colour: str, scope: str) -> None:
    axes.hlines(y, part["low"], part["high"], color=colour, linewidth=2)
    axes.scatter(
        part["rho"],
        y,
        s=26,
        color=colour,
        linewidths=0,
        zorder=4,
        label={"all": "all pictures"}.get(scope, scope),
    )


def _with_margin(values: pd.Series[float]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin
