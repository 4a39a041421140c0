import shutil
import time

import numpy as np
import pytest
from PIL import Image

from stimuli.check import check_set
from stimuli.eyes import find_eyes
from stimuli.fingerprint import file_fingerprint
from stimuli.framing import Framing
from stimuli.manifest import StimulusError, file_sha256, read_set
from stimuli.picture import read_picture
from stimuli.prepare import prepare_set

JPEG_SEGMENTS_WITH_DATA = {0xE1, 0xE2, 0xED, 0xEE, 0xFE}


def segments(path) -> list[int]:
    """Marker codes of a JPEG up to its image data."""
    data, at, found = path.read_bytes(), 2, []
    while data[at + 1] != 0xDA:
        found.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


def test_nothing_in_a_file_tells_its_origin(preparation):
    stimulus_set = preparation.stimulus_set
    paths = [stimulus_set.folder / s.file for s in stimulus_set.stimuli]
    prints = [file_fingerprint(path) for path in paths]
    assert {s.origin for s in stimulus_set.stimuli} == {"real", "ai"}
    assert {(p.container, p.dimensions, p.metadata) for p in prints} == {("JPEG", (480, 600), ())}
    assert len({p.encoding for p in prints}) == 1
    assert len({tuple(segments(path)) for path in paths}) == 1
    assert not JPEG_SEGMENTS_WITH_DATA & {code for path in paths for code in segments(path)}
    assert all(len(path.stem) == 16 and int(path.stem, 16) >= 0 for path in paths)
    assert not [str(p) for p in check_set(stimulus_set.folder) if p.severity == "error"]


def test_a_prepared_set_reads_back_and_remembers_the_originals(preparation, some_faces):
    read = read_set(preparation.stimulus_set.folder)
    assert read == preparation.stimulus_set
    for picture in preparation.prepared:
        assert file_sha256(some_faces / picture.original_file) == picture.original_sha256
        assert read.stimulus(picture.stimulus).extra["original_sha256"] == picture.original_sha256


def test_eyes_come_to_lie_where_the_frame_says(preparation):
    goal = Framing().eyes
    for stimulus in preparation.stimulus_set.stimuli:
        eyes = find_eyes(read_picture(preparation.stimulus_set.folder / stimulus.file))
        assert np.allclose(eyes.left, goal.left, atol=0.08 * goal.distance_px)
        assert np.allclose(eyes.right, goal.right, atol=0.08 * goal.distance_px)


def test_landmarks_beside_a_picture_are_used_first(shared, tmp_path, write_sources):
    for ending in (".jpg", ".tem"):
        shutil.copy(shared / "faces" / "landmarks" / f"london_001_03{ending}", tmp_path)
    row = {"file": "london_001_03.jpg", "origin": "real", "left_eye_x": "1"}
    report = prepare_set(write_sources(tmp_path, [row]), tmp_path / "out")
    assert report.prepared[0].eyes_found_by == "landmarks"


def test_the_same_originals_give_the_same_bytes(shared, tmp_path, write_sources):
    shutil.copy(shared / "faces" / "landmarks" / "london_009_03.jpg", tmp_path)
    write_sources(tmp_path, [{"file": "london_009_03.jpg", "origin": "real"}])
    first, second = (prepare_set(tmp_path, tmp_path / name).stimulus_set for name in ("one", "two"))
    assert first.sha256() == second.sha256()


def test_failures_are_listed_and_the_rest_is_done(shared, tmp_path, noise_picture, write_sources):
    shutil.copy(shared / "faces" / "landmarks" / "london_018_03.jpg", tmp_path / "good.jpg")
    shutil.copy(tmp_path / "good.jpg", tmp_path / "again.jpg")
    noise_picture(tmp_path / "nobody.png")
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "good.jpg").read_bytes()[:5000])
    with Image.open(tmp_path / "good.jpg") as image:
        image.crop((500, 450, 900, 900)).save(tmp_path / "tight.png")
    names = ("good.jpg", "again.jpg", "nobody.png", "broken.jpg", "tight.png")
    write_sources(tmp_path, [{"file": name, "origin": "real"} for name in names])
    rows = (tmp_path / "sources.csv").read_text().splitlines()
    eyes = ",left_eye_x,left_eye_y,right_eye_x,right_eye_y"
    rows = [rows[0] + eyes, *(row + ",,,," for row in rows[1:-1]), rows[-1] + ",60,180,280,180"]
    (tmp_path / "sources.csv").write_text("\n".join(rows))
    steps = []
    report = prepare_set(tmp_path, tmp_path / "out", progress=lambda *step: steps.append(step))
    reasons = {failure.file: failure.reason for failure in report.failures}
    assert [p.original_file for p in report.prepared] == ["good.jpg"]
    assert reasons["again.jpg"] == "again.jpg: the same picture as stimulus good; keep only one of them"
    assert reasons["nobody.png"].startswith("nobody.png: no face found")
    assert reasons["broken.jpg"].startswith("broken.jpg: expected a picture that can be opened")
    assert "of the frame lie beyond the picture's edge, at most 5.0% are filled" in reasons["tight.png"]
    assert steps[-1] == ("prepare pictures", 5, 5)
    assert len(list((tmp_path / "out" / "images").iterdir())) == 1


def test_a_used_folder_is_never_written_into(preparation, some_faces):
    with pytest.raises(StimulusError, match="expected a new or empty folder, found files in it"):
        prepare_set(some_faces, preparation.stimulus_set.folder)


def test_pictures_turned_by_exif_and_in_other_modes_open_upright_in_rgb(tmp_path):
    upright = np.zeros((60, 40, 3), np.uint8)
    upright[:30] = 255
    turned = Image.fromarray(np.rot90(upright))
    exif = Image.Exif()
    exif[274] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    assert (read_picture(tmp_path / "turned.png") == upright).all()
    for mode in ("L", "RGBA", "CMYK", "P"):
        path = tmp_path / f"{mode}.tif"
        Image.fromarray(upright).convert(mode).save(path)
        assert np.abs(read_picture(path).astype(int) - upright).max() <= 1


def test_preparing_is_quick(some_faces, tmp_path):
    start = time.perf_counter()
    report = prepare_set(some_faces, tmp_path / "out")
    per_picture = (time.perf_counter() - start) / len(report.prepared)
    # Measured about 0.1 s on two cores; 70 pictures may take 15 s. Room for a busy machine.
    assert per_picture < 0.5
