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


def test_check_lists_problems_by_kind_and_exits_1_on_errors(some_faces):
    result = run("check", some_faces)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert "  names (4): prepare the set: facevalue stimuli prepare" in lines
    assert "    - the word 'ai' is in 6 file names (ai/sd3_female_02.jpg, ai/sd3_female_04.jpg, …)" in lines
    assert "    … and 1 more (--all lists them)" in lines
    assert lines.index("Errors: the set is not fit for a study") < lines.index("Warnings: weigh them")
    assert lines[-1].startswith("7 errors, ")
    assert lines[-1].endswith(f"warnings in {some_faces}")


def test_check_ends_with_a_table_of_what_tells_and_sentences_to_quote(some_faces):
    lines = run("check", some_faces).output.splitlines()
    head = lines.index("What tells ai from real without looking at the face: 8 real, 6 ai")
    assert lines[head + 2].split() == ["AUC", "95", "%", "ai", "is", "median", "ai", "median", "real"]
    table = lines[head + 3 : lines.index("", head)]
    told = [float(line[len("  background_unevenness") :].split()[0]) for line in table]
    assert told == sorted(told, reverse=True)
    assert len({line.index("-") for line in table}) == 1, "columns stand below each other"
    text = "\n".join(lines)
    assert "A script tells ai from real with AUC 1.00 [0.72, 1.00] from " in text
    assert "All measures together: needs at least 10 on each side to be tested on unseen pictures" in text


def test_check_lists_everything_on_request_and_skips_the_classifier(some_faces):
    text = run("check", some_faces, "--all", "--no-classifier").output
    assert "more (--all" not in text
    assert "together" not in text


def test_check_speaks_json(preparation):
    result = run("check", preparation.stimulus_set.folder, "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert set(report["problems"][0]) == {"severity", "file", "sentence", "remedy", "kind"}
    assert {problem["severity"] for problem in report["problems"]} == {"warning"}
    (compared,) = report["confounds"]
    assert {"measure", "auc", "low", "high", "p", "p_adjusted"} < set(compared["separations"][0])
    assert compared["together"]["share"] is None
    assert {"name": "luminance", "unit": "L*, 0-100"}.items() <= report["measures"][0].items()


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
    result = run(
        "degrade", prepared, tmp_path / "edited", "--defect", "lighting", "--dose", "0.7", "--include-zero"
    )
    assert result.exit_code == 0, result.output
    assert {s.dose for s in read_set(tmp_path / "edited").stimuli if s.origin == "edited"} == {0.0, 0.7}


def test_degrade_tells_as_json_what_was_made_and_exits_1_where_something_was_left_out(preparation, tmp_path):
    source = preparation.stimulus_set.folder
    result = run("degrade", source, tmp_path / "edited", "--defect", "catchlights_apart", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["pairs"] == sum(condition["n"] for condition in told["conditions"])
    assert {condition["dose"] for condition in told["conditions"]} == {0.4, 0.8}
    assert set(told["left_out"][0]) == {"stimulus", "file", "defect", "dose", "reason"}
    assert all("no clear catch-light in the" in gone["reason"] for gone in told["left_out"])


def test_degrade_names_the_defects_there_are(tmp_path):
    result = run("degrade", tmp_path, tmp_path / "edited", "--defect", "hands")
    assert result.exit_code == 2
    assert "expected one of skin, lighting, symmetry, asymmetry, background" in result.output


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
