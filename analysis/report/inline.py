"""The little Markdown of paragraphs: emphasis, strong, code; nothing that leads anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup


@dataclass(frozen=True)
class Run:
    """A stretch of text set in one way."""

    text: str
    italic: bool = False
    bold: bool = False
    code: bool = False


def as_html(text: str) -> Markup:
    """The text as HTML. Markup in it is shown, not obeyed."""
    return Markup(_parser().renderInline(text))  # noqa: S704 - HTML is off, and there are no links


def as_runs(text: str) -> Iterator[Run]:
    """The text as stretches, for formats that are not HTML."""
    italic = bold = 0
    for token in _parser().parseInline(text)[0].children or []:
        italic += {"em_open": 1, "em_close": -1}.get(token.type, 0)
        bold += {"strong_open": 1, "strong_close": -1}.get(token.type, 0)
        words = " " if token.type == "softbreak" else token.content
        if words:
            yield Run(words, italic > 0, bold > 0, token.type == "code_inline")


def as_text(text: str) -> str:
    """The text without its marks."""
    return "".join(run.text for run in as_runs(text))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "html_inline"])
