"""The study's own words in further languages: words of study.toml by a table, texts by files of their own.

The table of a language is ``translations/de.toml`` beside study.toml, from the words in the first language
to those in the further one. The text ``texts/consent.md`` is ``texts/consent.de.md`` there. Nothing here
reads files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from study.protocol.part import Part, Spoken
from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import Place

Translations = Mapping[str, Mapping[str, str]]
"""By language, then by the words in the first language."""

P = TypeVar("P", bound=Part)


def spoken_words(part: Part, place: Place = ()) -> Iterator[tuple[str, Place]]:
    """All words of a protocol that participants read, each with its place; settings not there are passed."""
    for name, field in type(part).model_fields.items():
        value = part.__dict__.get(name)
        here = (*place, name)
        if isinstance(value, str) and value and any(isinstance(mark, Spoken) for mark in field.metadata):
            yield value, here
        elif isinstance(value, Part):
            yield from spoken_words(value, here)
        elif isinstance(value, tuple):
            for position, entry in enumerate(value):
                if isinstance(entry, Part):
                    yield from spoken_words(entry, (*here, position))


def in_language(protocol: StudyProtocol, translations: Translations, language: str) -> StudyProtocol:
    """The protocol with the words that participants read in a language.

    Words without a translation stay as they are: in the first language every word does.
    """
    words = translations.get(language, {})
    return _translated(protocol, words) if words else protocol


def _translated(part: P, words: Mapping[str, str]) -> P:
    changed: dict[str, object] = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, str) and any(isinstance(mark, Spoken) for mark in field.metadata):
            changed[name] = words.get(value, value)
        elif isinstance(value, Part):
            changed[name] = _translated(value, words)
        elif isinstance(value, tuple):
            changed[name] = tuple(_translated(v, words) if isinstance(v, Part) else v for v in value)
    return part.model_copy(update=changed)


def text_path(name: str, language: str | None) -> str:
    """Where a text is in a further language.

    >>> text_path("texts/consent.md", "de"), text_path("texts/consent.md", None)
    ('texts/consent.de.md', 'texts/consent.md')
    """
    if language is None:
        return name
    path = PurePosixPath(name)
    return str(path.with_suffix(f".{language}{path.suffix}"))


def text_in(texts: Mapping[str, str], name: str, language: str) -> str:
    """A text in a language, by the name that study.toml gives it; in the first one, the file itself."""
    return texts.get(text_path(name, language), texts[name])


def translations_path(language: str) -> str:
    return f"translations/{language}.toml"


def text_names(protocol: StudyProtocol) -> dict[str, Place]:
    """Every Markdown file that study.toml names, with the place that names it first."""
    names: dict[str, Place] = {}
    texts = protocol.__dict__.get("texts")
    for setting, name in (texts.__dict__ if texts else {}).items():
        if name is not None:
            names.setdefault(name, ("texts", setting))
    for position, block in enumerate(protocol.__dict__.get("blocks", ())):
        if (name := block.__dict__.get("intro")) is not None:
            names.setdefault(name, ("blocks", position, "intro"))
    return names
