"""A stored plan is what protocol and seed give, and a changed one is found, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from study import flow
from study.cli import study_commands
from study.database import reading, writing
from study.models import Session, Trial
from study.replay import planned_sessions, replay
from study.robots import RobotTruth, run_robots
from tests.conftest import postgresql_alone
from tests.study.test_flow import SMALL_DEVICE, start
from tests.study.test_places import CELLS, change


def run(published, *arguments):
    database = ["--database", published.settings.database]
    return CliRunner().invoke(study_commands, ["replay", *arguments, *database])


def tamper(engine, session, at, **values):
    with writing(engine) as db:
        mine = select(Session.id).where(Session.session == session).scalar_subquery()
        db.execute(update(Trial).where(Trial.session_id == mine, Trial.position == at).values(**values))


@postgresql_alone
def test_every_one_of_a_hundred_sessions_is_proven(live_study, engine):
    stimuli = live_study.folder / "stimuli"
    robots = {"truth": RobotTruth(), "seed": 1, "stimulus_set": stimuli, "vanish": 0.9}
    run_robots(live_study.robot_link, n=20, **robots)
    for _ in range(80):
        start(engine, namespace="robot")
    done = run(live_study, "--all", live_study.slug)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[-1] == "100 of 100 sessions as protocol and seed give them"
    assert sum("same     sha256 " in line for line in lines) == 100
    with reading(engine) as db:
        proofs = [replay(db, session) for session in planned_sessions(db, live_study.slug)]
        assert len({proof.stored_sha256 for proof in proofs}) == 100


def test_sessions_of_every_cell_are_proven(published, engine):
    change(engine, cells=CELLS)
    for _ in range(8):
        start(engine)
    assert run(published, "--all", published.slug).exit_code == 0


@pytest.mark.parametrize(
    ("position", "values", "said"),
    [
        (5, {"exposure_ms": 42.0}, "trial 5, exposure_ms: stored 42.0, rebuilt "),
        (7, {"left_label": "real"}, "trial 7, left_label: stored 'real', rebuilt None"),
        (26, {"trial_kind": "filler"}, "trial 26, trial_kind: stored 'filler', rebuilt 'target'"),
        (3, {"position": 27}, "trial 3: not stored"),
        (3, {"position": 27}, "trial 27: stored, but not of the plan"),
    ],
)
def test_a_changed_row_is_found_and_named(published, engine, position, values, said):
    sound, session = start(engine), start(engine)
    tamper(engine, session, position, **values)
    done = run(published, session)
    assert done.exit_code == 1
    assert f"  {said}" in done.output
    assert "DIFFERS  stored " in done.output
    assert "0 of 1 session as protocol and seed give them" in done.output
    assert run(published, sound).exit_code == 0
    both = run(published, "--all", published.slug)
    assert (both.exit_code, both.output.count("DIFFERS")) == (1, 1)


def test_swapped_faces_are_found_in_both_columns(published, engine):
    session = start(engine)
    with reading(engine) as db:
        trial = db.scalars(select(Trial).where(Trial.position == 9)).one()
        left, right = trial.left, trial.right
    tamper(engine, session, 9, left=right, right=left)
    with reading(engine) as db:
        found = replay(db, flow.session_by_id(db, session))
        assert [(one.row, one.column) for one in found.differences] == [
            ("trial 9", "left"),
            ("trial 9", "right"),
        ]
        assert found.stored_sha256 != found.rebuilt_sha256


def test_another_seed_or_list_of_the_session_is_found(published, engine):
    session = start(engine)
    with writing(engine) as db:
        db.execute(update(Session).values(seed=1, list_number=11))
    output = run(published, session).output
    assert "session, seed: stored 1, rebuilt " in output
    assert "session, list_number: stored 11, rebuilt 0" in output


def test_a_session_that_lost_all_its_rows_says_so_without_end(published, engine):
    session = start(engine)
    with writing(engine) as db:
        db.execute(delete(Trial))
    output = run(published, session).output
    assert "trial 1: not stored" in output
    assert "  and 6 more" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0000"], "there is no session 0000 in this database"),
        (["--all", "other"], "there is no study other in this database"),
        ([], "expected a SESSION or --all SLUG, and not both"),
        (["0000", "--all", "other"], "expected a SESSION or --all SLUG, and not both"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_one_sentence(published, engine, arguments, said):
    done = run(published, *arguments)
    assert done.exit_code != 0
    assert said in done.output


def test_who_never_had_a_place_has_nothing_to_replay(published, engine):
    done = run(published, start(engine, device=SMALL_DEVICE))
    assert "has no plan to replay: it ended as screened_out before it was given a place" in done.output
