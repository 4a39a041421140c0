"""How a session can end, what the person is told, and what becomes of place, answers and counts."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select, update

from study import flow
from study.database import reading, writing
from study.export import export_study
from study.models import Departure, Place, Rating, RecruiterIdentifier, Session, Trial
from study.researcher.progress import read_progress
from tests.conftest import MOMENT
from tests.study.browser_like import DEVICE, Walker, answers
from tests.study.test_entrance import LINK, PROLIFIC, come, follow
from tests.study.test_export import read_json, table
from tests.study.test_flow import SMALL_DEVICE, complete, send, start, the_study, trial_message
from tests.study.variants import only_session, publish_variant, study_named

CODE = r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}"
BLAME = re.compile(r"reject|dishonest|cheat|\bfault\b(?! and not yours)|violat", re.IGNORECASE)


@pytest.fixture
def visit(app):
    def make(slug: str) -> Walker:
        return Walker(app.test_client(), slug)

    return make


def place_statuses(engine, slug):
    with reading(engine) as db:
        query = select(Place.status, func.count()).where(Place.study_id == study_named(db, slug).id)
        return dict(db.execute(query.group_by(Place.status)).all())


def ask_for_nothing(engine):
    """Make the planned check an ordinary trial."""
    with writing(engine) as db:
        db.execute(update(Trial).values(trial_kind="target", asked_answer=None))


def ask_for(engine, position, answer):
    """Make a trial an attention check that asks for an answer."""
    with writing(engine) as db:
        values = {"trial_kind": "check", "asked_answer": answer}
        db.execute(update(Trial).where(Trial.position == position).values(**values))


# ---- attention checks ----


@pytest.mark.parametrize(
    ("allowed", "status", "word"), [(2, "completed", "COMPLETE"), (1, "failed_checks", "CHECKSFAILED")]
)
def test_more_failed_checks_than_allowed_return_the_place_and_keep_the_answers(
    visit, published, engine, allowed, status, word
):
    slug = publish_variant(
        published,
        engine,
        recruitment=PROLIFIC,
        exclusions=f"max_failed_checks = {allowed}",
        trust_pairs="pairs = 11\nchecks = 1",
    )
    walker = visit(slug)
    come(walker, LINK)
    plan = walker.start_from_device()
    ask_for_nothing(engine)
    ask_for(engine, 3, "7")  # everything gets a 3 or left
    ask_for(engine, 4, "3")
    ask_for(engine, 20, "right")
    walker.answer(plan)
    walker.finish()
    page = walker.seen[-1].text
    assert f"cc={word}" in page
    assert ("About the attention checks" in page) == (status == "failed_checks")
    assert ("Please return your submission on Prolific" in page) == (status == "failed_checks")
    assert not BLAME.search(page)
    assert re.search(CODE, page), "answers that are kept can be withdrawn"
    with reading(engine) as db:
        session = only_session(db, slug)
        assert session.status == status
        assert session.completed_at is not None
        assert db.scalar(select(func.count()).select_from(Rating)) == 14 * 2 + 12 * 3
    assert place_statuses(engine, slug).get("completed", 0) == (status == "completed")
    assert place_statuses(engine, slug).get("claimed", 0) == 0


def test_without_a_rule_nobody_fails(published, engine):
    session = start(engine)
    ask_for(engine, 1, "7")
    complete(engine, session)
    with reading(engine) as db:
        assert flow.session_by_id(db, session).status == "completed"


# ---- technical failure ----


def test_who_cannot_go_on_ends_with_a_code_keeps_answers_and_frees_the_place(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    come(walker, LINK)
    plan = walker.start_from_device()
    walker.send("messages", {"messages": list(answers(plan))[:5]})
    page = walker.get("trouble")
    assert "Is something not working?" in page.text
    assert only_status(engine, slug) == "in_progress", "looking at the page must end nothing"
    page = follow(walker, walker.post("trouble", end="yes"))
    assert "this is our fault and not yours" in page.text
    assert "cc=TECHNICAL" in page.text
    assert re.search(CODE, page.text)
    assert only_status(engine, slug) == "technical_failure"
    assert place_statuses(engine, slug).get("claimed", 0) == 0
    with reading(engine) as db:
        assert db.scalar(select(func.count()).where(Trial.status == "answered")) == 5
    assert walker.get("trouble").headers["Location"].endswith("/session")
    walker.post("trouble", end="yes")
    assert re.search(CODE, walker.get("session").text), "a second press keeps the code"


def only_status(engine, slug):
    with reading(engine) as db:
        return only_session(db, slug).status


def test_a_completed_session_cannot_become_a_failure(published, engine):
    session = start(engine)
    complete(engine, session)
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        assert flow.fail_technically(db, current, now=MOMENT) is None
        assert current.status == "completed"


def test_without_its_field_the_form_ends_nothing(visit, published, engine):
    walker = visit(published.slug)
    walker.start()
    assert walker.post("trouble").status_code == 400
    assert only_status(engine, published.slug) == "in_progress"


def test_an_error_page_inside_a_study_shows_the_way_out(app, published):
    client = app.test_client()
    assert f"/s/{published.slug}/trouble" in client.post(f"/s/{published.slug}/instructions").text
    assert "I cannot go on" not in client.get("/s/nothing-here/").text


# ---- lapsed, full, screened out ----


def test_who_was_away_too_long_is_told_kindly_and_paid(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    come(walker, LINK)
    walker.start_from_device()
    with writing(engine) as db:
        session = only_session(db, slug)
        session.status, session.step = "lapsed", "lapsed"
    page = walker.get("session").text
    assert "Your place was given to someone else" in page
    assert "cc=TECHNICAL" in page
    assert not BLAME.search(page)


def test_when_all_places_are_taken_the_person_gets_a_code(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    come(walker, LINK)
    with writing(engine) as db:
        session = only_session(db, slug)
        session.status, session.step = "screened_out", "full"
    page = walker.get("session").text
    assert "All places are taken" in page
    assert "cc=SCREENED" in page


@pytest.mark.parametrize(
    ("rules", "report", "agent", "words"),
    [
        ("minimum_viewport_width_px = 1000", {"viewport_width_px": 900}, "", "it was 900 × 800 points"),
        ("minimum_screen_width_px = 1300", {}, "", "This screen is too small"),
        ("maximum_decode_ms = 4", {}, "", "This device is too busy"),
        (
            "minimum_share_as_planned = 0.8",
            {"flashes": 6, "flashes_as_planned": 4},
            "",
            "Close other programs and windows",
        ),
        (
            'fullscreen = "required"',
            {"fullscreen_available": False},
            "",
            "This browser cannot fill the screen",
        ),
        ("minimum_refresh_hz = 100", {}, "", "This screen is too slow"),
        ("require_evidence = true", {"evidence": "none"}, "", "This browser cannot keep time"),
        ('forms = ["desktop", "tablet"]', {}, "Mozilla/5.0 (iPhone)", "made for computers and tablets"),
    ],
)
def test_a_device_that_does_not_fit_is_told_why(visit, published, engine, rules, report, agent, words):
    slug = publish_variant(published, engine, recruitment=PROLIFIC, tables=f"[device]\n{rules}\n")
    walker = visit(slug)
    if agent:
        walker.client.environ_base["HTTP_USER_AGENT"] = agent
    come(walker, LINK)
    walker.get("session")
    walker.send("device", DEVICE | report)
    page = walker.get("session").text
    assert words in page
    assert "This says nothing about you" in page
    assert "cc=SCREENED" in page
    assert only_status(engine, slug) == "screened_out"
    assert place_statuses(engine, slug) == {}


def test_a_device_made_fitter_is_checked_again_and_takes_a_place(visit, published, engine):
    slug = publish_variant(
        published, engine, recruitment=PROLIFIC, tables="[device]\nminimum_viewport_width_px = 1000\n"
    )
    walker = visit(slug)
    come(walker, LINK)
    walker.get("session")
    walker.send("device", DEVICE | {"viewport_width_px": 900})
    assert f'action="/s/{slug}/again"' in walker.get("session").text
    assert walker.post("again").status_code == 303
    assert "A quick look at your screen" in walker.get("session").text
    walker.send("device", DEVICE)
    with reading(engine) as db:
        sessions = db.scalars(select(Session).order_by(Session.id)).all()
        assert [session.status for session in sessions] == ["screened_out", "in_progress"]
        assert sessions[0].device["misfits"] == ["window"]
        assert len({session.consent_hash for session in sessions}) == 1
    assert place_statuses(engine, slug)["claimed"] == 1
    assert walker.post("again").headers["Location"].endswith("/session"), "not from a session under way"
    assert count_sessions(engine) == 2


def test_the_same_link_leads_in_on_a_device_that_fits(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC, tables='[device]\nforms = ["desktop"]\n')
    phone = visit(slug)
    phone.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone)"
    come(phone, LINK)
    phone.get("session")
    phone.send("device", DEVICE)
    computer = visit(slug)
    come(computer, LINK)
    computer.get("session")
    computer.send("device", DEVICE)
    assert "A quick look" not in computer.get("session").text
    with reading(engine) as db:
        assert db.scalars(select(Session.status).order_by(Session.id)).all() == [
            "screened_out",
            "in_progress",
        ]
        attempts = db.scalars(
            select(RecruiterIdentifier.attempt).where(RecruiterIdentifier.name == "PROLIFIC_PID")
        )
        assert sorted(attempts) == [1, 2]


def test_after_the_study_was_closed_no_device_is_checked_again(visit, published, engine):
    slug = publish_variant(
        published, engine, recruitment=PROLIFIC, tables="[device]\nminimum_viewport_width_px = 1000\n"
    )
    walker = visit(slug)
    come(walker, LINK)
    walker.get("session")
    walker.send("device", DEVICE | {"viewport_width_px": 900})
    walker.get("session")
    with writing(engine) as db:
        flow.close_study(db, study_named(db, slug), now=MOMENT)
    assert walker.post("again").status_code == 403
    assert walker.get(LINK).status_code == 200
    assert count_sessions(engine) == 1


def count_sessions(engine):
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Session))


# ---- return links ----


def test_sona_gets_its_survey_code_back(visit, published, engine):
    url = "https://uni.sona-systems.com/webstudy_credit.aspx?experiment_id=1&credit_token=a&survey_code={survey_code}"
    slug = publish_variant(published, engine, recruitment=f'recruiter = "sona"\nreturn_url = "{url}"')
    walker = visit(slug)
    come(walker, "?survey_code=4711")
    walker.answer(walker.start_from_device())
    walker.finish()
    page = walker.seen[-1].text
    assert 'credit_token=a&amp;survey_code=4711"' in page
    assert "Return to SONA" in page
    declining = visit(slug)
    page = follow(declining, come(declining, "?survey_code=99", consent="no"))
    assert "NOCONSENT" in page.text
    assert "sona-systems" not in page.text, "opening that address would give credit"


def test_on_mechanical_turk_the_code_is_pasted(visit, published, engine):
    slug = publish_variant(published, engine, recruitment='recruiter = "mturk"')
    walker = visit(slug)
    come(walker, "?workerId=A3&assignmentId=a&hitId=h&turkSubmitTo=https://evil.example")
    walker.answer(walker.start_from_device())
    walker.finish()
    assert "Paste this code into the field of the task on Mechanical Turk" in walker.seen[-1].text
    assert not any("evil.example" in response.text for response in walker.seen)


def test_the_way_back_is_nowhere_before_the_server_holds_everything(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    come(walker, LINK)
    plan = walker.start_from_device()
    walker.send("messages", {"messages": list(answers(plan))[:-1]})
    walker.send("task-done", {})
    walker.get("session")
    assert not any("COMPLETE" in response.text for response in walker.seen)


# ---- withdrawing ----


def test_leaving_half_way_gives_the_code_of_who_withdrew(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    come(walker, LINK)
    walker.answer(walker.start_from_device())
    page = follow(walker, walker.post("withdraw"))
    assert "Your answers are erased" in page.text
    assert "cc=WITHDREW" in page.text
    assert "cannot be called back" in page.text
    assert not BLAME.search(page.text)
    with reading(engine) as db:
        gone = db.scalars(select(Departure)).one()
        assert (gone.kind, gone.status, gone.cell) == ("withdrawn", "in_progress", "")
        assert db.scalar(select(func.count()).select_from(RecruiterIdentifier)) == 0
    assert place_statuses(engine, slug).get("claimed", 0) == 0


def test_who_withdraws_afterwards_keeps_what_they_were_given(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    come(walker, LINK)
    walker.answer(walker.start_from_device())
    walker.finish()
    code = re.search(CODE, walker.seen[-1].text)[0]
    elsewhere = visit(slug)
    elsewhere.get("withdraw")
    page = follow(elsewhere, elsewhere.post("withdraw", code=code))
    assert "Your answers are erased" in page.text
    assert "WITHDREW" not in page.text
    assert place_statuses(engine, slug).get("completed", 0) == 0, "the place goes to somebody else"
    with reading(engine) as db:
        assert db.scalars(select(Departure.status)).one() == "completed"
    again = visit(slug)
    assert "Your agreement" in again.get(LINK).text, "nothing is known of them any more"


def test_after_the_end_one_press_erases_in_the_same_browser(visit, published, engine):
    walker = visit(published.slug)
    walker.answer(walker.start())
    walker.finish()
    page = walker.get("withdraw").text
    assert "Erase my answers" in page
    assert "Leave the study?" not in page
    walker.post("withdraw")
    walker.post("withdraw")
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Session)) == 0
        assert db.scalars(select(Departure.kind)).all() == ["withdrawn"]


def test_a_wrong_code_is_shown_again_with_what_codes_are_made_of(visit, published):
    walker = visit(published.slug)
    walker.get("withdraw")
    page = walker.post("withdraw", code="K0QM-3WXD-9TPA")
    assert page.status_code == 422
    assert 'value="K0QM-3WXD-9TPA"' in page.text
    assert "nor the digits 0 or 1" in page.text
    assert walker.post("withdraw", code="").status_code == 422


# ---- everybody is counted, once ----


def test_everybody_who_came_is_counted_once_in_page_and_export(published, engine, tmp_path):
    log = published.settings.erasures
    complete(engine, start(engine))
    gone_after = start(engine)
    complete(engine, gone_after)
    gone_during = start(engine)
    send(engine, gone_during, [trial_message(1, 1)])
    start(engine, device=SMALL_DEVICE)
    failed = start(engine)
    with writing(engine) as db:
        study = the_study(db)
        flow.enrol(db, study, flow.Visitor(), now=MOMENT)
        flow.decline(db, study, namespace="live", now=MOMENT)
        flow.turn_away(db, study, "under_age", namespace="live", now=MOMENT)
        flow.turn_away(db, study, "took_part_before", namespace="live", now=MOMENT)
        flow.fail_technically(db, flow.session_by_id(db, failed), now=MOMENT)

    def counted():
        with reading(engine) as db:
            return read_progress(db, the_study(db), namespace="live", now=MOMENT)

    before = counted()
    assert before.n_came == 9
    with writing(engine) as db:
        for session in (gone_after, gone_during):
            flow.withdraw(db, flow.session_by_id(db, session), erasures=log, now=MOMENT)
    after = counted()
    assert after.n_came == before.n_came
    assert after.departures == {
        "declined": 1,
        "under_age": 1,
        "took_part_before": 1,
        "withdrawn": 2,
        "purged": 0,
    }
    assert after.erased_by_status == {"completed": 1, "in_progress": 1}
    stages = [stage.n for stage in after.flow]
    assert stages == sorted(stages, reverse=True)
    assert (stages[0], stages[1], stages[2]) == (9, 6, 4)
    export_study(engine, published.slug, tmp_path / "export", now=MOMENT)
    facts = read_json(tmp_path / "export", "datapackage.json")["facevalue"]
    assert len(table(tmp_path / "export", "participants")) + sum(facts["departures"].values()) == 9
