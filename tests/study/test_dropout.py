"""A study stays balanced when people vanish, and never do more complete than were wanted."""

from __future__ import annotations

from study.database import reading
from study.protocol import read_study, thaw
from tests.benchmarks.dropout import by_lists, people, publish_study, through_the_flow
from tests.study.test_flow import the_study


def test_with_a_third_vanishing_every_list_is_completed_equally_often(engine, tmp_path):
    publish_study(engine, tmp_path, target=32)
    crowd = people(seed=3, vanish=0.33, returns=0.1)
    outcome = through_the_flow(engine, crowd, target=32)
    assert outcome.n_completed == 32
    assert outcome.n_started > 40
    assert len(outcome.completed_per_list) == 8
    assert outcome.largest_difference <= 2
    with reading(engine) as db:
        protocol = thaw(the_study(db).current.protocol)
    naive = by_lists(
        "in turn", people(seed=3, vanish=0.33, returns=0.1), protocol, lambda k, n: k % n, target=32
    )
    assert naive.largest_difference > outcome.largest_difference
    assert read_study(tmp_path / "study.toml").protocol.recruitment.target == 32
