"""An export of some sessions, with times made less exact, and with identifiers in a file apart."""

from __future__ import annotations

import csv
import hashlib
import json
import stat
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from analysis.dataset import read_export
from study import flow
from study.database import writing
from study.export import ExportError, IdentifiersWanted, Selection, export_study
from study.export_command import export_command
from study.models import Departure
from tests.conftest import MOMENT
from tests.study.test_export import LATER, read_json, table
from tests.study.test_flow import complete, send, start, the_study, trial_message

HOUR = timedelta(hours=1)
TIMES = ("consented_at", "started_at", "completed_at", "received_at")


@pytest.fixture
def people(published, engine):
    """One came at noon and completed, one an hour later and is on the way; somebody refused at two."""
    done = start(engine, identifiers={"PROLIFIC_PID": "5f1a0secret", "SESSION_ID": 'an"other,'})
    complete(engine, done, at=MOMENT + timedelta(minutes=25, seconds=3))
    on_the_way = start(engine, at=MOMENT + HOUR, identifiers={"PROLIFIC_PID": "60c7another"})
    send(engine, on_the_way, [trial_message(1, 1)], at=MOMENT + HOUR)
    with writing(engine) as db:
        departed = Departure(
            study_id=the_study(db).id, namespace="live", kind="declined", at=MOMENT + 2 * HOUR
        )
        db.add(departed)
    return {"done": done, "on_the_way": on_the_way, "slug": published.slug}


def exported(engine, people, folder, **selection):
    export_study(engine, people["slug"], folder, now=LATER, selection=Selection(**selection))
    return folder


@pytest.mark.parametrize(
    ("selection", "who", "n_departed"),
    [
        ({}, {"done", "on_the_way"}, 1),
        ({"statuses": ("completed",)}, {"done"}, 1),
        ({"statuses": ("in_progress", "lapsed")}, {"on_the_way"}, 1),
        ({"since": MOMENT + HOUR}, {"on_the_way"}, 1),
        ({"until": MOMENT + HOUR}, {"done"}, 0),
        ({"since": MOMENT + HOUR, "until": MOMENT + 2 * HOUR}, {"on_the_way"}, 0),
        ({"since": MOMENT + 3 * HOUR}, set(), 0),
    ],
)
def test_only_the_sessions_asked_for_are_in_any_table(people, engine, tmp_path, selection, who, n_departed):
    folder = exported(engine, people, tmp_path / "export", **selection)
    sessions = {people[name] for name in who}
    assert {row["session"] for row in table(folder, "participants")} == sessions
    assert {row["session"] for row in table(folder, "trials")} == sessions
    assert {row["session"] for row in table(folder, "ratings")} == sessions
    assert len(table(folder, "stimuli")) > 0
    facts = read_json(folder, "datapackage.json")["facevalue"]
    assert sum(facts["departures"].values()) == n_departed
    assert sum(facts["participants_by_status"].values()) == len(sessions)
    assert sum(version["participants"] for version in facts["protocol_versions"]) == len(sessions)


def test_an_export_says_what_was_chosen_and_one_of_everybody_says_nothing(people, engine, tmp_path):
    everybody = exported(engine, people, tmp_path / "all")
    assert "selection" not in read_json(everybody, "datapackage.json")["facevalue"]
    some = exported(engine, people, tmp_path / "some", statuses=("completed",), since=MOMENT, times="day")
    assert read_json(some, "datapackage.json")["facevalue"]["selection"] == {
        "statuses": ["completed"],
        "consented_since": "2026-03-01T12:00:00.000000Z",
        "consented_before": None,
        "times": "day",
    }
    readme = (some / "README.md").read_text()
    assert (
        "Sessions: live; only those with the status completed; consent from 2026-03-01T12:00:00.000000Z on; "
        "all times cut to the day." in readme
    )
    read_export(some)


