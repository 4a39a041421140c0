"""Openly licensed pictures by name: pinned addresses, checked bytes, licences told.

A catalogue is a table of facts inside this package (``catalogues/<name>.csv``); the pictures
themselves stay with their publishers and are downloaded from there, each at one commit.
"""

from __future__ import annotations

import csv
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import pooch
import requests

from stimuli.manifest import StimulusError, StimulusSet, file_sha256
from stimuli.progress import Progress, no_progress
from stimuli.sources import SOURCES_FILE, read_sources
from stimuli.tables import csv_bytes, write_atomically

STEP = "download pictures"
DEFAULT_URL = "https://raw.githubusercontent.com"
URL_VARIABLE = "FACEVALUE_CATALOGUE_URL"
PROBE_TIMEOUT_S = 4.0

_READ_TIMEOUT_S = 20.0
_N_CONNECTIONS = 4


class CatalogueUnreachable(RuntimeError):  # noqa: N818  a state of the world, not a mistake
    """The pictures' server cannot be reached (now); what is complete stays on disk."""


@dataclass(frozen=True)
class CatalogueEntry:
    """One picture of a catalogue: its row of facts, and where in a mirror it lies."""

    file: str
    sha256: str
    path: str
    row: dict[str, str]


def catalogue_names() -> tuple[str, ...]:
    names = [entry.name for entry in resources.files("stimuli").joinpath("catalogues").iterdir()]
    return tuple(sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv")))


@cache
def catalogue(name: str) -> tuple[CatalogueEntry, ...]:
    """The pictures of a catalogue, as facts; no network needed."""
    if name not in catalogue_names():
        raise StimulusError(f"{name}: expected a catalogue among {', '.join(catalogue_names())}")
    text = resources.files("stimuli").joinpath("catalogues", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(
        CatalogueEntry(
            row["file"],
            row["sha256"],
            f"{row['source_repo']}/{row['source_commit']}/{row['source_path']}",
            row,
        )
        for row in csv.DictReader(text.splitlines())
    )


def catalogue_terms(name: str) -> tuple[str, ...]:
    """One line per licence: how many pictures, under which terms, whom to name."""
    counts: dict[tuple[str, str], int] = {}
    for entry in catalogue(name):
        key = entry.row["licence"], entry.row["attribution"]
        counts[key] = counts.get(key, 0) + 1
    return tuple(
        f"{count} pictures, {licence}: {attribution}" for (licence, attribution), count in counts.items()
    )


def fetch_catalogue(
    name: str,
    target: Path,
    *,
    base_url: str | None = None,
    progress: Progress = no_progress,
    n_retries: int = 2,
) -> StimulusSet:
    """Download a catalogue into ``target`` with its sources.csv; complete files are kept.

    Pictures come from ``base_url``/<repository>/<commit>/<path>; without it from the address in
    the environment variable FACEVALUE_CATALOGUE_URL, else from GitHub. Raises
    ``CatalogueUnreachable`` within seconds if there is no network, and ``StimulusError`` naming
    each file whose bytes are not the pinned ones. Calling again goes on where it stopped.
    """
    entries = catalogue(name)
    target = Path(target)
    root = (base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/")
    missing = [e for e in entries if not _is_complete(target, e)]
    n_done = len(entries) - len(missing)
    if missing:
        _probe(f"{root}/{missing[0].path}")
        progress(STEP, n_done, len(entries))
        _download(missing, target, root, n_retries, lambda n: progress(STEP, n_done + n, len(entries)))
    columns = list(entries[0].row)
    write_atomically(target / SOURCES_FILE, csv_bytes(columns, [entry.row for entry in entries]))
    return read_sources(target)


def _is_complete(target: Path, entry: CatalogueEntry) -> bool:
    path = target / entry.file
    return path.is_file() and file_sha256(path) == entry.sha256


def _probe(url: str) -> None:
    """One request with a hard limit. Name lookup ignores timeouts, hence the thread."""
    outcome: list[str] = []

    def ask() -> None:
        try:
            status = requests.head(url, timeout=PROBE_TIMEOUT_S, allow_redirects=True).status_code
            outcome.append("" if status == requests.codes.ok else f"the server answers {status}")
        except requests.RequestException as error:
            outcome.append(_shortly(error))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_TIMEOUT_S + 0.5)
    reason = outcome[0] if outcome else f"no answer within {PROBE_TIMEOUT_S:g} s"
    if reason:
        raise CatalogueUnreachable(
            f"cannot download from {url}: {reason}; connect this machine to the network, "
            f"or set {URL_VARIABLE} to a mirror"
        )


def _shortly(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {PROBE_TIMEOUT_S:g} s"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return "not a valid address"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refuses the connection"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__


def _download(
    entries: list[CatalogueEntry], target: Path, root: str, n_retries: int, tell: Callable[[int], None]
) -> None:
    pooch.get_logger().setLevel("WARNING")
    # pooch makes missing folders in each thread and stumbles when two do so at once.
    for folder in {(target / entry.file).parent for entry in entries}:
        folder.mkdir(parents=True, exist_ok=True)
    store = pooch.create(
        path=target,
        base_url=f"{root}/",
        registry={entry.file: entry.sha256 for entry in entries},
        urls={entry.file: f"{root}/{entry.path}" for entry in entries},
        retry_if_failed=n_retries,
    )
    changed: list[str] = []
    n_done = 0
    with ThreadPoolExecutor(_N_CONNECTIONS) as pool:
        jobs = [pool.submit(_fetch_one, store, entry) for entry in entries]
        try:
            for job in as_completed(jobs):
                problem = job.result()
                if problem:
                    changed.append(problem)
                    continue
                n_done += 1
                tell(n_done)
        except requests.RequestException as error:
            pool.shutdown(wait=True, cancel_futures=True)
            raise CatalogueUnreachable(
                f"download from {root} stopped, {len(entries) - n_done} pictures are still missing: "
                f"{_shortly(error)}; run it again, complete pictures are kept"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if changed:
        raise StimulusError(sorted(changed))


def _fetch_one(store: pooch.Pooch, entry: CatalogueEntry) -> str | None:
    """Download one picture; a sentence if its bytes are not the pinned ones."""
    found: list[str] = []
    http = pooch.HTTPDownloader(
        progressbar=False, chunk_size=65536, timeout=(PROBE_TIMEOUT_S, _READ_TIMEOUT_S)
    )

    def download(url: str, output: str, pooch_store: pooch.Pooch) -> None:
        http(url, output, pooch_store)
        found.append(file_sha256(Path(output)))

    try:
        store.fetch(entry.file, downloader=download)
    except ValueError:
        return (
            f"{entry.file}: expected sha256 {entry.sha256}, found {found[-1] if found else 'nothing'} at "
            f"{store.get_url(entry.file)}; the copy there has changed or is damaged, use another mirror"
        )
    return None
