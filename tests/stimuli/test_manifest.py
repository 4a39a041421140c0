import csv
from dataclasses import replace

import pytest

from stimuli.manifest import (
    MANIFEST_COLUMNS,
    PAIR_COLUMNS,
    Pair,
    StimulusError,
    StimulusSet,
    read_set,
    write_set,
)


def test_a_written_set_reads_back_the_same(noise_set):
    made = noise_set()
    pairs = (Pair("p1", "s0", "s2", 0.25, False), Pair("p2", "s1", "s3", None, True))
    write_set(replace(made, pairs=pairs))
    assert read_set(made.folder) == replace(made, pairs=pairs)


def test_the_columns_are_the_published_ones():
    assert MANIFEST_COLUMNS == (
        "stimulus", "file", "sha256", "origin", "generator", "identity", "edited_from", "defect", "dose",
        "artifacts", "gender", "age_band", "ethnicity", "licence", "attribution", "source", "consent",
    )  # fmt: skip


def test_unknown_columns_are_kept_in_their_order(noise_set):
    made = noise_set()
    tagged = tuple(s.with_extra(rated_by="three people, é", lens_mm="85") for s in made.stimuli)
    write_set(replace(made, stimuli=tagged))
    assert read_set(made.folder).stimuli == tagged
    header = (made.folder / "manifest.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.endswith("consent,rated_by,lens_mm")


def test_unknown_columns_of_pairs_are_kept_too(noise_set):
    made = noise_set()
    measured = Pair("p1", "s0", "s2", 0.25, False, {"distance_age": "0.25", "seen by": "Ada"})
    write_set(replace(made, pairs=(measured, Pair("p2", "s1", "s3", None, True))))
    header = (made.folder / "pairs.csv").read_text().splitlines()[0]
    assert header == ",".join([*PAIR_COLUMNS, "distance_age", "seen by"])
    first, second = read_set(made.folder).pairs
    assert first == measured
    assert second.extra == {"distance_age": "", "seen by": ""}


def test_a_changed_picture_is_an_error_that_names_it(noise_set, noise_picture):
    made = noise_set()
    changed = noise_picture(made.folder / made.stimuli[1].file, seed=99)
    with pytest.raises(StimulusError) as caught:
        read_set(made.folder)
    (problem,) = caught.value.problems
    assert problem.startswith(
        f"images/{changed.name}: changed since manifest.csv was written: expected sha256 "
    )
    assert made.stimuli[1].sha256 in problem


def test_all_problems_come_at_once(noise_set):
    made = noise_set()
    (made.folder / made.stimuli[0].file).unlink()
    (made.folder / made.stimuli[3].file).write_bytes(b"not a picture")
    table = made.folder / "manifest.csv"
    table.write_text(table.read_text().replace(",ai,", ",robot,", 1))
    (made.folder / "pairs.csv").write_text("pair,first,second,distance,practice\np1,s0,s9,far,maybe\n")
    with pytest.raises(StimulusError) as caught:
        read_set(made.folder)
    text = str(caught.value)
    assert text.startswith("5 problems:\n- ")
    assert "manifest.csv line 4: origin must be one of real, ai, edited; found 'robot'" in text
    assert "pairs.csv line 2: practice must be true or false; found 'maybe'" in text
    assert "pairs.csv line 2: distance must be a number or empty; found 'far'" in text
    assert f"{made.stimuli[0].file}: named in manifest.csv, not in" in text
    assert f"{made.stimuli[3].file}: changed since" in text


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ("p1,s0,s9,,false", "pair p1 names stimulus s9, which is not in manifest.csv"),
        ("p1,s0,s2,,false\np2,s0,s3,,false", "stimulus s0 occurs 2 times; each must be there once"),
        ("p1,s0,s2,,false\np1,s1,s3,,false", "pair p1 occurs 2 times; each must be there once"),
    ],
)
def test_pairs_must_make_sense(noise_set, pairs, sentence):
    made = noise_set()
    (made.folder / "pairs.csv").write_text(f"pair,first,second,distance,practice\n{pairs}\n")
    with pytest.raises(StimulusError, match=sentence):
        read_set(made.folder)


