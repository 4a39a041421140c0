"""Write the files of an export that are made from its tables: dictionary, reading code, further formats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from study.export.formats.dictionary import Spoken, write_dictionary
from study.export.formats.reading_code import write_reading_code
from study.export.formats.written import FormatError
from study.export_formats import FORMATS, known_formats
from study.frozen import frozen

if TYPE_CHECKING:
    from study.export.describing import Contents

__all__ = ["FORMATS", "FormatError", "known_formats", "write_formats"]


def write_formats(folder: Path, contents: Contents, formats: Sequence[str] = ()) -> None:
    """Write data dictionary and reading code, and the further ``formats``, into an export's folder.

    Everything comes from the tables and words that are there already. Raises FormatError where a format
    cannot hold the data or needs something that is not installed.
    """
    version = contents.extract.study.current
    protocol = contents.extract.protocol
    for language in protocol.languages:
        words = frozen(version).speaking(language)
        write_dictionary(folder, contents.books, Spoken(language, words.title, words))
    write_reading_code(folder, language=protocol.languages[0])
    for name in formats:
        FORMATS[name].write(folder, contents)
