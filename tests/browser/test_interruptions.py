"""Reloads, lost connections and hidden windows: nothing is lost, nothing seen is shown again as new."""

from __future__ import annotations

from tests.browser.walking import Participant

HIDE = """
Object.defineProperty(document, 'visibilityState', { get: () => window.pretend ?? 'visible' });
window.become = (state) => { window.pretend = state; document.dispatchEvent(new Event('visibilitychange')); };
"""
# Calls `become('hidden')` in the frame after the faces appeared: the probe is the only thing that tells.


def start(open_window, short_study, **options):
    context = open_window()
    person = Participant(context.new_page())
    person.page.add_init_script(HIDE)
    person.skip_to_task(short_study.link, **options)
    return context, person


def wait_for_answer(page, study, session, position):
    """Until the server has the trial. "Saved" may still stand there of the one before."""
    for _ in range(150):
        trial = next((one for one in study.trials(session) if one.position == position), None)
        if trial and trial.status != "planned":
            return trial
        page.wait_for_timeout(100)
    raise AssertionError(f"trial {position} did not arrive")


def change_plan(context, *, exposure_ms, at=None, **settings):
    """Serve the plan with other settings of its blocks, and the exposure of every trial or the one ``at``."""

    def change(route):
        plan = route.fetch().json()
        for block in plan["blocks"].values():
            block.update(settings)
        for trial in plan["trials"]:
            if at in (None, trial["position"]):
                trial["exposure_ms"] = exposure_ms
        route.fulfill(json=plan)

    context.route("**/plan*", change)


def during_exposure(page, script):
    """Run a script while the next faces are shown, which is to be for some seconds after a short fixation.

    It runs every now and then, because only the page's own clock knows when the faces are there.
    """
    page.evaluate(f"""() => {{
      const isQuiet = () => document.body.classList.contains('quiet');
      const act = () => {{ {script} }};
      const watch = () => {{
        if (!isQuiet()) return requestAnimationFrame(watch);
        const going = setInterval(() => (isQuiet() ? act() : clearInterval(going)), 700);
      }};
      watch();
    }}""")


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
    # The study asks for interrupted pairs again. The block was over, so it came at the very end.
    assert statuses == ["answered", "answered", "interrupted", "answered", "answered", "answered"]
    voided, again = (short_study.trials(person.session)[place] for place in (2, 5))
    assert (voided.interruption, again.trial_kind, again.repeat_of) == ("reloaded", "repeat", 3)
    assert (again.left, again.right) == (voided.left, voided.right)
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
    wait_for_answer(again.page, short_study, person.session, 2)
    assert len(short_study.ratings(person.session)[2]) == 2


def test_the_end_waits_for_the_last_answer(open_window, short_study):
    context, person = start(open_window, short_study, answered=4)
    person.begin()
    person.page.wait_for_selector("#question")
    context.set_offline(True)
    person.answer(5)
    person.page.get_by_text("One answer is not yet sent").wait_for()
    assert short_study.step(person.session) == "task"
    context.set_offline(False)
    person.page.wait_for_selector("h1:text('A few questions')")
    assert len(short_study.ratings(person.session)[5]) >= 3


def test_a_window_hidden_while_the_faces_are_shown_voids_the_pair(open_window, short_study):
    context = open_window()
    change_plan(context, fixation_ms=200, exposure_ms=3000, at=1)
    person = Participant(context.new_page())
    page = person.page
    page.add_init_script(HIDE)
    person.skip_to_task(short_study.link)
    during_exposure(page, "become('hidden');")
    person.begin()
    page.get_by_text("That pair was interrupted").wait_for()
    # Until what hides the window has seen that the faces are gone.
    page.wait_for_timeout(1500)
    page.evaluate("become('visible')")
    person.begin()
    person.run_task(until=2)
    wait_for_answer(page, short_study, person.session, 2)
    first, second = short_study.trials(person.session)[:2]
    assert (first.status, first.hidden, first.evidence) == ("interrupted", True, "none")
    assert first.interruption == "hidden"
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
    assert wait_for_answer(page, short_study, person.session, 1).status == "answered"


def test_a_window_turned_during_the_exposure_voids_it_and_the_pair_comes_again_at_the_end_of_its_block(
    open_window, short_study
):
    context = open_window()
    change_plan(context, fixation_ms=200, exposure_ms=3000, at=2)
    person = Participant(context.new_page())
    page = person.page
    page.add_init_script(HIDE)
    person.skip_to_task(short_study.link)
    person.run_task(until=1)
    page.locator("#words .primary:not([aria-disabled])").wait_for()
    # What turning does: the window has another size, and the faces another place in it.
    turn = "document.querySelector('#stage').style.paddingInlineStart = '60px';"
    during_exposure(page, turn + "dispatchEvent(new Event('resize'));")
    person.begin()
    page.get_by_text("This window changed its size").wait_for()
    page.evaluate("document.querySelector('#stage').style.paddingInlineStart = ''")
    page.set_viewport_size({"width": 800, "height": 1000})
    person.begin()
    page.wait_for_selector("#question")
    assert page.locator("#progress").inner_text() == "Pair 3 of 5"
    person.answer(3)
    page.wait_for_selector("#question")
    assert page.locator("#progress").inner_text() == "Pair 4 of 6"
    person.answer(6)
    again = wait_for_answer(page, short_study, person.session, 6)
    voided = short_study.trials(person.session)[1]
    assert (voided.status, voided.interruption, voided.resized) == ("interrupted", "moved", True)
    assert (again.status, again.trial_kind, again.repeat_of) == ("answered", "repeat", 2)
    # The faces fit the window as it is now.
    assert again.viewport_width_px == 800
    assert short_study.trials(person.session)[2].block == again.block


def test_disturbances_are_recorded_with_the_trial_and_where_in_it_they_happened(open_window, short_study):
    context = open_window()
    change_plan(context, fixation_ms=1000, exposure_ms=600, mask_ms=1000)
    person = Participant(context.new_page())
    page = person.page
    page.add_init_script(HIDE)
    person.skip_to_task(short_study.link)
    page.locator("#words .primary:not([aria-disabled])").wait_for()
    page.evaluate("""() => document.querySelector('#words .primary').addEventListener('click', () => {
      const going = setInterval(() => dispatchEvent(new Event('blur')), 100);
      setTimeout(() => clearInterval(going), 6000);
    })""")
    person.begin()
    page.wait_for_selector("#question")
    page.evaluate("become('hidden')")
    page.wait_for_timeout(300)
    page.evaluate("become('visible')")
    person.answer(1)
    trial = wait_for_answer(page, short_study, person.session, 1)
    assert (trial.status, trial.hidden, trial.blurred) == ("answered", False, True)
    events = short_study.events(person.session)
    during = [event for event in events if event.position == 1]
    phases = list(dict.fromkeys(event.detail["phase"] for event in during if event.kind == "blur"))
    assert phases[:4] == ["fixation", "exposure", "mask", "questions"]
    hidden, visible = (
        next(event for event in during if event.kind == kind) for kind in ("hidden", "visible")
    )
    assert hidden.detail["phase"] == "questions"
    assert visible.detail["away_ms"] >= 300
