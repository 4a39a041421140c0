"""Robots answer everything a participant can meet, through the real server, on both databases."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from analysis.dataset import read_export
from analysis.report import write_report
from analysis.report.content import Table
from stimuli.manifest import read_set
from study.database import reading, writing
from study.export import Selection, export_study
from study.links import participant_link
from study.models import Event, QuestionnaireAnswer, Rating, Session, Trial
from study.robots import RobotTruth
from study.robots.mind import Mind
from study.robots.walk import Walk
from study.running import now
from study.serving import running_server
from study.settings import Settings
from tests.conftest import sqlite_alone
from tests.everything import plan_everything, write_everything
from tests.study.valid_export import assert_valid


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory):
    return write_everything(tmp_path_factory.mktemp("everything"))


@pytest.fixture
def walked_template(templates, study_folder, study_template, server):
    """Three robots go through the study with everything: a silent cell, a labelled one, a careless robot."""

    def walk(engine, folder):
        shutil.copytree(study_template.folder / "pictures", folder / "pictures")
        address = engine.url.render_as_string(hide_password=False)
        return walk_through(engine, Settings(data=folder, database=address, secret_key="for tests only"))

    stimuli = {stimulus.sha256: stimulus for stimulus in read_set(study_folder / "stimuli").stimuli}

    def walk_through(engine, settings):
        codes = {}
        robots = [("silent", 0), ("labelled", 0), ("silent", 1)]
        with running_server(settings) as address:
            link = participant_link(settings, "everything", address=address, namespace="robot")
            for number, (cell, careless) in enumerate(robots, start=1):
                walk = Walk(link, Mind(RobotTruth(careless_share=careless), seed=5, number=number), stimuli)
                walk.enrol()
                assert walk.enrolled
                with writing(engine) as db:
                    last = db.scalars(select(Session.session).order_by(Session.id.desc())).first()
                    plan_everything(db, last, cell=cell)
                assert walk.answer_everything() == 7
                codes[str(number)] = walk.completion_code
                walk.close()
        return codes

    return templates.made("walked by robots", server, study_template, walk)


@pytest.fixture
def robots(walked_template):
    """The completion codes that they brought back."""
    return list(walked_template.known.values())


def test_robots_go_the_whole_way_and_leave_what_a_participant_would(robots, engine):
    assert all(robots[:2])
    with reading(engine) as db:
        sessions = list(db.scalars(select(Session).order_by(Session.id)))
        assert [session.status for session in sessions] == ["completed", "completed", "failed_checks"]
        assert set(db.scalars(select(Trial.status))) == {"answered"}
        targets = db.execute(
            select(Trial.layout, Rating.target).join(Trial, Trial.id == Rating.trial_id).distinct()
        ).all()
        assert {tuple(row) for row in targets} == {
            ("single", "face"),
            ("pair", "left"),
            ("pair", "right"),
            ("pair", "pair"),
        }
        told = db.scalars(select(Event.session_id).where(Event.kind == "told")).all()
        assert told == [sessions[1].id]
        items = set(db.scalars(select(QuestionnaireAnswer.item)))
        assert {"makes", "tired"} <= items
        assert checks(db, sessions[0]) == checks(db, sessions[1]) == ["3", "3"]
        assert checks(db, sessions[2]) != ["3", "3"]


@sqlite_alone
def test_their_export_is_read_and_reported_with_reasons_for_what_cannot_be_tested(robots, engine, tmp_path):
    assert robots[0]
    export_study(
        engine, "everything", tmp_path / "export", selection=Selection(namespaces=("robot",)), now=now()
    )
    data = read_export(tmp_path / "export")
    report = write_report(data, tmp_path / "report.html", n_resamples=50)
    tables = {part.name: part.data for part in report.parts(Table)}
    careless = data.participants["participant"].iloc[2]
    excluded = report.inputs.exclusions.table.set_index("rule")["who"]
    assert excluded["max_failed_checks"] == (careless,)
    assert report.failures == ()
    assert tables["faces"]["n_trials"].iloc[-1] == 4
    reasons = tables["claims-not-tested"].set_index("id")["reason"]
    assert "Answers of 2 participants to 2 pictures are left" in reasons["closer-look"]
    page = (tmp_path / "report.html").read_text()
    assert "Single faces" in page
    assert "block “one” (60\u00a0s) there was a limit to the time for answers" in page
    tools = set(data.participants["q_tools"].dropna())
    assert all(set(given.split(";")) <= {"phone", "web", "own"} for given in tools)
    assert data.participants["q_tired"].between(0, 100).all()


def test_their_export_is_valid(robots, engine, tmp_path):
    """Single faces, pairs, labels, fillers, repeats, checks, questionnaires before and after."""
    assert robots[0]
    export_study(
        engine, "everything", tmp_path / "export", selection=Selection(namespaces=("robot",)), now=now()
    )
    assert_valid(tmp_path / "export")


def checks(db, session):
    return db.scalars(
        select(Rating.value)
        .join(Trial, Trial.id == Rating.trial_id)
        .where(Trial.session_id == session.id, Trial.trial_kind == "check", Rating.question == "trust")
    ).all()
