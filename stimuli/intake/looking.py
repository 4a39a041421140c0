"""Open every picture once: its fingerprint, what opening it took, and what cannot be opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stimuli.manifest import StimulusError, file_sha256
from stimuli.names import shown
from stimuli.picture import open_picture
from stimuli.progress import Progress

STEP = "look at pictures"
_N_THREADS = 2


@dataclass(frozen=True)
class LookedAt:
    """``problem`` is empty for a picture that opens; ``notes`` are those of opening it."""

    file: str
    sha256: str
    notes: tuple[str, ...] = ()
    problem: str = ""


def look_at(folder: Path, files: Sequence[str], progress: Progress) -> dict[str, LookedAt]:
    """Open all of ``files`` below ``folder``; the result is in their order."""

    def look(file: str) -> LookedAt:
        try:
            notes = open_picture(folder / file).notes
            return LookedAt(file, file_sha256(folder / file), notes)
        except StimulusError as error:
            name = f"{Path(file).name}: "
            return LookedAt(file, "", problem=f"{shown(file)}: {error.problems[0].removeprefix(name)}")

    looked = {}
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for result in pool.map(look, files):
            looked[result.file] = result
            progress(STEP, len(looked), len(files))
    return looked


def notes_by_kind(looked: Mapping[str, LookedAt]) -> Iterator[str]:
    """One note for all pictures of which the same is to be said, and one for each double."""
    files: dict[str, list[str]] = defaultdict(list)
    same: dict[str, list[str]] = defaultdict(list)
    for look in looked.values():
        for note in look.notes:
            files[note].append(look.file)
        if look.sha256:
            same[look.sha256].append(look.file)
    for note, concerned in files.items():
        yield f"{some(concerned)}: {note}"
    for doubles in same.values():
        if len(doubles) > 1:
            yield f"{' and '.join(shown(file) for file in doubles)} are the same file; keep one of them"


def some(files: Sequence[str], at_most: int = 3) -> str:
    """The only one's name, or how many and the first few."""
    if len(files) == 1:
        return shown(files[0])
    names = ", ".join(shown(file) for file in files[:at_most])
    return f"{len(files)} pictures ({names}{', …' if len(files) > at_most else ''})"
