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


def problems_after(folder: Path, *changes: tuple[str, str], add: str = "") -> list[str]:
    """What the check says of the demo study after some changes, each problem with its severity."""
    file = folder / "study.toml"
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text + add)
    return [f"{problem.severity}: {problem}" for problem in check_study(file).problems]


PRACTICE = "practice = true\npairs = 2"
TRUST = 'name = "trust"\npairs = 12'
DETECT = 'name = "detect"\npairs = 12'
SIDE = 'kind = "side"'
RECRUITER = 'recruiter = "plain"'
ITEM = '[[questionnaires]]\nname = "b"\nitems = [{ id = "a", text = "x", '


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [(TRUST, 'name = "practice"\npairs = 12')],
            'blocks[2].name: expected a name of its own, found "practice"',
        ),
        (
            [(PRACTICE, PRACTICE + "\ncheks = 1")],
            "blocks[1].cheks: expected a known setting, found cheks; write checks, if that is meant",
        ),
        ([(PRACTICE, PRACTICE + "\nrepeats = 1")], "warning: study.toml, line 34: blocks[1].repeats"),
        (
            [(DETECT, DETECT + "\nfillers = 2")],
            "questions[1]: expected both and neither among the answers, since fillers (2)",
        ),
        (
            [(SIDE, SIDE + "\noptional = true"), (DETECT, DETECT + "\nanswer_deadline_ms = 5000")],
            "line 70: blocks[3].questions[1].optional",
        ),
        ([(SIDE, SIDE + '\ntarget = "each"')], 'expected target = "pair" for a side question'),
        ([(SIDE, 'kind = "origin"')], 'expected target = "each" for an origin question'),
        (
            [(TRUST, TRUST + '\nlayout = "single"')],
            "warning: study.toml, line 55: blocks[2].questions[1].target: expected no target",
        ),
        (
            [('name = "detect"\npairs = 12', 'name = "detect"\npairs = 2')],
            "a pair for each of the 3 exposures, found 2",
        ),
        (
            [
                (DETECT, DETECT + "\nmask_ms = 100"),
                ('[100, 500, 2000]\nintro = "texts/detect', '["unlimited"]\nintro = "texts/detect'),
            ],
            "expected no mask where every exposure is unlimited, found 100 ms",
        ),
        (
            [(DETECT, DETECT + "\nchecks = 1")],
            "warning: study.toml, line 64: blocks[3].checks: expected exclusions.max",
        ),
        (
            [("min_rt_ms = 200", "max_failed_checks = 2"), (DETECT, DETECT + "\nchecks = 1")],
            "expected fewer than the 1 checks there are, found 2, which nobody can exceed",
        ),
        (
            [('primary = ["distrust", "closer-look"]', 'primary = ["distrust", "distrust"]')],
            "expected each entry once",
        ),
        (
            [('id = "detect"', 'id = "found"')],
            "line 21: analysis.primary[2]: expected an analysed block with a side or origin question",
        ),
        (
            [
                (
                    'exposures_ms = [100, 500, 2000]\nintro = "texts/detect',
                    'exposures_ms = [500]\nintro = "texts/detect',
                )
            ],
            'at two exposures or more for the primary claim "closer-look", found none',
        ),
        (
            [('["en"]', '["en", "it"]')],
            "warning: study.toml, line 4: languages[2]: expected a language of facevalue's",
        ),
        (
            [(RECRUITER, 'recruiter = "sona"')],
            "line 15: recruitment.return_url: expected SONA's completion address",
        ),
        (
            [(RECRUITER, RECRUITER + '\nreturn_url = "https://{code}.org/{"')],
            "expected a host that is written out, found {code}.org",
        ),
        (
            [(RECRUITER, RECRUITER + '\nreturn_url = "https://x.org/{"')],
            "expected names in braces, such as {code}, found a brace that is none",
        ),
        (
            [(RECRUITER, RECRUITER + '\nreturn_url = "https://x.org/"')],
            "warning: study.toml, line 17: recruitment.return",
        ),
    ],
)
def test_each_rule_says_where_and_what(folder, changes, said):
    problems = problems_after(folder, *changes)
    assert any(said in problem for problem in problems), "\n".join(problems)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            "[stopping]\nlast_day = 2027-02-28\nmost_started = 40\n",
            "stopping.most_started: expected at least",
        ),
        (
            '[[cells]]\nname = "a"\n[[stopping.cells]]\ncell = "b"\nmost_started = 5\n',
            'stopping.cells[1].cell: expected the name of a cell (a), found "b"',
        ),
        ('[stopping]\nlast_day = "2027-02-30"\n', "expected a day of the calendar, found 2027-02-30"),
        ('[eligibility]\nnot_after = ["headshots-demo"]\n', "expected another study, found"),
        (
            '[[cells]]\nname = "a"\nblocks = ["practice"]\n',
            "cells[1].blocks: expected at least one block that is",
        ),
        (
            '[[cells]]\nname = "a"\nblocks = ["trust"]\n',
            'blocks[3].name: expected every block in some cell, found "detect"',
        ),
        (
            '[[cells]]\nname = "a"\n[[cells]]\nname = "b"\n',
            "expected cells that differ, found b the same as a",
        ),
        ('[[cells]]\nname = "a"\nlabels = "random"\n', 'expected labels where disclosure = "labelled" only'),
        ('[[cells]]\nname = "a"\ndisclosure = "labelled"\n', "expected no question that true labels answer"),
        ('[[hypotheses]]\nclaim = "distrust"\ntext = "x"\n', 'found none for "closer-look"'),
        (
            '[[questionnaires]]\nname = "about_you"\nitems = [{ id = "a", kind = "vas", text = "x" }]\n',
            "a name of its own",
        ),
        (
            ITEM + 'kind = "vas", show_if = { item = "age" } }]',
            "expected which answers count, found none",
        ),
        (
            ITEM + 'kind = "vas", show_if = { item = "age", is_one_of = ["7"] } }]',
            'expected an answer to age, a whole number from 18 to 110, found "7"',
        ),
        (
            ITEM + 'kind = "vas", show_if = { item = "gender", at_least = 2 } }]',
            "at_least where the earlier item is a number, likert or vas, found gender, which is choice",
        ),
        (
            '[[questionnaires]]\nname = "b"\nwhen = "before"\n'
            'items = [{ id = "a", kind = "vas", text = "x", show_if = { item = "age", at_least = 2 } }]\n',
            'expected an item asked before this one, found "age", one asked later',
        ),
        (
            ITEM + 'kind = "likert", minimum = 0, maximum = 50 }]',
            "expected at most 11 steps of a likert item, found 51",
        ),
        (
            ITEM + 'kind = "vas", minimum = 5, maximum = 5 }]',
            "expected maximum above minimum (5), found 5",
        ),
    ],
)
def test_each_rule_between_parts_says_where_and_what(folder, added, said):
    problems = problems_after(folder, add="\n" + added)
    assert any(said in problem for problem in problems), "\n".join(problems)


