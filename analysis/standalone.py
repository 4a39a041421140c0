"""Figures outside the report: shown by a notebook, or saved as a file that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

_FONT = "DejaVu Sans"
_VARIABLE = re.compile(r"--([\w-]+):\s*([^;]+);")


@dataclass(frozen=True)
class StandaloneFigure:
    """A figure of the report with its colours and font written out, on white paper.

    The last value of a notebook's cell is shown by itself; ``save`` writes an SVG file.
    """

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: Path) -> Path:
        """Write the figure; ``path`` ends in ``.svg``."""
        path = Path(path)
        if path.suffix != ".svg":
            raise ValueError(f"{path}: expected a name that ends in .svg, figures are vectors")
        path.write_text('<?xml version="1.0" encoding="UTF-8"?>\n' + self.svg, encoding="utf-8")
        return path

    def png(self, *, width_px: int) -> bytes:
        """The figure as pixels, for formats that hold no vectors.

        Set in the font that comes with matplotlib, so that it looks the same on every machine.
        """
        from matplotlib import get_data_path
        from resvg_py import svg_to_bytes

        fonts = Path(get_data_path(), "fonts", "ttf")
        text = re.sub(r"font-family: [^;\"]*", f"font-family: {_FONT}", self.svg)
        made = svg_to_bytes(
            svg_string=text,
            width=width_px,
            background="#ffffff",
            skip_system_fonts=True,
            font_family=_FONT,
            font_files=[str(fonts / f"{name}.ttf") for name in ("DejaVuSans", "DejaVuSans-Bold")],
        )
        return bytes(made)


def standalone(svg: str, *, width_px: int = 720) -> StandaloneFigure:
    """A figure of ``analysis.figures`` or ``analysis.picture_figures`` that needs no page around it."""
    text = svg
    for name, value in _light_tokens().items():
        text = text.replace(f"var(--{name})", value.replace('"', "'"))
    style = f'<svg width="{width_px}" style="background:#ffffff;max-width:100%;height:auto"'
    return StandaloneFigure(text.replace("<svg", style, 1))


def _light_tokens() -> dict[str, str]:
    css = resources.files("analysis").joinpath("templates", "tokens.css").read_text(encoding="utf-8")
    return dict(_VARIABLE.findall(css[: css.index("}")]))
