"""The code inside an export reads it as it is: Python with pandas alone, and R without packages."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.conftest import unavailable
from tests.study.everything_exported import LONG

TABLES = ("trials", "ratings", "participants", "stimuli", "events")

# What each language tells of a column: its type, missing values, and sum, levels, or number of letters.
PYTHON = """
import json, sys
import pandas as pd
from read_export import read_export
told = {}
for name, table in vars(read_export(parquet=sys.argv[1] == "parquet")).items():
    told[name] = {}
    for column, values in table.items():
        kept = values.dropna()
        if isinstance(values.dtype, pd.CategoricalDtype):
            facts = ["code", list(values.cat.categories), [int(n) for n in kept.value_counts(sort=False)]]
        elif str(values.dtype).startswith("datetime64[us, UTC"):
            facts = ["datetime", int((kept.dt.floor("s").astype("int64") // 10**6).sum())]
        elif str(values.dtype) == "string":
            facts = ["string", int(kept.str.len().sum())]
        else:
            facts = [{"Int64": "integer", "Float64": "number", "boolean": "boolean"}[str(values.dtype)]]
            facts.append(round(float(kept.astype(float).sum()), 6))
        told[name][column] = [len(values), len(values) - len(kept), *facts]
print(json.dumps(told))
"""
R = """
source(file.path(commandArgs(TRUE)[1], "read_export.R"))
joined <- function(x) paste(x, collapse = " ")
lines <- character()
for (name in names(facevalue)) for (column in names(facevalue[[name]])) {
  values <- facevalue[[name]][[column]]
  kept <- values[!is.na(values)]
  facts <- if (is.factor(values)) c("code", joined(levels(values)), joined(table(kept)))
    else if (inherits(values, "POSIXct")) c("datetime", sprintf("%.0f", sum(floor(as.numeric(kept)))))
    else if (is.logical(values)) c("boolean", sum(kept))
    else if (is.integer(values)) c("integer", sprintf("%.0f", sum(as.numeric(kept))))
    else if (is.numeric(values)) c("number", sprintf("%.6f", sum(kept)))
    else c("string", sum(nchar(kept)))
  lines <- c(lines, paste(c(name, column, length(values), sum(is.na(values)), facts), collapse = "\\t"))
}
writeLines(lines)
"""


@pytest.fixture(scope="module")
def exported(everything):
    return everything.exported


@pytest.fixture(scope="module")
def rscript():
    found = shutil.which("Rscript")
    if found is None:
        unavailable("no Rscript; install R (Debian: r-base-core)")
    return found


def as_parquet_has_it(folder):
    """The same facts, computed from the Parquet files and the codes of datapackage.json."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    told = {}
    for resource in package["resources"]:
        table = pq.read_table(folder / "parquet" / f"{resource['name']}.parquet")
        told[resource["name"]] = {
            field["name"]: facts_of(table[field["name"]].to_pylist(), field)
            for field in resource["schema"]["fields"]
        }
    return told


def facts_of(values, field):
    kept = [value for value in values if value not in (None, "")]
    codes = field.get("constraints", {}).get("enum")
    if codes:
        facts = ["code", codes, [kept.count(code) for code in codes]]
    elif field["type"] == "string":
        facts = ["string", sum(map(len, kept))]
    elif field["type"] == "datetime":
        # Whole seconds: R keeps a time as a number with a point.
        facts = ["datetime", sum(int(value.replace(microsecond=0).timestamp()) for value in kept)]
    else:
        facts = [field["type"], round(float(sum(kept)), 6)]
    return [len(values), len(values) - len(kept), *facts]


@pytest.mark.parametrize("source", ["parquet", "csv"])
def test_python_reads_every_column_with_its_type_and_values(exported, source):
    # -I would hide the folder of the script; -E -s leave it alone with what is installed.
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-B", "-c", PYTHON, source], cwd=exported, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == as_parquet_has_it(exported)


def test_r_reads_every_column_with_its_type_and_values(exported, rscript, tmp_path):
    (tmp_path / "read.R").write_text(R)
    done = subprocess.run(
        [rscript, "--vanilla", "read.R", str(exported)],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "America/New_York"},
    )
    assert done.returncode == 0, done.stderr
    told = {name: {} for name in TABLES}
    for name, column, n, missing, kind, *facts in csv.reader(done.stdout.splitlines(), delimiter="\t"):
        if kind == "code":
            known = [facts[0].split(), [int(count) for count in facts[1].split()]]
        else:
            known = [float(facts[0])]
        told[name][column] = [int(n), int(missing), kind, *known]
    assert told == as_parquet_has_it(exported)


def test_run_by_themselves_both_find_their_folder_and_say_what_is_there(exported, rscript, tmp_path):
    python = [sys.executable, "-I", "-B", str(exported / "read_export.py")]
    r = [rscript, "--vanilla", str(exported / "read_export.R")]
    for command in (python, r):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == "trials: 28 rows, 58 columns"
        assert [line.partition(":")[0] for line in lines] == list(TABLES)


def test_awkward_texts_come_back_in_r_too(exported, rscript, tmp_path):
    code = (
        f'source("{exported}/read_export.R"); writeLines(facevalue$participants$q_why_tired[1], "said.txt")'
    )
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [rscript, "--vanilla", "-e", code], cwd=tmp_path, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "said.txt").read_text(encoding="utf-8") == LONG.strip() + "\n"


def test_r_can_put_the_words_of_the_study_in_place_of_codes(exported, rscript):
    code = f'source("{exported}/read_export.R"); print(levels(with_labels(facevalue$participants$q_makes)))'
    done = subprocess.run([rscript, "--vanilla", "-e", code], capture_output=True, text=True)
    assert done.stdout.strip() == '[1] "Yes" "No"', done.stderr


def test_a_changed_file_is_named_before_anything_is_read(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "copy")
    (folder / "CHANGES.md").write_text("other words")
    (folder / "parquet" / "trials.parquet").unlink()
    done = subprocess.run(
        [sys.executable, "-I", "read_export.py"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "CHANGES.md, parquet/trials.parquet" in done.stderr


def test_reading_leaves_the_folder_as_it_was(exported):
    files = {path.relative_to(exported).as_posix() for path in exported.rglob("*") if path.is_file()}
    listed = {line.split("  ")[1] for line in (exported / "SHA256SUMS").read_text().splitlines()}
    assert files == listed | {"SHA256SUMS"}


def test_the_columns_tell_what_they_mean(exported):
    from study.export.formats.reading.read_export import read_export

    data = read_export(exported)
    assert data.trials.attrs["columns"]["left_origin"].startswith("Origin of the stimulus on the left")
    assert pd.api.types.is_float_dtype(data.ratings["value_number"])
