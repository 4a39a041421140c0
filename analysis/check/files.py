"""The folder is what an export writes: every file has its sum, and text files are as they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analysis.check.contents import RESTORE, Contents
from analysis.check.rule import Rule
from analysis.checksums import CHECKSUMS
from analysis.problems import Problem

_AGAIN = "export the study again; a spreadsheet program changes a file by saving it"


def _unlisted(contents: Contents) -> Iterator[Problem]:
    if CHECKSUMS in contents.files:
        for name in contents.files:
            if name != CHECKSUMS and name not in contents.examined.checksums:
                remedy = "take the file out, or restore the line from the original export"
                yield Problem(name, f"a line in {CHECKSUMS}", "none", remedy)


def _repeated_lines(contents: Contents) -> Iterator[Problem]:
    names = [line[64:].lstrip(" *") for line in contents.text(CHECKSUMS).splitlines()]
    for row, name in enumerate(names, start=1):
        if name in names[: row - 1]:
            yield Problem(CHECKSUMS, "one line for each file", f"another for {name}", RESTORE, row=row)


def _rewritten(contents: Contents) -> Iterator[Problem]:
    for name in contents.data_files:
        yield from _signs(contents, name)


def _signs(contents: Contents, name: str) -> Iterator[Problem]:
    with (contents.folder / name).open("rb") as stream:
        first = stream.readline()
        if first.startswith(b"\xef\xbb\xbf"):
            yield Problem(name, "no byte order mark", "one at the beginning", _AGAIN, row=1)
        if first.endswith(b"\r\n"):
            yield Problem(name, "rows that end in a line feed", "a carriage return before it", _AGAIN, row=1)
        row, last = 1, first
        stream.seek(0)
        while piece := stream.read(1 << 20):
            if b"\0" in piece:
                row += piece[: piece.index(b"\0")].count(b"\n")
                yield Problem(name, "text", "a byte that is 0", RESTORE, row=row)
                return
            row, last = row + piece.count(b"\n"), piece
        if not last.endswith(b"\n"):
            yield Problem(name, "a line feed after the last row", "a file that breaks off", RESTORE, row=row)


def _empty_readme(contents: Contents) -> Iterator[Problem]:
    if "README.md" in contents.files and not contents.text("README.md").strip():
        yield Problem("README.md", "words on what the folder holds", "an empty file", RESTORE)


def _unnamed_columns(contents: Contents) -> Iterator[Problem]:
    if "README.md" not in contents.files:
        return
    named = set(re.findall(r"`([^`\n]+)`", contents.text("README.md")))
    for file, header in contents.headers.items():
        unnamed = [column for column in header if column not in named]
        if unnamed:
            expected, found = f"every column of {file}", f"no word of {', '.join(unnamed)}"
            yield Problem("README.md", expected, found, RESTORE, column=unnamed[0])


RULES = (
    Rule("CHECKSUM_MISSING", "error", "SHA256SUMS has every file of the folder.", _unlisted),
    Rule("CHECKSUM_REPEATED", "error", "It has each file once.", _repeated_lines),
    Rule(
        "REWRITTEN",
        "error",
        "Data files have no byte order mark, carriage returns or zero bytes.",
        _rewritten,
    ),
    Rule("README_EMPTY", "error", "README.md says something.", _empty_readme),
    Rule("README_COLUMN_MISSING", "error", "It names every column.", _unnamed_columns),
)
