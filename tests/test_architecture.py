"""The house stays as it was drawn: arrows run one way, and each rule has one place."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("study", "stimuli", "analysis")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Top-level names of everything a module imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_import_contracts_hold():
    command = [Path(sys.executable).parent / "lint-imports"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [p for p in MODULES if relative(p).startswith("analysis/")], ids=relative)
def test_analysis_reads_files_and_knows_no_web_or_database(path):
    assert not imported_by(path) & {"study", "stimuli", "flask", "sqlalchemy"}


PURE = (
    "protocol",
    "plan",
    "amendment",
    "assignment",
    "attention_checks",
    "device_rules",
    "forecast",
    "messages",
    "prereg",
    "toml_lines",
)


def is_pure(path: Path) -> bool:
    return path.relative_to(ROOT).with_suffix("").parts[:2] in {("study", name) for name in PURE}


@pytest.mark.parametrize("path", filter(is_pure, MODULES), ids=relative)
def test_what_is_pure_knows_no_web_no_database_and_no_clock(path):
    imported = imported_by(path)
    assert not imported & {"flask", "sqlalchemy", "datetime", "time", "random", "secrets"}


@pytest.mark.parametrize(
    "path", [p for p in MODULES if relative(p).startswith("study/language/")], ids=relative
)
def test_the_words_of_facevalue_know_no_web_framework_and_no_database(path):
    assert not imported_by(path) & {"flask", "sqlalchemy"}


def test_only_the_flow_writes():
    words = ("db.add", "db.execute(update", "db.execute(delete", "update(", "delete(")
    writers = {
        relative(path)
        for path in MODULES
        if relative(path).startswith("study/")
        and "sqlalchemy" in imported_by(path)
        and any(f" {word}" in path.read_text() or f"\n{word}" in path.read_text() for word in words)
    }
    assert {writer.rpartition("/")[0] for writer in writers} <= {"study/flow"}


def test_study_keeps_no_scores():
    names = {
        node.name
        for path in MODULES
        if relative(path).startswith("study/") and "robots" not in relative(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert not {name for name in names if "correct" in name or "d_prime" in name or "exclu" in name}


def test_every_module_says_what_it_is_for():
    silent = [
        relative(path)
        for path in MODULES
        if "versions" not in path.parts and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing():
    vague = {"utils", "util", "helpers", "common", "core", "manager", "base", "misc"}
    assert [relative(path) for path in MODULES if path.stem in vague] == []


@pytest.mark.parametrize("package", ["analysis", "stimuli"])
def test_pages_reports_and_sheets_share_one_look(package):
    pages = (ROOT / "study" / "static" / "tokens.css").read_bytes()
    assert (ROOT / package / "templates" / "tokens.css").read_bytes() == pages


def test_the_command_starts_without_loading_the_heavy_libraries():
    code = (
        "import sys; from study.cli import facevalue; import click\n"
        "with click.Context(facevalue) as context: facevalue.get_help(context)\n"
        "heavy = ('pandas', 'scipy', 'cv2', 'flask', 'sqlalchemy', 'matplotlib')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_tree_holds_no_picture_of_a_person_outside_the_docs():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    pictures = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".tif")
    found = [name for name in tracked.stdout.split() if name.lower().endswith(pictures)]
    assert [name for name in found if not name.startswith("docs/images/")] == []


def test_the_lock_pins_every_dependency_with_hashes_and_no_address():
    import tomllib

    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    for requirement in wanted:
        name = requirement.split(">")[0].split("[")[0].split("<")[0].strip()
        pinned = re.search(rf"^{re.escape(name)}(\[[a-z]+\])?==", lock, re.MULTILINE)
        assert pinned, f"{name} is not in requirements.lock"
    assert lock.count("==") <= lock.count("--hash=sha256:")


def test_nothing_in_the_environment_of_the_tests_points_at_a_real_installation():
    assert "FACEVALUE_DATABASE" not in os.environ
    assert "FACEVALUE_DATA" not in os.environ
