"""Numbers, shares and dates as each language writes them (CLDR, by Babel).

Digits are 0 to 9 in every language, in Arabic too: rating steps are chosen by the keys that carry these
digits, and one page should not show two kinds. Separators and words are the language's own.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent


# A page shows the same few numbers to everybody.
@lru_cache(1024)
def number_text(number: float, language: str) -> str:
    """A number with the language's separators and at most three decimals.

    >>> number_text(12345.5, "de"), number_text(12345.5, "ar")
    ('12.345,5', '12,345.5')
    """
    return format_decimal(number, locale=_locale(language), numbering_system="latn")


def percent_text(share: float, language: str) -> str:
    """A share from 0 to 1 as whole per cent."""
    return format_percent(share, locale=_locale(language), numbering_system="latn")


def date_text(day: date, language: str) -> str:
    """A day with its month in words.

    >>> date_text(date(2026, 3, 1), "es")
    '1 de marzo de 2026'
    """
    return format_date(day, format="long", locale=_locale(language))


def number_locale(language: str) -> str:
    """The BCP 47 tag by which a browser writes numbers as ``number_text`` does.

    >>> number_locale("ar")
    'ar-u-nu-latn'
    """
    return f"{language}-u-nu-latn"


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")
