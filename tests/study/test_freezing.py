"""The frozen form is the same bytes on every machine, whichever editor wrote the files."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path

import pytest

from study.protocol import freeze, read_study, thaw

EXAMPLE = Path(__file__).parent / "example_study"
# Was found by Python 3.11, 3.12 and 3.13 alike. A new setting, or another default, gives another hash: then
# this one changes too, and the changelog says so.
EXAMPLE_HASH = "c9ebb64fb749c045b84a3c4b6393f5e9a126506693d2f192dc1210744dbcd90a"


def frozen(folder: Path = EXAMPLE):
    return freeze(read_study(folder / "study.toml"), set_sha256="0" * 64, n_stimuli=12, n_pairs=6)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "study")
    return tmp_path / "study"


def rewritten(folder: Path, change):
    """All files of the study after a change of their bytes."""
    for file in folder.rglob("*.*"):
        file.write_bytes(change(file.read_bytes()))
    return folder


def test_the_hash_of_an_example_never_changes_by_itself():
    assert frozen().sha256 == EXAMPLE_HASH


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: unicodedata.normalize("NFD", data.decode()).encode(),
    ],
    ids=["line ends", "byte order mark", "decomposed characters"],
)
def test_an_editor_that_saves_the_same_words_otherwise_changes_nothing(folder, change):
    assert frozen(rewritten(folder, change)) == frozen()


def test_the_same_number_written_otherwise_changes_nothing(folder):
    file = folder / "study.toml"
    text = file.read_text()
    assert "fixation_ms = 500\n" in text
    for written in ("500.0", "5e2", "500.000"):
        file.write_text(text.replace("fixation_ms = 500\n", f"fixation_ms = {written}\n"))
        assert frozen(folder) == frozen()
    file.write_text(text.replace("fixation_ms = 500\n", ""))
    assert frozen(folder) == frozen(), "a default that is written out is still the default"


def test_the_canonical_form_is_sorted_without_spaces_and_reads_back(folder):
    canonical = frozen().canonical
    content = json.loads(canonical)
    again = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again == canonical
    assert content["blocks"][0]["exposures_ms"] == [33.3, 500, None]
    assert content["translations"]["de"]["How trustworthy?"] == "Wie vertrauenswürdig?"
    assert sorted(content["texts_sha256"]) == sorted(
        f"texts/{name}{end}.md"
        for name in ("information", "consent", "instructions", "debrief", "trust")
        for end in ("", ".de")
    )
    assert thaw(canonical) == read_study(EXAMPLE / "study.toml").protocol


def test_a_form_frozen_before_translations_still_thaws():
    content = json.loads(frozen().canonical)
    del content["translations"]
    assert thaw(json.dumps(content)).title == "Gesichter: ein Beispiel für é und 日本"
