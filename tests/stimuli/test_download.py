"""Files arrive whole and checked, or not at all, whatever the server does."""

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from stimuli.download import DownloadStopped, PinnedFile, download, reach

CONTENT = np.random.default_rng(5).bytes(200_000)


class Server(ThreadingHTTPServer):
    """Serves ``CONTENT`` at every address; ``behave`` takes the requests in their order."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Page)
        self.behave = []
        self.asked = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/picture.jpg"


class Page(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range", ""))
        (self.server.behave.pop(0) if self.server.behave else whole)(self)

    def begin(self, content, *, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()

    def log_message(self, *_):
        pass


def whole(page):
    start = int(page.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    page.begin(CONTENT[start:], status=206 if start else 200)
    page.wfile.write(CONTENT[start:])


def without_ranges(page):
    page.begin(CONTENT)
    page.wfile.write(CONTENT)


def cut_off(page):
    page.begin(CONTENT)
    page.wfile.write(CONTENT[:120_000])


def other(page):
    page.begin(CONTENT)
    page.wfile.write(CONTENT[::-1])


def shorter(page):
    page.begin(CONTENT[:1000])
    page.wfile.write(CONTENT[:1000])


def endless(page):
    page.send_response(200)
    page.end_headers()
    while True:
        page.wfile.write(CONTENT)


def status(code):
    return lambda page: page.send_error(code)


def trickle(page):
    page.begin(CONTENT)
    for byte in CONTENT[:40]:
        page.wfile.write(bytes([byte]))
        time.sleep(0.05)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("stimuli.download.RETRY_PAUSE_S", 0.01)
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def wanted(server, tmp_path):
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return PinnedFile(server.url, tmp_path / "faces" / "picture.jpg", sha256, len(CONTENT))


def test_after_a_break_it_goes_on_where_it_stopped(server, wanted):
    server.behave = [cut_off]
    with pytest.raises(DownloadStopped, match="the connection broke off"):
        download([wanted], n_retries=0)
    assert not wanted.path.exists()
    assert wanted.part.read_bytes() == CONTENT[:120_000]
    assert download([wanted]) == []
    assert server.asked == ["", "bytes=120000-"]
    assert wanted.path.read_bytes() == CONTENT
    assert not wanted.part.exists()


def test_a_break_is_tried_again_by_itself(server, wanted):
    server.behave = [cut_off, status(503)]
    heard = []
    assert download([wanted], n_retries=2, tell=heard.append) == []
    assert wanted.path.read_bytes() == CONTENT
    assert server.asked == ["", "bytes=120000-", "bytes=120000-"]
    assert heard == [1]


def test_a_server_without_ranges_begins_at_the_start(server, wanted):
    server.behave = [cut_off, without_ranges]
    assert download([wanted], n_retries=1) == []
    assert wanted.path.read_bytes() == CONTENT


def test_a_part_of_something_else_is_thrown_away(server, wanted):
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(b"x" * 5000)
    assert download([wanted]) == []
    assert server.asked == ["bytes=5000-", ""]
    assert wanted.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (other, f"expected sha256 {hashlib.sha256(CONTENT).hexdigest()}, found "),
        (shorter, f"found {hashlib.sha256(CONTENT[:1000]).hexdigest()} (1,000 bytes)"),
        (endless, "expected 200,000 bytes, found more"),
        (status(404), "the server answers 404"),
        (status(403), "the server answers 403"),
    ],
)
def test_another_file_is_named_once_and_nothing_of_it_stays(server, wanted, answer, reason):
    server.behave = [answer] * 3
    (problem,) = download([wanted], n_retries=2)
    assert problem.startswith("picture.jpg: ")
    assert reason in problem
    assert problem.endswith(f" at {server.url}")
    assert len(server.asked) == 1
    assert not list(wanted.path.parent.iterdir())


def test_other_files_arrive_although_one_is_gone(server, wanted, tmp_path):
    server.behave = [status(404)]
    files = [PinnedFile(server.url, tmp_path / f"{n}.jpg", wanted.sha256, wanted.n_bytes) for n in range(5)]
    assert len(download(files)) == 1
    assert len(list(tmp_path.glob("*.jpg"))) == 4


def test_a_trickle_counts_as_silence(server, wanted, monkeypatch):
    monkeypatch.setattr("stimuli.download.READ_TIMEOUT_S", 0.5)
    server.behave = [trickle]
    start = time.perf_counter()
    with pytest.raises(DownloadStopped, match="no answer"):
        download([wanted], n_retries=0)
    assert time.perf_counter() - start < 5


def test_a_server_that_stays_busy_is_given_up(server, wanted):
    server.behave = [status(503)] * 2
    with pytest.raises(DownloadStopped, match="the server answers 503") as stopped:
        download([wanted], n_retries=1)
    assert stopped.value.n_missing == 1


def test_whether_a_server_is_there_is_known_in_seconds(server):
    assert reach(server.url) == ""
    assert reach("http://127.0.0.1:9/") == "no connection"
