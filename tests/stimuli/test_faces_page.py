"""docs/faces.md names everything the package offers."""

import doctest
import importlib
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from stimuli.catalogue import URL_VARIABLE, catalogue_names
from stimuli.cli import stimuli_commands
from stimuli.degrade import DEFECTS, defect_named
from stimuli.eyes import EYE_COLUMNS
from stimuli.manifest import ARTIFACTS, MANIFEST_COLUMNS, PAIR_COLUMNS, StimulusSet, read_set, write_set
from stimuli.measured import MEASURED_COLUMNS
from stimuli.measures import described
from stimuli.pair.filler_table import FILLER_COLUMNS, FILLERS_FILE
from stimuli.sources import read_sources
from study.protocol import read_study

DEMO_TEXTS = Path(__file__).parents[2] / "study" / "demo_studies" / "edited" / "texts"
PAGE = (Path(__file__).parents[2] / "docs" / "faces.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(stimuli_commands.commands))
def test_every_command_and_option_is_explained(name):
    assert f"facevalue stimuli {name} " in PAGE
    section = PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]
    for parameter in stimuli_commands.commands[name].params:
        if parameter.param_type_name == "option":
            assert f"`{parameter.opts[0]}`" in section


def test_the_walk_can_be_walked(some_faces, tmp_path, monkeypatch):
    """Every command of it, in its order, in one folder."""
    originals = read_sources(some_faces)
    few = [s for s in originals.stimuli if s.gender == "female"]
    for stimulus in few:
        (tmp_path / "originals" / stimulus.file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(some_faces / stimulus.file, tmp_path / "originals" / stimulus.file)
    write_set(StimulusSet(tmp_path / "originals", tuple(few)))
    monkeypatch.chdir(tmp_path)
    walk = PAGE.split("\n## A walk for the first time\n")[1].split("\n## ")[0]
    lines = [line for block in re.findall(r"```\n(.*?)```", walk, re.DOTALL) for line in block.splitlines()]
    assert len(lines) >= 8
    for line in lines:
        command, _, comment = line.partition("#")
        arguments = shlex.split(command)
        assert arguments[:2] == ["facevalue", "stimuli"]
        result = CliRunner().invoke(stimuli_commands, arguments[2:])
        assert result.exit_code in ({0, 1} if "status 1" in comment else {0}), line + "\n" + result.output
    assert all(p.distance is not None for p in read_set(tmp_path / "faces").pairs)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert written == {"before.html", "faces/sheet.html", "faces/blind_sheet.html", "edited/sheet.html"}


def test_every_column_and_code_is_explained():
    for word in (*MANIFEST_COLUMNS, *PAIR_COLUMNS, *EYE_COLUMNS, *MEASURED_COLUMNS, *ARTIFACTS, *DEFECTS):
        assert f"`{word}`" in PAGE
    for word in (*catalogue_names(), URL_VARIABLE, FILLERS_FILE, *FILLER_COLUMNS):
        assert f"`{word}`" in PAGE


def test_every_column_that_preparation_adds_is_explained(preparation, some_faces):
    before = (some_faces / "sources.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    added = {name for s in preparation.stimulus_set.stimuli for name in s.extra} - set(before)
    assert {"scale", "outside_share"} < added
    for name in added:
        assert f"`{name}`" in PAGE


def test_every_measure_is_explained_with_its_unit():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for measure in described():
        assert any(line.startswith(f"| `{measure.name}` | {measure.unit} |") for line in rows), measure.name


@pytest.mark.parametrize(
    "name",
    [
        "stimuli.sources",
        "stimuli.fingerprint",
        "stimuli.measures.detail",
        "stimuli.confounds.separation",
        "stimuli.confounds.within_pairs",
        "stimuli.prepare.sharpness",
    ],
)
def test_examples_in_docstrings_are_true(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


def test_the_study_of_the_defects_has_no_problems(tmp_path):
    written = PAGE.split("```toml\n")[1].split("```")[0]
    (tmp_path / "study.toml").write_text(written, encoding="utf-8")
    shutil.copytree(DEMO_TEXTS, tmp_path / "texts")
    protocol = read_study(tmp_path / "study.toml").protocol
    assert protocol.stimulus_kind == "edited"
    assert protocol.pairs_needed == 48
    assert protocol.practice_pairs_needed == 2


def test_the_table_of_defects_names_each_measure_and_its_unit():
    for name in DEFECTS:
        assert f"| `{name}` | {defect_named(name).measured} | {defect_named(name).unit} |" in PAGE
