"""Each way to tell real from AI without looking at the face, planted alone and found alone."""

import io
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from stimuli.check import check_set
from stimuli.leaks.chance import CHANCE, goes_with_origin
from stimuli.manifest import StimulusSet, read_set, write_set
from stimuli.picture import encode_jpeg, read_picture
from tests.stimuli.clean_sets import change_files, clean_set


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> StimulusSet:
    return clean_set(tmp_path_factory.mktemp("clean") / "set")


@pytest.fixture
def made(clean, tmp_path) -> StimulusSet:
    shutil.copytree(clean.folder, tmp_path / "set")
    return read_set(tmp_path / "set")


def found(folder: Path) -> list[tuple[str, str, str]]:
    return [(p.severity, p.kind, p.sentence) for p in check_set(folder)]


def test_a_clean_set_has_no_problem(made):
    assert found(made.folder) == []


def saved(**options) -> Callable[[Path], None]:
    """Write the pixels again, with other options."""

    def change(path: Path) -> None:
        with Image.open(path) as image:
            image.load()
        image.save(path, **{"format": "JPEG", "quality": 92, "subsampling": 0, **options})

    return change


def exif_of(tags: dict[int, object], gps: dict[int, object] | None = None) -> bytes:
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[tag] = value
    if gps:
        exif.get_ifd(0x8825).update(gps)
    return exif.tobytes()


def with_thumbnail(path: Path) -> None:
    """EXIF with a JPEG inside, as cameras write it (Pillow cannot: the block is put together here)."""
    small = io.BytesIO()
    Image.open(path).resize((32, 32)).save(small, "JPEG")
    block = b"Exif\x00\x00" + b"MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00" + small.getvalue()
    segment(0xE1, block)(path)


def segment(marker: int, content: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        file = path.read_bytes()
        head = b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2)
        path.write_bytes(file[:2] + head + content + file[2:])

    return change


def appended(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"made on Tuesday")


def pixels_changed(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        path.write_bytes(encode_jpeg(change(read_picture(path))))

    return rewrite


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
JUMBF = b"JP\x00\x01\x00\x00\x00\x01\x00\x00\x00\x1ejumb\x00\x00\x00\x16jumdc2pa"
XMP = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (saved(exif=exif_of({0x0110: "Camera"})), "file leak", "told from metadata for 100% of the pictures"),
        (saved(icc_profile=SRGB), "file leak", "real none (6); other ICC (6)"),
        (saved(comment=b"hello"), "file leak", "other comment (6)"),
        (segment(0xE1, XMP), "file leak", "other XMP (6)"),
        (with_thumbnail, "file leak", "embedded preview"),
        (appended, "file leak", "other trailing bytes (6)"),
        (segment(0xEB, JUMBF), "file leak", "C2PA"),
        (saved(format="PNG"), "file leak", "told from the container for 100%"),
        (saved(quality=91), "file leak", "other RGB quality 91 4:4:4"),
        (saved(subsampling=2), "file leak", "other RGB quality 92 4:2:0"),
        (saved(progressive=True), "file leak", "told from the construction of the file"),
        (saved(dpi=(300, 300)), "file leak", "real none (6); other 300x300 dpi (6)"),
        (pixels_changed(lambda p: p[:-2]), "file leak", "real 256x256 (6); other 256x254 (6)"),
        (segment(0xEB, JUMBF), "says AI", "says itself that it is AI-made, in its metadata (content cred"),
        (segment(0xE1, XMP), "says AI", "'trainedAlgorithmicMedia'"),
        (saved(exif=exif_of({0x0131: "Midjourney v6"})), "says AI", "Software: 'Midjourney'"),
        (
            saved(exif=exif_of({}, {1: "N", 2: (51.0, 30.0, 0.0)})),
            "privacy",
            "place where it was taken (GPS)",
        ),
    ],
)
def test_what_is_wrong_with_the_files_of_one_side_is_an_error(made, change, kind, sentence):
    change_files(made, change)
    errors = [(k, s) for severity, k, s in found(made.folder) if severity == "error"]
    assert any(k == kind and sentence in s for k, s in errors), errors


def test_zeros_behind_the_end_that_make_files_equally_long_are_no_leak(made):
    def padded(path: Path) -> None:
        path.write_bytes(path.read_bytes().ljust(60_000, b"\0"))

    change_files(made, padded, ("real", "ai"))
    assert found(made.folder) == []


def test_a_prompt_in_a_png_is_told(made):
    def change(path: Path) -> None:
        info = PngInfo()
        info.add_text("parameters", "portrait of a banker, Steps: 20, Sampler: Euler")
        saved(format="PNG", pnginfo=info)(path)

    change_files(made, change)
    said = [s for _, kind, s in found(made.folder) if kind == "says AI"]
    assert said == ["says itself that it is AI-made, in its metadata (a text chunk 'parameters')"] * 6


