"""``facevalue analysis power`` prints a table, sentences and lines for the study file, and writes a page."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.dataset import read_export
from analysis.power import Assumptions, from_pilot
from analysis.power.curve import power_curve
from analysis.power.wording import findings
from analysis.simulate import simulate_export
from study.protocol.plan_of_analysis import Power

from .test_planned_study import STUDY

QUICK = ["--claim", "distrust", "--people", "10,20", "--pairs", "12", "--simulations", "20", "--jobs", "1"]


def run(*arguments):
    return CliRunner().invoke(analysis_commands, ["power", *map(str, arguments)])


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(STUDY)
    return folder


def test_it_prints_power_by_design_and_lines_that_the_study_file_takes(study_folder):
    ran = run(study_folder, *QUICK)
    assert ran.exit_code == 0, ran.output
    assert "distrust, a difference of 0.25 points, 12 pairs: " in ran.output
    lines = ran.output[ran.output.index("[analysis.power]") :]
    stated = Power(**tomllib.loads(lines)["analysis"]["power"])
    assert stated.effect == 0.25
    assert "20 people, 12 pairs and 12 trials each for the claim distrust" in stated.method


def test_the_page_holds_curve_table_and_assumptions_and_needs_nothing_else(study_folder, tmp_path):
    page = tmp_path / "power.html"
    ran = run(study_folder, *QUICK, "-o", page, "--assume", "effect_pair_sd=0.4")
    assert ran.exit_code == 0, ran.output
    text = page.read_text()
    assert "<svg" in text
    assert "effect_pair_sd" in text
    assert not re.search(r'(src|href)="http', text)
    table = tmp_path / "power.csv"
    assert run(study_folder, *QUICK, "-o", table).exit_code == 0
    assert list(pd.read_csv(table)["n_participants"]) == [10, 20]
    assert run(study_folder, *QUICK, "-o", tmp_path / "power.json").exit_code == 0
    assert len(json.loads((tmp_path / "power.json").read_text())) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--people", "10;20"], "expected whole numbers with commas, as 50,100,200; found '10;20'"),
        (["--people", "1"], "people: expected at least 3, found 1"),
        (["--assume", "noise_sd"], "--assume noise_sd: expected NAME=VALUE with a number"),
        (["--assume", "speed=2"], "speed: expected an assumption among trust_level"),
        (["-o", "power.pdf"], "power.pdf: expected a name that ends in .html, .csv or .json"),
        (["--pilot", "nowhere"], "nowhere has 1 problem and was not read"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(study_folder, arguments, says):
    ran = run(study_folder, *arguments)
    assert ran.exit_code != 0
    assert says in ran.output
    assert "Traceback" not in ran.output


def test_a_pilot_gives_the_standard_deviations_that_were_put_in(tmp_path):
    simulate_export(
        tmp_path / "pilot", n_participants=90, n_pairs=40, participant_sd=0.5, stimulus_sd=0.4, d_prime=1.0
    )
    found = from_pilot(read_export(tmp_path / "pilot"))
    assert found.effect_person_sd == pytest.approx(0.5, abs=0.12)
    assert found.effect_pair_sd == pytest.approx(0.4, abs=0.12)
    assert found.noise_sd == pytest.approx(1.0, abs=0.1)
    assert found.person_sd == pytest.approx(0.6, abs=0.15)
    assert found.d_prime == pytest.approx(1.0, abs=0.2)
    assert found.d_pair_sd == pytest.approx(0.4, abs=0.15)
    assert found.careless_share == Assumptions().careless_share


def row(n_participants, power, ceiling):
    return {
        "claim": "distrust",
        "effect": 0.2,
        "n_pairs": 24,
        "n_participants": n_participants,
        "power": power,
        "power_low": power - 0.04,
        "power_high": power + 0.04,
        "ceiling": ceiling,
    }


@pytest.mark.parametrize(
    ("powers", "ceiling", "says"),
    [
        ([0.5, 0.92], 1.0, "200 people have a power of 92 % [88 %, 96 %]."),
        (
            [0.5, 0.6],
            0.7,
            "reaches 90 %; 200 people have a power of 60 % [56 %, 64 %].",
        ),
        ([0.5, 0.6], 0.7, "With any number of people it stays at 70 %: only more pictures"),
        ([0.91, 0.93], 0.94, "More people hardly help any more (94 % with any number)."),
    ],
)
def test_sentences_say_how_many_people_are_enough_and_when_pictures_are_the_limit(powers, ceiling, says):
    table = pd.DataFrame([row(n, power, ceiling) for n, power in zip((100, 200), powers, strict=True)])
    (sentence,) = findings(table)
    assert says in sentence.replace("\u00a0", " ")


def test_labels_of_curves_that_end_alike_do_not_lie_on_each_other():
    table = pd.DataFrame([row(50, 0.5, 1.0) | {"n_pairs": n} for n in (24, 48)])
    labels = re.findall(r'y="([\d.]+)"[^>]*>(?:24|48) pairs<', power_curve(table))
    assert len(labels) == 2
    assert abs(float(labels[0]) - float(labels[1])) > 8


def test_every_assumption_is_in_the_docs_as_it_is_defined():
    text = Path("docs/power.md").read_text(encoding="utf-8")
    for one in fields(Assumptions):
        assert f"| `{one.name}` | {one.default} | {one.metadata['meaning']} |" in text
