"""Turn the study's Markdown into HTML. Raw HTML in a text stays text."""

from __future__ import annotations

from markdown_it import MarkdownIt


def as_html(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False, "typographer": False}).render(markdown))
