"""The data dictionary: what every column and code means, and the words that participants read.

One for each language a study is offered in. The words of the study are in that language, and so are the
headings where facevalue speaks it; what the columns mean is said in English, as in the codebook.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from study.codebook import Column, TableBook, codebook
from study.language import direction, native_name, sentence, translate
from study.language.sentences import Sentence
from study.protocol import Block, Item, Question, StudyProtocol

HEADER = ("table", "column", "type", "unit", "block", "question", "value", "meaning")
Entry = tuple[str, str, str, str, str, str, str, str]
Say = Callable[[Sentence], str]

_KINDS: Mapping[str, Sentence] = {
    "string": sentence("text"),
    "integer": sentence("whole number"),
    "number": sentence("number"),
    "boolean": sentence("yes or no"),
    "datetime": sentence("time (UTC)"),
    "code": sentence("one of the values"),
    "codes": sentence("several of the values, joined by ;"),
}


@dataclass(frozen=True)
class Spoken:
    """A protocol with its words in one language."""

    language: str
    title: str
    protocol: StudyProtocol


def write_dictionary(folder: Path, books: Sequence[TableBook], spoken: Spoken) -> None:
    """Write data_dictionary_LANGUAGE.csv, for programs, and .html, to be read and printed."""
    told = [_in_words_of(book, spoken.protocol) for book in books]
    name = f"data_dictionary_{spoken.language}"
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_entries(told, spoken.protocol))
    (folder / f"{name}.html").write_text(_page(told, spoken), encoding="utf-8")


def kind_of(column: Column) -> str:
    """The type of a column as the dictionary names it: that of the codebook, ``code`` or ``codes``."""
    if column.values:
        return "codes" if column.several else "code"
    return column.kind


def _in_words_of(book: TableBook, protocol: StudyProtocol) -> TableBook:
    """The book with questionnaire items in the words of a protocol."""
    items = {column.name: column for table in codebook(protocol) for column in table.columns}
    columns = (items[c.name] if c.name.startswith("q_") and c.name in items else c for c in book.columns)
    return replace(book, columns=tuple(columns))


def _entries(books: Sequence[TableBook], protocol: StudyProtocol) -> Iterator[Entry]:
    """A row for each column, each of its codes, each question, and each answer that has words."""
    for book in books:
        for column in book.columns:
            where = (book.name, column.name)
            yield (*where, kind_of(column), column.unit, "", "", "", column.description)
            for code, words in column.values:
                yield (*where, "value", "", "", "", code, words)
    for item in protocol.items:
        for value, words in anchors(item):
            yield "participants", f"q_{item.id}", "value", "", "", "", value, words
    for block in protocol.blocks:
        for question in block.questions:
            yield "ratings", "question", "value", "", block.name, "", question.id, question.text
            for value, words in answers_in_words(question):
                yield "ratings", "value", "value", "", block.name, question.id, value, words


def anchors(scale: Item | Question) -> Iterator[tuple[str, str]]:
    """The ends of a scale that have words, as (value, words)."""
    low, high = scale.limits if isinstance(scale, Item) else (scale.minimum, scale.maximum)
    for value, words in ((low, scale.minimum_label), (high, scale.maximum_label)):
        if value is not None and words:
            yield str(value), words


def answers_in_words(question: Question) -> Iterator[tuple[str, str]]:
    """The stored answers of a question that the study has words for, as (value, words)."""
    if question.kind == "scale":
        yield from anchors(question)
    yield from ((option.code, option.label) for option in question.options)


def _page(books: Sequence[TableBook], spoken: Spoken) -> str:
    language = spoken.language

    def say(words: Sentence) -> str:
        return escape(translate(words, language))

    heading = say(sentence("Data dictionary"))
    head = tuple(say(words) for words in _COLUMNS)
    parts = [
        _section(say(sentence("Questions about the faces")), _questions(spoken.protocol, say)),
        _section(say(sentence("Questionnaires")), _items(spoken.protocol, say)),
        *(
            _section(f"<code>{book.name}</code>", _english(book.row), _table(head, _columns(book, say)))
            for book in books
        ),
    ]
    return f"""<!doctype html>
<html lang="{language}" dir="{direction(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}: {escape(spoken.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(spoken.title)}</h1>
<p>{heading} · {escape(native_name(language))}</p>
{"".join(part for part in parts if part)}</body>
</html>
"""


_COLUMNS = (sentence("Column"), sentence("Type"), sentence("Unit"), sentence("Meaning"), sentence("Values"))

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: 0.3rem 0.6rem; text-align: start; vertical-align: top; }
tr { break-inside: avoid; } thead { display: table-header-group; }
td p { margin: 0; } code { font-size: 0.95em; }
@media print { body { font-size: 9.5pt; margin: 0; max-width: none; } }
"""


def _questions(protocol: StudyProtocol, say: Say) -> str:
    head = tuple(
        say(words) for words in (sentence("Block"), sentence("Question"), sentence("Words"), _COLUMNS[4])
    )
    return _table(
        head, [_question(block, question) for block in protocol.blocks for question in block.questions]
    )


def _question(block: Block, question: Question) -> tuple[str, ...]:
    values = list(answers_in_words(question)) or [(answer, "") for answer in question.answers]
    return _code(block.name), _code(question.id), escape(question.text), _values(values)


def _items(protocol: StudyProtocol, say: Say) -> str:
    head = tuple(say(words) for words in (_COLUMNS[0], sentence("Words"), _COLUMNS[4]))
    rows = [
        (
            _code(f"q_{item.id}"),
            escape(item.text),
            _values([*((option.code, option.label) for option in item.options), *anchors(item)]),
        )
        for item in protocol.items
    ]
    return _table(head, rows) if rows else ""


def _columns(book: TableBook, say: Say) -> list[tuple[str, ...]]:
    return [
        (
            _code(column.name),
            say(_KINDS[kind_of(column)]),
            escape(column.unit),
            escape(column.description) if column.name.startswith("q_") else _english(column.description),
            _values(column.values),
        )
        for column in book.columns
    ]


def _section(heading: str, *content: str) -> str:
    return f"<h2>{heading}</h2>\n{''.join(content)}" if any(content) else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>\n"

    body = "".join(line(row, "td") for row in rows)
    return f"<div><table>\n<thead>{line(head, 'th')}</thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"


def _values(values: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f"<p>{_code(value)}{' ' if words else ''}{escape(words) if words != value else ''}</p>"
        for value, words in values
    )


def _code(text: str) -> str:
    return f'<code dir="ltr">{escape(text)}</code>'


def _english(words: str) -> str:
    return f'<p lang="en" dir="ltr">{escape(words)}</p>'
