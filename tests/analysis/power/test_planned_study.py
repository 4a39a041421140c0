"""A power analysis reads from a study what power depends on, and says what is wrong with it."""

import json

import pytest

from analysis.power import read_planned_study
from analysis.problems import ExportError
from study.protocol.study_protocol import StudyProtocol

STUDY = """
title = "Faces"
slug = "faces"
seed = 1
[recruitment]
target = 60
[analysis]
smallest_effect = 0.25
primary = ["distrust", "milliseconds", "closer-look"]
[exclusions]
max_failed_checks = 1
[[blocks]]
name = "practice"
practice = true
pairs = 2
exposures_ms = [500]
  [[blocks.questions]]
  id = "trust"
  kind = "scale"
  target = "each"
[[blocks]]
name = "trust"
pairs = 12
checks = 2
exposures_ms = [500, 100, "unlimited"]
  [[blocks.questions]]
  id = "trust"
  kind = "scale"
  target = "each"
  minimum = 0
  maximum = 100
[[blocks]]
name = "detect"
pairs = 18
exposures_ms = [100, 2000]
  [[blocks.questions]]
  id = "detect"
  kind = "side"
"""


@pytest.fixture
def study_file(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path / "study.toml"


def test_the_trials_and_exposures_of_each_claim_are_those_of_its_blocks(study_file):
    study = read_planned_study(study_file)
    assert study.target == 60
    assert {claim: (a.n_trials, a.exposures_ms, a.scale) for claim, a in study.claims.items()} == {
        "distrust": (12, (100, 500, None), (0, 100)),
        "milliseconds": (4, (100,), (0, 100)),
        "closer-look": (18, (100, 2000), (1, 7)),
        "detection": (18, (100, 2000), (1, 7)),
    }


def test_a_primary_claim_is_tested_at_the_first_step_of_holm_and_another_at_alpha(study_file):
    study = read_planned_study(study_file)
    assert study.alpha("distrust") == pytest.approx(0.05 / 3)
    assert study.alpha("detection") == 0.05


def test_pairs_of_the_set_are_counted_without_those_for_practice(study_file):
    assert read_planned_study(study_file).n_pairs is None
    (study_file.parent / "stimuli").mkdir()
    (study_file.parent / "stimuli" / "pairs.csv").write_text(
        "pair,first,second,distance,practice\np1,a,b,,false\np2,c,d,,true\np3,e,f,,false\n"
    )
    assert read_planned_study(study_file.parent).n_pairs == 2


def test_the_frozen_protocol_says_the_same_as_the_study_file(study_file, tmp_path):
    toml = read_planned_study(study_file)
    import tomllib

    content = tomllib.loads(STUDY)
    content["stimulus_set"] = {"sha256": "0" * 64, "n_pairs": 32, "n_stimuli": 64}
    content["blocks"][1]["exposures_ms"] = [500, 100, None]
    frozen = tmp_path / "protocol.json"
    frozen.write_text(json.dumps(content))
    read = read_planned_study(frozen)
    assert (read.claims, read.plan, read.exclusions) == (toml.claims, toml.plan, toml.exclusions)
    assert read.n_pairs == 30


def test_what_a_study_file_leaves_out_has_the_defaults_of_the_study_package(tmp_path):
    (tmp_path / "study.toml").write_text(
        STUDY.replace('primary = ["distrust", "milliseconds", "closer-look"]', "")
        .replace("smallest_effect = 0.25", "")
        .replace("max_failed_checks = 1", "")
    )
    study = read_planned_study(tmp_path)
    analysis = StudyProtocol.model_fields["analysis"].get_default(call_default_factory=True)
    exclusions = StudyProtocol.model_fields["exclusions"].get_default(call_default_factory=True)
    assert study.plan.smallest_effect == analysis.smallest_effect
    assert (study.plan.alpha, study.plan.primary) == (analysis.alpha, analysis.primary)
    assert {name: getattr(study.exclusions, name) for name in type(exclusions).model_fields} == dict(
        exclusions
    )


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    (tmp_path / "study.toml").write_text(
        STUDY.replace("target = 60", 'target = "many"').replace("exposures_ms = [100, 2000]", "")
    )
    with pytest.raises(ExportError) as wrong:
        read_planned_study(tmp_path)
    text = str(wrong.value)
    assert "recruitment.target: a whole number of at least 1, found many" in text
    assert "blocks[].exposures_ms: a list of durations in ms, found nothing" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "expected a study.toml, or the folder of a study or of an export, found no such file"),
        ("title = ", "expected TOML in UTF-8"),
        ('title = "x"\nblocks = []\n[recruitment]\ntarget = 3', "found neither"),
    ],
)
def test_a_file_that_is_no_study_is_refused_in_words(tmp_path, content, says):
    if content is not None:
        (tmp_path / "study.toml").write_text(content)
    with pytest.raises(ExportError, match=says.replace("[", r"\[")):
        read_planned_study(tmp_path / "study.toml")