@pytest.mark.parametrize("file", ["../secret.jpg", "/etc/passwd", "images\\a.jpg"])
def test_a_path_out_of_the_folder_is_refused(noise_set, file):
    made = noise_set()
    write_set(replace(made, stimuli=(replace(made.stimuli[0], file=file), *made.stimuli[1:])))
    with pytest.raises(StimulusError, match="leads out of the folder"):
        read_set(made.folder)


def test_an_edited_picture_needs_its_original_and_a_dose_in_range(noise_set):
    made = noise_set(("real", "edited"))
    write_set(replace(made, stimuli=(made.stimuli[0], replace(made.stimuli[1], dose=1.5))))
    with pytest.raises(StimulusError) as caught:
        read_set(made.folder)
    assert caught.value.problems == (
        "manifest.csv line 3: dose must be a number from 0 to 1; found '1.5'",
        "manifest.csv line 3: an edited picture needs edited_from, the stimulus it was made from",
    )


def test_the_hash_of_a_set_ignores_order_and_notices_every_fact(noise_set):
    made = noise_set()
    backwards = replace(made, stimuli=made.stimuli[::-1])
    assert backwards.sha256() == made.sha256()
    relabelled = replace(made.stimuli[0], gender="female")
    assert replace(made, stimuli=(relabelled, *made.stimuli[1:])).sha256() != made.sha256()
    assert replace(made, pairs=(Pair("p", "s0", "s2", None, False),)).sha256() != made.sha256()


def test_the_hash_survives_writing_and_reading(noise_set):
    made = noise_set()
    paired = replace(made, pairs=(Pair("p", "s0", "s2", 0.1 + 0.2, False),))
    write_set(paired)
    assert read_set(made.folder).sha256() == paired.sha256()


def test_a_crash_while_writing_leaves_the_old_manifest(noise_set, monkeypatch):
    made = noise_set()
    before = (made.folder / "manifest.csv").read_bytes()

    def crash(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("stimuli.tables.os.fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        write_set(replace(made, stimuli=made.stimuli[:1]))
    assert (made.folder / "manifest.csv").read_bytes() == before


def test_a_folder_without_manifest_says_what_was_expected(tmp_path):
    with pytest.raises(StimulusError, match=r"manifest\.csv: expected in .*, not there"):
        read_set(tmp_path)


def test_stimuli_are_found_by_id(noise_set):
    made: StimulusSet = noise_set()
    assert made.image_path("s2") == made.folder / made.stimuli[2].file
    with pytest.raises(KeyError, match="no stimulus 's9'"):
        made.stimulus("s9")


def test_a_name_in_other_letters_is_recognised(noise_set):
    made = noise_set(("real", "ai"))
    manifest = made.folder / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("0000.jpg", "0000.JPG"))
    with pytest.raises(
        StimulusError, match=r"0000\.JPG: named in manifest\.csv, not in .* \(there is images/0+\.jpg: c"
    ):
        read_set(made.folder)


@pytest.fixture
def usual_field_limit():
    """Python's own: libraries that other tests import raise it for the whole process."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "stimulus,file,sha256,origin,file\n",
            "manifest.csv: column file is there twice; rename or remove one",
        ),
        (
            "stimulus,file,sha256,origin\n" + "x" * 140_000,
            "manifest.csv after line 1: cannot be read as CSV (field larger",
        ),
        ("stimulus,file,sha256,origin\n", "manifest.csv: expected a row for each picture, found none"),
        (None, "manifest.csv: cannot be read (Is a directory); put the file itself in its place"),
    ],
)
def test_tables_that_cannot_be_one_are_named(tmp_path, text, sentence, usual_field_limit):
    path = tmp_path / "manifest.csv"
    if text is None:
        path.mkdir()
    else:
        path.write_text(text)
    with pytest.raises(StimulusError) as caught:
        read_set(tmp_path)
    assert caught.value.problems[0].startswith(sentence)
