"""Find the picture of each row of a table, however the table names it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from stimuli.intake.columns import TableRow
from stimuli.names import name_key, shown
from stimuli.picture.kinds import PICTURE_ENDINGS


@dataclass(frozen=True)
class Matching:
    """``rows`` by the picture's path below the folder."""

    rows: Mapping[str, TableRow]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def match_rows(rows: Sequence[TableRow], pictures: Sequence[str]) -> Matching:
    """A row's picture is the one of that path; else the only one whose path ends like the row's.

    Folders that one of the two names and the other does not, backslashes, letter case, the way
    accents are stored and a missing ending are looked past. What could mean several pictures, or
    none, is a problem; a row whose picture has another ending is, too.
    """
    by_tail, by_stem = _by_tail(pictures), _by_tail([_without_ending(file) for file in pictures])
    full = dict(zip((_without_ending(file) for file in pictures), pictures, strict=True))
    matched: dict[str, TableRow] = {}
    problems: list[str] = []
    n_inexact = 0
    for row in rows:
        named = row.file.replace("\\", "/")
        found = [named] if named in pictures else _candidates(named, by_tail)
        if not found and PurePosixPath(named).suffix.lower() not in PICTURE_ENDINGS:
            found = [file for stem in _candidates(named, by_stem) for file in _of_stem(stem, pictures, full)]
        if len(found) != 1:
            problems.append(_unmatched(row, found, by_stem))
        elif found[0] in matched:
            other = matched[found[0]].where
            problems.append(f"{row.where}: names {shown(found[0])}, as {other} does; keep one of these rows")
        else:
            matched[found[0]] = row
            n_inexact += found[0] != row.file
    notes = (
        [f"{n_inexact} rows name a part of the path or write it otherwise: only one picture fits"]
        if n_inexact
        else []
    )
    return Matching(matched, tuple(notes), tuple(problems))


def _by_tail(files: Sequence[str]) -> dict[str, list[str]]:
    """Files by each end of their path: a/b/c.jpg is found by c.jpg, b/c.jpg and a/b/c.jpg."""
    tails: dict[str, list[str]] = defaultdict(list)
    for file in dict.fromkeys(files):
        parts = name_key(file).split("/")
        for start in range(len(parts)):
            tails["/".join(parts[start:])].append(file)
    return tails


def _candidates(named: str, by_tail: Mapping[str, list[str]]) -> list[str]:
    """Files that end like the name; a name with more folders than there are is shortened."""
    parts = [part for part in name_key(named).split("/") if part not in ("", ".")]
    for start in range(len(parts)):
        if found := by_tail.get("/".join(parts[start:])):
            return found
    return []


def _of_stem(stem: str, pictures: Sequence[str], full: Mapping[str, str]) -> list[str]:
    same = [file for file in pictures if _without_ending(file) == stem]
    return same or [full[stem]]


def _without_ending(file: str) -> str:
    return str(PurePosixPath(file).with_suffix(""))


def _unmatched(row: TableRow, found: Sequence[str], by_stem: Mapping[str, list[str]]) -> str:
    if found:
        several = ", ".join(shown(file) for file in found[:3])
        return f"{row.where}: {shown(row.file)} could be {several}; write its folder and ending too"
    named = row.file.replace("\\", "/")
    alike = _candidates(_without_ending(named) if PurePosixPath(named).name else named, by_stem)
    hint = f" (there is {shown(alike[0])} with another ending)" if alike else ""
    return (
        f"{row.where}: names {shown(row.file)}, which is not in the folder{hint}; correct the name, add the "
        "picture, or remove the row"
    )
