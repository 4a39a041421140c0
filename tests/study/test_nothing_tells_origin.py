"""Nothing a participant's browser receives tells a real face from an AI one, except the picture."""

from __future__ import annotations

import math
import re
import shutil
from collections import Counter
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from scipy.stats import mannwhitneyu
from sqlalchemy import select

from stimuli.fingerprint import file_fingerprint
from stimuli.manifest import read_set
from study import flow
from study.app import create_app
from study.database import migrate, open_engine, reading, writing
from study.models import StudyStimulus
from study.picture_sizes import copy_name, copy_widths
from study.protocol import read_study
from study.settings import Settings
from tests.conftest import MOMENT, ROOT
from tests.study.browser_like import Walker

START_OF_SCAN = 0xDA


@pytest.fixture(scope="module")
def study_of_real_pictures(demo_set, tmp_path_factory):
    """The demo study over real pictures, published on SQLite."""
    folder = tmp_path_factory.mktemp("real")
    shutil.copytree(demo_set.stimulus_set.folder, folder / "study" / "stimuli")
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder / "study", dirs_exist_ok=True)
    settings = Settings(
        data=folder, database=f"sqlite:///{folder / 'facevalue.sqlite'}", secret_key="for tests only"
    )
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        study = read_study(folder / "study" / "study.toml")
        published = flow.publish(db, study, pictures=settings.pictures, now=MOMENT)
        flow.open_unchecked(db, published, opened_as="test", now=MOMENT)
    engine.dispose()
    return settings, folder / "study" / "stimuli"


@pytest.fixture(scope="module")
def session(study_of_real_pictures):
    """Everything one participant's browser received, and the pictures with their origins."""
    settings, set_folder = study_of_real_pictures
    app = create_app(settings)
    walker = Walker(app.test_client(), "headshots-demo")
    plan = walker.start()
    origin_of = {s.sha256: s.origin for s in read_set(set_folder).stimuli}
    pictures = []
    for trial in plan["trials"]:
        for side in ("left", "right"):
            face = trial[side]
            pictures.append((origin_of[face["sha256"]], side, face, walker.picture(face["url"])))
    walker.answer(plan)
    walker.finish()
    return walker, plan, pictures


def test_no_page_message_or_header_names_a_stimulus_or_its_source(session, study_of_real_pictures):
    walker, _, _ = session
    words = {"origin", "generator", "edited_from", "identity", "manifest", "london", "sd3", "diffusion"}
    for stimulus in read_set(study_of_real_pictures[1]).stimuli:
        words |= {stimulus.stimulus.lower(), Path(stimulus.file).stem.lower()}
    for response in walker.seen:
        received = str(response.headers).lower() + response.request.path.lower()
        if response.mimetype != "image/jpeg":
            received += response.text.lower()
        whole = re.compile(rf"(?<![a-z0-9-])({'|'.join(map(re.escape, sorted(words)))})(?![a-z0-9-])")
        assert whole.findall(received) == [], response.request.path


def test_every_face_is_described_to_the_browser_in_the_same_way(session):
    _, plan, pictures = session
    assert {frozenset(trial) for trial in plan["trials"]} == {
        frozenset({"position", "block", "exposure_ms", "left", "right"})
    }
    assert {frozenset(face) for _, _, face, _ in pictures} == {frozenset({"url", "sha256"})}
    assert len({len(face["url"]) for _, _, face, _ in pictures}) == 1


def test_names_of_pictures_carry_no_order(session):
    _, _, pictures = session
    real = sorted(face["url"] for origin, _, face, _ in pictures if origin == "real")
    other = sorted(face["url"] for origin, _, face, _ in pictures if origin != "real")
    ranks = {url: rank for rank, url in enumerate(sorted(real + other))}
    test = mannwhitneyu([ranks[url] for url in real], [ranks[url] for url in other])
    assert test.pvalue > 1e-4


def test_the_ai_face_is_on_either_side_equally_often(session):
    _, plan, pictures = session
    main = Counter(side for origin, side, _, _ in pictures[4:] if origin == "ai")
    assert main["left"] == main["right"] == 12
    assert math.isclose(len(plan["trials"]), 26)


