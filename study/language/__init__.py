"""facevalue's own words to participants, in their language. Knows no web and no database.

What a study itself says (its texts, questions and options) is the study's own and not translated here.
"""

from study.language.catalogue import script_words, translate
from study.language.choice import (
    LANGUAGES,
    direction,
    native_name,
    negotiate,
    offered_languages,
)
from study.language.formats import date_text, number_locale, number_text, percent_text
from study.language.sentences import Sentence, plural_sentence, sentence

__all__ = [
    "LANGUAGES",
    "Sentence",
    "date_text",
    "direction",
    "native_name",
    "negotiate",
    "number_locale",
    "number_text",
    "offered_languages",
    "percent_text",
    "plural_sentence",
    "script_words",
    "sentence",
    "translate",
]
