"""A new study runs as it is, with a set of its own or a given one, and shows everything there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from study import flow
from study.cli import facevalue
from study.database import migrate, open_engine, writing
from study.links import participant_link
from study.new_command import NewStudyError, new_study
from study.protocol import check_study, read_study
from study.protocol_reference import SECTIONS
from study.robots import RobotTruth, run_robots
from study.serving import running_server
from study.settings import read_settings
from tests.conftest import MOMENT, write_stimulus_set


@pytest.fixture(scope="module")
def new(tmp_path_factory) -> Path:
    """A new study with the portraits, written by the command."""
    folder = tmp_path_factory.mktemp("new") / "My first study"
    done = CliRunner().invoke(facevalue, ["study", "new", str(folder)])
    assert done.exit_code == 0, done.output
    assert "runs as it is" in done.output
    return folder / "study.toml"


def test_a_new_study_has_no_problems(new):
    done = CliRunner().invoke(facevalue, ["study", "check", str(new)])
    assert done.exit_code == 0, done.output
    assert "no errors" in done.output
    assert read_study(new).protocol.slug == "my-first-study"


def test_robots_complete_a_new_study(new, tmp_path):
    settings = read_settings({}, data=tmp_path)
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        flow.publish(db, read_study(new), pictures=settings.pictures, now=MOMENT)
    engine.dispose()
    with running_server(settings) as address:
        link = participant_link(settings, "my-first-study", address=address, namespace="robot")
        report = run_robots(link, n=2, truth=RobotTruth(), seed=1, stimulus_set=new.parent / "stimuli")
    assert report.n_completed == 2
    assert all(outcome.n_answered == 14 for outcome in report.outcomes)


def with_examples_in_use(toml: str) -> str:
    """The file with the "# " taken away from every setting that stands behind one."""
    return re.sub(r"(?m)^# ?( *(?:\[|\w+ = ).*)$", r"\1", toml)


def test_every_setting_is_shown_and_the_examples_hold_when_taken_into_use(new):
    toml = with_examples_in_use(new.read_text())
    for title, part in SECTIONS:
        for name in part.model_fields:
            table = rf"\[+({title.strip('`[]').replace('.', '[.]')}[.])?{name}\]"
            assert re.search(rf"(?m)^ *{name} = |[{{,] {name} = |^ *{table}", toml), f"{title}: {name}"
    document = tomllib.loads(toml)
    assert len(document["cells"]) == 3
    (new.parent / "all.toml").write_text(toml)
    problems = check_study(new.parent / "all.toml").problems
    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def test_a_given_set_is_named_where_it_is_and_fits(tmp_path):
    write_stimulus_set(tmp_path / "faces", n_pairs=7, n_practice=1, size=(240, 300))
    study = read_study(new_study(tmp_path / "studies" / "one", stimulus_set=tmp_path / "faces"))
    protocol = study.protocol
    assert protocol.stimulus_set == "../../faces"
    assert (protocol.stimulus_kind, protocol.block("trust").pairs, protocol.block("practice").pairs) == (
        "ai",
        3,
        1,
    )
    assert "made by AI" in protocol.block("detect").questions[0].text


def test_a_set_without_practice_pairs_is_refused(tmp_path):
    write_stimulus_set(tmp_path / "faces", n_pairs=4, n_practice=0)
    with pytest.raises(NewStudyError, match="expected at least 2 pairs and 1 practice pair, found 4 and 0"):
        new_study(tmp_path / "one", stimulus_set=tmp_path / "faces")
    assert not (tmp_path / "one").exists()


def test_nothing_is_overwritten(new):
    before = new.read_text()
    done = CliRunner().invoke(facevalue, ["study", "new", str(new.parent)])
    assert done.exit_code == 1
    assert "expected a new or empty folder" in done.output
    assert new.read_text() == before


def test_a_name_without_letters_is_refused(tmp_path):
    with pytest.raises(NewStudyError, match="expected letters or digits in the name"):
        new_study(tmp_path / "---")
