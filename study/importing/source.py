"""Open an export folder: compare its checksums, read what it says of itself and its protocol."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from stimuli.manifest import file_sha256
from study.codebook import TableBook, codebook
from study.export.folder import data_file
from study.importing.facts import PACKAGE, Facts, read_facts
from study.importing.problems import RESTORE, Problems
from study.importing.versions import ReadVersion, read_versions
from study.protocol import StudyProtocol

SUMS = "SHA256SUMS"
DESCRIPTION = "dataset_description.json"

# What holds the tables once more and is not read: a deposited copy may do without.
_NOT_READ = ("parquet/", "spss/", "wide/", "bids/")
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")


@dataclass(frozen=True)
class Source:
    """An export folder whose facts and protocol were read; ``files`` are its tables by name."""

    folder: Path
    facts: Facts
    versions: tuple[ReadVersion, ...]
    books: Mapping[str, TableBook]
    files: Mapping[str, str]

    @property
    def protocol(self) -> StudyProtocol:
        """The protocol of the current version."""
        return self.versions[-1].protocol


def open_source(folder: Path, problems: Problems) -> Source | None:
    """The export in a folder; None when so much is wrong that its tables cannot be read."""
    if not (folder / PACKAGE).is_file():
        found = "no such file" if folder.is_dir() else "no such folder"
        problems.add(PACKAGE, f"the folder of an export with this file, at {folder}", found, _GIVE_FOLDER)
        return None
    sums = _checked_sums(folder, problems)
    package = _json(folder, PACKAGE, problems)
    described = _json(folder, DESCRIPTION, problems)
    published_at = described.get("dateCreated") if isinstance(described, dict) else None
    of_sums = file_sha256(folder / SUMS) if (folder / SUMS).is_file() else "0" * 64
    facts = read_facts(package, sha256sums=of_sums, published_at=published_at, problems=problems)
    if facts is None:
        return None
    _check_whole(facts, problems)
    versions = read_versions(folder, facts, problems)
    if len(versions) < len(facts.protocol_versions):
        return None
    books = codebook(versions[-1].protocol)
    files = {book.name: data_file(facts.study, book.name) for book in books}
    for name in (*files.values(), PACKAGE, DESCRIPTION):
        if sums and name not in sums:
            problems.add(SUMS, f"a line for {name}", "none")
    return Source(folder, facts, versions, _with_extras(folder, versions[-1].protocol, files), files)


def _check_whole(facts: Facts, problems: Problems) -> None:
    """Refuse what lacks people or says less than was recorded: it would look like the whole study."""
    if facts.selection is not None:
        chosen = ", ".join(f"{name} {value}" for name, value in facts.selection.items() if value)
        remedy = "export the study again without --status, --since, --until and --times"
        problems.add(
            PACKAGE, "everybody of its namespaces, with exact times", f"a selection ({chosen})", remedy
        )
    if facts.deidentified is not None:
        remedy = "take the export that it was made from"
        problems.add(PACKAGE, "an export as it was made", "a copy in which less identifies somebody", remedy)


_GIVE_FOLDER = "give the folder that facevalue study export wrote; unpack a ZIP file first"


def _with_extras(folder: Path, protocol: StudyProtocol, files: Mapping[str, str]) -> dict[str, TableBook]:
    """The codebook with the further columns of the manifest, which only the header of the stimuli knows."""
    own = {book.name: book for book in codebook(protocol)}
    header = header_of(folder / files["stimuli"])
    extras = tuple(name for name in header if name not in own["stimuli"].column_names)
    return {book.name: book for book in codebook(protocol, extras=extras)}


def header_of(file: Path) -> tuple[str, ...]:
    """The columns of a CSV file; empty when there is none that can be read."""
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            return tuple(next(csv.reader(rows), ()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()


def _checked_sums(folder: Path, problems: Problems) -> dict[str, str]:
    """What SHA256SUMS says of each file; every file that differs is a problem."""
    if not (folder / SUMS).is_file():
        problems.add(SUMS, "a checksum for every file", "no such file")
        return {}
    sums: dict[str, str] = {}
    text = (folder / SUMS).read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.fullmatch(line)
        if found is None or not _is_inside(found[2]):
            expected = "64 hexadecimal digits, two spaces and a path inside the folder"
            problems.add(SUMS, expected, repr(line[:100]), row=number)
        else:
            sums[found[2]] = found[1]
    for name, digest in sums.items():
        _compare(folder, name, digest, problems)
    return sums


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _compare(folder: Path, name: str, digest: str, problems: Problems) -> None:
    if not (folder / name).is_file():
        if not name.startswith(_NOT_READ):
            problems.add(name, f"this file, because {SUMS} names it", "no such file")
        return
    found = file_sha256(folder / name)
    if found != digest:
        changed = f"{found[:12]}, so it was changed after the export"
        problems.add(name, f"the sha256 {digest[:12]} of {SUMS}", changed)


def _json(folder: Path, name: str, problems: Problems) -> Any:
    try:
        return json.loads((folder / name).read_bytes().decode("utf-8"))
    except FileNotFoundError:
        problems.add(name, "this file", "no such file")
    except ValueError as error:
        problems.add(name, "JSON in UTF-8", str(error), RESTORE)
    return {}
