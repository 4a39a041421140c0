"""Notebooks run from top to bottom and define no function that belongs to the package."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import published_file, shared_folder

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: Those that read the folder beside the project.
FACES, PUBLISHED = "01_look_at_the_faces", "04_a_published_study_reproduced"

#: Fewer pictures and fewer simulated studies, with which a notebook does the same in less time.
FEWER = {
    FACES: ("N_OF_EACH = 10", "N_OF_EACH = 4"),
    "02_plan_the_study": ("N_SIMULATIONS = 25", "N_SIMULATIONS = 2"),
}

#: The names that a notebook has given to what it found.
Names = dict[str, Any]


def code_of(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Names]:
    """Run a notebook from top to bottom, once for all tests of it."""
    done: dict[str, Names] = {}

    def from_top_to_bottom(name: str) -> Names:
        names: Names = {"__name__": "notebook"}
        for number, code in enumerate(code_of(ROOT / "notebooks" / f"{name}.ipynb"), start=1):
            less = code.replace(*FEWER[name]) if name in FEWER else code
            exec(compile(less, f"{name}, code cell {number}", "exec"), names)  # noqa: S102
        return names

    def run(name: str) -> Names:
        if name not in done:
            folder = tmp_path_factory.mktemp("notebook")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("tempfile.tempdir", str(folder))
                if name == FACES:
                    patch.setenv("FACEVALUE_SHARED", str(shared_folder()))
                if name == PUBLISHED:
                    shutil.copy(published_file(), folder)
                    patch.setenv("FACEVALUE_PUBLISHED", str(folder))
                done[name] = from_top_to_bottom(name)
        return done[name]

    return run


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


def test_what_makes_a_notebook_quick_is_in_it():
    for name, (usual, _) in FEWER.items():
        assert sum(code.count(usual) for code in code_of(ROOT / "notebooks" / f"{name}.ipynb")) == 1


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, run):
    run(notebook.stem)


def test_the_notebook_finds_the_truth_it_simulated(run):
    names = run("03_read_the_results")
    verdicts = {claim.id: claim.verdict.value for claim in names["claims"].tested}
    assert verdicts["distrust"] == verdicts["closer-look"] == "supported"
    for one, truth in zip(names["found"].by_exposure, (0.4, 0.9, 1.4), strict=True):
        assert one.d_prime.low <= truth <= one.d_prime.high


def test_the_notebook_about_planning_shows_that_pictures_can_be_the_limit(run):
    tables = run("02_plan_the_study")["tables"]
    unmatched, matched = (tables[name] for name in ("unmatched", "matched"))
    assert unmatched.loc[unmatched["n_pairs"] == 12, "ceiling"].max() < 0.4
    assert matched["ceiling"].min() > 0.9


def test_the_notebook_of_a_published_study_reproduces_it_to_the_printed_digits(run):
    names = run(PUBLISHED)
    accuracy, confidence, anovas = names["accuracy"], names["confidence"], names["anovas"]
    assert accuracy["reproduced"].round(2).tolist() == accuracy["published"].tolist()
    assert confidence["reproduced"].tolist() == confidence["published"].tolist()
    for number in ("f", "p"):
        assert anovas[number].round(3).tolist() == anovas[f"published_{number}"].tolist()
    published, crossed = names["conclusions"]
    assert published.low < published.high < 0 < crossed.high
    assert (round(published.p, 3), round(crossed.p, 2)) == (0.018, 0.19)


def test_the_notebook_about_faces_leaves_no_error_and_shows_every_picture(run):
    names = run(FACES)
    assert any(problem.severity == "error" for problem in names["before"].problems)
    assert not any(problem.severity == "error" for problem in names["after"].problems)
    stimuli, pairs = names["faces"].stimuli, names["matching"].pairs
    assert {s.origin for s in stimuli} == {"real", "ai"}
    assert pairs
    assert str(names["sheet"]).count("data:image/jpeg;base64,") == len(stimuli)
    assert names["sheet"]._repr_html_().startswith("<iframe srcdoc=")
