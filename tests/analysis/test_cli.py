"""The commands: what they write, what they say, how they fail."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.report import assemble
from analysis.simulated_export import write_checksums


@pytest.fixture
def quickest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of chapters without a model: what the command does is the same."""
    monkeypatch.setattr(assemble, "ORDER", ("question", "design", "provenance"))


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(analysis_commands, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_report_writes_a_page_and_says_what_it_rests_on(quickest: None, export: Path, tmp_path: Path) -> None:
    code, output = run("report", export, "-o", tmp_path / "report.html", "--resamples", 100)
    assert code == 0
    assert " robots, " in output
    assert "trials analysed" in output
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_report_writes_json_with_the_seed_asked_for(quickest: None, export: Path, tmp_path: Path) -> None:
    code, _ = run("report", export, "-o", tmp_path / "r.json", "--seed", 7, "--resamples", 100)
    assert code == 0
    numbers = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert (numbers["seed"], numbers["n_resamples"]) == (7, 100)


def test_check_finds_nothing_wrong_with_a_good_export(export: Path) -> None:
    code, output = run("check", export)
    assert code == 0
    assert output.startswith("No problems: 24 participants, 624 trials")


def test_check_lists_every_problem_and_fails(copied: Path) -> None:
    (copied / "protocol" / "protocol.json").write_text("{}")
    (copied / "README.md").unlink()
    code, output = run("check", copied)
    assert code == 1
    assert "protocol/protocol.json, key title: expected text, found nothing" in output
    assert "README.md: expected a file, because SHA256SUMS names it" in output
    assert "problems; this is not the export as made" in output


def test_check_speaks_json_to_machines(export: Path, copied: Path) -> None:
    code, output = run("check", export, "--json")
    told = json.loads(output)
    assert (code, told["valid"], told["n_errors"], told["counts"]["trials"]) == (0, True, 0, 624)
    (copied / "CHANGES.md").unlink()
    code, output = run("check", copied, "--json")
    told = json.loads(output)
    assert (code, told["valid"], told["n_warnings"]) == (1, False, 1)
    assert {finding["code"] for finding in told["findings"]} == {"READING", "MISSING_CHANGES_DOC"}
    assert told["findings"][0]["file"] == "CHANGES.md"


def test_an_export_without_parquet_is_warned_of_and_passes(copied: Path) -> None:
    shutil.rmtree(copied / "parquet")
    write_checksums(copied)
    code, output = run("check", copied)
    assert code == 0
    assert output.startswith("warning PARQUET_LEFT_OUT: parquet: expected the tables as Parquet")
    assert "No problems but 1 warning: 24 participants, 624 trials" in output


def test_a_report_on_a_broken_export_fails_with_sentences(tmp_path: Path) -> None:
    code, output = run("report", tmp_path, "-o", tmp_path / "report.html")
    assert code == 1
    assert "datapackage.json: expected an export folder with this file, found no such file" in output
    assert "Traceback" not in output


def test_a_report_into_a_folder_that_is_not_there_says_so(export: Path, tmp_path: Path) -> None:
    code, output = run("report", export, "-o", tmp_path / "nowhere" / "report.html")
    assert code == 1
    assert "is no folder; make it first or name another file" in output


def test_the_format_follows_the_name_or_is_said(quickest: None, export: Path, tmp_path: Path) -> None:
    code, output = run("report", export, "-o", tmp_path / "report.pdf")
    assert code == 1
    assert "expected a name that ends in .html, .docx or .json, or a folder; or say --format" in output
    assert run("report", export, "-o", tmp_path / "r.txt", "--format", "json", "--resamples", 100)[0] == 0
    assert json.loads((tmp_path / "r.txt").read_text(encoding="utf-8"))["schema"] == "facevalue report 2"


def test_simulate_writes_an_export_that_passes_the_check(tmp_path: Path) -> None:
    options = ["--participants", 3, "--pairs", 4, "--exposure-ms", 100, "--exposure-ms", 0, "--d-prime", 1]
    code, output = run("simulate", tmp_path / "s", *options)
    assert code == 0
    assert "3 robots and 4 pairs" in output
    assert run("check", tmp_path / "s")[0] == 0


def test_simulate_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    code, output = run("simulate", tmp_path)
    assert code == 1
    assert "is not empty; name a new folder" in output


def test_the_module_runs_by_itself(export: Path) -> None:
    command = [sys.executable, "-m", "analysis", "check", str(export)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No problems: 24 participants")


def test_help_is_there_without_loading_the_statistics() -> None:
    code = "import sys, analysis.cli; sys.exit('pandas' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
