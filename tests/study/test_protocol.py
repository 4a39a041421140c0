"""A study file is read whole, or every problem of it is said at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from study.protocol import ProtocolError, freeze, read_study, thaw

DEMO = Path(__file__).parents[2] / "study" / "demo_studies"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DEMO / "ai", tmp_path / "study")
    return tmp_path / "study"


def problems_after(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = (folder / "study.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "study.toml").write_text(text)
    with pytest.raises(ProtocolError) as caught:
        read_study(folder / "study.toml")
    return list(caught.value.problems)


@pytest.mark.parametrize("kind", ["ai", "edited"])
def test_the_demo_studies_have_no_problems(kind):
    assert read_study(DEMO / kind / "study.toml").protocol.stimulus_kind == kind


def test_every_problem_is_listed_at_once_with_its_line(folder):
    problems = problems_after(
        folder,
        ("target = 48 ", "targt = 48 "),
        ('kind = "side"', 'kind = "sides"'),
        ("maximum = 4", "maximum = 40"),
        ("smallest_effect = 0.2", "smallest_effect = 0"),
    )
    assert problems == [
        "study.toml, line 15: recruitment.target: expected this setting, found none "
        "(Completed participants wanted); add it",
        "study.toml, line 17: recruitment.targt: expected a known setting, found targt; "
        "write target, if that is meant",
        "study.toml, line 20: analysis.smallest_effect: expected a number above 0, found 0; change it",
        'study.toml, line 68: blocks[3].questions[1].kind: expected "scale", "side", "origin", "choices" or '
        '"text", found "sides"; write side, if that is meant',
        "study.toml, line 75: blocks[3].questions[2].maximum: expected a scale of 2 to 11 steps, found 40 "
        "(1 to 40); change minimum or maximum",
    ]


def test_missing_and_empty_texts_are_named(folder):
    (folder / "texts" / "debrief.md").unlink()
    (folder / "texts" / "trust.md").write_text(" \n")
    problems = problems_after(folder, ("seed", "seed"))
    assert len(problems) == 2
    assert "line 13: texts.debrief: expected a Markdown file texts/debrief.md" in problems[0]
    assert "line 50: blocks[2].intro: expected words in texts/trust.md, found an empty file" in problems[1]


def test_a_text_outside_the_study_folder_is_refused(folder):
    (folder.parent / "elsewhere.md").write_text("words")
    problems = problems_after(folder, ("texts/debrief.md", "../elsewhere.md"))
    assert problems == [
        "study.toml, line 13: texts.debrief: expected a file beside the study file, "
        'found "../elsewhere.md"; move it there'
    ]


def test_a_file_that_is_no_toml_says_where(folder):
    problems = problems_after(folder, ('title = "', "title = "))
    assert problems == [
        "study.toml, line 2: expected TOML, found something else at column 9 (invalid value); "
        "correct the line; often a quote or a bracket is missing"
    ]


def test_a_path_without_a_file_is_one_sentence(tmp_path):
    with pytest.raises(ProtocolError, match=r"expected a study file at .*, found nothing"):
        read_study(tmp_path / "study.toml")


def test_freezing_is_canonical_and_thawing_gives_the_protocol_back(folder):
    study = read_study(folder / "study.toml")
    frozen = freeze(study, set_sha256="ab", n_stimuli=52, n_pairs=26)
    assert frozen == freeze(study, set_sha256="ab", n_stimuli=52, n_pairs=26)
    assert thaw(frozen.canonical) == study.protocol
    assert frozen.canonical.isascii() or "\\u" not in frozen.canonical


@pytest.mark.parametrize("what", ["text", "setting", "pictures"])
def test_any_change_gives_another_hash(folder, what):
    before = freeze(read_study(folder / "study.toml"), set_sha256="ab", n_stimuli=1, n_pairs=1)
    set_sha256 = "cd" if what == "pictures" else "ab"
    if what == "text":
        (folder / "texts" / "trust.md").write_text("Other words")
    if what == "setting":
        file = folder / "study.toml"
        file.write_text(file.read_text().replace("seed = 20260101", "seed = 20260102"))
    after = freeze(read_study(folder / "study.toml"), set_sha256=set_sha256, n_stimuli=1, n_pairs=1)
    assert after.sha256 != before.sha256
