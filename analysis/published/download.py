"""Fetch published data from their public addresses, once, and make sure that they are what was published."""

from __future__ import annotations

import os
from pathlib import Path

import pooch
import requests

from analysis.checksums import sha256
from analysis.published.sources import Source, source_named

DEFAULT_URL = "https://raw.githubusercontent.com"
URL_VARIABLE = "FACEVALUE_CATALOGUE_URL"
FOLDER_VARIABLE = "FACEVALUE_PUBLISHED"
_CONNECT_S, _READ_S = 4.0, 20.0


class PublishedDataError(RuntimeError):
    """Published data that cannot be had now, or are not what was published; the message says what to do."""


def published_folder() -> Path:
    """Where published data are kept: the folder in FACEVALUE_PUBLISHED, else one in the user's cache."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(pooch.os_cache("facevalue")) / "published"


def fetch_published(name: str, folder: Path | None = None, *, base_url: str | None = None) -> Path:
    """The file of a published study, downloaded into ``folder`` unless it is there already.

    ``folder`` defaults to ``published_folder()``. The file comes from ``base_url``, a mirror of GitHub's raw
    files; without it from the address in FACEVALUE_CATALOGUE_URL, else from GitHub. Its sha256 is pinned:
    what is there counts only if it has it. Raises ``PublishedDataError`` without a network, or where the
    bytes at the address have changed.
    """
    source = source_named(name)
    folder = published_folder() if folder is None else Path(folder)
    file = folder / source.file
    if file.is_file() and sha256(file) == source.sha256:
        return file
    root = (base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/")
    url = f"{root}/{source.address}"
    pooch.get_logger().setLevel("WARNING")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            url,
            known_hash=source.sha256,
            fname=source.file,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=(_CONNECT_S, _READ_S)),
        )
    except requests.RequestException as error:
        raise PublishedDataError(_unreachable(url, error, source, folder)) from None
    except ValueError:
        raise PublishedDataError(
            f"{url} has changed or is damaged: expected sha256 {source.sha256}; use another mirror "
            f"({URL_VARIABLE})"
        ) from None
    except OSError as error:
        raise PublishedDataError(
            f"{folder}: expected a folder to write to, found {error.strerror}; give another folder"
        ) from None
    return file


def _unreachable(url: str, error: requests.RequestException, source: Source, folder: Path) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        reason = f"the server answers {error.response.status_code}"
    elif isinstance(error, requests.Timeout):
        reason = f"no answer within {_READ_S:g} s"
    else:
        reason = "no connection"
    return (
        f"cannot download {url}: {reason}; connect this machine to the network, set {URL_VARIABLE} to a "
        f"mirror, or put {source.file} into {folder}"
    )
