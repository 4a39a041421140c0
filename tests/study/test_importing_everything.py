"""The study with everything comes back: single faces, labels, cells, checks, questionnaires."""

from __future__ import annotations

from analysis.dataset import read_export
from study.database import writing
from tests.study.browser_like import answers
from tests.study.imports import assert_comes_back
from tests.study.test_everything import message, newest, send
from tests.study.test_everything import study_folder as study_folder
from tests.study.test_everything import visit as visit
from tests.study.test_export import table
from tests.study.test_importing import AWKWARD


def test_every_layout_cell_and_questionnaire_comes_back(visit, engine, elsewhere, tmp_path):
    walker, plan = visit("silent")
    send(walker, *answers(plan))
    walker.send("task-done", {})
    walker.get("session")
    walker.post("questionnaire", page="afterwards", tired="80", why_tired=AWKWARD)
    walker.get("session")
    walker, plan = visit("labelled")
    late = message(plan, 4, status="timed_out")
    late["ratings"] = late["ratings"][:1]
    send(walker, message(plan, 1), message(plan, 2, status="interrupted", ratings=[]), late)
    walker, plan = visit("silent")
    with writing(engine) as db:
        newest(db).status = "technical_failure"
    one = assert_comes_back(engine, elsewhere, "everything", tmp_path)
    people = table(one, "participants")
    assert [row["cell"] for row in people] == ["silent", "labelled", "silent"]
    assert (people[0]["q_why_tired"], people[0]["q_tired"]) == (AWKWARD.strip(), "80")
    trials = table(one, "trials")
    assert {row["layout"] for row in trials} == {"single", "pair"}
    assert {row["trial_kind"] for row in trials} == {"target", "filler", "check", "repeat"}
    assert {row["status"] for row in trials} == {"planned", "answered", "interrupted", "timed_out"}
    assert "" in {row["exposure_ms"] for row in trials}, "without limit"
    assert {row["left_label"] for row in trials} == {"", "ai", "real"}
    assert read_export(tmp_path / "two").trials["layout"].nunique() == 2
