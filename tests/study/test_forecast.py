"""What a participant will live through is counted and timed before anybody takes part."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from study.cli import facevalue
from study.forecast import Pace, forecast
from study.protocol import read_study
from tests.conftest import write_stimulus_set

DEMO = Path(__file__).parents[2] / "study" / "demo_studies" / "ai"
CELLS = """
[[cells]]
name = "plain"
weight = 3
[[cells]]
name = "told"
disclosure = "told"
blocks = ["practice", "detect"]
"""


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DEMO, tmp_path / "study")
    return tmp_path / "study"


def changed(folder: Path, *changes: tuple[str, str], add: str = "") -> Path:
    file = folder / "study.toml"
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text + add)
    return file


def with_cells(folder: Path) -> Path:
    (folder / "texts" / "told.md").write_text("word " * 100)
    return changed(folder, ('consent = "', 'told = "texts/told.md"\nconsent = "'), add=CELLS)


def test_a_block_takes_the_time_of_its_trials_and_of_reading_its_text(folder):
    (folder / "texts" / "trust.md").write_text("word " * 50)
    step = next(s for s in forecast(read_study(folder / "study.toml")).cells[0].steps if s.name == "trust")
    # 500 fixation + (100 + 500 + 2000) / 3 + 250 mask + 300 gap + two faces of 2.5 s each
    each = 0.5 + 2.6 / 3 + 0.25 + 0.3 + 5
    assert step.trials.seconds_each == pytest.approx(each)
    assert step.minutes == pytest.approx(12 * each / 60 + 50 / 200)


def test_every_trial_of_a_block_is_counted_and_a_repeat_loads_no_new_picture(folder):
    file = changed(
        folder,
        ('name = "detect"\npairs = 12', 'name = "detect"\npairs = 10\nfillers = 2\nrepeats = 3\nchecks = 1'),
        ('kind = "side"', 'kind = "side"\nboth_neither = true'),
    )
    cell = forecast(read_study(file)).cells[0]
    trials = next(step.trials for step in cell.steps if step.name == "detect")
    assert (trials.targets, trials.fillers, trials.repeats, trials.checks, trials.n) == (10, 2, 3, 1, 16)
    assert cell.n_trials == 12 + 16
    assert cell.n_pictures == 2 * (2 + 12 + 13)


def test_a_single_face_is_one_picture_and_one_answer(folder):
    file = changed(folder, ('name = "trust"\npairs = 12', 'name = "trust"\nlayout = "single"\npairs = 12'))
    cell = forecast(read_study(file)).cells[0]
    trials = next(step.trials for step in cell.steps if step.name == "trust")
    assert trials.seconds_each == pytest.approx(0.5 + 2.6 / 3 + 0.25 + 0.3 + 2.5)
    assert cell.n_pictures == 2 * (2 + 12) + 12


def test_a_deadline_bounds_the_answers_and_an_unlimited_exposure_has_no_mask(folder):
    exposures = 'exposures_ms = [100, 500, 2000]\nintro = "texts/trust.md"'
    file = changed(
        folder,
        (exposures, 'exposures_ms = ["unlimited"]\nanswer_deadline_ms = 2000\nintro = "texts/trust.md"'),
    )
    step = next(s for s in forecast(read_study(file)).cells[0].steps if s.name == "trust")
    assert step.trials.seconds_each == pytest.approx(0.5 + 3 + 0.3 + 2)


def test_each_cell_has_its_own_way_and_the_mean_follows_the_weights(folder):
    ahead = forecast(read_study(with_cells(folder)))
    plain, told = ahead.cells
    assert [step.name for step in told.steps if step.kind == "block"] == ["practice", "detect"]
    names = [step.name for step in told.steps]
    assert names.index("what people are told about AI") == names.index("practice") - 1
    assert "what people are told about AI" not in [step.name for step in plain.steps]
    assert ahead.minutes == pytest.approx((3 * plain.minutes + told.minutes) / 4)


def test_pay_is_for_the_expected_minutes(folder):
    study = read_study(folder / "study.toml")
    assert forecast(study).pay is None
    ahead = forecast(study, pay_per_hour=12)
    assert ahead.pay.per_person == pytest.approx(12 * ahead.minutes / 60)
    assert ahead.pay.total == pytest.approx(48 * ahead.pay.per_person)


def test_a_slower_reader_takes_longer(folder):
    study = read_study(folder / "study.toml")
    slow = Pace(words_per_minute=100)
    assert forecast(study, pace=slow).minutes > forecast(study).minutes


@pytest.fixture
def with_set(folder, faces_looked_for_once):
    write_stimulus_set(folder / "stimuli", n_pairs=24, size=(240, 300))
    return folder


def check(folder: Path, *options: str):
    return CliRunner().invoke(facevalue, ["study", "check", str(folder / "study.toml"), *options])


def test_the_check_tells_steps_pay_pictures_lists_and_analyses(with_set):
    with_cells(with_set)
    done = check(with_set, "--pay-per-hour", "12")
    assert done.exit_code == 0, done.output
    for said in (
        "cell told (disclosure: told, weight 1)",
        "block trust: 12 pairs at 100/500/2000 ms",
        "block practice: 2 practice pairs at 500 ms",
        "each at 12.00 an hour",
        "52 to load",
        "counterbalancing lists in cell told",
        "primary claim distrust: AI faces are trusted less than real ones",
        "smallest effect of interest 0.2 points of trust",
        "left out: people who answered fewer than 80% of their trials",
        "reading 200 words a minute",
        "no errors",
    ):
        assert said in done.output, said


def test_the_check_lists_problems_of_file_and_set_together(with_set):
    changed(with_set, ("target = 48 ", "target = 2 "), ("min_rt_ms = 200", "min_rt_ms = -1"))
    next((with_set / "stimuli" / "images").iterdir()).unlink()
    done = check(with_set)
    assert done.exit_code == 1
    assert (
        "study.toml, line 24: exclusions.min_rt_ms: expected a number of at least 0, found -1" in done.output
    )
    assert "named in manifest.csv, not in" in done.output
    assert "2 errors, no warnings." in done.output


def test_too_few_pairs_and_the_wrong_kind_are_errors_with_their_lines(with_set):
    changed(with_set, ('name = "trust"\npairs = 12', 'name = "trust"\npairs = 13'), ('"ai" ', '"edited" '))
    done = check(with_set)
    assert done.exit_code == 1
    assert (
        "line 30: blocks: expected 25 pairs in the stimulus set, as the blocks use, found 24" in done.output
    )
    assert 'line 6: stimulus_kind: expected the second picture of each pair to be "edited"' in done.output


def test_pairs_are_counted_whatever_else_is_wrong(with_set):
    changed(
        with_set,
        ('name = "trust"\npairs = 12', 'name = "trust"\npairs = 13'),
        ("seed = 2026", "seed = -2026"),
    )
    done = check(with_set)
    assert "seed: expected a number of at least 0" in done.output
    assert "expected 25 pairs in the stimulus set" in done.output
    changed(with_set, ("pairs = 13", "pairs = 0"), add='[[cells]]\nname = "a"\nblocks = ["trst"]\n')
    done = check(with_set)
    assert "pairs in the stimulus set" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)


def test_practice_without_practice_pairs_is_an_error(with_set):
    file = with_set / "stimuli" / "pairs.csv"
    file.write_text(file.read_text().replace("true", "false"))
    done = check(with_set)
    assert "expected 2 practice pairs in the stimulus set, as the blocks use, found 0" in done.output


def test_a_target_below_one_round_is_a_warning(with_set):
    changed(with_set, ("target = 48 ", "target = 2 "))
    done = check(with_set)
    assert done.exit_code == 0, done.output
    assert "warning: study.toml, line 17: recruitment.target: expected at least" in done.output


def test_the_check_as_json_says_the_same(with_set):
    done = check(with_set, "--json", "--pay-per-hour", "12")
    told = json.loads(done.stdout)
    assert told["problems"] == [] or {p["severity"] for p in told["problems"]} == {"warning"}
    assert told["forecast"]["cells"][0]["n_trials"] == 24
    assert told["forecast"]["pay"]["per_hour"] == 12
    assert told["forecast"]["lists"][""] > 1
    changed(with_set, ("seed = 20260101", "seed = -1"))
    done = check(with_set, "--json")
    assert done.exit_code == 1
    broken = json.loads(done.stdout)
    assert broken["forecast"] is None
    assert broken["problems"][0]["line"] == 5
    assert broken["problems"][0]["remedy"] == "change it"


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    done = check(tmp_path)
    assert done.exit_code == 1
    assert "expected a study file at" in done.output
