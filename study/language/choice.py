"""Which languages there are, how each is written, and which one a visitor gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from study.protocol import StudyProtocol

# English is the language of the sources and has no catalogue; each other one has a file in study/locale.
LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français", "ar": "العربية"}
)
"""Languages that facevalue's own words exist in, by ISO 639-1 code, each with its own name for itself."""


def offered_languages(protocol: StudyProtocol) -> tuple[str, ...]:
    """The languages a study can be taken in, its default first."""
    return protocol.languages


def direction(language: str) -> str:
    """``rtl`` for languages written from right to left, else ``ltr``."""
    try:
        order = Locale.parse(language).character_order
    except (UnknownLocaleError, ValueError):
        return "ltr"
    return "rtl" if order == "right-to-left" else "ltr"


def native_name(language: str) -> str:
    """What a language calls itself; its code where nobody knows.

    >>> native_name("fr"), native_name("it"), native_name("xx")
    ('Français', 'Italiano', 'xx')
    """
    if language in LANGUAGES:
        return LANGUAGES[language]
    try:
        name = Locale.parse(language).get_language_name(language)
    except (UnknownLocaleError, ValueError):
        return language
    return name[:1].upper() + name[1:] if name else language


def negotiate(
    offered: Sequence[str],
    *,
    requested: str | None = None,
    remembered: str | None = None,
    accept_language: str | None = None,
) -> str:
    """The language for a visitor: always one of ``offered``, of which the first is the default.

    What was asked for wins over what was chosen before, and both over what the browser prefers
    (``accept_language`` is the header as it was sent). Of the header's languages the most wanted one that is
    offered is taken, whatever its region (RFC 4647, lookup); one with quality 0 is never taken from it.

    >>> negotiate(("en", "de"), accept_language="fr, de-AT;q=0.8, en;q=0.5")
    'de'
    """
    for asked in (requested, remembered):
        if asked in offered:
            return str(asked)
    accepted = parse_accept_header(accept_language, LanguageAccept)
    for wanted, quality in sorted(accepted, key=lambda entry: -entry[1]):
        language = wanted.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and language in offered:
            return language
    return offered[0]
