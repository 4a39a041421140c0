"""Power over the number of people, one line for each number of pairs: where people no longer help."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.drawing import ACCENT, INK, MADE, MUTED, REAL, as_svg, in_style, new_axes

_LINES = ((ACCENT, "o", "-"), (MADE, "s", "--"), (INK, "^", "-."), (REAL, "D", ":"))
_WANTED = 0.9
_LABEL_HEIGHT = 6.0  # percent


@in_style
def power_curve(table: pd.DataFrame, *, name: str = "power") -> str:
    """The curve of one claim and one effect, as SVG.

    Needs n_participants, n_pairs, power, power_low, power_high and ceiling of ``power_table``. Bars are
    Monte Carlo intervals. The mark at the right edge is the power with any number of people.
    """
    axes, figure = new_axes()
    people = sorted(table["n_participants"].unique())
    edge = people[-1] * 1.35
    ends: list[tuple[float, str, str]] = []
    for number, (n_pairs, line) in enumerate(table.groupby("n_pairs")):
        colour, marker, dashes = _LINES[number % len(_LINES)]
        line = line.sort_values("n_participants")
        x = line["n_participants"].to_numpy(dtype=float) * (1 + 0.012 * number)
        power = 100 * line["power"].to_numpy()
        low, high = 100 * line["power_low"].to_numpy(), 100 * line["power_high"].to_numpy()
        axes.plot(x, power, dashes, color=colour, marker=marker, markersize=4.5, linewidth=1.2, zorder=3)
        axes.vlines(x, low, high, color=colour, linewidth=1.6, zorder=4)
        ceiling = 100 * float(line["ceiling"].iloc[0])
        axes.plot([x[-1], edge], [power[-1], ceiling], color=colour, linewidth=0.7, alpha=0.5, zorder=2)
        axes.plot([edge], [ceiling], marker="_", markersize=12, color=colour, markeredgewidth=2, zorder=3)
        ends.append((ceiling, f"{n_pairs} pairs", colour))
    for height, (_, text, colour) in zip(_apart([end[0] for end in ends]), ends, strict=True):
        axes.annotate(text, (edge, height), (9, 0), textcoords="offset points", va="center", color=colour)
    axes.axhline(100 * _WANTED, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks([*people, edge], [*(f"{n}" for n in people), "no limit"])
    axes.set_xlim(people[0] / 1.15, edge * 1.6)
    axes.set_yticks(np.arange(0, 101, 20))
    axes.set_ylim(0, 103)
    axes.set_xlabel("Participants")
    axes.set_ylabel("Power (%)")
    return as_svg(figure, name, "Power by number of participants, a line for each number of pairs")


def _apart(heights: list[float]) -> list[float]:
    """Heights of labels: as near to the marks as they can be read, the lower marks pushed down.

    >>> _apart([100.0, 99.0, 40.0])
    [100.0, 94.0, 40.0]
    """
    placed = list(heights)
    last = float("inf")
    for number in sorted(range(len(heights)), key=lambda n: (-heights[n], n)):
        last = min(heights[number], last - _LABEL_HEIGHT)
        placed[number] = last
    return placed