def test_a_name_in_the_metadata_is_a_warning(made):
    change_files(made, saved(exif=exif_of({0x013B: "A. Photographer"})), ("real", "ai"))
    problems = found(made.folder)
    assert ("warning", "privacy", "holds a name (EXIF Artist)") in problems
    assert ("warning", "file facts", "all pictures carry metadata: EXIF") in problems
    assert not [p for p in problems if p[0] == "error"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (lambda s, n: f"{s.origin}_{n}", "the word 'ai' is in 8 file names (images/ai_"),
        (lambda s, n: f"{'dsc' if s.origin == 'real' else 'out'}-{n:03d}", "real like dsc-0"),
        (lambda s, n: f"p{n + 100 * (s.origin == 'ai')}", "told from the order of file names with AUC 1.00"),
    ],
)
def test_names_that_tell_are_an_error(tmp_path, name, sentence):
    made = clean_set(tmp_path / "set", n_of_each=8)
    stimuli = []
    for number, stimulus in enumerate(made.stimuli):
        file = f"images/{name(stimulus, number)}.jpg"
        (made.folder / stimulus.file).rename(made.folder / file)
        stimuli.append(replace(stimulus, file=file))
    write_set(replace(made, stimuli=tuple(stimuli)))
    problems = [p for p in check_set(made.folder) if p.kind == "names"]
    assert any(sentence in p.sentence for p in problems)
    assert {(p.severity, p.remedy) for p in problems} == {
        ("error", "prepare the set: facevalue stimuli prepare")
    }


def test_rows_in_order_of_origin_and_telling_ids_are_warnings(tmp_path):
    made = clean_set(tmp_path / "set", n_of_each=8)
    ordered = sorted(made.stimuli, key=lambda s: s.origin)
    write_set(
        replace(made, stimuli=tuple(replace(s, stimulus=f"{s.origin}-{i}") for i, s in enumerate(ordered)))
    )
    assert found(made.folder) == [
        ("warning", "order", "origin can be told from the order of rows in the table with AUC 1.00"),
        ("warning", "order", "origin can be told from words such as 'ai' in the ids of stimuli"),
    ]


@pytest.mark.parametrize(
    ("change", "measure", "direction"),
    [
        (lambda p: np.clip(p + 30.0, 0, 255), "luminance", "higher"),
        (lambda p: 128 + (p - 128.0) * 0.4, "contrast", "lower"),
        (lambda p: p.mean(axis=2, keepdims=True).repeat(3, axis=2), "saturation", "lower"),
        (lambda p: cv2.GaussianBlur(p, (0, 0), 2), "sharpness", "lower"),
        (lambda p: np.clip(p + np.random.default_rng(1).normal(0, 8, p.shape), 0, 255), "noise", "higher"),
        (lambda p: np.clip(p + np.array([40.0, 0, -40.0]), 0, 255), "warmth", "higher"),
    ],
)
def test_a_statistic_that_tells_is_a_warning(tmp_path, change, measure, direction):
    made = clean_set(tmp_path / "set", n_of_each=8)
    change_files(made, pixels_changed(change))
    words = f"{measure} alone tells origin with AUC 1.00 [0.76, 1.00] ({direction} in ai than in real"
    assert any(kind == "confounds" and words in s for _, kind, s in found(made.folder))


def test_facts_that_differ_without_telling_are_called_telling_as_seldom_as_stated():
    rng = np.random.default_rng(5)
    n_sets = 600
    alarms = 0
    for _ in range(n_sets):
        values = [str(value) for value in rng.integers(0, rng.integers(2, 12), 40)]
        alarms += goes_with_origin(values, [bool(x) for x in rng.permutation([True, False] * 20)])
    assert alarms / n_sets <= CHANCE + 3 * (CHANCE / n_sets) ** 0.5


def test_facts_that_are_all_different_tell_nothing():
    assert not goes_with_origin([str(i) for i in range(10)], [True, False] * 5)
    assert not goes_with_origin(["same"] * 10, [True, False] * 5)


def test_two_pictures_of_each_kind_are_enough_for_a_fact_that_is_plain():
    assert goes_with_origin(["JPEG", "JPEG", "PNG", "PNG"], [True, True, False, False])


def test_an_origin_alone_has_nothing_to_tell(tmp_path):
    made = clean_set(tmp_path / "set", n_of_each=3)
    real = tuple(s for s in made.stimuli if s.origin == "real")
    write_set(replace(made, stimuli=real))
    kinds = {p.kind for p in check_set(made.folder)}
    assert kinds == {"table"}  # the AI pictures are no longer listed


def test_no_stimulus_is_no_crash():
    from stimuli.leaks import leak_problems

    assert list(leak_problems([], [], [], [])) == []
