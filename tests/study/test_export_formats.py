"""Further formats leave an export what it is: valid for Psych-DS and Frictionless, checked, readable."""

from __future__ import annotations

import json
import subprocess
import sys

import pyreadstat
import pytest
from click.testing import CliRunner
from frictionless import Package

from analysis.dataset import read_export
from analysis.privacy.deidentify import deidentify
from analysis.privacy.wishes import Wishes
from study.cli import facevalue
from study.export import ExportError, Selection, zip_export
from study.export.formats import FORMATS
from tests.study.everything_exported import EXPORTED


@pytest.fixture(scope="module")
def exported(everything):
    return everything.exported


def test_frictionless_finds_every_row_as_declared_several_options_too(exported):
    report = Package(str(exported / "datapackage.json")).validate()
    assert report.flatten(["title", "rowNumber", "fieldName", "note"]) == []
    assert report.stats["tasks"] == 5


def test_psych_ds_finds_nothing_under_data_that_is_not_declared(exported):
    described = json.loads((exported / "dataset_description.json").read_text(encoding="utf-8"))
    measured = {variable["name"] for variable in described["variableMeasured"]}
    files = sorted((exported / "data").rglob("*"))
    assert len(files) == 5
    for file in files:
        assert file.name.endswith("_data.csv")
        assert set(file.read_text(encoding="utf-8").partition("\n")[0].split(",")) <= measured
    # Psych-DS looks for data files by this ending, wherever they are.
    assert [file for file in exported.rglob("*_data.csv") if file.parent.name != "data"] == []


def test_the_checksums_fit_every_file(exported):
    command = ["sha256sum", "-c", "--quiet", "SHA256SUMS"]
    done = subprocess.run(command, cwd=exported, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    n_files = sum(path.is_file() for path in exported.rglob("*"))
    assert len((exported / "SHA256SUMS").read_text(encoding="utf-8").splitlines()) == n_files - 1


def test_the_analysis_reads_it(exported):
    assert len(read_export(exported).trials) == 28


def test_the_readme_names_every_format_that_is_there_and_no_other(exported, everything, tmp_path):
    readme = (exported / "README.md").read_text(encoding="utf-8")
    for name, further in FORMATS.items():
        assert f"- {further.words}\n" in readme
        assert (exported / name).is_dir()
    for name in ("data_dictionary_en.html", "data_dictionary_de.html", "read_export.py", "read_export.R"):
        assert f"`{name}`" in readme
        assert (exported / name).is_file()
    plain = everything.export(tmp_path / "plain")
    words = (plain / "README.md").read_text(encoding="utf-8")
    assert not [name for name in FORMATS if f"`{name}/`" in words or (plain / name).exists()]


def test_the_tables_are_the_same_bytes_with_and_without_further_formats(exported, everything, tmp_path):
    plain = everything.export(tmp_path / "plain")
    for file in (path.relative_to(plain) for path in plain.rglob("*") if path.is_file()):
        if file.name not in ("README.md", "SHA256SUMS"):
            assert (exported / file).read_bytes() == (plain / file).read_bytes(), file


def test_the_zip_file_is_the_same_bytes_again(exported, everything, tmp_path):
    again = everything.export(tmp_path / "again", formats=tuple(FORMATS))
    first = zip_export(exported, tmp_path / "a.zip", name="same")
    second = zip_export(again, tmp_path / "b.zip", name="same")
    assert first.read_bytes() == second.read_bytes()


def test_a_de_identified_copy_has_none_of_them_and_is_read_by_its_own_code(exported, tmp_path):
    copy = tmp_path / "copy"
    wishes = Wishes(times="day", text="blank", bands={"q_tired": 10})
    done = deidentify(exported, copy, wishes, at=EXPORTED)
    assert not [name for name in FORMATS if (copy / name).exists()]
    assert {"data_dictionary_en.csv", "read_export.R", "wide/participants_wide.sav"} <= set(done.left_out)
    command = [sys.executable, "-I", "-B", "read_export.py"]
    read = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    assert read.stdout.splitlines()[0] == "trials: 28 rows, 58 columns"


def test_nobody_is_exported_in_every_format_too(everything, tmp_path):
    nobody = Selection(namespaces=("pilot",))
    folder = everything.export(tmp_path / "export", formats=tuple(FORMATS), selection=nobody)
    wide = (folder / "wide" / "participants_wide.csv").read_text(encoding="utf-8")
    people = (folder / "bids" / "participants.tsv").read_text(encoding="utf-8")
    assert wide.count("\n") == people.count("\n") == 1
    frame, _ = pyreadstat.read_sav(str(folder / "spss" / "trials.sav"))
    assert frame.shape == (0, 58)


def test_formats_hold_the_sessions_that_were_chosen_and_times_as_exact_as_wanted(everything, tmp_path):
    chosen = Selection(statuses=("completed",), times="day")
    folder = everything.export(tmp_path / "export", formats=tuple(FORMATS), selection=chosen)
    assert len(list((folder / "bids").glob("sub-*"))) == 2
    for file in ("spss/participants.sav", "wide/participants_wide.sav"):
        frame, _ = pyreadstat.read_sav(str(folder / file))
        assert [(moment.hour, moment.minute) for moment in frame["consented_at"]] == [(0, 0)] * 2, file


def test_an_unknown_format_is_refused_with_those_there_are(everything, tmp_path):
    with pytest.raises(ExportError, match="formats: expected some of wide, spss, bids, found xlsx"):
        everything.export(tmp_path / "export", formats=("xlsx", "wide"))
    assert not (tmp_path / "export").exists()


def test_the_command_writes_the_formats_it_is_asked_for(everything, tmp_path):
    out = tmp_path / "export"
    arguments = ["study", "export", "everything", "--out", str(out), "--data", str(everything.folder)]
    done = CliRunner().invoke(facevalue, [*arguments, "--also", "bids", "--also", "wide"])
    assert done.exit_code == 0, done.output
    assert [name for name in FORMATS if (out / name).is_dir()] == ["wide", "bids"]


def test_the_command_offers_every_format():
    from study.export_command import export_command

    (also,) = [option for option in export_command.params if option.name == "formats"]
    assert tuple(also.type.choices) == tuple(FORMATS)