@pytest.mark.parametrize(("times", "ending"), [("hour", ":00:00.000000Z"), ("day", "T00:00:00.000000Z")])
def test_times_are_cut_in_every_table_and_nothing_else_is(people, engine, tmp_path, times, ending):
    exact = exported(engine, people, tmp_path / "exact")
    folder = exported(engine, people, tmp_path / "cut", times=times)
    kept = 10 if times == "day" else 13
    for name in ("trials", "ratings", "participants", "events"):
        for one, other in zip(table(exact, name), table(folder, name), strict=True):
            cut = {time: one[time][:kept] + ending for time in TIMES if one.get(time)}
            assert other == {**one, **cut}
    assert any(row["completed_at"] for row in table(folder, "participants"))
    moments = pq.read_table(folder / "parquet" / "participants.parquet")["completed_at"].to_pylist()
    assert all(moment.minute == 0 for moment in moments if moment)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"statuses": ("complete",)}, "statuses: expected some of consented, in_progress, completed, "),
        ({"times": "minute"}, "times: expected one of exact, hour, day, found minute"),
        ({"since": LATER, "until": MOMENT}, "expected an end after the beginning"),
    ],
)
def test_a_selection_that_cannot_be_is_refused(people, engine, tmp_path, selection, message):
    with pytest.raises(ExportError, match=message):
        exported(engine, people, tmp_path / "export", **selection)
    assert list(tmp_path.glob("exp*")) == []


def test_identifiers_go_to_a_file_apart_that_only_its_owner_reads(people, engine, tmp_path):
    wanted = IdentifiersWanted(tmp_path / "identifiers.csv", tmp_path / "disclosures.log")
    completed = Selection(statuses=("completed",))
    export_study(
        engine, people["slug"], tmp_path / "export", now=LATER, selection=completed, identifiers_wanted=wanted
    )
    with wanted.file.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["session"], row["name"], row["value"]) for row in rows] == [
        (people["done"], "PROLIFIC_PID", "5f1a0secret"),
        (people["done"], "SESSION_ID", 'an"other,'),
    ]
    assert stat.S_IMODE(wanted.file.stat().st_mode) == 0o600
    everything = b"".join(path.read_bytes() for path in (tmp_path / "export").rglob("*") if path.is_file())
    assert b"5f1a0secret" not in everything
    entry = json.loads(wanted.log.read_text())
    assert entry | {"account": ""} == {
        "at": "2026-03-02T12:00:00.000000Z",
        "study": people["slug"],
        "sessions": 1,
        "file": "identifiers.csv",
        "sha256": hashlib.sha256(wanted.file.read_bytes()).hexdigest(),
        "account": "",
    }
    assert entry["account"]
    assert "5f1a0secret" not in wanted.log.read_text()


@pytest.mark.parametrize("file", ["export/identifiers.csv", "there.csv", "nowhere/identifiers.csv"])
def test_identifiers_never_go_into_the_export_nor_over_a_file(people, engine, tmp_path, file):
    (tmp_path / "there.csv").write_text("mine")
    wanted = IdentifiersWanted(tmp_path / file, tmp_path / "disclosures.log")
    with pytest.raises(ExportError, match=r"expected a (new )?file"):
        export_study(engine, people["slug"], tmp_path / "export", now=LATER, identifiers_wanted=wanted)
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert not wanted.log.exists()
    assert not (tmp_path / "export").exists()


def test_the_command_takes_every_choice(people, engine, database, tmp_path):
    choices = ["--status", "completed", "--since", "2026-03-01", "--until", "2026-03-01T13:00:00Z"]
    choices += ["--times", "hour", "--identifiers", str(tmp_path / "identifiers.csv")]
    installation = ["--data", str(tmp_path), "--database", database]
    said = CliRunner().invoke(
        export_command, [people["slug"], "--out", str(tmp_path / "export"), *choices, *installation]
    )
    assert said.exit_code == 0, said.output
    assert "1 participants" in said.output
    assert f"this is on record in {tmp_path / 'disclosures.log'}" in said.output
    assert [row["session"] for row in table(tmp_path / "export", "participants")] == [people["done"]]


def test_withdrawn_people_are_in_no_file_of_identifiers(people, engine, tmp_path):
    with writing(engine) as db:
        session = flow.session_by_id(db, people["done"])
        flow.withdraw(db, session, erasures=tmp_path / "erasures.log", now=LATER)
    wanted = IdentifiersWanted(tmp_path / "identifiers.csv", tmp_path / "disclosures.log")
    export_study(engine, people["slug"], tmp_path / "export", now=LATER, identifiers_wanted=wanted)
    assert "5f1a0secret" not in wanted.file.read_text()
    assert "60c7another" in wanted.file.read_text()
