"""Openly licensed pictures by name: pinned addresses, checked bytes, licences told.

A catalogue is a table of facts inside this package (``catalogues/<name>.csv``); the pictures
themselves stay with their publishers and are downloaded from there, each at one commit.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath

from stimuli.download import CONNECT_TIMEOUT_S, DownloadStopped, PinnedFile, download, reach
from stimuli.manifest import StimulusError, StimulusSet
from stimuli.progress import Progress, no_progress
from stimuli.sources import SOURCES_FILE, read_sources
from stimuli.tables import csv_bytes, read_table, write_atomically

STEP = "download pictures"
DEFAULT_URL = "https://raw.githubusercontent.com"
URL_VARIABLE = "FACEVALUE_CATALOGUE_URL"
LICENCES_FILE = "LICENCES.md"

# What a catalogue says of the files and not of the people in them stays out of sources.csv.
_OF_THE_FILES = ("bytes", "landmarks_path", "landmarks_sha256", "landmarks_bytes")
_LICENCE_TEXTS = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}


class CatalogueUnreachable(RuntimeError):  # noqa: N818  a state of the world, not a mistake
    """The pictures' server cannot be reached (now); what is complete stays on disk."""


@dataclass(frozen=True)
class Landmarks:
    """A webmorph ``.tem`` file that belongs to a picture; ``path`` as in :class:`CatalogueEntry`."""

    path: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True)
class CatalogueEntry:
    """One picture of a catalogue: its row of sources.csv, and where in a mirror it lies."""

    file: str
    sha256: str
    n_bytes: int
    path: str
    row: dict[str, str]
    landmarks: Landmarks | None = None


@dataclass(frozen=True)
class CatalogueSummary:
    """What a catalogue holds, for choosing one; ``licences`` maps each to its number of pictures."""

    name: str
    n_pictures: int
    n_landmarks: int
    n_bytes: int
    origins: dict[str, int]
    licences: dict[str, int]


