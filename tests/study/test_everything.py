"""Single faces, labels, feedback, checks, deadlines, told texts and questionnaires, on both databases."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from study import flow
from study.app import create_app
from study.database import reading, writing
from study.models import QuestionnaireAnswer, Rating, Session, Trial
from tests.everything import plan_everything, write_everything
from tests.study.browser_like import DEVICE, Walker, answers


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory):
    return write_everything(tmp_path_factory.mktemp("everything"))


@pytest.fixture
def visit(published, engine):
    """Someone at the instructions of a cell, or with a plan if ``begin``."""
    app = create_app(published.settings)
    app.config["RATELIMIT_ENABLED"] = False

    def make(cell="silent"):
        walker = Walker(app.test_client(), published.slug)
        walker.consent()
        walker.get("session")
        walker.send("device", DEVICE)
        with writing(engine) as db:
            plan_everything(db, newest(db).session, cell=cell)
        walker.get("session")
        walker.post("questionnaire", page="beforehand", makes="no")
        walker.get("session")
        walker.post("instructions")
        walker.get("session")
        return walker, walker.get("plan").json

    yield make
    app.extensions["facevalue_engine"].dispose()


def newest(db):
    return db.scalars(select(Session).order_by(Session.id.desc())).first()


def message(plan, position, **changes):
    return next(m for m in answers(plan) if m["position"] == position) | changes


def send(walker, *messages):
    return walker.send("messages", {"messages": list(messages)}).json


def test_a_single_face_is_asked_about_as_a_face(visit, engine):
    walker, plan = visit()
    assert plan["trials"][1]["right"] is None
    assert plan["blocks"]["one"]["layout"] == "single"
    assert [q["targets"] for q in plan["blocks"]["one"]["questions"]] == [["face"], ["face"]]
    assert send(walker, message(plan, 2))["refused"] == []
    with reading(engine) as db:
        stored = db.execute(select(Rating.question, Rating.target, Rating.value).order_by(Rating.order)).all()
    assert [tuple(row) for row in stored] == [("lifelike", "face", "3"), ("detect", "face", "ai")]


@pytest.mark.parametrize(
    ("position", "change", "reason"),
    [
        (2, ("detect", "face", "edited"), "detect of face: expected real or ai, found 'edited'"),
        (2, ("lifelike", "face", "11"), "lifelike of face: expected a whole number from 0 to 10, found '11'"),
        (2, ("lifelike", "left", "3"), "lifelike of left was not asked"),
        (4, ("which", "pair", "all"), "which of pair: expected left, right, both or neither, found 'all'"),
        (4, ("each_one", "pair", "ai"), "each_one of pair was not asked"),
    ],
)
def test_an_answer_that_was_not_offered_is_refused(visit, position, change, reason):
    walker, plan = visit()
    question, target, value = change
    wrong = message(plan, position)
    others = [rating for rating in wrong["ratings"] if rating["question"] != question]
    given = {"question": question, "target": target, "value": value, "input": "mouse"}
    refused = send(walker, wrong | {"ratings": [*others, given]})["refused"]
    assert reason in refused[0]["reason"]


@pytest.mark.parametrize("value", ["both", "neither"])
def test_both_and_neither_are_stored_where_they_are_offered(visit, engine, value):
    walker, plan = visit()
    assert {
        question["id"]: question.get("both_neither") for question in plan["blocks"]["two"]["questions"]
    } == {
        "trust": None,
        "which": True,
        "each_one": None,
    }
    given = message(plan, 5)
    for rating in given["ratings"]:
        if rating["question"] == "which":
            rating["value"] = value
    assert send(walker, given)["refused"] == []
    with reading(engine) as db:
        assert db.scalars(select(Rating.value).where(Rating.question == "which")).one() == value


def test_a_timed_out_trial_keeps_what_was_answered_in_time(visit, engine):
    walker, plan = visit()
    late = message(plan, 4, status="timed_out")
    late["ratings"] = late["ratings"][:1]
    assert send(walker, late)["refused"] == []
    never = message(plan, 5, status="timed_out", ratings=[])
    assert send(walker, never)["refused"] == []
    with reading(engine) as db:
        statuses = {trial.position: trial.status for trial in db.scalars(select(Trial))}
        assert (statuses[4], statuses[5]) == ("timed_out", "timed_out")
        assert db.execute(select(Rating.question, Rating.target)).all() == [("trust", "left")]


def test_what_is_answered_in_time_must_still_be_possible(visit):
    walker, plan = visit()
    late = message(plan, 4, status="timed_out")
    late["ratings"] = [late["ratings"][0] | {"value": "9"}]
    assert "from 1 to 7, found '9'" in send(walker, late)["refused"][0]["reason"]


def test_a_check_names_its_question_and_answer_and_no_other_trial_does(visit):
    _, plan = visit()
    asked = {trial["position"]: trial["asked"] for trial in plan["trials"] if "asked" in trial}
    assert asked == {6: {"question": "trust", "value": "3"}}


def test_feedback_is_there_once_the_answer_is_stored_and_only_in_its_block(visit):
    walker, plan = visit()
    assert walker.get("feedback/1").status_code == 404
    send(walker, message(plan, 1), message(plan, 2))
    told = walker.get("feedback/1")
    assert told.json == {"face": "ai"}
    assert told.headers["Cache-Control"] == "no-store"
    assert walker.get("feedback/2").status_code == 404
    assert walker.get("feedback/99").status_code == 404


def test_nobody_is_told_the_truth_about_anothers_trial_or_an_interrupted_one(visit, published):
    walker, plan = visit()
    send(walker, message(plan, 1, status="interrupted", ratings=[]))
    assert walker.get("feedback/1").status_code == 404
    stranger = Walker(create_app(published.settings).test_client(), published.slug)
    assert stranger.get("feedback/1").status_code == 404


def test_labels_and_what_is_told_are_for_the_labelled_cell_only(visit):
    _, silent = visit("silent")
    _, labelled = visit("labelled")
    assert not {"labelled", "told_html"} & silent.keys()
    assert not any("labels" in trial for trial in silent["trials"])
    assert labelled["labelled"] is True
    assert "made by AI" in labelled["told_html"]
    assert [trial["labels"] for trial in labelled["trials"]][1:5] == [
        ["real"],
        ["ai"],
        ["ai", "real"],
        ["real", "real"],
    ]


def test_a_label_on_a_trial_of_another_cell_never_reaches_the_browser(visit, engine):
    walker, _ = visit("labelled")
    with writing(engine) as db:
        flow.session_by_id(db, newest(db).session).cell = "silent"
    plan = walker.get("plan").json
    assert not any("labels" in trial for trial in plan["trials"])


def test_no_plan_names_a_cell_or_a_kind_of_trial_and_the_silent_one_no_label(visit):
    for cell, labels in (("silent", 0), ("labelled", 7)):
        _, plan = visit(cell)
        for block in plan["blocks"].values():
            del block["intro_html"]
        plan.pop("told_html", None)
        written = json.dumps(plan).lower()
        words = {
            "silent",
            "cell",
            "filler",
            "repeat",
            "target_",
            "trial_kind",
            "check",
            "disclosure",
            "pair_0",
        }
        assert {word for word in words if word in written} == set()
        assert sum("labels" in trial for trial in plan["trials"]) == labels


def stored_answers(engine):
    with reading(engine) as db:
        return {answer.item: answer.value for answer in db.scalars(select(QuestionnaireAnswer))}


@pytest.fixture
def beforehand(published, engine):
    """Someone at the first page of questions."""
    app = create_app(published.settings)
    walker = Walker(app.test_client(), published.slug)
    walker.consent()
    walker.get("session")
    walker.send("device", DEVICE)
    walker.get("session")
    yield walker
    app.extensions["facevalue_engine"].dispose()


def test_questions_before_come_before_the_instructions(beforehand, engine):
    page = beforehand.get("session").text
    assert "Before we begin" in page
    assert beforehand.get("plan").status_code == 404
    beforehand.post("questionnaire", page="beforehand", makes="no")
    assert "How it works" in beforehand.get("session").text
    assert stored_answers(engine) == {"makes": "no"}


def test_an_item_that_was_not_asked_stores_nothing(beforehand, engine):
    beforehand.post("questionnaire", page="beforehand", makes="no", tools="web", own_model="left over")
    assert stored_answers(engine) == {"makes": "no"}


def test_a_required_item_that_was_asked_must_be_answered(beforehand, engine):
    page = beforehand.post("questionnaire", page="beforehand", makes="yes", tools=["web", "own"])
    assert page.status_code == 422
    assert page.text.count("Please answer this question.") == 1
    assert 'value="own" checked' in page.text
    assert stored_answers(engine) == {}


def test_several_choices_are_one_answer_of_codes(beforehand, engine):
    beforehand.post(
        "questionnaire", page="beforehand", makes="yes", tools=["web", "own"], own_model="a small one"
    )
    assert stored_answers(engine) == {"makes": "yes", "tools": "web;own", "own_model": "a small one"}


@pytest.mark.parametrize("tools", [["web", "tv"], ["web", "web"]])
def test_choices_that_were_not_offered_are_refused(beforehand, tools):
    page = beforehand.post("questionnaire", page="beforehand", makes="yes", tools=tools)
    assert "Please choose from the options." in page.text


def test_a_page_sent_twice_is_stored_once_and_never_taken_for_the_next(beforehand, engine):
    for _ in range(2):
        beforehand.post("questionnaire", page="beforehand", makes="no")
    assert stored_answers(engine) == {"makes": "no"}
    assert beforehand.post("questionnaire", page="afterwards", tired="50").status_code == 303
    assert stored_answers(engine) == {"makes": "no"}


def test_conditions_are_in_words_for_who_has_no_script(beforehand):
    page = beforehand.get("session").text
    assert "Only if your answer to “Have you ever made pictures with AI?” is one of these: Yes." in page
    assert "data-show-if" in page


def finish_trials(walker, plan):
    for start in range(0, len(plan["trials"]), 5):
        send(walker, *list(answers(plan))[start : start + 5])
    walker.send("task-done", {})
    return walker.get("session").text


def test_pages_after_the_trials_follow_each_other_and_one_nobody_is_asked_is_left_out(visit, engine):
    walker, plan = visit()
    page = finish_trials(walker, plan)
    assert "How tired are you now?" in page
    assert walker.post("questionnaire", page="afterwards", tired="").status_code == 422
    assert walker.post("questionnaire", page="afterwards", tired="101").status_code == 422
    walker.post("questionnaire", page="afterwards", tired="59", why_tired="not asked")
    # Who makes no pictures is not asked how often.
    assert "COMPLETE" in walker.get("session").text
    assert stored_answers(engine) == {"makes": "no", "tired": "59"}


def test_a_condition_may_rest_on_an_answer_of_an_earlier_page(visit, engine):
    walker, plan = visit()
    with writing(engine) as db:
        row = db.scalars(select(QuestionnaireAnswer).where(QuestionnaireAnswer.item == "makes")).one()
        row.value = "yes"
    finish_trials(walker, plan)
    walker.post("questionnaire", page="afterwards", tired="60", why_tired="")
    page = walker.get("session").text
    assert "About the pictures you make" in page
    assert "Send and finish" in page
    walker.post("questionnaire", page="makers", how_often="4")
    assert "COMPLETE" in walker.get("session").text
    assert stored_answers(engine) == {"makes": "yes", "tired": "60", "why_tired": "", "how_often": "4"}
