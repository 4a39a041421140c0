"""Reloads, lost connections and hidden windows: nothing is lost, nothing seen is shown again as new."""

from __future__ import annotations

from tests.browser.walking import Participant

HIDE = """
Object.defineProperty(document, 'visibilityState', { get: () => window.pretend ?? 'visible' });
window.become = (state) => { window.pretend = state; document.dispatchEvent(new Event('visibilitychange')); };
"""
# Calls `become('hidden')` in the frame after the faces appeared: the probe is the only thing that tells.
HIDE_DURING_EXPOSURE = """
new MutationObserver((changes, observer) => {
  if (!document.querySelector('#probes img[elementtiming^=onset]')) return;
  observer.disconnect();
  requestAnimationFrame(() => become('hidden'));
}).observe(document.querySelector('#probes'), { childList: true });
"""


def start(open_window, short_study, **options):
    context = open_window(**options)
    person = Participant(context.new_page())
    person.page.add_init_script(HIDE)
    person.enter(short_study.link)
    return context, person


def saved(page):
    page.wait_for_function("() => document.querySelector('#status').textContent === 'Saved'")


def test_a_reload_keeps_every_answer_and_voids_the_pair_that_was_seen(open_window, short_study):
    _, person = start(open_window, short_study)
    page = person.page
    person.run_task(until=2)
    page.wait_for_function("() => document.querySelector('#progress').textContent.includes('3')")
    page.wait_for_selector("#question")
    page.reload()
    page.get_by_text("Welcome back").wait_for()
    person.run_task()
    person.questionnaire()
    statuses = [trial.status for trial in short_study.trials(person.session)]
    assert statuses == ["answered", "answered", "interrupted", "answered", "answered"]
    stored = {
        position: [(rating.question, rating.target, rating.value) for rating in given]
        for position, given in short_study.ratings(person.session).items()
    }
    assert stored == person.given
    assert "reloaded" in [event.kind for event in short_study.events(person.session)]


def test_a_lost_connection_loses_nothing(open_window, short_study):
    context, person = start(open_window, short_study)
    page = person.page
    person.run_task(until=1)
    context.set_offline(True)
    person.run_task(until=3)
    page.get_by_text("No connection").wait_for()
    answered = [trial.status for trial in short_study.trials(person.session)].count("answered")
    assert answered < 3
    context.set_offline(False)
    person.run_task()
    person.questionnaire()
    assert {trial.status for trial in short_study.trials(person.session)} == {"answered"}
    assert len(short_study.ratings(person.session)) == 5


def test_answers_given_offline_survive_a_closed_window(open_window, short_study):
    context, person = start(open_window, short_study)
    person.run_task(until=1)
    context.set_offline(True)
    person.run_task(until=2)
    person.page.get_by_text("No connection").wait_for()
    person.page.close()
    context.set_offline(False)
    again = Participant(context.new_page())
    again.page.goto(short_study.link)
    again.page.get_by_text("Welcome back").wait_for()
    saved(again.page)
    assert len(short_study.ratings(person.session)[2]) == 2


def test_the_end_waits_for_the_last_answer(open_window, short_study):
    context, person = start(open_window, short_study)
    person.run_task(until=4)
    person.page.wait_for_selector("#question")
    context.set_offline(True)
    person.answer(5)
    person.page.get_by_text("One answer is not yet sent").wait_for()
    assert short_study.step(person.session) == "task"
    context.set_offline(False)
    person.page.wait_for_selector("h1:text('A few questions')")
    assert len(short_study.ratings(person.session)[5]) >= 3


def test_a_window_hidden_while_the_faces_are_shown_voids_the_pair(open_window, short_study):
    _, person = start(open_window, short_study)
    page = person.page
    page.evaluate(HIDE_DURING_EXPOSURE)
    person.begin()
    page.get_by_text("That pair was interrupted").wait_for()
    page.evaluate("become('visible')")
    person.begin()
    person.run_task(until=2)
    saved(page)
    first, second = short_study.trials(person.session)[:2]
    assert (first.status, first.hidden, first.evidence) == ("interrupted", True, "none")
    assert first.shown_ms is None
    assert second.status == "answered"
    assert 1 not in short_study.ratings(person.session)


def test_a_second_window_waits_and_goes_on_when_the_first_is_closed(open_window, short_study):
    context, person = start(open_window, short_study)
    other = context.new_page()
    other.goto(short_study.link)
    other.get_by_text("open in another window").wait_for()
    assert other.locator("#words .primary").count() == 0
    person.page.close()
    other.locator("#words .primary:not([aria-disabled])").wait_for()
    assert other.get_by_text("Practice").count() == 1


def test_pictures_that_do_not_arrive_are_said_and_nothing_is_lost(open_window, short_study):
    context, person = start(open_window, short_study)
    page = person.page
    page.add_init_script(
        "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, Math.min(ms, 500))"
    )
    context.route("**/pictures/*", lambda route: route.fulfill(status=503))
    page.reload()
    person.begin()
    page.get_by_text("The next pictures did not arrive").wait_for()
    context.unroute("**/pictures/*")
    person.button("Try again").click()
    person.run_task(until=1)
    saved(page)
    assert short_study.trials(person.session)[0].status == "answered"
