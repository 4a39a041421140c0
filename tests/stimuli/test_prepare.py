import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from stimuli.check import check_set
from stimuli.cli import stimuli_commands
from stimuli.eyes import find_eyes
from stimuli.fingerprint import file_fingerprint
from stimuli.framing import CROPS, Framing
from stimuli.manifest import StimulusError, StimulusSet, file_sha256, read_set
from stimuli.picture import read_picture
from stimuli.prepare import prepare_set
from stimuli.sources import read_originals

JPEG_SEGMENTS_WITH_DATA = {0xE1, 0xE2, 0xED, 0xEE, 0xFE}


def segments(path) -> list[int]:
    """Marker codes of a JPEG up to its image data."""
    data, at, found = path.read_bytes(), 2, []
    while data[at + 1] != 0xDA:
        found.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


def all_bytes(folder) -> dict[str, bytes]:
    """Every file of a folder by its relative name."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def two_faces(shared, tmp_path, write_sources):
    """A folder with two London portraits and a sources.csv."""
    folder = tmp_path / "two"
    folder.mkdir()
    rows = []
    for name in ("london_009_03.jpg", "london_018_03.jpg"):
        shutil.copy(shared / "faces" / "landmarks" / name, folder)
        rows.append({"file": name, "origin": "real"})
    return write_sources(folder, rows)


def test_nothing_in_a_file_tells_its_origin(preparation):
    stimulus_set = preparation.stimulus_set
    paths = [stimulus_set.folder / s.file for s in stimulus_set.stimuli]
    prints = [file_fingerprint(path) for path in paths]
    assert {s.origin for s in stimulus_set.stimuli} == {"real", "ai"}
    assert {(p.container, p.dimensions, p.metadata) for p in prints} == {("JPEG", (480, 600), ())}
    assert len({p.encoding for p in prints}) == 1
    assert len({p.byte_size for p in prints}) == 1
    assert len({path.stat().st_mtime_ns for path in paths}) == 1
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
        assert np.allclose(eyes.left, goal.left, atol=0.04 * goal.distance_px)
        assert np.allclose(eyes.right, goal.right, atol=0.04 * goal.distance_px)


def test_preparing_a_prepared_set_moves_no_eye_by_a_pixel(preparation, tmp_path):
    """Though they are found anew: in the median over all eyes, which differ by a look's own spread."""
    prepared = preparation.stimulus_set
    bare = tuple(replace(s, extra={}) for s in prepared.stimuli[::3])
    again = prepare_set(StimulusSet(prepared.folder, bare), tmp_path / "again", compare=False)
    goal = Framing().eyes
    shifts = []
    for picture in again.prepared:
        before = find_eyes(read_picture(prepared.image_path(picture.stimulus)))
        shifts += [
            np.hypot(*np.subtract(before.left, goal.left)),
            np.hypot(*np.subtract(before.right, goal.right)),
        ]
        assert picture.scale == pytest.approx(1, abs=0.02)
    assert np.median(shifts) < 1


def test_landmarks_beside_a_picture_are_used_first(shared, tmp_path, write_sources):
    for ending in (".jpg", ".tem"):
        shutil.copy(shared / "faces" / "landmarks" / f"london_001_03{ending}", tmp_path)
    row = {"file": "london_001_03.jpg", "origin": "real", "left_eye_x": "1"}
    report = prepare_set(write_sources(tmp_path, [row]), tmp_path / "out")
    assert report.prepared[0].eyes_found_by == "landmarks"
    assert report.prepared[0].eye_doubts == ()


def test_the_same_originals_give_the_same_bytes_whatever_rows_and_threads(two_faces, tmp_path, monkeypatch):
    originals = read_originals(two_faces)
    turned = replace(originals, stimuli=originals.stimuli[::-1])
    options = {"match_luminance": "mean-sd", "match_sharpness": True, "background": "blur", "recompress": 70}
    prepare_set(originals, tmp_path / "one", **options)
    monkeypatch.setattr("stimuli.prepare.preparation.N_THREADS", 1)
    prepare_set(turned, tmp_path / "other", **options)
    assert all_bytes(tmp_path / "one") == all_bytes(tmp_path / "other")


def test_originals_are_not_touched(two_faces, tmp_path):
    before = all_bytes(two_faces)
    prepare_set(two_faces, tmp_path / "out", compare=False)
    assert all_bytes(two_faces) == before


def test_failures_are_listed_and_the_rest_is_done(shared, tmp_path, noise_picture, write_sources):
    shutil.copy(shared / "faces" / "landmarks" / "london_018_03.jpg", tmp_path / "good.jpg")
    shutil.copy(tmp_path / "good.jpg", tmp_path / "the_same.jpg")
    noise_picture(tmp_path / "nobody.png")
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "good.jpg").read_bytes()[:5000])
    with Image.open(tmp_path / "good.jpg") as image:
        image.crop((500, 450, 900, 900)).save(tmp_path / "tight.png")
        image.crop((0, 0, 900, 900)).save(tmp_path / "wrong.png")
    eyes = {"left_eye_x": "60", "left_eye_y": "180", "right_eye_x": "280", "right_eye_y": "180"}
    rows = [
        {"file": f"{name}", "origin": "real"}
        for name in ("good.jpg", "the_same.jpg", "nobody.png", "broken.jpg")
    ]
    rows += [{"file": "tight.png", "origin": "real", **eyes}]
    rows += [{"file": "wrong.png", "origin": "real", **eyes, "right_eye_x": "2800"}]
    write_sources(tmp_path, rows)
    steps = []
    report = prepare_set(tmp_path, tmp_path / "out", progress=lambda *step: steps.append(step))
    reasons = {failure.file: failure.reason for failure in report.failures}
    assert [p.original_file for p in report.prepared] == ["good.jpg"]
    assert reasons["the_same.jpg"] == "the_same.jpg: the same picture as stimulus good; keep only one of them"
    assert reasons["nobody.png"].startswith("nobody.png: no face found")
    assert reasons["broken.jpg"].startswith("broken.jpg: expected a picture that can be opened")
    assert "of the frame lie beyond the picture's edge, at most 5.0% are filled" in reasons["tight.png"]
    assert reasons["wrong.png"].startswith("wrong.png: expected two pupils inside the picture of 900x900 px")
    assert steps[-1] == ("prepare pictures", 6, 6)
    assert len(list((tmp_path / "out" / "images").iterdir())) == 1


def test_a_used_folder_is_never_written_into(preparation, some_faces):
    with pytest.raises(StimulusError, match="expected a new or empty folder, found files in it"):
        prepare_set(some_faces, preparation.stimulus_set.folder)


def test_an_interrupted_run_leaves_nothing_and_can_be_repeated(two_faces, tmp_path):
    def interrupt(step, done, total):
        raise KeyboardInterrupt

    target = tmp_path / "faces"
    with pytest.raises(KeyboardInterrupt):
        prepare_set(two_faces, target, progress=interrupt)
    assert not target.exists()
    assert not list(tmp_path.glob(".faces*"))
    # What a killed run would leave behind does not disturb the next one.
    (tmp_path / ".faces.part" / "images").mkdir(parents=True)
    (tmp_path / ".faces.part" / "images" / "0.part").write_bytes(b"half")
    prepare_set(two_faces, target, compare=False)
    assert len(list((target / "images").iterdir())) == 2
    assert not list(tmp_path.glob(".faces*"))


def test_where_nothing_can_be_prepared_every_reason_is_told(tmp_path, noise_picture, write_sources):
    for name in ("one.png", "two.png"):
        noise_picture(tmp_path / name, seed=len(name))
    write_sources(tmp_path, [{"file": name, "origin": "real"} for name in ("one.png", "two.png")])
    with pytest.raises(StimulusError, match=r"(?s)one\.png: no face found.*two\.png: no face found"):
        prepare_set(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("crop", sorted(CROPS))
def test_every_crop_gives_its_size_and_eyes_that_the_manifest_states(two_faces, tmp_path, crop):
    framing = CROPS[crop]
    report = prepare_set(two_faces, tmp_path / "out", framing=framing, max_outside_share=0.3, compare=False)
    for stimulus in report.stimulus_set.stimuli:
        pixels = read_picture(report.stimulus_set.folder / stimulus.file)
        assert pixels.shape == (framing.height_px, framing.width_px, 3)
        assert float(stimulus.extra["left_eye_x"]) == pytest.approx(framing.eyes.left[0], rel=1e-4)
        found = find_eyes(pixels)
        assert np.hypot(*np.subtract(found.left, framing.eyes.left)) < 0.03 * framing.eyes.distance_px


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


def test_before_and_after_are_compared_by_every_measure(preparation):
    told = {confound.measure: confound for confound in preparation.confounds}
    assert told["byte size"].auc_before < 0.2
    assert told["byte size"].auc_after == 0.5
    origins = [stimulus.origin for stimulus in preparation.stimulus_set.stimuli]
    assert (told["byte size"].n_real, told["byte size"].n_other) == (
        origins.count("real"),
        origins.count("ai"),
    )
    tells = [max(c.auc_after, 1 - c.auc_after) for c in preparation.confounds]
    assert tells == sorted(tells, reverse=True)


def test_the_command_prints_the_table_and_speaks_json(some_faces, tmp_path):
    with (some_faces / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    few = tmp_path / "few"
    for row in (rows[0], rows[6]):
        (few / row["file"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(some_faces / row["file"], few / row["file"])
    with (few / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([rows[0], rows[6]])
    said = CliRunner().invoke(stimuli_commands, ["prepare", str(few), str(tmp_path / "a"), "--crop", "tight"])
    assert said.exit_code == 0, said.output
    assert "AUC, real against other pictures (1 and 1; 0.5 tells nothing, 0 and 1 everything):" in said.output
    assert "before  after" in said.output
    result = CliRunner().invoke(
        stimuli_commands, ["prepare", str(few), str(tmp_path / "b"), "--match-luminance", "mean-sd", "--json"]
    )
    report = json.loads(result.stdout)
    assert report["recipe"]["match_luminance"] == "mean-sd"
    assert len(report["prepared"]) == 2
    assert 0 < report["goal"]["luminance_mean"] < 100
    assert set(report["confounds"][0]) == {"measure", "auc_before", "auc_after", "n_real", "n_other"}
    assert report["failures"] == []
    kept = json.loads((tmp_path / "b" / "preparation.json").read_text(encoding="utf-8"))
    assert kept == {name: value for name, value in report.items() if name != "folder"}
    assert set(kept["versions"]) == {"facevalue", "opencv-python-headless", "pillow"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"match_luminance": "more"},
            "expected match_luminance among keep, mean-sd, histogram; found 'more'",
        ),
        ({"match_region": "nose"}, "expected match_region among face, picture; found 'nose'"),
        ({"background": "beach"}, "expected background among keep, blur, grey; found 'beach'"),
        ({"recompress": 0}, "expected a JPEG quality from 1 to 95 in recompress, found 0"),
        ({"max_outside_share": 2}, "expected max_outside_share from 0 to 1, found 2"),
    ],
)
def test_an_impossible_recipe_is_refused_before_anything_is_written(two_faces, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        prepare_set(two_faces, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
