"""Pages that few people see: mistakes, troubles and early ends. Nothing for axe to find there either."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from study.database import writing
from study.models import Session
from study.models import Study as StudyRow
from study.running import now
from tests.browser.conftest import NARROW
from tests.browser.test_interruptions import HIDE, change_plan, during_exposure
from tests.browser.test_pages import Inspector
from tests.browser.walking import Participant

PERSON = (
    "?PROLIFIC_PID=65a0c0ffee0000000000beef&STUDY_ID=65a0c0ffee0000000000cafe"
    "&SESSION_ID=65a0c0ffee00000000001234"
)
# What a session is turned into for each way it can end.
ENDS = {
    "all places taken": {"status": "screened_out", "step": "full"},
    "place given away": {"status": "lapsed", "step": "lapsed"},
    "technical failure": {"status": "technical_failure", "step": "ended"},
    "another device": {"status": "screened_out", "step": "ended", "device": {"misfits": ["form"]}},
    "too slow a screen": {"status": "screened_out", "step": "ended", "device": {"misfits": ["screen"]}},
    "no evidence": {"status": "screened_out", "step": "ended", "device": {"misfits": ["evidence"]}},
    "too small a window": {"status": "screened_out", "step": "ended", "device": {"misfits": ["window"]}},
    "failed checks": {"status": "failed_checks", "step": "debrief"},
}


def turn_into(study, session, **facts):
    with writing(study.engine) as db:
        db.execute(update(Session).where(Session.session == session).values(**facts))


def test_mistakes_troubles_and_early_ends_are_accessible(open_window, short_study_on_prolific):
    study = short_study_on_prolific
    context = open_window(**NARROW)
    change_plan(context, fixation_ms=100, exposure_ms=4000)
    page = context.new_page()
    page.add_init_script(HIDE)
    inspect = Inspector(page, touch=True)
    person = Participant(page)
    page.goto(study.link)
    inspect("a link that names nobody")
    link = study.link + PERSON
    page.goto(link)
    page.evaluate("document.querySelector('form.agree').noValidate = true")
    person.button("I agree and take part").click()
    page.locator(".summary").wait_for()
    inspect("consent without age and agreement")
    person.enter(link)
    page.goto(study.link + "trouble")
    inspect("trouble")
    page.goto(study.link + "withdraw")
    inspect("leaving")
    page.locator("#code").fill("AAAA-BBBB-CCCC")
    person.button("Erase the answers of this code").click()
    page.locator("#code-fault").wait_for()
    inspect("a code that is none")
    page.goto(link)
    inspect("welcome back")
    look_at_troubles_of_the_task(person, study, inspect)
    for name, facts in ENDS.items():
        turn_into(study, person.session, **facts)
        page.goto(study.link + "session")
        inspect(name)
    page.goto(study.link + "withdraw")
    inspect("withdrawing after the end")
    with writing(study.engine) as db:
        db.execute(update(StudyRow).values(closed_at=now() - timedelta(hours=1)))
    context.clear_cookies()
    page.goto(study.link)
    page.get_by_role("heading", name="This study has ended").wait_for()
    inspect("closed")
    with writing(study.engine) as db:
        # Other tests come to the same study.
        db.execute(update(StudyRow).values(closed_at=None))
    assert inspect.problems == []
    assert len(inspect.seen) == 18


def look_at_troubles_of_the_task(person, study, inspect):
    page = person.page
    page.goto(study.link + "session")
    page.locator("#words .primary:not([aria-disabled])").wait_for()
    during_exposure(page, "become('hidden'); become('visible')")
    person.begin()
    page.get_by_role("heading", name="That pair was interrupted").wait_for()
    inspect("an interrupted pair")
    other = page.context.new_page()
    other.goto(study.link + "session")
    other.get_by_role("heading", name="This study is open in another window").wait_for()
    inspect.problems += Inspector(other, touch=True).look("another window")
    other.close()
    page.context.route("**/pictures/*", lambda route: route.fulfill(status=503))
    page.add_init_script(
        "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, Math.min(ms, 300))"
    )
    page.reload()
    person.begin()
    page.get_by_role("heading", name="The next pictures did not arrive").wait_for()
    inspect("pictures that did not arrive")
    page.context.unroute("**/pictures/*")
