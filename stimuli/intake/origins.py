"""Whether each picture is real or AI-made: from its row, from the folder it lies in, or said for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stimuli.manifest import StimulusError
from stimuli.names import shown

LAYOUT = ("real", "ai")
"""Names of folders directly below the set's that state the origin of what is in them."""


@dataclass(frozen=True)
class OriginRule:
    """``folders``: origin by folder, as a path below the set's; ``for_all``: that of all others."""

    folders: Mapping[str, str]
    for_all: str = ""

    def of_folder(self, file: str) -> str:
        """The origin that the innermost folder states, empty if none does."""
        for parent in PurePosixPath(file).parents:
            if str(parent) in self.folders:
                return self.folders[str(parent)]
        return ""


def origin_rule(
    folder: Path, *, real: Sequence[Path | str] = (), ai: Sequence[Path | str] = (), for_all: str = ""
) -> OriginRule:
    """Folders may be given as seen from here or from ``folder``; real/ and ai/ need not be named."""
    problems: list[str] = []
    folders: dict[str, str] = {}
    for origin, given in (("real", real), ("ai", ai)):
        for name in given:
            below = _below(folder, Path(name), problems)
            if below in folders and folders[below] != origin:
                problems.append(f"{name}: is given for real and for ai pictures; a folder has one origin")
            folders[below] = origin
    if problems:
        raise StimulusError(problems)
    for origin in LAYOUT:
        if (folder / origin).is_dir():
            folders.setdefault(origin, origin)
    return OriginRule(folders, for_all)


def unknown_origins(folder: Path, files: Sequence[str]) -> str:
    """The sentence about pictures of unknown origin: every way to state it, with this folder's names."""
    some = ", ".join(shown(file) for file in files[:3]) + (", …" if len(files) > 3 else "")
    below = sorted({PurePosixPath(file).parts[0] for file in files if "/" in file})
    there = f" (there are {', '.join(shown(name) for name in below[:6])})" if below else ""
    return (
        f"{len(files)} pictures do not say whether they are real or AI-made ({some}); sort them into the "
        f"folders {folder / 'real'} and {folder / 'ai'}, or name folders with --real and --ai{there}, or say "
        "--origin for all, or give a table with a column origin by --table"
    )


def _below(folder: Path, given: Path, problems: list[str]) -> str:
    for path in (folder / given, given):
        if path.is_dir() and path.resolve().is_relative_to(folder.resolve()):
            return path.resolve().relative_to(folder.resolve()).as_posix()
    problems.append(
        f"{given}: expected a folder inside {folder}, found none; a set's pictures lie below its folder"
    )
    return ""
