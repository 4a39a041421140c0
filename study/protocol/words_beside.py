"""Read what lies beside study.toml: Markdown texts, and the words of further languages."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.protocol.finding import Problem, Severity, dotted, shown
from study.protocol.study_protocol import StudyProtocol
from study.protocol.translations import spoken_words, text_names, text_path, translations_path
from study.toml_lines import Place, lines_by_place, nearest_line


@dataclass
class WordsBeside:
    """Texts by path, translations by language, and what is wrong with either."""

    texts: dict[str, str] = field(default_factory=dict)
    translations: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def same_words(text: str) -> str:
    """Text as it is kept and hashed: composed characters (NFC), line feeds, no byte order mark.

    So the same words are the same, whichever editor or system wrote them.
    """
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def read_words_beside(
    protocol: StudyProtocol, folder: Path, *, file: str, lines: Mapping[Place, int]
) -> WordsBeside:
    """Read the texts in all languages and the translations of a study, complete or not.

    ``file`` and ``lines`` say where study.toml names each text and says each word.
    """
    beside = WordsBeside()
    further = tuple(dict.fromkeys(protocol.__dict__.get("languages", ())[1:]))

    def at(place: Place, sentence: str, remedy: str) -> Problem:
        return Problem("error", file, nearest_line(lines, place), dotted(place), sentence, remedy)

    for name, place in text_names(protocol).items():
        for path in (name, *(text_path(name, language) for language in further)):
            if wrong := _read_text(path, folder, beside.texts):
                beside.problems.append(at(place, *wrong))
    for language in further:
        table = read_translations(folder, language, protocol)
        beside.translations[language] = table.translations
        beside.problems += table.problems
        beside.problems += [at(*missing) for missing in _missing(table, folder, language)]
    return beside


def _read_text(name: str, folder: Path, texts: dict[str, str]) -> tuple[str, str] | None:
    """What is wrong with a text, and the remedy; None when it was read."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return f"expected a file beside the study file, found {shown(name)}", "move it there"
    if not path.is_file():
        return f"expected a Markdown file {name}, found nothing there", "write it"
    try:
        text = same_words(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return f"expected text in UTF-8, found other bytes in {name}, line {line}", "save it as UTF-8"
    if not text.strip():
        return f"expected words in {name}, found an empty file", "write the text"
    texts[name] = text
    return None


@dataclass
class TranslationTable:
    """The words of one language as its file has them; ``missing``: where study.toml says words that are
    not in the file at all."""

    toml: str = ""
    translations: dict[str, str] = field(default_factory=dict)
    missing: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_translations(folder: Path, language: str, protocol: StudyProtocol) -> TranslationTable:
    """Read translations/LANGUAGE.toml against the words of a protocol; a file that is not there is empty."""
    file = translations_path(language)
    path = folder / file
    known: dict[str, Place] = {}
    for words, place in spoken_words(protocol):
        known.setdefault(words, place)
    try:
        toml = same_words(path.read_bytes().decode("utf-8")) if path.is_file() else ""
        document = tomllib.loads(toml)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        sentence = f"expected TOML in UTF-8, found something else ({error})"
        return TranslationTable(problems=[Problem("error", file, None, "", sentence, "correct it there")])
    table = TranslationTable(toml, missing={w: place for w, place in known.items() if w not in document})
    lines = lines_by_place(toml)
    for words, translation in document.items():
        problem = _judge(words, translation, known)
        if problem:
            severity, sentence, remedy = problem
            table.problems.append(Problem(severity, file, lines.get((words,)), "", sentence, remedy))
        else:
            table.translations[words] = translation
    return table


def _judge(words: str, translation: Any, known: Mapping[str, Place]) -> tuple[Severity, str, str] | None:
    if words not in known:
        sentence = f"expected words that study.toml says, found {shown(words)}"
        return "warning", sentence, "remove the line, or correct its words"
    if not isinstance(translation, str):
        sentence = f"expected the translation of {shown(words)} in quotes, found {shown(translation)}"
        return "error", sentence, "write it in quotes"
    if not translation.strip():
        return "error", f"expected the translation of {shown(words)}, found none", "write it in the quotes"
    return None


def _missing(table: TranslationTable, folder: Path, language: str) -> Iterator[tuple[Place, str, str]]:
    file = translations_path(language)
    remedy = f"facevalue study translate study.toml {language} adds what is missing to the file"
    if table.missing and not (folder / file).is_file():
        sentence = f"expected {len(table.missing)} words and sentences in {file}, found no such file"
        yield ("languages",), sentence, remedy
    elif not any(problem.severity == "error" and problem.line is None for problem in table.problems):
        for words, place in table.missing.items():
            yield place, f"expected {shown(words)} in {file}, found no such line", remedy
