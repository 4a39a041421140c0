"""Robots in the real app behind the production server, on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

from study.database import open_engine
from study.export import Selection, export_study
from study.robots import RobotError, RobotTruth, run_robots
from study.robots_command import robots_command
from tests.conftest import MOMENT, sqlite_alone, write_stimulus_set

TRUTH = RobotTruth()


def run(live_study, n, **options):
    settings = {"truth": TRUTH, "seed": 1, "stimulus_set": live_study.folder / "stimuli", **options}
    return run_robots(live_study.robot_link, n=n, **settings)


def exported(live_study, folder, table, namespace="robot"):
    engine = open_engine(live_study.settings.database)
    export_study(engine, live_study.slug, folder, now=MOMENT, selection=Selection(namespaces=(namespace,)))
    engine.dispose()
    with next((folder / "data").glob(f"*description-{table}_data.csv")).open(newline="") as rows:
        return list(csv.DictReader(rows))


def test_robots_complete_the_study_and_bring_back_the_code(live_study, tmp_path):
    report = run(live_study, 3)
    assert [outcome.status for outcome in report.outcomes] == ["completed"] * 3
    assert {outcome.completion_code for outcome in report.outcomes} == {"COMPLETE"}
    assert [outcome.n_answered for outcome in report.outcomes] == [26] * 3
    trials = exported(live_study, tmp_path / "export", "trials")
    assert [(row["status"], row["evidence"]) for row in trials] == [("answered", "simulated")] * 78
    people = exported(live_study, tmp_path / "again", "participants")
    assert [row["place"] for row in people] == ["0", "1", "2"]
    assert {row["browser"] for row in people} == {"facevalue robot 1"}
    assert all(row["q_ai_use"] in "12345" for row in people)
    assert exported(live_study, tmp_path / "live", "participants", namespace="live") == []


@sqlite_alone
def test_the_same_seed_gives_the_same_answers_in_every_run(live_study, tmp_path):
    def answers(folder):
        rows = exported(live_study, folder, "ratings")
        sessions = list(dict.fromkeys(row["session"] for row in rows))
        keys = ("position", "pair", "stimulus", "question", "target", "value", "rt_ms")
        return [(sessions.index(row["session"]), *(row[key] for key in keys)) for row in rows]

    run(live_study, 2, concurrency=4)
    first = answers(tmp_path / "first")
    engine = open_engine(live_study.settings.database)
    with engine.execution_options(writes=True).begin() as connection:
        for name in ("sessions", "places"):
            connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - two fixed names
    engine.dispose()
    run(live_study, 2, concurrency=1)
    assert answers(tmp_path / "second") == first


@sqlite_alone
def test_another_stimulus_set_is_found_out_and_named(live_study, tmp_path):
    other = write_stimulus_set(tmp_path / "other", n_pairs=1, size=(60, 80))
    with pytest.raises(RobotError, match="give the folder of the set this study was published from") as error:
        run(live_study, 1, stimulus_set=other)
    assert error.value.report.outcomes[0].status == "failed"


@sqlite_alone
def test_the_command_writes_what_the_robots_were_given(live_study, tmp_path):
    (tmp_path / "truth.json").write_text('{"side_bias": 0.4, "d_prime": {"500": 1.0}}')
    out = tmp_path / "robots.json"
    arguments = [live_study.robot_link, "--n", "1", "--set", str(live_study.folder / "stimuli")]
    arguments += ["--truth", str(tmp_path / "truth.json"), "--out", str(out)]
    done = CliRunner().invoke(robots_command, arguments)
    assert done.exit_code == 0, done.output
    assert "1 robot completed" in done.output
    assert "completion code COMPLETE" in done.output
    written = json.loads(out.read_text())
    assert written["truth"]["side_bias"] == 0.4
    assert written["truth"]["d_prime"] == {"500": 1.0}
    assert written["robots"][0]["status"] == "completed"
    assert "as=" not in out.read_text()


def test_where_nobody_serves_the_error_says_so(study_folder):
    with pytest.raises(RobotError, match=r"1 of 1 robots did not complete; robot 1: .*is it served\?"):
        run_robots("http://127.0.0.1:9/s/x/", n=1, truth=TRUTH, seed=1, stimulus_set=study_folder / "stimuli")


@sqlite_alone
def test_robots_that_vanish_leave_midway_and_the_others_complete(live_study, tmp_path):
    report = run(live_study, 8, vanish=0.5, seed=2)
    statuses = [outcome.status for outcome in report.outcomes]
    assert set(statuses) == {"completed", "vanished"}
    assert (report.n_completed, report.n_vanished) == (
        statuses.count("completed"),
        statuses.count("vanished"),
    )
    people = exported(live_study, tmp_path / "export", "participants")
    assert [row["status"] for row in people] == [
        "completed" if status == "completed" else "in_progress" for status in statuses
    ]
    reasons = [outcome.reason for outcome in report.outcomes if outcome.status == "vanished"]
    assert all("of 26 trials, as asked" in reason for reason in reasons)
    again = run(live_study, 8, vanish=0.5, seed=2)
    assert [outcome.status for outcome in again.outcomes] == statuses
