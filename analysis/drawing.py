"""One visual language for all figures: inline SVG in the page's colours, in light, dark and print."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Drawn in stand-in colours that are swapped for the page's CSS variables afterwards, because an
# SVG drawn in fixed colours is unreadable in one of the two modes.
INK, MUTED, LINE, ACCENT, REAL, MADE, WASH = (f"#0{digit}0{digit}0{digit}" for digit in range(1, 8))
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
    REAL: "var(--real)",
    MADE: "var(--ai)",
    WASH: "var(--wash)",
}
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "facevalue",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}
_SIZE_INCHES = (4.6, 3.3)
_Arguments = ParamSpec("_Arguments")


def in_style(draw: Callable[_Arguments, str]) -> Callable[_Arguments, str]:
    """Draw with the settings above, whatever the caller's own matplotlib settings are."""

    @wraps(draw)
    def styled(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> str:
        with rc_context(_STYLE):
            return draw(*args, **kwargs)

    return styled


def new_axes(*, height: float | None = None) -> tuple[Axes, Figure]:
    figure = Figure(figsize=(_SIZE_INCHES[0], height or _SIZE_INCHES[1]), layout="constrained")
    FigureCanvasSVG(figure)
    return figure.add_subplot(), figure


def margin_note() -> dict[str, Any]:
    return {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "ha": "right",
        "color": MUTED,
        "fontsize": 8,
    }


def as_svg(figure: Figure, name: str, label: str) -> str:
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
