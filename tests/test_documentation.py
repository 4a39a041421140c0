"""What the docs say is there, and what is there is in the docs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from study.cli import facevalue
from study.protocol_reference import reference

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EVERYTHING = "\n".join(page.read_text() for page in PAGES)


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, (*path, name))
            else:
                yield (*path, name), command


ALL_COMMANDS = list(commands(facevalue, ("facevalue",)))


@pytest.mark.parametrize(("path", "command"), ALL_COMMANDS, ids=[" ".join(path) for path, _ in ALL_COMMANDS])
def test_every_command_and_option_is_in_the_docs(path, command):
    name = " ".join(path)
    assert re.search(rf"{re.escape(name)}\b".replace(r"\ ", r"\s+"), EVERYTHING), f"{name} is not in the docs"
    for option in command.params:
        if isinstance(option, click.Option):
            long = [flag for flag in (*option.opts, *option.secondary_opts) if flag.startswith("--")]
            missing = [flag for flag in long if f"{flag}" not in EVERYTHING]
            assert not missing, f"{name}: {', '.join(missing)} not in the docs"


@pytest.mark.parametrize(("path", "command"), ALL_COMMANDS, ids=[" ".join(path) for path, _ in ALL_COMMANDS])
def test_every_command_says_what_it_does(path, command):
    assert command.help


def test_every_command_in_the_docs_exists():
    known = {" ".join(path) for path, _ in ALL_COMMANDS}
    named = re.findall(r"facevalue ((?:study|stimuli|analysis) [a-z]+(?:-[a-z]+)*|demo)\b", EVERYTHING)
    assert {f"facevalue {command}" for command in named} <= known


def test_every_setting_of_the_environment_is_in_the_docs():
    code = "\n".join(
        path.read_text()
        for package in ("study", "stimuli", "analysis")
        for path in (ROOT / package).rglob("*.py")
    )
    settings = set(re.findall(r"\bFACEVALUE_[A-Z_]+\b", code))
    assert settings
    assert {name for name in settings if name not in EVERYTHING} == set()


def test_every_setting_of_the_study_file_is_in_the_docs_as_it_is_defined():
    assert reference().strip() in (ROOT / "docs" / "study.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name}: {target} is not there"


def test_the_readme_begins_with_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert "python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/facevalue demo" in readme
    assert "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest" in readme


def test_the_version_is_the_same_everywhere():
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
