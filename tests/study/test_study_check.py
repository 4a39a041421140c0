"""One look at a study lists everything that is wrong with it, each with line and remedy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from study.protocol import ProtocolError, check_study, read_study

BROKEN = Path(__file__).parent / "broken_study"
DEMO = Path(__file__).parents[2] / "study" / "demo_studies" / "ai"


def planted(file: Path):
    """(severity, file, line, part of the sentence, part of the remedy) of each mark in a broken file."""
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        if not line.startswith("#"):
            for mark, said, remedy in re.findall(r"#([!?]) (.+?) \| (.+?)(?= #[!?] |$)", line):
                severity = "error" if mark == "!" else "warning"
                yield severity, file.relative_to(BROKEN).as_posix(), number, said, remedy


PLANTED = [*planted(BROKEN / "study.toml"), *planted(BROKEN / "translations" / "de.toml")]


def test_one_run_finds_every_planted_mistake_and_nothing_else():
    problems = check_study(BROKEN / "study.toml").problems
    assert len(PLANTED) >= 40
    left = list(problems)
    for severity, file, line, said, remedy in PLANTED:
        found = [
            problem
            for problem in left
            if (problem.severity, problem.file, problem.line) == (severity, file, line)
            and said in str(problem)
            and remedy in problem.remedy
        ]
        assert found, f"{file}, line {line}: {said}"
        left.remove(found[0])
    assert [str(problem) for problem in left] == []


def test_errors_come_first_and_in_the_order_of_the_lines():
    problems = check_study(BROKEN / "study.toml").problems
    severities = [problem.severity for problem in problems]
    assert severities == sorted(severities)
    lines = [p.line for p in problems if p.severity == "error" and p.file == "study.toml"]
    assert lines == sorted(lines)


def test_a_broken_study_is_not_read_and_its_error_lists_the_errors_only():
    with pytest.raises(ProtocolError) as caught:
        read_study(BROKEN / "study.toml")
    assert len(caught.value.problems) == sum(mark[0] == "error" for mark in PLANTED)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DEMO, tmp_path / "study")
    return tmp_path / "study"
