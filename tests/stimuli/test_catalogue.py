import csv
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stimuli.catalogue import (
    CatalogueUnreachable,
    Landmarks,
    catalogue,
    catalogue_names,
    catalogue_summaries,
    catalogue_terms,
    fetch_catalogue,
)
from stimuli.manifest import StimulusError, file_sha256
from stimuli.sources import read_originals

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
        neutral = "/debruine/webmorphR.stim/fa8b78fda2d659bb74ce62fcd99c4407551d2a77/inst/neutral_front/"
        for path in (faces / "landmarks").iterdir():
            self.files[neutral + path.name.removeprefix("london_")] = path
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
    with pytest.raises(CatalogueUnreachable, match="the connection broke off; run it again, what has"):
        fetch_catalogue(NAME, tmp_path, n_retries=0)
    pinned = {entry.file: entry.sha256 for entry in catalogue(NAME)}
    complete = list(tmp_path.rglob("[!.]*.jpg"))
    assert 27 <= len(complete) <= 30  # up to three were on their way when the connection broke
    assert all(file_sha256(path) == pinned[path.relative_to(tmp_path).as_posix()] for path in complete)
    assert not (tmp_path / "sources.csv").exists()
    mirror.broken_after = None
    mirror.asked.clear()
    assert len(fetch_catalogue(NAME, tmp_path).stimuli) == 70
    assert mirror.asked.total() == 70 - len(complete)
    assert not list(tmp_path.rglob("*.part"))


def test_a_changed_picture_is_named_with_both_hashes(mirror, tmp_path):
    entry = catalogue(NAME)[5]
    mirror.damaged.add(f"/{entry.path}")
    with pytest.raises(StimulusError) as caught:
        fetch_catalogue(NAME, tmp_path, base_url=mirror.url, n_retries=0)
    (problem,) = caught.value.problems
    name = entry.file.split("/")[-1]
    assert problem.startswith(f"{name}: expected sha256 {entry.sha256}, found ")
    assert len(problem.split("found ")[1].split(" ")[0]) == 64
    assert problem.endswith(
        f"{entry.path}; the copy there has changed, is damaged or is gone: use another mirror"
    )
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

    monkeypatch.setattr("stimuli.catalogue.CONNECT_TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        start = time.perf_counter()
        with pytest.raises(CatalogueUnreachable, match=r"no answer within 0\.5 s"):
            fetch_catalogue(NAME, tmp_path, base_url=address)
    assert time.perf_counter() - start < 3


def test_an_unknown_catalogue_lists_the_known_ones(tmp_path):
    assert catalogue_names() == ("london-neutral", "london-sd3", "london-smiling", "sd3-portraits")
    with pytest.raises(
        StimulusError, match="celebrities: expected a catalogue among london-neutral, london-sd3"
    ):
        fetch_catalogue("celebrities", tmp_path)


def test_the_sets_are_whole_and_agree_where_they_hold_the_same_picture():
    summaries = {summary.name: summary for summary in catalogue_summaries()}
    assert {name: s.n_pictures for name, s in summaries.items()} == {
        "london-neutral": 102,
        "london-sd3": 70,
        "london-smiling": 102,
        "sd3-portraits": 200,
    }
    assert summaries["london-neutral"].n_landmarks == 102
    assert summaries["sd3-portraits"].licences == {"CC0 1.0": 200}
    assert summaries["london-smiling"].licences == {"CC BY 4.0": 102}
    every = {name: {e.path: (e.sha256, e.n_bytes) for e in catalogue(name)} for name in summaries}
    whole = {**every["london-smiling"], **every["sd3-portraits"]}
    assert every["london-sd3"].items() <= whole.items()
    smiling = {e.row["identity"]: e.row for e in catalogue("london-smiling")}
    for entry in catalogue("london-neutral"):
        same = smiling[entry.row["identity"]]
        assert all(entry.row[c] == same[c] for c in ("stated_gender", "stated_age", "stated_ethnicity"))


def test_the_facts_of_the_neutral_set_are_those_of_the_shared_landmarks(shared):
    entries = {f"london_{e.file.removeprefix('london_')}": e for e in catalogue("london-neutral")}
    pictures = sorted((shared / "faces" / "landmarks").glob("*.jpg"))
    assert len(pictures) == 13
    for picture in pictures:
        entry = entries[picture.name]
        marks = picture.with_suffix(".tem")
        assert (entry.sha256, entry.n_bytes) == (file_sha256(picture), picture.stat().st_size)
        assert entry.landmarks == Landmarks(
            entry.path.replace(".jpg", ".tem"), file_sha256(marks), marks.stat().st_size
        )


@pytest.fixture
def three_neutral(monkeypatch, shared):
    """The neutral set cut down to three of its pictures."""
    names = {path.name for path in sorted((shared / "faces" / "landmarks").glob("*.jpg"))[:3]}
    entries = tuple(e for e in catalogue("london-neutral") if e.file in names)
    monkeypatch.setattr("stimuli.catalogue.catalogue", lambda _: entries)
    return entries


def test_landmark_files_come_beside_their_pictures_and_terms_are_kept(mirror, tmp_path, three_neutral):
    fetched = fetch_catalogue("london-neutral", tmp_path, base_url=mirror.url)
    for entry in three_neutral:
        assert file_sha256((tmp_path / entry.file).with_suffix(".tem")) == entry.landmarks.sha256
    assert {s.identity for s in fetched.stimuli} == {e.row["identity"] for e in three_neutral}
    assert not {"bytes", "landmarks_path"} & set(fetched.stimuli[0].extra)
    kept = (tmp_path / "LICENCES.md").read_text()
    assert "## 3 pictures: CC BY 4.0" in kept
    assert "DeBruine, L. & Jones, B. (2017)" in kept
    assert "https://creativecommons.org/licenses/by/4.0/" in kept
    assert "Consent of the people in them, as the source states it: signed consent for lab" in kept


def test_a_table_changed_by_hand_is_kept_and_another_sets_is_not_overwritten(mirror, tmp_path, three_neutral):
    fetch_catalogue("london-neutral", tmp_path, base_url=mirror.url)
    table = tmp_path / "sources.csv"
    table.write_text(table.read_text().replace("white", "White British"))
    fetch_catalogue("london-neutral", tmp_path, base_url=mirror.url)
    assert "White British" in {s.ethnicity for s in read_originals(tmp_path).stimuli}
    table.write_text("file,origin\nmine.jpg,real\n")
    with pytest.raises(StimulusError, match="lists other pictures than those of london-neutral, and is not"):
        fetch_catalogue("london-neutral", tmp_path, base_url=mirror.url)
    assert table.read_text() == "file,origin\nmine.jpg,real\n"
