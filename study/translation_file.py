"""Write the words of a study in a further language, or what is still missing of them, as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from study.protocol import ProtocolError, StudyProtocol
from study.protocol.finding import dotted
from study.protocol.translations import translations_path
from study.protocol.words_beside import read_translations

_HEADING = (
    "# Words of study.toml in the language {language}.\n"
    "# Left of = are the words as study.toml says them, right of it goes the translation.\n"
)


def add_missing_words(protocol: StudyProtocol, folder: Path, language: str) -> tuple[int, Path]:
    """Add a line for each word and sentence without one; how many, and to which file.

    What stands in the file stays as it is. Raises ProtocolError when it cannot be read.
    """
    file = folder / translations_path(language)
    table = read_translations(folder, language, protocol)
    if unreadable := [str(p) for p in table.problems if p.severity == "error" and p.line is None]:
        raise ProtocolError(unreadable)
    if table.missing:
        text = table.toml or _HEADING.format(language=language)
        for words, place in table.missing.items():
            text += f"\n# {dotted(place)}\n{translation_toml({words: ''})}"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return len(table.missing), file


def translation_toml(words: Mapping[str, str]) -> str:
    """A translation file of these words, from those in the first language to those in the further one."""
    return "".join(f"{_quoted(first)} = {_quoted(further)}\n" for first, further in words.items())


def _quoted(words: str) -> str:
    # A JSON string is a TOML string too.
    return json.dumps(words, ensure_ascii=False)