def test_headers_of_all_pictures_are_the_same_but_for_the_length(session):
    _, _, pictures = session
    headers = {
        frozenset((name, value) for name, value in response.headers if name != "Content-Length")
        for _, _, _, response in pictures
    }
    assert len(headers) == 1
    names = {name.lower() for name, _ in next(iter(headers))}
    assert not names & {"last-modified", "etag", "content-disposition", "set-cookie"}


def test_the_bytes_of_all_pictures_are_alike_up_to_the_picture_itself(session):
    _, _, pictures = session
    structures = {file_structure(response.data) for _, _, _, response in pictures}
    assert len(structures) == 1
    markers = [marker for marker, _ in next(iter(structures))]
    assert not [marker for marker in markers if 0xE1 <= marker <= 0xEF or marker == 0xFE], "metadata"


@pytest.fixture(scope="module")
def published(study_of_real_pictures):
    """The stimuli as the database has them."""
    engine = open_engine(study_of_real_pictures[0].database)
    with reading(engine) as db:
        rows = db.scalars(select(StudyStimulus)).all()
        db.expunge_all()
    engine.dispose()
    return rows


@pytest.mark.parametrize("width", copy_widths(480))
def test_copies_of_one_width_differ_in_nothing_but_the_face(published, study_of_real_pictures, width):
    folder = study_of_real_pictures[0].pictures
    files = [folder / copy_name(row.picture, width) for row in published]
    assert len({file_structure(file.read_bytes()) for file in files}) == 1
    facts = [file_fingerprint(file) for file in files]
    assert {fact.dimensions for fact in facts} == {(width, width * 600 // 480)}
    assert {fact.metadata for fact in facts} == {()}
    assert {len(file.name) for file in files} == {len(f"{'x' * 24}-{width}.jpg")}
    assert len({fact.byte_size for fact in facts}) == 1, "how well a face compresses goes with its origin"


@pytest.mark.parametrize("shown_px", [1, 160, 161, 384, 400, 401, 2000])
def test_every_face_is_described_in_the_same_way_at_every_size(study_of_real_pictures, published, shown_px):
    walker = Walker(create_app(study_of_real_pictures[0]).test_client(), "headshots-demo")
    walker.start()
    plan = walker.get(f"plan?width={shown_px}").json
    faces = [trial[side] for trial in plan["trials"] for side in ("left", "right")]
    expected = next((width for width in copy_widths(480) if width >= shown_px), 480)
    assert plan["picture"]["file_width_px"] == expected
    assert {frozenset(face) for face in faces} == {frozenset({"url", "sha256"})}
    assert len({len(face["url"]) for face in faces}) == 1
    answers = [walker.picture(face["url"]) for face in faces]
    assert [sha256(answer.data).hexdigest() for answer in answers] == [face["sha256"] for face in faces]
    assert {Image.open(BytesIO(answer.data)).size[0] for answer in answers} == {expected}
    assert len({frozenset(answer.headers) for answer in answers}) == 1


def file_structure(jpeg: bytes) -> tuple[tuple[int, bytes], ...]:
    """Every segment of a JPEG before its first scan, as (marker, content)."""
    assert jpeg[:2] == b"\xff\xd8"
    at, found = 2, []
    while True:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.append((marker, jpeg[at + 4 : at + 2 + length]))
        if marker == START_OF_SCAN:
            return tuple(found)
        at += 2 + length


def test_an_unknown_picture_and_a_path_are_answered_alike(study_of_real_pictures):
    client = create_app(study_of_real_pictures[0]).test_client()
    for name in ("x" * 24 + ".jpg", "manifest.csv", "..%2ffacevalue.sqlite"):
        assert client.get(f"/pictures/{name}").status_code == 404


def test_files_on_disk_carry_no_time_that_follows_the_manifest(study_of_real_pictures):
    times = {file.stat().st_mtime for file in study_of_real_pictures[0].pictures.iterdir()}
    assert len(times) == 1
