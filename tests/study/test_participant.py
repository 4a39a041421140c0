"""The participant's pages, on SQLite and PostgreSQL."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from study.database import reading
from study.models import Departure, Rating, Session, Trial
from tests.study.browser_like import DEVICE, Walker, answers


@pytest.fixture
def walker(app, published):
    return Walker(app.test_client(), published.slug)


def count(engine, table):
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(table))


def test_the_landing_page_informs_and_starts_nothing(walker, engine):
    page = walker.get()
    assert page.status_code == 200
    assert "First impressions of headshots" in page.text
    assert "I am at least 18 years old" in page.text
    assert count(engine, Session) == 0


def test_a_whole_session_ends_with_a_completion_and_a_withdrawal_code(walker, engine):
    walker.answer(walker.start())
    walker.finish()
    page = walker.seen[-1].text
    assert "COMPLETE" in page
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page)
    assert code
    with reading(engine) as db:
        assert db.scalars(select(Session.status)).one() == "completed"
        assert db.scalars(select(Trial.status)).all() == ["answered"] * 26
        assert db.scalar(select(func.count()).select_from(Rating)) == 14 * 2 + 12 * 3
    assert code[0] in walker.get("session").text


def test_the_debrief_counts_what_was_on_time_among_what_the_browser_could_tell(walker):
    messages = list(answers(walker.start()))
    for message in messages[:20]:
        message["presentation"] |= {"evidence": "none", "shown_frames": None}
    messages[-1]["presentation"] |= {"shown_frames": 31}
    walker.send("messages", {"messages": messages})
    walker.finish()
    page = walker.seen[-1].text
    assert "5 of 6 pairs were shown for exactly the time planned" in page
    assert "Of the rest it could not tell." in page


def test_the_completion_code_is_nowhere_before_the_end(walker):
    plan = walker.start()
    walker.answer(plan)
    walker.send("task-done", {})
    walker.get("session")
    assert not any("COMPLETE" in response.text for response in walker.seen)


def test_missing_answers_are_named_and_nothing_is_completed(walker):
    plan = walker.start()
    walker.send("messages", {"messages": list(answers(plan))[:-2]})
    assert walker.send("task-done", {}).json == {"complete": False, "missing": [25, 26]}
    assert len(walker.get("plan").json["trials"]) == 2


def test_after_a_reload_the_plan_holds_what_is_left_and_numbers_go_on(walker):
    plan = walker.start()
    walker.send("messages", {"messages": list(answers(plan))[:10]})
    again = walker.get("plan").json
    assert again["first_number"] == 11
    assert [trial["position"] for trial in again["trials"]] == list(range(11, 27))
    assert again["n_trials"] == 26


def test_refusing_is_counted_and_leaves_no_session(walker, engine):
    walker.get()
    page = walker.post("consent", consent="no")
    assert page.headers["Location"].endswith("/declined")
    assert walker.get("declined").status_code == 200
    assert count(engine, Session) == 0
    assert count(engine, Departure) == 1


def test_without_the_token_of_the_page_nothing_is_accepted(app, published, engine):
    response = app.test_client().post(f"/s/{published.slug}/consent", data={"consent": "yes"})
    assert response.status_code == 400
    assert "out of date" in response.text
    assert count(engine, Session) == 0


def test_coming_back_by_the_link_goes_on_with_the_same_session(walker, engine):
    walker.start()
    assert walker.get().headers["Location"].endswith("/session")
    assert count(engine, Session) == 1


def test_leaving_erases_the_session_and_says_so(walker, engine):
    walker.answer(walker.start())
    assert walker.get("withdraw").status_code == 200
    walker.post("withdraw")
    assert count(engine, Session) == 0
    assert count(engine, Trial) == 0
    assert walker.get("withdrawn").status_code == 200
    assert walker.get().status_code == 200


def test_the_withdrawal_code_erases_a_completed_session_from_another_computer(walker, app, published, engine):
    walker.answer(walker.start())
    walker.finish()
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", walker.seen[-1].text)[0]
    elsewhere = Walker(app.test_client(), published.slug)
    elsewhere.get("withdraw")
    wrong = elsewhere.post("withdraw", code="AAAA-BBBB-CCCC")
    assert wrong.status_code == 422
    assert "No answers belong to this code" in wrong.text
    assert elsewhere.post("withdraw", code=code).status_code == 303
    assert count(engine, Session) == 0


def test_a_small_screen_ends_kindly_with_the_screened_out_code(walker):
    walker.consent()
    walker.get("session")
    walker.send("device", DEVICE | {"viewport_width_px": 100})
    page = walker.get("session").text
    assert "SCREENED" in page


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("device", {"touch": True}, "frame_interval_ms: Field required"),
        ("messages", {"messages": "none"}, "expected a list of at most 50 messages"),
        ("messages", [], "expected a list of at most 50 messages"),
    ],
)
def test_json_that_makes_no_sense_is_refused_with_a_sentence(walker, path, body, sentence):
    walker.consent()
    walker.get("session")
    response = walker.send(path, body)
    assert response.status_code == 400
    assert sentence in response.json["error"]


def test_messages_after_withdrawing_are_gone_and_said_to_be(walker):
    plan = walker.start()
    walker.post("withdraw")
    assert walker.answer(plan).status_code == 410


def test_a_questionnaire_with_faults_keeps_what_was_written(walker):
    walker.answer(walker.start())
    walker.send("task-done", {})
    walker.get("session")
    page = walker.post("questionnaire", page="about_you", age="7", gender="woman", noticed="nothing much")
    assert page.status_code == 422
    assert "Please enter a whole number from 18 to 110." in page.text
    assert "nothing much" in page.text


def test_pages_forbid_foreign_and_inline_code_and_are_not_cached(walker):
    page = walker.get()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\sstyle=|\son[a-z]+=", page.text)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(walker):
    cookie = walker.consent().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_an_unknown_study_is_a_kind_404(app):
    page = app.test_client().get("/s/nothing-here/")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.text
