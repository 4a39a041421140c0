"""Compare the files of an export with SHA256SUMS, in one pass over their bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from analysis.problems import Problem
from analysis.quoting import Quoting

CHECKSUMS = "SHA256SUMS"
RESTORE = "restore the file from the original export, or export the study again"
#: Bytes read at once.
PIECE = 1 << 20


def listed_checksums(folder: Path, problems: list[Problem]) -> dict[str, str]:
    """Every file named in SHA256SUMS with its sum; lines that cannot be used are added to ``problems``."""
    path = folder / CHECKSUMS
    if not path.is_file():
        problems.append(Problem(CHECKSUMS, "a checksum for every file", "no such file", RESTORE))
        return {}
    sums: dict[str, str] = {}
    for number, line in enumerate(_lines(path, problems), start=1):
        digest, name = line[:64], line[64:].lstrip(" *").removeprefix("./")
        if (
            not re.fullmatch(r"[0-9a-fA-F]{64}", digest)
            or not name
            or ".." in Path(name).parts
            or Path(name).is_absolute()
        ):
            expected = "64 hexadecimal digits, two spaces and a path inside the folder"
            problems.append(Problem(CHECKSUMS, expected, repr(line), RESTORE, row=number))
            continue
        sums[name] = digest.lower()
    return sums


def _lines(path: Path, problems: list[Problem]) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        problems.append(Problem(CHECKSUMS, "text in UTF-8", f"byte {error.start} is not", RESTORE))
        return []


def changed_files(sums: Mapping[str, str], actual: Mapping[str, str]) -> list[Problem]:
    """A problem for each file that is missing or whose sum in ``actual`` is not the one in ``sums``."""
    problems = []
    for name, digest in sums.items():
        if name not in actual:
            problems.append(Problem(name, f"a file, because {CHECKSUMS} names it", "no such file", RESTORE))
        elif actual[name] != digest:
            expected = f"sha256 {digest[:12]}… as in {CHECKSUMS}"
            found = f"{actual[name][:12]}…, so the file was changed after the export"
            problems.append(Problem(name, expected, found, RESTORE))
    return problems


def sha256(path: Path, quoting: Quoting | None = None) -> str:
    """The sum of a file that may be larger than the memory; ``quoting`` gets to see its bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            if quoting is not None:
                quoting.feed(piece)
    return digest.hexdigest()
