"""What lies in a folder of pictures: those to take, and what is left aside or cannot be taken."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stimuli.names import name_key, shown
from stimuli.picture.kinds import DOCUMENT_ENDINGS, PICTURE_ENDINGS, RAW_ENDINGS, is_picture_start

_SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "$recycle.bin", "__macosx", "@eadir"}
_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods")
_OWN_FILES = {"manifest.csv", "pairs.csv", "sources.csv", "licences.md"}


@dataclass(frozen=True)
class FolderContents:
    """``pictures``: paths below the folder with forward slashes, sorted.

    ``tables``: files that look like a lab's table. ``notes``: what was left aside. ``problems``:
    what needs a hand before the folder can be used.
    """

    pictures: tuple[str, ...]
    tables: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def folder_contents(folder: Path) -> FolderContents:
    """Sort everything below a folder; hidden files and those of systems are passed over.

    Files count as pictures by their ending or, where that says nothing, by their first bytes.
    Links are not followed.
    """
    pictures: list[str] = []
    tables: list[str] = []
    asides: Counter[str] = Counter()
    problems: list[str] = []
    raws: list[str] = []
    for path in _walk(folder, problems):
        file = path.relative_to(folder).as_posix()
        if wrong := _unusable(path, folder, file):
            problems.append(wrong)
            continue
        ending = path.suffix.lower()
        if ending in RAW_ENDINGS:
            raws.append(file)
        elif ending in DOCUMENT_ENDINGS:
            problems.append(
                f"{shown(file)}: a {ending} document is not a picture yet; export it as TIFF or PNG, or "
                "move it out of the folder"
            )
        elif ending in PICTURE_ENDINGS or _begins_like_a_picture(path):
            pictures.append(file)
        elif ending in _TABLE_ENDINGS and path.name.lower() not in _OWN_FILES:
            tables.append(file)
        elif path.name.lower() not in _OWN_FILES and ending != ".tem":
            asides[ending or "no ending"] += 1
    problems += _undeveloped(raws, pictures)
    problems += same_names(pictures)
    notes = tuple(_notes(asides, raws, folder))
    return FolderContents(tuple(sorted(pictures)), tuple(tables), notes, tuple(problems))


def same_names(files: Sequence[str]) -> Iterator[str]:
    first: dict[str, str] = {}
    for file in sorted(files):
        other = first.setdefault(name_key(file), file)
        if other != file:
            composed = unicodedata.normalize("NFC", other) == unicodedata.normalize("NFC", file)
            how = "the way its accents are stored" if composed else "letter case"
            yield (
                f"{shown(file)}: has the same name as {shown(other)} but for {how}, and would overwrite it "
                "on a Mac or under Windows; rename one of them"
            )


def _walk(folder: Path, problems: list[str]) -> Iterator[Path]:
    def cannot(error: OSError) -> None:
        problems.append(
            f"{shown(str(error.filename))}: cannot be read: {error.strerror}; change its permissions"
        )

    for here, folders, files in os.walk(folder, onerror=cannot):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in links and not _is_hidden(name))
        for name in sorted([*files, *links]):
            if not _is_hidden(name):
                yield Path(here) / name


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def _unusable(path: Path, folder: Path, file: str) -> str | None:
    """Why this cannot be a file of the set whatever is in it, as a sentence with a remedy."""
    name = shown(file)
    if path.is_symlink():
        target = path.resolve()
        if not target.exists():
            return f"{name}: a link to {target}, which is not there; put the file itself in its place"
        if not target.is_relative_to(folder.resolve()):
            return f"{name}: a link that leads out of the folder, to {target}; put a copy in its place"
        return f"{name}: a link to {target}, which is in the folder itself; remove the link"
    if not stat.S_ISREG(path.lstat().st_mode):
        return f"{name}: neither a file nor a folder; move it elsewhere"
    if "\\" in file or not file.isprintable():
        return f"{name}: has characters in its name that other systems cannot have; rename it"
    return None


def _begins_like_a_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_picture_start(file.read(32))
    except OSError:
        return False


def _undeveloped(raws: Sequence[str], pictures: Sequence[str]) -> Iterator[str]:
    developed = {name_key(str(PurePosixPath(file).with_suffix(""))) for file in pictures}
    for file in raws:
        if name_key(str(PurePosixPath(file).with_suffix(""))) not in developed:
            yield (
                f"{shown(file)}: a camera's RAW file, which each program develops differently; develop it "
                "and put a TIFF or JPEG of the same name beside it, or move it out of the folder"
            )


def _notes(asides: Counter[str], raws: Sequence[str], folder: Path) -> Iterator[str]:
    if raws:
        yield f"{len(raws)} RAW files left aside: the pictures of the same name are taken"
    if asides:
        kinds = ", ".join(f"{count} {ending}" for ending, count in sorted(asides.items()))
        yield f"left aside, as no pictures: {kinds}"
    marks = sum(1 for path in folder.rglob("*.tem") if not _is_hidden(path.name))
    if marks:
        yield f"{marks} landmark files (.tem) found; prepare uses those with the name of their picture"
