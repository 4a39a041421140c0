"""Going back to the recruiter, withdrawing, and giving up, in a real browser."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from study.database import reading
from study.models import Departure, Session
from tests.browser.conftest import LAPTOP, NARROW
from tests.browser.test_pages import Inspector
from tests.browser.walking import Participant

PROLIFIC = "https://app.prolific.com/**"


def statuses(study):
    with reading(study.engine) as db:
        return sorted(db.scalars(select(Session.status)))


def departures(study):
    with reading(study.engine) as db:
        return db.scalars(select(Departure.kind).order_by(Departure.id)).all()


def catch_prolific(page):
    """Answer in place of Prolific; the list fills with the requests that reached it."""
    seen = []

    def answer(route):
        seen.append(route.request)
        route.fulfill(body="<title>Prolific</title>", content_type="text/html")

    page.route(PROLIFIC, answer)
    return seen


def test_one_button_takes_the_completion_code_to_prolific(open_window, short_study_on_prolific):
    study = short_study_on_prolific
    page = open_window().new_page()
    seen = catch_prolific(page)
    person = Participant(page)
    person.skip_to_questionnaire(f"{study.link}?PROLIFIC_PID=complete1&STUDY_ID=s&SESSION_ID=x")
    assert page.locator("#way-back").count() == 0
    person.questionnaire()
    page.get_by_role("link", name="Return to Prolific").click()
    page.wait_for_url("**/submissions/complete**")
    assert [request.url for request in seen] == ["https://app.prolific.com/submissions/complete?cc=COMPLETE"]
    assert "referer" not in seen[0].headers


@pytest.mark.parametrize("screen", [LAPTOP, NARROW], ids=["laptop", "phone"])
def test_every_page_of_leaving_is_accessible_and_leads_back(
    screen, open_window, short_study_on_prolific, request
):
    study = short_study_on_prolific
    page = open_window(**screen).new_page()
    catch_prolific(page)
    inspect = Inspector(page, touch="has_touch" in screen)
    link = f"{study.link}?PROLIFIC_PID={request.node.callspec.id}"

    page.goto(study.link)
    inspect("unnamed")
    page.goto(link)
    page.evaluate("document.querySelector('form.agree').noValidate = true")
    page.get_by_role("button", name="I agree and take part").click()
    page.wait_for_selector("[role=alert]")
    inspect("landing with faults")
    page.get_by_role("button", name="I do not take part").click()
    page.wait_for_selector("#outcome-code:has-text('NOCONSENT')")
    page.locator("button[data-copies]").wait_for()
    inspect("declined with a code")

    Participant(page).skip_to_task(link)
    elsewhere = open_window(**screen).new_page()
    elsewhere.goto(link)
    there = Inspector(elsewhere)
    there("welcome back")
    page.goto(study.link + "withdraw")
    inspect("leave")
    page.get_by_role("link", name="end here instead").click()
    inspect("trouble")
    page.get_by_role("button", name="I cannot go on").click()
    page.wait_for_selector("#outcome-code:has-text('TECHNICAL')")
    inspect("technical failure")
    page.get_by_role("link", name="Withdraw my answers").click()
    inspect("withdraw after the end")
    page.get_by_role("button", name="Erase my answers").click()
    page.get_by_role("heading", name="Your answers are erased").wait_for()
    inspect("withdrawn")
    assert inspect.problems + there.problems == []
    assert len(inspect.seen) == 8


def test_a_code_erases_the_answers_from_another_computer(open_window, short_study_on_prolific):
    study = short_study_on_prolific
    page = open_window().new_page()
    person = Participant(page)
    person.skip_to_questionnaire(f"{study.link}?PROLIFIC_PID=changes-their-mind")
    person.questionnaire()
    code = page.locator("#withdrawal-code").inner_text()
    assert len(study.trials(person.session)) == 5
    before = departures(study).count("withdrawn")

    elsewhere = open_window().new_page()
    elsewhere.goto(study.link + "withdraw")
    elsewhere.get_by_label("Withdrawal code").fill(code[:-1] + "0")
    elsewhere.get_by_role("button", name="Erase the answers of this code").click()
    assert "never has the letters" in elsewhere.locator(".fault").inner_text()
    elsewhere.get_by_label("Withdrawal code").fill(code.lower().replace("-", " "))
    elsewhere.keyboard.press("Enter")
    elsewhere.get_by_role("heading", name="Your answers are erased").wait_for()
    assert elsewhere.locator("#way-back").count() == 0
    assert study.trials(person.session) == []
    assert departures(study).count("withdrawn") == before + 1


def test_when_pictures_do_not_come_a_person_can_end_and_is_not_blamed(open_window, short_study_on_prolific):
    study = short_study_on_prolific
    page = open_window().new_page()
    page.route("**/pictures/**", lambda route: route.abort())
    person = Participant(page)
    person.skip_to_task(f"{study.link}?PROLIFIC_PID=no-pictures")
    person.begin()
    page.get_by_role("link", name="I cannot go on").click(timeout=60_000)
    page.get_by_role("heading", name="Is something not working?").wait_for()
    page.get_by_role("button", name="I cannot go on").click()
    page.wait_for_selector("#outcome-code:has-text('TECHNICAL')")
    assert re.search("this is our fault and not yours", page.locator("main").inner_text())
    assert "technical_failure" in statuses(study)
