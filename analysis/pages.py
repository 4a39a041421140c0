"""Pages that need nothing else: their template, with the look that report and power analysis share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def render_page(template: str, filters: Mapping[str, Callable[..., Any]], **values: Any) -> str:
    """Fill a template of this package; ``tokens`` and ``style`` are there in every one."""
    environment = Environment(
        loader=PackageLoader("analysis"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    look = {"tokens": _own("tokens.css"), "style": _own("report.css")}
    return environment.get_template(template).render(**look, **values)


def _own(name: str) -> Markup:
    text = (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own file, not data
