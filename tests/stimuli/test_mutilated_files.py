"""Mutilated pictures and tables, fed to every stimuli command: each is named, none is a traceback.

The commands are those of the group: a new one is tried as soon as it is there. Each round is drawn
from its number, so a failure repeats. ``FACEVALUE_FUZZ_ROUNDS`` sets how many rounds (pictures take
20 times as many as commands).
"""

import csv
import io
import os
import re
import struct
import warnings
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import click
import numpy as np
import openpyxl
import pillow_heif
import pytest
from click.testing import CliRunner
from matplotlib import cbook
from PIL import Image
from skimage import data

from stimuli.cli import stimuli_commands
from stimuli.manifest import Pair, Stimulus, StimulusError, StimulusSet, file_sha256, write_set
from stimuli.picture import open_picture

ROUNDS = int(os.environ.get("FACEVALUE_FUZZ_ROUNDS", "3"))
FORMATS = {
    "jpg": {"quality": 90},
    "png": {},
    "tif": {"compression": "tiff_lzw"},
    "tiff": {},
    "webp": {"quality": 90},
    "heic": {"quality": 90},
    "avif": {"quality": 90, "speed": 10},
    "gif": {},
    "bmp": {},
}
NOISE = re.compile(r"Traceback|\w*Warning\b|warn\(|^\s*File \"", re.MULTILINE)

# Commands that work on tables alone, or on a folder of their own.
OPENS_NO_PICTURES = {"get", "pair"}
READS_NO_SET = {"get"}
FURTHER_OPTIONS = {"get": ["--from", "http://127.0.0.1:9"], "new": ["--update"], "measure": ["--update"]}

pillow_heif.register_heif_opener()


@dataclass(frozen=True)
class Mutilation:
    """A way to break a picture's bytes; after a ``lossy`` one not all of its pixels can be there."""

    name: str
    lossy: bool = False

    def __call__(self, content: bytes, rng: Random, others: list[bytes]) -> bytes:
        return globals()[f"_{self.name}"](content, rng, others)


