"""Figures of ratings: all answers, several questions at once, by what was believed, by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.drawing import INK, LINE, MADE, MUTED, REAL, WASH, as_svg, in_style, margin_note, new_axes
from analysis.estimate import Estimate
from analysis.origin_by import CrossedMeans
from analysis.rating_cells import CellResults
from analysis.rating_differences import RatingResults

_PANEL_INCHES = (4.6, 1.05)
_DASHED = (0, (4, 3))


@dataclass(frozen=True)
class QuestionPanel:
    """One question of the small multiples; ``smallest_effect`` and ``scale_range`` in points of its scale."""

    name: str
    results: RatingResults
    smallest_effect: float
    scale_range: float

    @property
    def people(self) -> pd.DataFrame:
        """Differences of the participants over all exposures."""
        people = self.results.participants
        return people[people["exposure_ms"].isna()].dropna(subset="difference")

    @property
    def farthest(self) -> float:
        """The largest distance from 0 in the panel, as a share of the scale."""
        one = self.results.overall.difference
        shown = [*self.people["difference"], one.estimate, one.low, one.high, self.smallest_effect]
        return float(np.nanmax(np.abs(shown))) / self.scale_range


@in_style
def answers_figure(shares: pd.DataFrame, *, made: str, name: str, words: str) -> str:
    """Share of every answer to real and to made faces; marks are what the ordinal model expects.

    ``shares`` as in ``RatingModels.shares``.
    """
    axes, figure = new_axes()
    for origin, label, colour, shift in (("real", "real", REAL, -0.2), ("made", made, MADE, 0.2)):
        part = shares[shares["origin"] == origin]
        x = part["rating"].to_numpy() + shift
        axes.bar(x, 100 * part["observed"], width=0.38, color=colour, alpha=0.55, linewidth=0, label=label)
        axes.scatter(x, 100 * part["expected"], s=90, marker="_", color=INK, linewidths=1.6, zorder=4)
    axes.scatter([], [], s=90, marker="_", color=INK, linewidths=1.6, label="expected by the model")
    axes.set_xticks(np.sort(shares["rating"].unique()))
    axes.set_xlabel(f"{words.capitalize()} (points)")
    axes.set_ylabel("Ratings of that kind of face (%)")
    figure.legend(frameon=False, fontsize=8, loc="outside upper center", ncols=3)
    return as_svg(figure, name, f"Share of every answer about {words}, by origin, with the model's shares")


@in_style
def questions_figure(panels: Sequence[QuestionPanel]) -> str:
    """A panel for each question: made minus real with its interval, over that of each participant.

    All panels are as wide as the same share of their scales, with 0 in the middle.
    """
    size = (_PANEL_INCHES[0], 0.45 + _PANEL_INCHES[1] * len(panels))
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasSVG(figure)
    rows = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    widest = 1.06 * max(panel.farthest for panel in panels)
    for axes, panel in zip(rows, panels, strict=True):
        _question_panel(axes, panel)
        axes.set_xlim(-widest * panel.scale_range, widest * panel.scale_range)
    rows[-1].set_xlabel("Made minus real (points)")
    words = ", ".join(
        f"{panel.name} {panel.results.overall.difference.estimate:+.2f}" for panel in panels
    ).replace('"', "'")
    return as_svg(figure, "ratings", f"Difference made minus real in points: {words}")


@in_style
def crossed_figure(
    means: CrossedMeans,
    *,
    marks: tuple[str, str],
    origins: tuple[str, str],
    scale: tuple[float, float],
    name: str,
    words: str,
) -> str:
    """Mean rating of real and made faces, by ``marks`` (taken for real, taken for AI), over participants."""
    axes, figure = new_axes()
    jitter = np.random.default_rng(0)
    for made, label, colour, shift in ((False, origins[0], REAL, -0.09), (True, origins[1], MADE, 0.09)):
        people = means.participants[means.participants["made"] == made]
        x = people["marked"].to_numpy(dtype=float) + shift + jitter.uniform(-0.06, 0.06, len(people))
        axes.scatter(x, people["rating"], s=7, color=colour, alpha=0.25, linewidths=0, zorder=2)
        cells = [cell for cell in means.cells if cell.made == made]
        places = np.array([float(cell.marked) for cell in cells]) + shift
        axes.plot(places, [cell.rating.estimate for cell in cells], color=colour, linewidth=1, zorder=3)
        _bars(axes, places, [cell.rating for cell in cells], colour)
        end = (1.2, cells[-1].rating.estimate)
        axes.annotate(label, end, (4, 0), textcoords="offset points", va="center", color=colour)
    axes.set_xticks([0, 1], list(marks))
    axes.set_xlim(-0.4, 1.65)
    axes.set_ylim(scale[0] - 0.2, scale[1] + 0.2)
    axes.set_ylabel(f"{words.capitalize()} (points)")
    return as_svg(figure, name, f"Mean {words} by origin and by {marks[0]} or {marks[1]}, with intervals")


@in_style
def cells_figure(cells: CellResults, *, smallest_effect: float, words: str, name: str) -> str:
    """The difference made minus real in every cell with its interval, over that of each participant."""
    axes, figure = new_axes()
    _margin_band(axes.axhspan, axes.axhline, smallest_effect)
    axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=_DASHED, zorder=1)
    axes.annotate("equal", (1, 0), (-2, 3), **margin_note())
    places = {cell: float(place) for place, (cell, _) in enumerate(cells.cells)}
    jitter = np.random.default_rng(0).uniform(-0.16, 0.16, len(cells.participants))
    x = cells.participants["cell"].map(places).to_numpy(dtype=float) + jitter
    axes.scatter(x, cells.participants["difference"], s=7, color=MUTED, alpha=0.35, linewidths=0, zorder=2)
    _bars(axes, np.array(list(places.values())), [one.difference for _, one in cells.cells], MADE)
    axes.set_xticks(list(places.values()), list(places))
    axes.set_xlim(-0.5, len(places) - 0.5 + 0.3)
    axes.set_xlabel("Cell")
    axes.set_ylabel(f"{words.capitalize()}, made minus real (points)")
    return as_svg(figure, name, f"Difference in {words} by cell, with intervals and participants")


def estimates_and_points(
    rows: Sequence[tuple[Mapping[str, object], Estimate]], points: pd.DataFrame
) -> pd.DataFrame:
    """The data of a figure: estimates with intervals first, then the participants' points, in one unit.

    ``points`` has the columns of the rows' labels, ``participant`` and ``estimate``.
    """
    lines = [
        dict(labels)
        | {"estimate": one.estimate, "low": one.low, "high": one.high, "unit": one.unit, "participant": None}
        for labels, one in rows
    ]
    units = {one.unit for _, one in rows}
    found = pd.concat([pd.DataFrame(lines), points], ignore_index=True)
    return found.assign(unit=found["unit"].fillna(units.pop())) if len(units) == 1 else found


def _question_panel(axes: Axes, panel: QuestionPanel) -> None:
    _margin_band(axes.axvspan, axes.axvline, panel.smallest_effect)
    axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=_DASHED, zorder=1)
    people = panel.people
    y = np.random.default_rng(0).uniform(-0.3, 0.3, len(people))
    axes.scatter(people["difference"], y, s=7, color=MUTED, alpha=0.35, linewidths=0, zorder=2)
    one = panel.results.overall.difference
    if np.isfinite(one.low):
        axes.plot([one.low, one.high], [0, 0], color=MADE, linewidth=2.5, solid_capstyle="butt", zorder=4)
    axes.scatter([one.estimate], [0], s=32, color=MADE, linewidths=0, zorder=5)
    axes.set_title(panel.name, loc="left", fontsize=9, color=INK, pad=2)
    axes.set_ylim(-0.5, 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _margin_band(span: object, line: object, smallest_effect: float) -> None:
    """The band of differences declared too small to matter."""
    span(-smallest_effect, smallest_effect, color=WASH, zorder=0, linewidth=0)  # type: ignore[operator]
    for edge in (-smallest_effect, smallest_effect):
        line(edge, color=LINE, linewidth=0.8, zorder=1)  # type: ignore[operator]


def _bars(axes: Axes, x: np.ndarray, estimates: Sequence[Estimate], colour: str) -> None:
    for place, one in zip(x, estimates, strict=True):
        if np.isfinite(one.low):
            axes.plot(
                [place, place],
                [one.low, one.high],
                color=colour,
                linewidth=2,
                solid_capstyle="butt",
                zorder=4,
            )
    axes.scatter(x, [one.estimate for one in estimates], s=32, color=colour, linewidths=0, zorder=5)
