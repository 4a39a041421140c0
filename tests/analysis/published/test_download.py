"""Published data: from the pinned address once, checked, and in words where they cannot be had."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.published import sources
from analysis.published.download import PublishedDataError, fetch_published, published_folder
from analysis.published.sources import GENGAP

CONTENT = b"answers of other people's participants\n"
SMALL = replace(GENGAP, name="small", file="small.xlsx", sha256=hashlib.sha256(CONTENT).hexdigest())
UNREACHABLE = "http://127.0.0.1:9"


class Mirror(ThreadingHTTPServer):
    """Serves one file at the address of a mirror, and counts how often."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.n_requests = CONTENT, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.n_requests += 1
        found = self.path == f"/{SMALL.address}"
        self.send_response(200 if found else 404)
        self.end_headers()
        self.wfile.write(self.server.content if found else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setitem(sources.SOURCES, "small", SMALL)
    server = Mirror()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_downloaded_once(mirror: Mirror, tmp_path: Path) -> None:
    file = fetch_published("small", tmp_path, base_url=mirror.url)
    assert file.read_bytes() == CONTENT
    assert fetch_published("small", tmp_path, base_url=UNREACHABLE) == file
    assert mirror.n_requests == 1


def test_a_damaged_copy_is_fetched_anew(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "small.xlsx").write_bytes(b"half of it")
    assert fetch_published("small", tmp_path, base_url=mirror.url).read_bytes() == CONTENT


def test_the_folder_and_the_mirror_may_come_from_the_environment(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEVALUE_PUBLISHED", str(tmp_path / "kept"))
    monkeypatch.setenv("FACEVALUE_CATALOGUE_URL", mirror.url)
    assert published_folder() == tmp_path / "kept"
    assert fetch_published("small") == tmp_path / "kept" / "small.xlsx"


def test_without_a_network_it_says_what_to_do(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(PublishedDataError) as caught:
        fetch_published("small", tmp_path, base_url=UNREACHABLE)
    assert str(caught.value) == (
        f"cannot download {UNREACHABLE}/{SMALL.address}: no connection; connect this machine to the network, "
        f"set FACEVALUE_CATALOGUE_URL to a mirror, or put small.xlsx into {tmp_path}"
    )


def test_other_bytes_than_the_published_ones_are_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.content = b"something else"
    with pytest.raises(PublishedDataError, match="has changed or is damaged: expected sha256"):
        fetch_published("small", tmp_path, base_url=mirror.url)
    assert not (tmp_path / "small.xlsx").exists()


def test_a_mirror_without_the_file_is_told_by_its_answer(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(PublishedDataError, match="the server answers 404"):
        fetch_published("small", tmp_path, base_url=f"{mirror.url}/elsewhere")


def test_a_folder_that_cannot_be_written_is_named(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishedDataError, match="expected a folder to write to, found"):
        fetch_published("small", tmp_path / "file", base_url=mirror.url)


def test_a_study_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(KeyError, match=r"expected the name of a published study \(gengap\), found 'gengup'"):
        fetch_published("gengup")


def test_the_command_tells_where_the_file_is_its_licence_and_whom_to_cite(
    mirror: Mirror, tmp_path: Path
) -> None:
    result = CliRunner().invoke(analysis_commands, ["get", "small", str(tmp_path), "--from", mirror.url])
    assert result.exit_code == 0
    assert f"{tmp_path / 'small.xlsx'} (CC BY 4.0, https://creativecommons.org" in result.output
    assert "Cite: Lüdemann, R., Schulz, A., & Kuhl, U. (2024)." in result.output
    failed = CliRunner().invoke(
        analysis_commands, ["get", "small", str(tmp_path / "x"), "--from", UNREACHABLE]
    )
    assert failed.exit_code == 1
    assert "Error: cannot download" in failed.output
    unknown = CliRunner().invoke(analysis_commands, ["get", "gengup", str(tmp_path)])
    assert "Error: expected the name of a published study (gengap, small), found 'gengup'" in unknown.output
