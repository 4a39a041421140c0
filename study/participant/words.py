"""The study's own words on a page: in the participant's language, Markdown as HTML. Raw HTML stays text."""

from __future__ import annotations

from functools import lru_cache

from study.frozen import Version, frozen
from study.models import ProtocolVersion
from study.protocol import StudyProtocol


# The same few texts are shown to everybody, and turning one into HTML takes longer than all else on a page.
@lru_cache(maxsize=256)
def as_html(markdown: str) -> str:
    # No answer needs it, and a server that is started again is to take answers at once.
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False, "typographer": False}).render(markdown))


def protocol_in(version: ProtocolVersion | Version, language: str) -> StudyProtocol:
    """A frozen protocol with the words that participants read in a language."""
    return frozen(version).speaking(language)


def text_html(version: ProtocolVersion | Version, name: str, language: str) -> str:
    """A text of the study in a language, by the name that study.toml gives it."""
    return as_html(frozen(version).text(name, language))
