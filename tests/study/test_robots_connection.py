"""A robot keeps what it answered until the server has it, and comes back to the same trial and pictures."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from stimuli.manifest import read_set
from study.database import open_engine, reading
from study.models import Rating, Session, Trial
from study.robots import RobotTruth
from study.robots.connection import Connection, WalkError
from study.robots.mind import Mind
from study.robots.walk import Walk
from tests.chaos.proxy import FaultyProxy
from tests.chaos.server import KillableServer
from tests.conftest import sqlite_alone


@pytest.fixture
def robot(published):
    """Makes robots for an address, with the pictures of the published study."""
    stimuli = {stimulus.sha256: stimulus for stimulus in read_set(published.folder / "stimuli").stimuli}

    def make(address, **options):
        from study.links import participant_link

        link = participant_link(published.settings, published.slug, address=address, namespace="robot")
        mind = Mind(RobotTruth(), seed=1, number=1)
        return Walk(link, mind, stimuli, batch=1, timeout_seconds=5, **options)

    return make


def test_a_robot_goes_on_at_the_same_trial_with_the_same_pictures_after_kill_9(robot, published):
    with KillableServer(published.settings) as server:
        said = []
        walk = robot(f"http://127.0.0.1:{server.port}", acknowledged=said.append, patience_seconds=90)
        restarts = []

        def kill_in_the_middle(message):
            said.append(message)
            if message["position"] == 7:
                server.kill()
                restart = threading.Timer(0.3, server.start)
                restart.start()
                restarts.append(restart)

        walk._acknowledged = kill_in_the_middle
        walk.enrol()
        assert walk.answer_everything() == 26
        for restart in restarts:
            restart.join()
        assert walk.completion_code == "COMPLETE"
        assert walk.n_resumed == 1
    assert [message["position"] for message in said] == list(range(1, 27))
    engine = open_engine(published.settings.database)
    with reading(engine) as db:
        rows = db.execute(
            select(Trial.position, Rating.question, Rating.target, Rating.value)
            .join(Rating, Rating.trial_id == Trial.id)
            .join(Session, Session.id == Trial.session_id)
            .where(Session.session == walk.session)
            .order_by(Trial.position, Rating.order)
        ).all()
    engine.dispose()
    meant = [
        (message["position"], rating["question"], rating["target"], rating["value"])
        for message in said
        for rating in message["ratings"]
    ]
    assert [tuple(row) for row in rows] == meant


@sqlite_alone
def test_whatever_stands_in_the_servers_place_is_not_taken_for_it(robot, published):
    with KillableServer(published.settings) as server, FaultyProxy(server.port, rate=0.5, seed=2) as proxy:
        waits = []
        walk = robot(proxy.address, patience_seconds=90)
        walk._http = Connection(patience_seconds=90, timeout_seconds=1.5, sleep=waits.append)
        for _ in range(60):
            try:
                walk.enrol()
                break
            except WalkError:
                continue
        walk.answer_everything()
        assert walk.completion_code == "COMPLETE"
        assert sum(proxy.counts.values()) > 20
        assert max(waits) <= 3
        walk.close()


@sqlite_alone
def test_patience_has_an_end_and_says_what_was_met(robot, published):
    with KillableServer(published.settings) as server:
        walk = robot(f"http://127.0.0.1:{server.port}", patience_seconds=0.5)
        walk.enrol()
        server.kill()
        with pytest.raises(
            WalkError, match=r"/plan: no answer \(ConnectionError\); is it served\?|no answer"
        ):
            walk.answer_everything()
