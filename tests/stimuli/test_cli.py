import json
import shutil
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from stimuli.cli import stimuli_commands
from stimuli.manifest import read_set
from stimuli.pair.filler_table import read_fillers


def run(*arguments):
    return CliRunner().invoke(stimuli_commands, [str(argument) for argument in arguments])


def test_check_lists_problems_and_exits_1_on_errors(some_faces):
    result = run("check", some_faces)
    assert result.exit_code == 1
    assert "error: the word 'ai' is in 6 file names" in result.output
    *_, statistics, summary = result.output.splitlines()
    assert statistics.startswith("AUC, real against other pictures (0.5 tells nothing, 1 everything): ")
    told = [float(part.split(" ")[-1]) for part in statistics.split(": ")[1].split(", ")]
    assert told == sorted(told, reverse=True)
    assert summary.endswith(f"warnings in {some_faces}")


def test_check_speaks_json(preparation):
    result = run("check", preparation.stimulus_set.folder, "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert set(report["problems"][0]) == {"severity", "file", "sentence", "remedy"}
    assert {problem["severity"] for problem in report["problems"]} == {"warning"}
    assert set(report["separations"][0]) == {"measure", "auc", "n_real", "n_other"}


def test_prepare_pair_degrade_walk_through_a_folder(some_faces, tmp_path):
    prepared = tmp_path / "prepared"
    result = run("prepare", some_faces, prepared, "--max-outside", "0.5")
    assert result.exit_code == 0, result.output
    assert f"14 pictures prepared in {prepared}, 0 left out" in result.output
    result = run("pair", prepared, "--match", "gender,age,luminance=0.5", "--practice", "1")
    assert result.exit_code == 0, result.output
    assert "no pair for congress_" in result.output
    pairs = read_set(prepared).pairs
    assert sum(pair.practice for pair in pairs) == 1
    assert set(pairs[0].extra) == {"distance_age", "distance_luminance"}
    assert f"{len(pairs)} pairs; " in result.output
    assert "matched by equal gender, age (1 for " in result.output
    result = run("degrade", prepared, tmp_path / "edited", "--defect", "lighting", "--dose", "0.7")
    assert result.exit_code == 0, result.output
    assert {s.dose for s in read_set(tmp_path / "edited").stimuli if s.origin == "edited"} == {0.7}


def test_pair_writes_fillers_beside_the_pairs_and_takes_them_away_again(preparation, tmp_path):
    prepared = shutil.copytree(preparation.stimulus_set.folder, tmp_path / "set")
    result = run("pair", prepared, "--fillers", "real=1,ai=1", "--json")
    told = json.loads(result.stdout)
    assert [filler["origin"] for filler in told["fillers"]] == ["real", "ai"]
    assert {one["column"] for one in told["balances"]} == {"gender", "age", "ethnicity"}
    written = read_fillers(prepared)
    assert [asdict(filler) for filler in written] == told["fillers"]
    in_pairs = {id for pair in read_set(prepared).pairs for id in (pair.first, pair.second)}
    assert in_pairs.isdisjoint(id for filler in written for id in (filler.first, filler.second))
    run("pair", prepared)
    assert read_fillers(prepared) == ()
    assert not (prepared / "fillers.csv").exists()


def test_pair_exits_1_and_changes_nothing_when_no_pair_can_be_made(preparation, tmp_path):
    prepared = shutil.copytree(preparation.stimulus_set.folder, tmp_path / "set")
    assert run("pair", prepared).exit_code == 0
    before = (prepared / "pairs.csv").read_bytes()
    result = run("pair", prepared, "--same", "identity")
    assert result.exit_code == 1
    assert "no identity stated, but a pair must show one person" in result.output
    assert (prepared / "pairs.csv").read_bytes() == before


def test_prepare_exits_1_and_names_what_failed(tmp_path, some_faces, noise_picture, write_sources):
    shutil.copy(next((some_faces / "real").glob("london*")), tmp_path / "face.jpg")
    noise_picture(tmp_path / "noise.png")
    write_sources(tmp_path, [{"file": name, "origin": "real"} for name in ("face.jpg", "noise.png")])
    result = run("prepare", tmp_path, tmp_path / "out")
    assert result.exit_code == 1
    assert "not prepared: noise.png: no face found; give the pupils in the columns" in result.output
    assert len(read_set(tmp_path / "out").stimuli) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["get", "celebrities", "{tmp}"],
            "Error: celebrities: expected a catalogue among london-neutral, london-sd3",
        ),
        (["get", "london-sd3", "{tmp}", "--from", "http://127.0.0.1:9"], "Error: cannot download from http"),
        (["prepare", "{tmp}", "{tmp}/out"], "expected sources.csv or manifest.csv, found neither"),
        (["prepare", "{tmp}", "{tmp}/out", "--eye-distance", "7"], "expected eye_distance from 0.05 to 0.8"),
        (["pair", "{tmp}"], "manifest.csv: expected in"),
        (["pair", "{tmp}", "--match", "age=old"], "found 'age=old'"),
        (["degrade", "{tmp}", "{tmp}/out"], "expected sources.csv or manifest.csv, found neither"),
    ],
)
def test_errors_are_messages_with_exit_status_1(tmp_path, arguments, message):
    result = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output
