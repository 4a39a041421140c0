"""Find every sentence of pages, scripts and flow, and bring the catalogues of study/locale up to date."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from study.language.catalogue import TEMPLATE, catalogue_file, read_catalogue
from study.language.choice import LANGUAGES

ROOT = Path(__file__).parent.parent.parent
WHERE = [
    ("study/templates/participant/**.html", "jinja2"),
    ("study/static/js/**.js", "javascript"),
    ("study/**.py", "python"),
]
OPTIONS = {"study/templates/participant/**.html": {"newstyle_gettext": "true", "silent": "false"}}
# In Python only these two mark a sentence, in templates and scripts the names that gettext is known by.
PYTHON_KEYWORDS = {"sentence": None, "plural_sentence": (1, 2)}
PAGE_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def extract() -> Catalog:
    """Every English sentence with the files it is in, in alphabetical order of the files."""
    template = Catalog(charset="utf-8")
    for file, _, english, comments, context in sorted(_found(), key=lambda found: (found[0], found[1])):
        template.add(english, None, [(file, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    return template


def _found() -> Iterator[tuple[str, int, str | tuple[str, ...], list[str], str | None]]:
    for pattern, method in WHERE:
        yield from extract_from_dir(
            ROOT,
            [(pattern, method)],
            OPTIONS,
            keywords=PYTHON_KEYWORDS if method == "python" else PAGE_KEYWORDS,
            comment_tags=("For translators:",),
            strip_comment_tags=True,
            directory_filter=lambda path: Path(path).name not in {"migrations", "locale"},
        )


def template_text(template: Catalog) -> str:
    """The content of messages.pot."""
    return _HEADING + _written(template)


def catalogue_text(catalogue: Catalog) -> str:
    """The content of a messages.po, with a header that changes only when the language does."""
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalogue.locale_identifier}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return header + _written(catalogue)


_HEADING = (
    "# Every English sentence that facevalue says to participants. Written by python -m study.language\n\n"
)


def _written(catalogue: Catalog) -> str:
    out = io.BytesIO()
    # Without line numbers or folded lines: code that moves is no reason to touch five files.
    write_po(out, catalogue, width=0, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue().decode("utf-8").lstrip("\n")


def refresh() -> dict[str, list[str]]:
    """Write messages.pot and every messages.po anew; returns what each language still lacks.

    New sentences come in empty, reworded ones keep their old translation marked fuzzy, and those that nobody
    says any more are taken out.
    """
    template = extract()
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(template_text(template), encoding="utf-8")
    lacking = {}
    for language in LANGUAGES:
        if language != "en":
            catalogue = _updated(language, template)
            file = catalogue_file(language)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(catalogue_text(catalogue), encoding="utf-8")
            lacking[language] = untranslated(catalogue)
    return lacking


def _updated(language: str, template: Catalog) -> Catalog:
    exists = catalogue_file(language).is_file()
    catalogue = read_catalogue(language) if exists else Catalog(locale=language, domain="messages")
    catalogue.update(template, update_header_comment=False)
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    """The English of what is missing, incomplete or fuzzy."""
    lacking = []
    for message in catalogue:
        if not message.id:
            continue
        said = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy or not all(said):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking
