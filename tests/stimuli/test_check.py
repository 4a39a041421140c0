import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from stimuli.check import check_report, check_set
from stimuli.fingerprint import hash_difference, picture_hash
from stimuli.leaks.told import CHANCE, TELLING_SHARE
from stimuli.manifest import Pair, file_sha256, write_set
from stimuli.measures import MEASURES
from stimuli.picture import read_picture


def sentences(folder, severity=None) -> list[str]:
    """Of all problems but those of faces: blobs have none."""
    return [str(p) for p in check_set(folder) if severity in (None, p.severity) and p.kind != "face"]


def test_the_shared_faces_leak_their_origin_in_every_way(some_faces):
    errors = "\n".join(sentences(some_faces, "error"))
    for leak in (
        "origin can be told from metadata for 100% of the pictures: real ",
        "origin can be told from the dimensions for 100%",
        "origin can be told from the encoding (quantisation, subsampling) for 100%",
        "origin can be told from the pattern of file names for 100%",
        "the word 'ai' is in 6 file names (ai/sd3_female_",
        "the word 'real' is in 8 file names",
        "real EXIF+comment+embedded preview (6)",
    ):
        assert leak in errors
    assert errors.count("prepare the set: facevalue stimuli prepare") == len(errors.splitlines())


def test_byte_size_that_tells_origin_is_reported_with_its_auc(some_faces):
    warnings = sentences(some_faces, "warning")
    sizes = [w for w in warnings if w.startswith("warning: byte size alone tells origin with AUC ")]
    assert len(sizes) == 1
    assert "lower in ai than in real pictures, 8 real, 6 ai" in sizes[0]


def test_statistics_come_worst_first(some_faces):
    report = check_report(some_faces)
    tells = [s.tells for s in report.separations]
    assert {s.measure for s in report.separations} >= {"byte size", "number of pixels", *MEASURES}
    assert tells == sorted(tells, reverse=True)
    reported = [p.sentence.split(" alone")[0] for p in report.problems if " alone tells origin" in p.sentence]
    telling = [s.measure for s in report.separations if s.tells >= TELLING_SHARE and s.p_adjusted <= CHANCE]
    assert reported == telling


def test_every_problem_has_a_remedy(some_faces, preparation):
    for folder in (some_faces, preparation.stimulus_set.folder):
        for problem in check_set(folder):
            assert problem.sentence
            assert problem.remedy


def test_faults_of_single_files_come_together(tmp_path, noise_picture, write_sources):
    noise_picture(tmp_path / "a.png", seed=1)
    noise_picture(tmp_path / "small.png", seed=2, size=(90, 300))
    noise_picture(tmp_path / "extra.png", seed=3)
    noise_picture(tmp_path / "free.png", seed=4)
    shutil.copy(tmp_path / "a.png", tmp_path / "copy.png")
    (tmp_path / "text.png").write_text("no picture")
    with Image.open(tmp_path / "a.png") as image:
        image.resize((260, 260)).save(tmp_path / "version.jpg", quality=40)
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "flipped.png")
    names = ["a.png", "small.png", "copy.png", "text.png", "version.jpg", "flipped.png"]
    rows = [{"file": name, "origin": "ai"} for name in names]
    write_sources(tmp_path, [*rows, {"file": "free.png", "origin": "ai", "licence": ""}])
    text = "\n".join(sentences(tmp_path))
    assert "error: small.png: needs at least 240 px on its short side, has 90x300; use a larger" in text
    assert "error: text.png: expected a picture that can be opened (JPEG, PNG, TIFF, WebP, HEIC" in text
    assert "error: copy.png: is the same file as a.png; keep one of them" in text
    assert "warning: version.jpg: looks like another version of a.png; keep one of them" in text
    assert "warning: flipped.png: looks like a.png mirrored; keep one of them" in text
    assert "warning: extra.png: is not listed in the table" in text
    assert "error: free.png: has no licence; state under which terms" in text


def test_pictures_without_any_table_are_still_looked_at(tmp_path, noise_picture):
    noise_picture(tmp_path / "one.png", size=(100, 100))
    text = "\n".join(sentences(tmp_path))
    assert "expected sources.csv or manifest.csv, found neither" in text
    assert "one.png: needs at least 240 px" in text


def test_a_missing_folder_is_one_clear_error(tmp_path):
    (problem,) = check_set(tmp_path / "nowhere")
    assert "expected a folder with pictures, found none" in problem.sentence


def test_pairs_that_are_not_real_and_other_are_pointed_out(noise_set):
    made = noise_set()
    write_set(replace(made, pairs=(Pair("p1", "s2", "s3", None, False),)))
    text = "\n".join(sentences(made.folder))
    assert "pair p1 shows ai and ai, expected real and ai or edited" in text
    assert "2 pictures are in no pair and will not be shown (s0, s1)" in text


def test_a_statistic_that_goes_one_way_in_every_pair_is_reported(noise_set):
    made = noise_set(("real",) * 8 + ("ai",) * 8)
    for stimulus in made.stimuli[8:]:
        pixels = read_picture(made.folder / stimulus.file) // 2 + 127
        Image.fromarray(pixels).save(made.folder / stimulus.file)
    stimuli = tuple(replace(s, sha256=file_sha256(made.folder / s.file)) for s in made.stimuli)
    pairs = tuple(Pair(f"p{i}", f"s{i}", f"s{i + 8}", None, False) for i in range(8))
    write_set(replace(made, stimuli=stimuli, pairs=pairs))
    text = "\n".join(sentences(made.folder))
    assert "luminance alone tells origin with AUC 1.00 [0.76, 1.00] (higher in ai" in text
    assert "within pairs, luminance is higher in the ai picture in 8 of 8" in text


@pytest.mark.parametrize("change", ["smaller", "darker", "cropped"])
def test_versions_of_a_picture_are_nearer_than_different_people(preparation, change):
    stimulus_set = preparation.stimulus_set
    pictures = [read_picture(stimulus_set.folder / s.file) for s in stimulus_set.stimuli]
    hashes = [picture_hash(pixels) for pixels in pictures]
    image = Image.fromarray(pictures[0])
    versions = {
        "smaller": image.resize((200, 250)),
        "darker": image.point(lambda value: value * 0.8),
        "cropped": image.crop((3, 3, 477, 597)),
    }
    version = picture_hash(np.asarray(versions[change]))
    assert hash_difference(version, hashes[0]) <= 0.12
    assert min(hash_difference(version, other) for other in hashes[1:]) > 0.12
