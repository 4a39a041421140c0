"""Download files whose bytes are known beforehand: in parallel, resumed, and checked.

A file appears under its name only when all of its bytes are there and have the pinned sha256.
Until then they are in ``.<name>.part`` beside it, where the next attempt goes on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3

from stimuli.manifest import file_sha256

CONNECT_TIMEOUT_S = 4.0
READ_TIMEOUT_S = 20.0
SLOWEST_BYTES_PER_S = 1000.0
"""A server that sends less, over the time of a read timeout, counts as silent."""

RETRY_PAUSE_S = 1.0
"""Before the first new attempt; doubled before each further one."""

_N_CONNECTIONS = 4
_CHUNK_BYTES = 65536
_TRY_AGAIN_STATUS = {429, 500, 502, 503, 504}


class DownloadStopped(RuntimeError):  # noqa: N818  a state of the world, not a mistake
    """The server cannot be reached, or no longer; ``n_missing`` files are not there yet."""

    def __init__(self, reason: str, n_missing: int) -> None:
        super().__init__(reason)
        self.n_missing = n_missing


@dataclass(frozen=True)
class PinnedFile:
    """One file to have: where it comes from, where it goes, and what it must be."""

    url: str
    path: Path
    sha256: str
    n_bytes: int

    @property
    def part(self) -> Path:
        return self.path.with_name(f".{self.path.name}.part")

    def is_complete(self) -> bool:
        same_size = self.path.is_file() and self.path.stat().st_size == self.n_bytes
        return same_size and file_sha256(self.path) == self.sha256


class _RefusedError(Exception):
    """This file cannot be had from this server; the message says why."""


def download(
    files: Sequence[PinnedFile], *, n_retries: int = 2, tell: Callable[[int], None] | None = None
) -> list[str]:
    """Download what is not complete; one sentence for each file that the server has otherwise.

    ``tell`` hears how many files are done. ``DownloadStopped`` if the network fails; whatever has
    arrived is kept for the next call.
    """
    for folder in {file.path.parent for file in files}:
        folder.mkdir(parents=True, exist_ok=True)
    refused: list[str] = []
    n_done = 0
    stop = threading.Event()
    with ThreadPoolExecutor(_N_CONNECTIONS) as pool, requests.Session() as session:
        jobs = [pool.submit(_one, session, file, n_retries, stop) for file in files]
        try:
            for job in as_completed(jobs):
                problem = job.result()
                if problem:
                    refused.append(problem)
                    continue
                n_done += 1
                if tell:
                    tell(n_done)
        except requests.RequestException as error:
            raise DownloadStopped(in_words(error), len(files) - n_done) from None
        finally:
            # Without this, Ctrl-C waits for every file that is still to come.
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
    return sorted(refused)


def reach(url: str, timeout_s: float = CONNECT_TIMEOUT_S) -> str:
    """Why a server cannot be reached, empty if it can; answers within ``timeout_s`` and a little.

    Name lookup ignores timeouts, hence the thread.
    """
    outcome: list[str] = []

    def ask() -> None:
        try:
            status = requests.head(url, timeout=timeout_s, allow_redirects=True).status_code
            # A single file may be gone: its own download will say so.
            fine = status in (requests.codes.ok, requests.codes.not_found)
            outcome.append("" if fine else f"the server answers {status}")
        except requests.RequestException as error:
            outcome.append(in_words(error, timeout_s))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout_s + 0.5)
    return outcome[0] if outcome else f"no answer within {timeout_s:g} s"


def in_words(error: requests.RequestException, timeout_s: float = READ_TIMEOUT_S) -> str:
    """A failure of the network, in a few words."""
    if isinstance(error, requests.Timeout):
        return f"no answer within {timeout_s:g} s"
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


def _one(session: requests.Session, file: PinnedFile, n_retries: int, stop: threading.Event) -> str | None:
    """Fetch one file, going on after each break; a sentence if it cannot be had from there."""
    for attempt in range(n_retries + 1):
        try:
            return _attempt(session, file, stop)
        except _RefusedError as reason:
            return f"{file.path.name}: {reason} at {file.url}"
        except requests.RequestException:
            if attempt == n_retries or stop.wait(RETRY_PAUSE_S * 2**attempt):
                raise
    return None


def _attempt(session: requests.Session, file: PinnedFile, stop: threading.Event) -> str | None:
    went_on = file.part.exists() and 0 < file.part.stat().st_size <= file.n_bytes
    start = file.part.stat().st_size if went_on else 0
    if start < file.n_bytes:
        _receive(session, file, start, stop)
    if stop.is_set() and file.part.stat().st_size < file.n_bytes:
        return None
    found = file_sha256(file.part)
    if found == file.sha256:
        file.part.replace(file.path)
        return None
    file.part.unlink()
    if went_on:
        # The earlier part may have come from elsewhere: once more, from the start.
        return _attempt(session, file, stop)
    raise _RefusedError(f"expected sha256 {file.sha256}, found {found}")


def _receive(session: requests.Session, file: PinnedFile, start: int, stop: threading.Event) -> None:
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    timeout = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    with session.get(file.url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code in _TRY_AGAIN_STATUS:
            response.raise_for_status()
        if not response.ok:
            raise _RefusedError(f"the server answers {response.status_code}")
        # A server that knows no ranges answers 200 and begins at the start.
        goes_on = start > 0 and response.status_code == requests.codes.partial_content
        n_received = start if goes_on else 0
        with file.part.open("ab" if goes_on else "wb") as part:
            for chunk in _chunks(response, stop):
                n_received += len(chunk)
                part.write(chunk)
                if n_received > file.n_bytes:
                    break
    if n_received > file.n_bytes:
        file.part.unlink()
        raise _RefusedError(f"expected {file.n_bytes:,} bytes, found more")
    if n_received < file.n_bytes and not stop.is_set():
        if not _says_where_it_ends(response):
            raise requests.exceptions.ChunkedEncodingError
        # All of what the server has, then: not a broken connection but another file.
        found = file_sha256(file.part)
        file.part.unlink()
        raise _RefusedError(f"expected sha256 {file.sha256}, found {found} ({n_received:,} bytes)")


def _chunks(response: requests.Response, stop: threading.Event) -> Iterator[bytes]:
    """What arrives, as it arrives; ``requests.Timeout`` also for a trickle."""
    begun = time.monotonic()
    n_bytes = 0
    try:
        while (chunk := response.raw.read1(_CHUNK_BYTES)) and not stop.is_set():
            yield chunk
            n_bytes += len(chunk)
            passed_s = time.monotonic() - begun
            if passed_s > READ_TIMEOUT_S and n_bytes < SLOWEST_BYTES_PER_S * passed_s:
                raise requests.Timeout
    except urllib3.exceptions.TimeoutError:
        raise requests.Timeout from None
    except urllib3.exceptions.HTTPError:
        raise requests.exceptions.ChunkedEncodingError from None


def _says_where_it_ends(response: requests.Response) -> bool:
    return "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
