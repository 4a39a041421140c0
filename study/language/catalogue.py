"""Read the catalogues of study/locale once per process, and look sentences up in them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from study.language.choice import LANGUAGES
from study.language.formats import number_text
from study.language.sentences import Sentence

LOCALE = Path(__file__).parent.parent / "locale"
TEMPLATE = LOCALE / "messages.pot"
SCRIPTS = "study/static/js/"


def catalogue_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    """A catalogue as it stands in its file."""
    with catalogue_file(language).open("rb") as source:
        return read_po(source, locale=language, domain="messages")


@cache
def translations(language: str) -> NullTranslations:
    """A language's words; the English of the sources where there is no catalogue."""
    if language == "en" or language not in LANGUAGES:
        return NullTranslations()
    return _compiled(read_catalogue(language))


def _compiled(catalogue: Catalog) -> GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(said: Sentence, language: str) -> str:
    """A sentence in a language, with its numbers as that language writes them."""
    words = translations(language)
    found = words.ngettext(said.english, said.plural, said.n) if said.plural else words.gettext(said.english)
    return found % {
        name: number_text(value, language) if isinstance(value, int) else value
        for name, value in said.values.items()
    }


@cache
def script_words(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """What the scripts say, by its English; where a number decides, by CLDR plural category.

    A browser picks the category itself (``Intl.PluralRules``), so it needs none of gettext's formulas.
    """
    if language == "en" or language not in LANGUAGES:
        return {}
    catalogue = read_catalogue(language)
    forms = plural_categories(catalogue)
    return {_english(message): _said(message, forms) for message in _of_scripts(catalogue)}


def plural_categories(catalogue: Catalog) -> dict[str, int]:
    """Which of a catalogue's plural forms belongs to which CLDR category of its language.

    Found by trying numbers: gettext numbers its forms as each file's formula likes. A category that only
    fractions reach is left to ``other``. Raises ValueError where formula and CLDR cannot be brought together.
    """
    formula = _compiled(catalogue).plural  # type: ignore[attr-defined]
    category = Locale.parse(str(catalogue.locale)).plural_form
    found: dict[str, int] = {}
    for n in (*range(1000), 10**6, 10**6 + 1, 10**9):
        form = found.setdefault(category(n), formula(n))
        if form != formula(n):
            raise ValueError(
                f"{catalogue.locale}: expected one plural form for the category {category(n)!r}, found the "
                f"forms {form} and {formula(n)} (for {n}); correct Plural-Forms in messages.po"
            )
    found.setdefault("other", catalogue.num_plurals - 1)
    return found


def _of_scripts(catalogue: Catalog) -> Iterable[Message]:
    for message in catalogue:
        if message.id and not message.fuzzy and any(f.startswith(SCRIPTS) for f, _ in message.locations):
            yield message


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _said(message: Message, forms: Mapping[str, int]) -> str | dict[str, str]:
    said = message.string or ""
    return said if isinstance(said, str) else {category: said[form] for category, form in forms.items()}