def _bits_flipped(content, rng, others):
    broken = bytearray(content)
    for _ in range(rng.choice((1, 3, 30))):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _header_bits_flipped(content, rng, others):
    broken = bytearray(content)
    for _ in range(rng.choice((1, 2, 5))):
        broken[rng.randrange(min(120, len(broken)))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _cut_off(content, rng, others):
    return content[: rng.randrange(len(content) * 9 // 10)]


def _tail_lost(content, rng, others):
    return content[: len(content) - rng.randrange(1, 60)]


def _hole(content, rng, others):
    size = rng.choice((16, 512, 4096))
    start = rng.randrange(max(1, len(content) - size))
    filling = bytes(size) if rng.random() < 0.5 else rng.randbytes(size)
    return content[:start] + filling[: len(content) - start] + content[start + size :]


def _header_of_another(content, rng, others):
    return rng.choice(others)[: rng.choice((4, 12, 64, 300))] + content[rng.choice((4, 12, 64, 300)) :]


def _spliced(content, rng, others):
    return content[: rng.randrange(len(content))] + rng.choice(others)[rng.randrange(400) :]


def _emptied(content, rng, others):
    return b""


def _zeros(content, rng, others):
    return bytes(len(content))


def _web_page(content, rng, others):
    return b"<!DOCTYPE html><html><body>404 Not Found</body></html>"


def _random_bytes(content, rng, others):
    return rng.randbytes(rng.choice((1, 10, 5000)))


def _wrong_exif(content, rng, others):
    start = rng.choice((b"II*\x00", b"MM\x00*"))
    return reencoded(content, exif=b"Exif\x00\x00" + start + rng.randbytes(80))


def _wrong_profile(content, rng, others):
    return reencoded(
        content, icc_profile=rng.choice((b"", bytes(128))) + rng.randbytes(rng.choice((10, 600)))
    )


def _lying_dimensions(content, rng, others):
    width, height = rng.choice(((60_000, 60_000), (0, 0), (1, 65_000), (65_535, 1), (200, 20_000)))
    return lying(content, width, height)


MUTILATIONS = (
    Mutilation("bits_flipped"),
    Mutilation("header_bits_flipped"),
    Mutilation("cut_off", lossy=True),
    Mutilation("tail_lost", lossy=True),
    Mutilation("hole"),
    Mutilation("header_of_another"),
    Mutilation("spliced"),
    Mutilation("emptied", lossy=True),
    Mutilation("zeros", lossy=True),
    Mutilation("web_page", lossy=True),
    Mutilation("random_bytes", lossy=True),
    Mutilation("wrong_exif"),
    Mutilation("wrong_profile"),
    Mutilation("lying_dimensions"),
)


def reencoded(content, **header):
    with Image.open(io.BytesIO(content)) as image:
        buffer = io.BytesIO()
        kind = "PNG" if image.format in ("GIF", "BMP") else image.format
        with warnings.catch_warnings(action="ignore"):  # some encoders read what they are given
            image.convert("RGB").save(buffer, kind, **header)
    return buffer.getvalue()


def lying(content, width, height):
    """The same picture with other dimensions in its header, checksums made right."""
    broken = bytearray(content)
    if content.startswith(b"\x89PNG"):
        broken[16:24] = struct.pack(">II", width, height)
        broken[29:33] = struct.pack(">I", zlib.crc32(broken[12:29]))
    elif content.startswith(b"\xff\xd8"):
        at = max(content.find(b"\xff\xc0"), content.find(b"\xff\xc2"))
        broken[at + 5 : at + 9] = struct.pack(">HH", min(height, 65_535), min(width, 65_535))
    elif content.startswith(b"GIF8"):
        broken[6:10] = struct.pack("<HH", min(width, 65_535), min(height, 65_535))
    elif content.startswith(b"BM"):
        broken[18:26] = struct.pack("<ii", width, height)
    elif content[4:8] == b"ftyp" and (at := content.find(b"ispe")) > 0:
        broken[at + 8 : at + 16] = struct.pack(">II", width, height)
    else:
        broken[4:8] = struct.pack("<I", width)
    return bytes(broken)


@pytest.fixture(scope="module")
def portraits() -> list[Image.Image]:
    """Two public-domain portraits, small, and an "AI" version of each."""
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as image:
        hopper = image.convert("RGB")
    collins = Image.fromarray(data.astronaut()).crop((60, 0, 420, 450))
    real = [face.resize((240, 300)) for face in (hopper, collins)]
    return [*real, *(Image.fromarray(np.asarray(face) // 2 + 60) for face in real)]


@pytest.fixture(scope="module")
def encoded(portraits) -> dict[str, list[bytes]]:
    """Each portrait in each format."""
    return {ending: [encode(face, ending) for face in portraits] for ending in FORMATS}


def encode(image, ending):
    buffer = io.BytesIO()
    kind = {"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF"}.get(ending, ending.upper())
    image.save(buffer, kind, **FORMATS[ending])
    return buffer.getvalue()


@pytest.fixture
def commands_stay_quiet(capfd):
    """Nothing reaches the terminal past the command: no library's warning, not even from C code."""
    capfd.readouterr()
    with warnings.catch_warnings(record=True, action="always") as heard:
        yield
    assert capfd.readouterr() == ("", "")
    assert [str(warning.message) for warning in heard] == []


@pytest.mark.parametrize("ending", FORMATS)
def test_a_mutilated_picture_is_refused_in_a_sentence_or_was_not_hurt(tmp_path, encoded, capfd, ending):
    others = [contents[0] for contents in encoded.values()]
    capfd.readouterr()
    for number in range(ROUNDS * 20):
        rng = Random(f"{ending} {number}")
        mutilation = MUTILATIONS[number % len(MUTILATIONS)]
        content = encoded[ending][0]
        path = tmp_path / f"{number}.{rng.choice((ending, ending, *FORMATS))}"
        path.write_bytes(mutilation(content, rng, others))
        with warnings.catch_warnings(action="ignore"):  # as every command does
            try:
                opened = open_picture(path)
            except StimulusError as error:
                assert_is_a_sentence(error, path)
                continue
        assert opened.pixels.ndim == 3
        assert opened.pixels.dtype == np.uint8
        if mutilation.lossy or (ending == "png" and mutilation.name in ("bits_flipped", "hole")):
            (tmp_path / f"whole.{ending}").write_bytes(content)
            whole = open_picture(tmp_path / f"whole.{ending}").pixels
            assert np.array_equal(opened.pixels, whole), f"{mutilation.name} in round {number} passed unseen"
        path.unlink()
    assert capfd.readouterr() == ("", "")


def assert_is_a_sentence(error, path):
    (sentence,) = error.problems
    assert sentence.startswith(f"{path.name}: expected a picture that can be opened")
    found, _, remedy = sentence.rpartition("; ")
    assert found
    assert remedy
    assert "\n" not in sentence
    assert not NOISE.search(sentence)
    assert " object at 0x" not in sentence


@pytest.fixture
def intact_set(tmp_path, encoded):
    """Two real and two AI pictures in four formats, paired, with landmarks, sources.csv and a table."""

    def build(folder: Path, rng: Random) -> StimulusSet:
        (folder / "images").mkdir(parents=True)
        stimuli = []
        for number, ending in enumerate(rng.sample(list(FORMATS), 4)):
            file = f"images/p{number}.{ending}"
            (folder / file).write_bytes(encoded[ending][number])
            origin = "real" if number < 2 else "ai"
            facts = {"gender": "female", "age_band": "40-49", "licence": "CC0 1.0"}
            stimuli.append(Stimulus(f"s{number}", file, file_sha256(folder / file), origin, **facts))
        (folder / "images" / "p0.tem").write_text("2\n85 110\n150 110\n")
        pairs = (Pair("a", "s0", "s2", 0.5, False), Pair("b", "s1", "s3", None, True))
        made = StimulusSet(folder, tuple(stimuli), pairs)
        write_set(made)
        with (folder / "sources.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "origin", "stated_gender", "stated_age", "licence"])
            writer.writerows([s.file, s.origin, "woman", "44", "CC0 1.0"] for s in stimuli)
        return made

    return build


def arguments_of(command: click.Command, folder: Path, new: Path) -> list[str]:
    """The command on ``folder``: its first path is that, any further one ``new``, a name a set's."""
    paths = iter((folder, new, new.with_name("another")))
    given = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    values = [str(next(paths)) if isinstance(p.type, click.Path) else "london-sd3" for p in given]
    return [*values, *FURTHER_OPTIONS.get(command.name or "", [])]


def run(name: str, folder: Path, new: Path, *options: str) -> click.testing.Result:
    command = stimuli_commands.commands[name]
    result = CliRunner().invoke(stimuli_commands, [name, *arguments_of(command, folder, new), *options])
    assert_is_told(name, result)
    return result


def assert_is_told(name, result):
    if result.exception and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"{name} ended in a traceback") from result.exception
    assert not NOISE.search(result.output), result.output
    if result.exit_code:
        assert re.search(r"^(Errors?|error|not prepared|left out|no pair)\b", result.output, re.MULTILINE), (
            name
        )


@pytest.mark.parametrize("name", sorted(stimuli_commands.commands))
@pytest.mark.parametrize("number", range(ROUNDS))
def test_every_command_names_a_mutilated_picture(
    tmp_path, encoded, intact_set, commands_stay_quiet, name, number
):
    rng = Random(f"picture {number}")
    made = intact_set(tmp_path / "set", rng)
    stimulus = rng.choice(made.stimuli[:2])
    path = made.folder / stimulus.file
    others = [contents[0] for contents in encoded.values()]
    mutilation = MUTILATIONS[rng.randrange(len(MUTILATIONS))]
    path.write_bytes(mutilation(path.read_bytes(), rng, others))
    if file_sha256(path) == stimulus.sha256:
        return
    result = run(name, made.folder, tmp_path / "new")
    if name not in READS_NO_SET:
        assert path.name in result.output, f"{name} does not name a changed picture"
        assert result.exit_code == 1
    # Once more as if somebody had taken the broken file into the manifest.
    stimuli = [replace(s, sha256=file_sha256(path)) if s == stimulus else s for s in made.stimuli]
    write_set(replace(made, stimuli=tuple(stimuli)))
    (made.folder / "sources.csv").unlink()
    result = run(name, made.folder, tmp_path / "new2")
    with warnings.catch_warnings(action="ignore"):
        try:
            open_picture(path)
        except StimulusError:
            if name not in OPENS_NO_PICTURES and name != "new":
                assert path.name in result.output, f"{name} does not name a picture that cannot be opened"


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_new_manifest_names_a_mutilated_picture(tmp_path, encoded, intact_set, commands_stay_quiet, number):
    rng = Random(f"new {number}")
    made = intact_set(tmp_path / "set", rng)
    path = made.folder / made.stimuli[0].file
    mutilation = MUTILATIONS[rng.randrange(len(MUTILATIONS))]
    path.write_bytes(mutilation(path.read_bytes(), rng, [contents[0] for contents in encoded.values()]))
    (made.folder / "manifest.csv").unlink()
    result = CliRunner().invoke(stimuli_commands, ["new", str(made.folder)])
    assert_is_told("new", result)
    try:
        with warnings.catch_warnings(action="ignore"):
            open_picture(path)
    except StimulusError:
        assert result.exit_code == 1
        assert made.stimuli[0].file in result.output
        assert not (made.folder / "manifest.csv").exists()


STRANGE_CELLS = (
    b"", b'"', b"\x00", b"\xff\xfe", b"nan", b"inf", b"-1e999", b"../../etc/passwd", b"\\x", b"9" * 5000,
    b"=1+1", b"CON", b" ", b"/", b".", b"\xe9", b"a;b", b"\x1b[31m",
)  # fmt: skip


def mutilated_table(content: bytes, rng: Random) -> bytes:
    """Text broken as editors, spreadsheets and disks break it."""
    lines = content.split(b"\n")
    line = rng.randrange(len(lines))
    cells = lines[line].split(b",")
    cell = rng.randrange(len(cells))
    strange = rng.choice(STRANGE_CELLS)
    broken = {
        "cell": b",".join([*cells[:cell], strange, *cells[cell + 1 :]]),
        "fewer": b",".join(cells[:cell]),
        "more": b",".join([*cells, b"x"]),
        "semicolons": lines[line].replace(b",", b";"),
    }
    how = rng.choice([*broken, "cut", "bits", "double", "gone", "utf16", "empty", "order", "random"])
    if how in broken:
        lines[line] = broken[how]
    elif how == "double":
        lines.insert(line, lines[line])
    elif how == "gone":
        del lines[line]
    elif how == "order":
        rng.shuffle(lines)
    content = b"\n".join(lines)
    if how == "cut":
        return content[: rng.randrange(len(content))]
    if how == "bits":
        return _bits_flipped(content, rng, [])
    if how == "utf16":
        return content.decode("utf-8", "replace").encode("utf-16")
    return {"empty": b"", "random": rng.randbytes(200)}.get(how, content)


@pytest.mark.parametrize("name", sorted(stimuli_commands.commands))
@pytest.mark.parametrize("table", ["manifest.csv", "pairs.csv", "sources.csv", "images/p0.tem"])
@pytest.mark.parametrize("number", range(ROUNDS))
def test_no_command_stumbles_over_a_mutilated_table(
    tmp_path, intact_set, commands_stay_quiet, name, table, number
):
    rng = Random(f"{table} {number}")
    made = intact_set(tmp_path / "set", rng)
    if table == "sources.csv":
        (made.folder / "manifest.csv").unlink()
    path = made.folder / table
    path.write_bytes(mutilated_table(path.read_bytes(), rng))
    result = run(name, made.folder, tmp_path / "new")
    if result.exit_code and table != "images/p0.tem":
        assert "; " in result.output or ": " in result.output


@pytest.mark.parametrize("number", range(ROUNDS * 4))
def test_no_lab_table_makes_new_stumble(tmp_path, intact_set, commands_stay_quiet, number):
    rng = Random(f"table {number}")
    made = intact_set(tmp_path / "set", rng)
    (made.folder / "manifest.csv").unlink()
    rows = [["Filename", "Sex", "Age", "origin", "note"]]
    rows += [[s.file, "F", 44, s.origin, "x, y"] for s in made.stimuli]
    if number % 2:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        table = made.folder / "t.xlsx"
        book.save(table)
        table.write_bytes(rng.choice((_bits_flipped, _cut_off, _hole))(table.read_bytes(), rng, []))
    else:
        table = made.folder / "t.csv"
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        table.write_bytes(mutilated_table(text.getvalue().encode(), rng))
    result = CliRunner().invoke(stimuli_commands, ["new", str(made.folder), "--table", str(table)])
    assert_is_told("new", result)
