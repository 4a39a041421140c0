import csv
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stimuli.catalogue import (
    CatalogueUnreachable,
    catalogue,
    catalogue_names,
    catalogue_terms,
    fetch_catalogue,
)
from stimuli.manifest import StimulusError

NAME = "london-sd3"


class Mirror(ThreadingHTTPServer):
    """Serves the shared faces below /<repository>/<commit>/<path> and can misbehave."""

    daemon_threads = True

    def __init__(self, faces):
        super().__init__(("127.0.0.1", 0), MirrorPage)
        with (faces / "sources.csv").open(encoding="utf-8", newline="") as file:
            self.files = {
                f"/{row['source_repo']}/{row['source_commit']}/{row['source_path']}": faces / row["file"]
                for row in csv.DictReader(file)
            }
        self.asked = Counter()
        self.lock = threading.Lock()
        self.broken_after = None
        self.damaged = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class MirrorPage(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        with self.server.lock:
            self.server.asked[self.path] += 1
            number = self.server.asked.total()
        limit = self.server.broken_after
        self.answer(body=True, broken=limit is not None and number > limit)

    def answer(self, body, broken=False):
        path = self.server.files.get(self.path)
        if path is None:
            self.send_error(404)
            return
        content = path.read_bytes()
        if self.path in self.server.damaged:
            content = b"x" + content[1:]
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content[: len(content) // 2] if broken else content)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(shared):
    server = Mirror(shared / "faces")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_catalogue_states_facts_licences_and_nobody_famous(shared):
    entries = catalogue(NAME)
    assert Counter(e.row["origin"] for e in entries) == {"real": 26, "ai": 44}
    with (shared / "faces" / "sources.csv").open(encoding="utf-8", newline="") as file:
        known = {row["file"]: row["sha256"] for row in csv.DictReader(file)}
    assert all(known[e.file] == e.sha256 for e in entries)
    assert not [e.file for e in entries if "congress" in e.file]
    text = "\n".join(catalogue_terms(NAME))
    assert "26 pictures, CC BY 4.0: DeBruine, L. & Jones, B. (2017). Face Research Lab London Set." in text
    assert "doi:10.6084/m9.figshare.5047666" in text
    assert "44 pictures, CC0 1.0: faker-js/assets-person-portrait" in text


def test_a_download_is_complete_and_says_where_each_picture_is_from(mirror, tmp_path):
    steps = []
    fetched = fetch_catalogue(NAME, tmp_path, base_url=mirror.url, progress=lambda *step: steps.append(step))
    assert len(fetched.stimuli) == 70
    assert steps[-1] == ("download pictures", 70, 70)
    assert all(s.licence and s.attribution and s.source for s in fetched.stimuli)
    asked = mirror.asked.total()
    again = fetch_catalogue(NAME, tmp_path, base_url="http://127.0.0.1:9")
    assert again == fetched
    assert mirror.asked.total() == asked == 70


def test_an_interrupted_download_goes_on_where_it_stopped(mirror, tmp_path, monkeypatch):
    mirror.broken_after = 30
    monkeypatch.setenv("FACEVALUE_CATALOGUE_URL", mirror.url)
    with pytest.raises(CatalogueUnreachable, match="run it again, complete pictures are kept"):
        fetch_catalogue(NAME, tmp_path, n_retries=0)
    complete = {path for path in tmp_path.rglob("*.jpg") if path.stat().st_size > 0}
    assert len(complete) == 30
    assert not (tmp_path / "sources.csv").exists()
    mirror.broken_after = None
    mirror.asked.clear()
    assert len(fetch_catalogue(NAME, tmp_path).stimuli) == 70
    assert mirror.asked.total() == 40


def test_a_changed_picture_is_named_with_both_hashes(mirror, tmp_path):
    entry = catalogue(NAME)[5]
    mirror.damaged.add(f"/{entry.path}")
    with pytest.raises(StimulusError) as caught:
        fetch_catalogue(NAME, tmp_path, base_url=mirror.url, n_retries=0)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{entry.file}: expected sha256 {entry.sha256}, found ")
    assert len(problem.split("found ")[1].split(" ")[0]) == 64
    assert not (tmp_path / entry.file).exists()
    assert len(list(tmp_path.rglob("*.jpg"))) == 69


def test_a_damaged_file_on_disk_is_fetched_again(mirror, tmp_path):
    fetch_catalogue(NAME, tmp_path, base_url=mirror.url)
    path = tmp_path / catalogue(NAME)[0].file
    path.write_bytes(path.read_bytes()[:1000])
    mirror.asked.clear()
    fetch_catalogue(NAME, tmp_path, base_url=mirror.url)
    assert mirror.asked.total() == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://nowhere.invalid", "nonsense"])
def test_without_a_network_it_fails_fast_in_one_line(tmp_path, address):
    start = time.perf_counter()
    with pytest.raises(CatalogueUnreachable) as caught:
        fetch_catalogue(NAME, tmp_path, base_url=address)
    assert time.perf_counter() - start < 6
    assert "\n" not in str(caught.value)
    assert f"cannot download from {address}/debruine/webmorphR.stim/" in str(caught.value)
    assert "set FACEVALUE_CATALOGUE_URL to a mirror" in str(caught.value)


def test_a_server_that_accepts_but_never_answers_does_not_hang(tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr("stimuli.catalogue.PROBE_TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        start = time.perf_counter()
        with pytest.raises(CatalogueUnreachable, match=r"no answer within 0\.5 s"):
            fetch_catalogue(NAME, tmp_path, base_url=address)
    assert time.perf_counter() - start < 3


def test_an_unknown_catalogue_lists_the_known_ones(tmp_path):
    assert catalogue_names() == (NAME,)
    with pytest.raises(StimulusError, match="celebrities: expected a catalogue among london-sd3"):
        fetch_catalogue("celebrities", tmp_path)
