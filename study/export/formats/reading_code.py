"""Put the code that reads an export in Python and R into it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

#: The dictionary that read_export.R reads, as it stands in the file.
_DICTIONARY = "data_dictionary_en.csv"


def write_reading_code(folder: Path, *, language: str) -> None:
    """Write read_export.py and read_export.R; R takes meanings from the dictionary of this language."""
    source = files("study.export.formats.reading")
    for name in ("read_export.py", "read_export.R"):
        code = source.joinpath(name).read_text(encoding="utf-8")
        code = code.replace(_DICTIONARY, f"data_dictionary_{language}.csv")
        (folder / name).write_text(code, encoding="utf-8")