def catalogue_names() -> tuple[str, ...]:
    names = [entry.name for entry in resources.files("stimuli").joinpath("catalogues").iterdir()]
    return tuple(sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv")))


@cache
def catalogue(name: str) -> tuple[CatalogueEntry, ...]:
    """The pictures of a catalogue, as facts; no network needed."""
    if name not in catalogue_names():
        raise StimulusError(f"{name}: expected a catalogue among {', '.join(catalogue_names())}")
    text = resources.files("stimuli").joinpath("catalogues", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(_entry(row) for row in csv.DictReader(text.splitlines()))


def catalogue_summaries() -> tuple[CatalogueSummary, ...]:
    """All catalogues in the order of their names."""
    return tuple(_summary(name) for name in catalogue_names())


def catalogue_terms(name: str) -> tuple[str, ...]:
    """One line per licence: how many pictures, under which terms, whom to name."""
    return tuple(
        f"{len(entries)} pictures, {licence}: {attribution}"
        for (licence, attribution), entries in _by_terms(name).items()
    )


def fetch_catalogue(
    name: str,
    target: Path,
    *,
    base_url: str | None = None,
    progress: Progress = no_progress,
    n_retries: int = 2,
) -> StimulusSet:
    """Download a catalogue into ``target`` with sources.csv and LICENCES.md.

    Pictures, and landmark files beside them, come from ``base_url``/<repository>/<commit>/<path>;
    without it from the address in the environment variable FACEVALUE_CATALOGUE_URL, else from
    GitHub. Raises ``CatalogueUnreachable`` within seconds if there is no network, and
    ``StimulusError`` naming each file whose bytes are not the pinned ones. Calling again goes on
    where it stopped. A sources.csv that lists these pictures already is left as it is.
    """
    entries = catalogue(name)
    target = Path(target)
    root = (base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/")
    has_table = _has_table(target, name)
    wanted = [file for entry in entries for file in _files(entry, target, root)]
    missing = [file for file in wanted if not file.is_complete()]
    if missing:
        _download(missing, len(wanted), root, n_retries, progress)
    if not has_table:
        write_atomically(target / SOURCES_FILE, csv_bytes(list(entries[0].row), [e.row for e in entries]))
    write_atomically(target / LICENCES_FILE, _licences(name).encode())
    return read_sources(target)


def _entry(row: dict[str, str]) -> CatalogueEntry:
    root = f"{row['source_repo']}/{row['source_commit']}"
    landmarks = None
    if row.get("landmarks_path"):
        path = f"{root}/{row['landmarks_path']}"
        landmarks = Landmarks(path, row["landmarks_sha256"], int(row["landmarks_bytes"]))
    return CatalogueEntry(
        row["file"],
        row["sha256"],
        int(row["bytes"]),
        f"{root}/{row['source_path']}",
        {column: value for column, value in row.items() if column not in _OF_THE_FILES},
        landmarks,
    )


def _summary(name: str) -> CatalogueSummary:
    entries = catalogue(name)
    landmarks = [entry.landmarks for entry in entries if entry.landmarks]
    n_bytes = sum(entry.n_bytes for entry in entries) + sum(marks.n_bytes for marks in landmarks)
    origins = Counter(entry.row["origin"] for entry in entries)
    licences = Counter(entry.row["licence"] for entry in entries)
    return CatalogueSummary(name, len(entries), len(landmarks), n_bytes, dict(origins), dict(licences))


def _by_terms(name: str) -> dict[tuple[str, str], list[CatalogueEntry]]:
    """Entries by licence and attribution, in the order in which these first occur."""
    terms: dict[tuple[str, str], list[CatalogueEntry]] = {}
    for entry in catalogue(name):
        terms.setdefault((entry.row["licence"], entry.row["attribution"]), []).append(entry)
    return terms


def _files(entry: CatalogueEntry, target: Path, root: str) -> Iterator[PinnedFile]:
    picture = target / entry.file
    yield PinnedFile(f"{root}/{entry.path}", picture, entry.sha256, entry.n_bytes)
    if marks := entry.landmarks:
        url, path = f"{root}/{marks.path}", picture.with_suffix(".tem")
        yield PinnedFile(url, path, marks.sha256, marks.n_bytes)


def _has_table(target: Path, name: str) -> bool:
    """Whether the folder has the catalogue's table already, with or without changes by hand."""
    if not (target / SOURCES_FILE).exists():
        return False
    listed = read_table(target / SOURCES_FILE, required=("file",), problems=[])
    if {entry.file for entry in catalogue(name)} & {row["file"] for _, row in listed}:
        return True
    raise StimulusError(
        f"{target / SOURCES_FILE}: lists other pictures than those of {name}, and is not overwritten; "
        "choose a folder of its own for each set"
    )


def _download(
    missing: list[PinnedFile], n_wanted: int, root: str, n_retries: int, progress: Progress
) -> None:
    if reason := reach(missing[0].url, CONNECT_TIMEOUT_S):
        raise CatalogueUnreachable(
            f"cannot download from {missing[0].url}: {reason}; connect this machine to the network, "
            f"or set {URL_VARIABLE} to a mirror"
        )
    n_before = n_wanted - len(missing)
    progress(STEP, n_before, n_wanted)
    try:
        problems = download(
            missing, n_retries=n_retries, tell=lambda n_done: progress(STEP, n_before + n_done, n_wanted)
        )
    except DownloadStopped as stopped:
        raise CatalogueUnreachable(
            f"download from {root} stopped, {stopped.n_missing} files are still missing: {stopped}; "
            "run it again, what has arrived is kept"
        ) from None
    if problems:
        remedy = "the copy there has changed, is damaged or is gone: use another mirror"
        raise StimulusError([f"{problem}; {remedy}" for problem in problems])


def _licences(name: str) -> str:
    """The text of LICENCES.md: what a reader needs to show the pictures rightly."""
    lines = [f"# Licences of {name}", ""]
    for (licence, attribution), entries in _by_terms(name).items():
        row = entries[0].row
        lines += [
            f"## {len(entries)} pictures: {licence}",
            "",
            f"- Name as the source: {attribution}",
            f"- Licence: {_LICENCE_TEXTS.get(licence, licence)}",
            f"- Downloaded from: {row['source_repo']} on GitHub at commit {row['source_commit']}",
        ]
        if row.get("consent"):
            lines.append(f"- Consent of the people in them, as the source states it: {row['consent']}")
        if "BY" in licence:
            lines.append("- Say that you changed the pictures if you did (cropped, aligned, edited).")
        folders = sorted({str(PurePosixPath(entry.file).parent) for entry in entries})
        lines += [f"- Files: in {', '.join('this folder' if f == '.' else f for f in folders)}", ""]
    lines += ["Each picture's own row, with its sha256, is in sources.csv.", ""]
    return "\n".join(lines)
