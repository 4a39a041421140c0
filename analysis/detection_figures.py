"""Figures of detection: by exposure, psychometric curves, groups, pairs one by one, and participants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import norm

from analysis.detection_levels import LevelDetection, LevelsOfDetection
from analysis.drawing import ACCENT, INK, LINE, MADE, MUTED, WASH, as_svg, in_style, margin_note, new_axes
from analysis.estimate import Estimate
from analysis.pairs import exposure_words
from analysis.psychometric import THRESHOLD_D_PRIME, Psychometric
from analysis.psychometric_curves import Curve

_DASHED = (0, (4, 3))
_ROW_INCHES = 0.24


@in_style
def by_exposure_figure(
    name: str,
    estimates: Mapping[float, Estimate],
    points: pd.DataFrame,
    *,
    column: str,
    label: str,
    guessing: float,
    scale: float = 1.0,
) -> str:
    """Estimates with intervals at each exposure, over ``column`` of each participant (``points``)."""
    axes, figure = new_axes()
    places = {level: place for place, level in enumerate(estimates)}
    known = points[points["exposure_ms"].isin(list(places))].dropna(subset=[column])
    # Jitter only spreads the points; the seed keeps the file the same from run to run.
    jitter = np.random.default_rng(0).uniform(-0.16, 0.16, size=len(known))
    x = known["exposure_ms"].map(places).to_numpy(dtype=float) + jitter
    axes.scatter(x, scale * known[column], s=7, color=MUTED, alpha=0.35, linewidths=0, zorder=2)
    shown = [(places[level], one) for level, one in estimates.items() if np.isfinite(one.estimate)]
    if len(shown) > 1:
        axes.plot(*zip(*((at, scale * one.estimate) for at, one in shown), strict=True), color=ACCENT, lw=1)
    for at, one in shown:
        _interval(axes, at, one, scale)
    axes.axhline(guessing, color=MUTED, linewidth=0.8, linestyle=_DASHED, zorder=1)
    axes.annotate("guessing", (1, guessing), (-2, 3), **margin_note())
    axes.set_xticks(list(places.values()), [_short(level) for level in places])
    axes.set_xlim(-0.5, len(places) - 0.2)
    axes.set_xlabel("Exposure")
    axes.set_ylabel(label)
    return as_svg(figure, name, f"{label} by exposure, with intervals and participants")


@in_style
def psychometric_figure(
    name: str, one: Psychometric, levels: Mapping[float, Estimate], *, unit: str, range_label: str
) -> str:
    """Curves of d' with the interval of the preferred one, over d' of each level by itself (``levels``)."""
    axes, figure = new_axes()
    for curve in one.curves:
        _curve(axes, curve, preferred=curve.name == one.preferred)
    for x, level in levels.items():
        if np.isfinite(level.estimate) and np.isfinite(x):
            _interval(axes, x, level, 1.0)
    if one.over == "exposure_ms":
        axes.set_xscale("log")
        ticks = [level for level in levels if np.isfinite(level)]
        axes.set_xticks(ticks, [_short(level) for level in ticks])
        axes.minorticks_off()
    # Room at the right for what the lines mean, which the last level would cover.
    low, high = one.range
    over = one.over == "exposure_ms"
    margin = (high / low) ** 0.08 if over else 0.08 * (high - low)
    axes.set_xlim(*((low / margin, high * margin**4) if over else (low - margin, high + 4 * margin)))
    axes.axhline(0, color=MUTED, linewidth=0.8, linestyle=_DASHED, zorder=1)
    axes.axhline(THRESHOLD_D_PRIME, color=LINE, linewidth=0.8, zorder=1)
    axes.annotate("75 % of pairs right", (1, THRESHOLD_D_PRIME), (-2, 3), **margin_note())
    axes.annotate("guessing", (1, 0), (-2, 3), **margin_note())
    if np.isfinite(one.threshold.at):
        axes.plot([one.threshold.at] * 2, [0, THRESHOLD_D_PRIME], color=MUTED, linewidth=0.8)
    if len(one.curves) > 1:
        _name_curves(axes, one)
    axes.set_xlabel(unit)
    axes.set_ylabel("Sensitivity d′ (z units)")
    return as_svg(figure, name, f"Sensitivity over {range_label}, with fitted curves and intervals")


@in_style
def groups_figure(groups: Sequence[LevelsOfDetection], overall: Estimate, *, name: str) -> str:
    """d' at every level of every grouping with its interval; the dashed line is all answers together."""
    rows: list[tuple[str, LevelDetection | None]] = []
    for group in groups:
        rows.append((group.title, None))
        rows += [(one.level, one) for one in group.levels]
    axes, figure = new_axes(height=0.9 + _ROW_INCHES * len(rows))
    for place, (text, one) in enumerate(rows):
        if one is None:
            axes.annotate(
                text[0].upper() + text[1:],
                (0, place),
                (2, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                color=MUTED,
                fontsize=8,
            )
        elif np.isfinite(one.d_prime.estimate):
            _row(axes, place, one.d_prime, hollow=bool(one.note))
        else:
            _absent(axes, place)
    if np.isfinite(overall.estimate):
        axes.axvline(overall.estimate, color=MUTED, linewidth=0.8, linestyle=_DASHED, zorder=1)
    axes.axvline(0, color=LINE, linewidth=0.8, zorder=1)
    labels = [(place, text) for place, (text, one) in enumerate(rows) if one is not None]
    axes.set_yticks([place for place, _ in labels], [_cut(text) for _, text in labels])
    axes.set_ylim(len(rows) - 0.4, -0.8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Sensitivity d′ (z units)")
    return as_svg(figure, name, "Sensitivity by group, with intervals")


@in_style
def items_figure(items: pd.DataFrame, *, name: str, things: str, guessing: bool = True) -> str:
    """Each pair or face from the least to the best detected: expected share with interval, raw share."""
    axes, figure = new_axes()
    table = items.iloc[::-1].reset_index(drop=True)
    x = table.index.to_numpy()
    if table["shrunken_share"].notna().any():
        axes.vlines(
            x, 100 * table["shrunken_low"], 100 * table["shrunken_high"], color=ACCENT, alpha=0.6, lw=1.4
        )
        axes.scatter(x, 100 * table["shrunken_share"], s=12, color=ACCENT, linewidths=0, zorder=4)
    else:
        axes.vlines(x, 100 * table["low"], 100 * table["high"], color=MUTED, alpha=0.5, lw=1.2)
    axes.scatter(
        x, 100 * table["share_correct"], s=12, facecolors="none", edgecolors=MADE, linewidths=0.9, zorder=3
    )
    if guessing:
        axes.axhline(50, color=MUTED, linewidth=0.8, linestyle=_DASHED, zorder=1)
    axes.set_ylim(0, 103)
    axes.set_xticks([])
    axes.set_xlabel(f"{things}, from the least to the best detected")
    axes.set_ylabel("Correct answers (%)")
    return as_svg(figure, name, f"{things} one by one: share correct, expected and observed")


@in_style
def participants_figure(d_primes: pd.Series[float], overall: Estimate, sd: float, *, name: str) -> str:
    """Histogram of the participants' own d', and the distribution of true d' that the model finds."""
    axes, figure = new_axes()
    values = d_primes.dropna().to_numpy(dtype=float)
    n_bins = int(np.clip(np.sqrt(len(values)) * 1.5, 5, 24))
    edges = np.histogram_bin_edges(values, bins=n_bins)
    axes.hist(values, bins=list(edges), color=WASH, edgecolor=MUTED, linewidth=0.6)
    if np.isfinite(overall.estimate) and sd > 0:
        reach = max(values.max() - values.min(), 6 * sd)
        x = np.linspace(overall.estimate - reach / 2, overall.estimate + reach / 2, 200)
        height = len(values) * (edges[1] - edges[0]) * norm.pdf(x, overall.estimate, sd)
        axes.plot(x, height, color=ACCENT, linewidth=1.6)
        axes.set_ylim(0, 1.12 * max(axes.get_ylim()[1], height.max()))
    axes.axvline(0, color=MUTED, linewidth=0.8, linestyle=_DASHED)
    axes.annotate(
        "guessing",
        (0, 1),
        (3, -8),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=MUTED,
        fontsize=8,
    )
    axes.set_xlabel("Sensitivity d′ of each participant (z units)")
    axes.set_ylabel("Participants")
    return as_svg(figure, name, "Histogram of the participants' sensitivity, with the model's distribution")


def _interval(axes: Axes, x: float, one: Estimate, scale: float) -> None:
    if np.isfinite(one.low):
        ends = [scale * one.low, scale * one.high]
        axes.plot([x, x], ends, color=ACCENT, linewidth=2, solid_capstyle="butt", zorder=4)
    axes.scatter([x], [scale * one.estimate], s=32, color=ACCENT, linewidths=0, zorder=5)


def _row(axes: Axes, y: float, one: Estimate, *, hollow: bool) -> None:
    """Hollow: pooled answers, not of the model."""
    if np.isfinite(one.low):
        axes.plot([one.low, one.high], [y, y], color=ACCENT, linewidth=2, solid_capstyle="butt", zorder=3)
    face = "none" if hollow else ACCENT
    axes.scatter([one.estimate], [y], s=30, facecolors=face, edgecolors=ACCENT, linewidths=1.2, zorder=4)


def _absent(axes: Axes, y: float) -> None:
    axes.annotate(
        "not estimated", (0.02, y), xycoords=("axes fraction", "data"), va="center", color=MUTED, fontsize=8
    )


def _curve(axes: Axes, curve: Curve, *, preferred: bool) -> None:
    points = curve.points
    if preferred:
        axes.fill_between(points["x"], points["low"], points["high"], color=WASH, linewidth=0, zorder=0)
    style = "-" if curve.name == "straight" else (0, (6, 2))
    colour = ACCENT if preferred else MUTED
    axes.plot(points["x"], points["d_prime"], color=colour, linewidth=1.4, linestyle=style, zorder=3)


def _name_curves(axes: Axes, one: Psychometric) -> None:
    """In words at the upper left: which line is which."""
    names = {"straight": "solid: straight line", "saturating": "dashed: saturating"}
    for place, curve in enumerate(one.curves):
        text = names[curve.name] + (" (preferred)" if curve.name == one.preferred else "")
        axes.annotate(
            text,
            (0, 1),
            (4, -4 - 11 * place),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            color=INK if curve.name == one.preferred else MUTED,
            fontsize=8,
        )


def _short(level: float) -> str:
    return exposure_words(level).removesuffix(" time")


def _cut(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