def test_a_rule_that_fails_by_our_own_mistake_is_not_hidden(folder, monkeypatch):
    from study.protocol import rules

    monkeypatch.setattr(rules, "block_rules", lambda study: [iter([study.no_such_setting])])
    with pytest.raises(AttributeError, match="no_such_setting"):
        check_study(folder / "study.toml")


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf", b"\r\n"])
def test_a_file_of_another_system_reads_the_same(folder, data):
    file = folder / "study.toml"
    before = read_study(file).protocol
    toml = file.read_bytes()
    file.write_bytes(data + toml if data == b"\xef\xbb\xbf" else toml.replace(b"\n", data))
    assert read_study(file).protocol == before


def test_a_text_in_another_encoding_is_named_with_its_line(folder):
    (folder / "texts" / "trust.md").write_bytes("Words\nÜbung".encode("latin-1"))
    assert problems_after(folder) == [
        "error: study.toml, line 50: blocks[2].intro: expected text in UTF-8, found other bytes in "
        "texts/trust.md, line 2; save it as UTF-8"
    ]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('title = "a\n', "line 1: expected TOML, found something else at column 11"),
        ('[texts]\ninformation = """a\n\n', "line 2: expected TOML"),
        (
            "seed = 1\nseed = 2\n",
            "line 2: expected each setting once, found one again",
        ),
        (
            "",
            "recruitment: expected this setting, found none (How people come to the study, and how many)",
        ),
        (
            "",
            "found none (Runs of trials, in the order of the file); add [[blocks]]",
        ),
        ("blocks = 3", "line 1: blocks: expected a list, found 3; put it in [ ]"),
        ("[blocks]\npairs = 3", "line 1: blocks: expected a list, found a table; begin it with [[blocks]]"),
        ("[[texts]]", "line 1: texts: expected a table, found a list; begin it with [texts]"),
        ("blocks = [3]", "line 1: blocks[1]: expected a table, found 3; write it as a table"),
        ("[analysis]\nalpha = nan", "line 2: analysis.alpha: expected a finite number, found nan"),
        ('[recruitment]\ntarget = "12"', 'expected a whole number, found "12"; write it without quotes'),
    ],
)
def test_a_file_that_is_hardly_one_is_still_told_what_is_wrong(tmp_path, toml, said):
    (tmp_path / "study.toml").write_text(toml)
    problems = [str(problem) for problem in check_study(tmp_path / "study.toml").problems]
    assert any(said in problem for problem in problems), "\n".join(problems)
