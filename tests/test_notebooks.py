"""Notebooks run from top to bottom and define no function that belongs to the package."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


PUBLISHED_STUDY = ROOT / "notebooks" / "04_a_published_study_reproduced.ipynb"
#: Notebooks that read published data, which tests take from the folder beside the project.
NEEDS_PUBLISHED_DATA = {PUBLISHED_STUDY}


def code_of(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, monkeypatch, tmp_path, request):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if notebook in NEEDS_PUBLISHED_DATA:
        request.getfixturevalue("published_data")
    if "faces" in notebook.stem:
        monkeypatch.setenv("FACEVALUE_SHARED", str(request.getfixturevalue("shared")))
    names: dict[str, Any] = {"__name__": "notebook"}
    for number, code in enumerate(code_of(notebook), start=1):
        exec(compile(code, f"{notebook.name}, code cell {number}", "exec"), names)  # noqa: S102


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(notebook):
    cells = json.loads(notebook.read_text())["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_no_function_is_defined_in_two_notebooks():
    defined = [
        node.name
        for notebook in NOTEBOOKS
        for code in code_of(notebook)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(defined) == len(set(defined))


def test_the_notebook_finds_the_truth_it_simulated(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names: dict[str, Any] = {}
    for code in code_of(ROOT / "notebooks" / "03_read_the_results.ipynb"):
        if "found" not in names:
            exec(code, names)  # noqa: S102
    verdicts = {claim.id: claim.verdict.value for claim in names["claims"].tested}
    assert verdicts["distrust"] == verdicts["closer-look"] == "supported"
    for one, truth in zip(names["found"].by_exposure, (0.4, 0.9, 1.4), strict=True):
        assert one.d_prime.low <= truth <= one.d_prime.high


def test_the_notebook_about_planning_shows_that_pictures_can_be_the_limit(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names: dict[str, Any] = {"__name__": "notebook"}
    for code in code_of(ROOT / "notebooks" / "02_plan_the_study.ipynb"):
        exec(code.replace("N_SIMULATIONS = 25", "N_SIMULATIONS = 2"), names)  # noqa: S102
    unmatched, matched = (names["tables"][name] for name in ("unmatched", "matched"))
    assert unmatched.loc[unmatched["n_pairs"] == 12, "ceiling"].max() < 0.4
    assert matched["ceiling"].min() > 0.9


def test_the_notebook_of_a_published_study_reproduces_it_to_the_printed_digits(published_data):
    names: dict[str, Any] = {}
    for code in code_of(PUBLISHED_STUDY):
        exec(code, names)  # noqa: S102
    accuracy, confidence, anovas = names["accuracy"], names["confidence"], names["anovas"]
    assert accuracy["reproduced"].round(2).tolist() == accuracy["published"].tolist()
    assert confidence["reproduced"].tolist() == confidence["published"].tolist()
    for number in ("f", "p"):
        assert anovas[number].round(3).tolist() == anovas[f"published_{number}"].tolist()
    published, crossed = names["conclusions"]
    assert published.low < published.high < 0 < crossed.high
    assert (round(published.p, 3), round(crossed.p, 2)) == (0.018, 0.19)


def test_the_notebook_about_faces_leaves_no_error_and_shows_every_picture(monkeypatch, tmp_path, shared):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("FACEVALUE_SHARED", str(shared))
    names: dict[str, Any] = {"__name__": "notebook"}
    for code in code_of(ROOT / "notebooks" / "01_look_at_the_faces.ipynb"):
        exec(code.replace("N_OF_EACH = 10", "N_OF_EACH = 4"), names)  # noqa: S102
    assert any(problem.severity == "error" for problem in names["before"].problems)
    assert not any(problem.severity == "error" for problem in names["after"].problems)
    stimuli, pairs = names["faces"].stimuli, names["matching"].pairs
    assert {s.origin for s in stimuli} == {"real", "ai"}
    assert pairs
    assert str(names["sheet"]).count("data:image/jpeg;base64,") == len(stimuli)
    assert names["sheet"]._repr_html_().startswith("<iframe srcdoc=")
