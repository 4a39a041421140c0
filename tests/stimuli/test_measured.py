"""The measures of every picture reach the manifest, a file, and nothing that shows another picture."""

import csv
from dataclasses import replace

import pytest
from click.testing import CliRunner

from stimuli.cli import stimuli_commands
from stimuli.intake import new_manifest, update_manifest
from stimuli.manifest import read_set, write_set
from stimuli.measured import MEASURED_COLUMNS, measured_columns, with_measures
from stimuli.prepare import prepare_set
from stimuli.twins import degrade_set


def run(*arguments):
    return CliRunner().invoke(stimuli_commands, ["measure", *map(str, arguments)])


def test_the_manifest_gets_a_column_for_every_measure_and_keeps_all_others(noise_set):
    made = noise_set()
    write_set(replace(made, stimuli=tuple(s.with_extra(note=s.stimulus) for s in made.stimuli)))
    result = run(made.folder, "--update")
    assert result.exit_code == 0, result.output
    assert f"30 measures of 4 pictures in {made.folder / 'manifest.csv'}" in result.output
    measured = measured_columns(made)
    for stimulus in read_set(made.folder).stimuli:
        assert list(stimulus.extra) == ["note", *(f"measure_{name}" for name in MEASURED_COLUMNS)]
        assert stimulus.extra["note"] == stimulus.stimulus
        for name in ("luminance", "sharpness", "blockiness"):
            told = float(stimulus.extra[f"measure_{name}"])
            assert told == pytest.approx(measured[name][stimulus.stimulus], rel=1e-5)


def test_what_needs_a_face_is_empty_where_none_is_found_and_the_command_says_so(noise_set):
    made = noise_set()
    result = run(made.folder, "--update")
    assert "note: no face found in 4, which have no measures of face and background" in result.output
    first = read_set(made.folder).stimuli[0]
    assert first.extra["measure_skin_smoothness"] == ""
    assert first.extra["measure_luminance"] != ""


def test_measuring_again_changes_nothing(noise_set):
    folder = noise_set().folder
    run(folder, "--update")
    before = (folder / "manifest.csv").read_bytes()
    run(folder, "--update")
    assert (folder / "manifest.csv").read_bytes() == before


def test_a_file_holds_the_same_numbers_and_which_picture_they_are_of(noise_set, tmp_path):
    made = noise_set()
    before = (made.folder / "manifest.csv").read_bytes()
    assert run(made.folder, "-o", tmp_path / "measures.csv").exit_code == 0
    assert (made.folder / "manifest.csv").read_bytes() == before
    with (tmp_path / "measures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["stimulus"], row["sha256"]) for row in rows] == [
        (s.stimulus, s.sha256) for s in made.stimuli
    ]
    run(made.folder, "--update")
    assert [row["measure_contrast"] for row in rows] == [
        s.extra["measure_contrast"] for s in read_set(made.folder).stimuli
    ]


def test_it_has_to_be_said_where_the_measures_go(noise_set):
    result = run(noise_set().folder)
    assert result.exit_code == 2
    assert "--update for manifest.csv, -o FILE for a CSV file" in result.output


def test_a_picture_that_changed_is_an_error_and_nothing_is_written(noise_set, noise_picture):
    made = noise_set()
    noise_picture(made.folder / made.stimuli[0].file, seed=99)
    before = (made.folder / "manifest.csv").read_bytes()
    result = run(made.folder, "--update")
    assert result.exit_code == 1
    assert "changed since manifest.csv was written" in result.output
    assert (made.folder / "manifest.csv").read_bytes() == before


def test_a_picture_made_from_a_measured_one_does_not_inherit_its_measures(preparation, tmp_path):
    before = preparation.stimulus_set
    few = replace(before, stimuli=before.stimuli[:2], pairs=())
    measured = with_measures(few, measured_columns(few, ["luminance"]))
    assert all(s.extra["measure_luminance"] for s in measured.stimuli)
    originals = tmp_path / "originals"
    for stimulus in measured.stimuli:
        (originals / stimulus.file).parent.mkdir(parents=True, exist_ok=True)
        (originals / stimulus.file).write_bytes((before.folder / stimulus.file).read_bytes())
    write_set(replace(measured, folder=originals))
    prepared = prepare_set(originals, tmp_path / "again").stimulus_set
    twins = degrade_set(originals, tmp_path / "twins", defects=("lighting",)).stimulus_set
    for stimulus in (*prepared.stimuli, *twins.stimuli):
        assert not [name for name in stimulus.extra if name.startswith("measure_")]


def test_a_changed_picture_that_is_accepted_loses_the_measures_of_the_old_one(tmp_path, noise_picture):
    for origin in ("real", "ai"):
        noise_picture(tmp_path / origin / f"{origin}.png", seed=len(origin))
    new_manifest(tmp_path)
    run(tmp_path, "--update")
    noise_picture(tmp_path / "ai" / "ai.png", seed=77)
    update_manifest(tmp_path, accept_changed=True)
    told = {s.origin: s.extra["measure_luminance"] for s in read_set(tmp_path).stimuli}
    assert told["ai"] == ""
    assert told["real"] != ""
