"""Full disks, crashes, offline hours, a server that is away: nothing that was entered is lost."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress

import pytest
from playwright.sync_api import Error
from sqlalchemy import select

from study import flow
from study.database import migrate, open_engine, reading, writing
from study.models import QuestionnaireAnswer, Session
from study.protocol import read_study
from study.running import now
from study.settings import Settings
from tests.browser.conftest import FLAGS, LAPTOP, served
from tests.browser.walking import Participant, Study
from tests.chaos.proxy import FaultyProxy
from tests.chaos.server import KillableServer
from tests.conftest import write_stimulus_set
from tests.study.own_study import edit
from tests.templates import fresh_postgres

QUICK_PAUSES = "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, Math.min(ms, 500))"


def start(open_window, study, **options):
    context = open_window(**options)
    person = Participant(context.new_page())
    person.skip_to_task(study.link)
    return context, person


def stored(study, session):
    return {
        position: [(rating.question, rating.target, rating.value) for rating in given]
        for position, given in study.ratings(session).items()
    }


def saved(page):
    page.wait_for_function("() => document.querySelector('#status').textContent === 'Saved'")


# The browser's own quota cannot be set from outside in every version; so each write fails as it does then.
FULL_WHEN_TOLD = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  if (!window.diskIsFull) return put.apply(this, given);
  this.transaction.abort();
  throw new DOMException("no room", "QuotaExceededError");
};
"""


# Whether some message on the disk holds these words.
ON_THE_DISK = """async (words) => {
  const [{ name }] = await indexedDB.databases();
  const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const disk = await answer(indexedDB.open(name));
  const kept = await answer(disk.transaction("messages").objectStore("messages").getAll());
  disk.close();
  return JSON.stringify(kept).includes(words);
}"""


def test_on_a_full_disk_answers_go_on_being_sent_and_the_page_says_what_it_cannot_do(
    open_window, short_study
):
    context = open_window()
    person = Participant(context.new_page())
    page = person.page
    page.add_init_script(FULL_WHEN_TOLD)
    person.skip_to_task(short_study.link)
    page.evaluate("window.diskIsFull = true")
    person.run_task(until=1)
    context.set_offline(True)
    person.run_task(until=3)
    page.get_by_text("Please keep this page open until your answers are sent").wait_for()
    page.evaluate("window.diskIsFull = false")
    person.run_task(until=4)
    page.get_by_text("your answers are kept on this device").wait_for()
    # That may have stood there since the answers before; the last one is on its way to the disk.
    for _ in range(200):
        if page.evaluate(ON_THE_DISK, person.given[4][-1][-1]):
            break
        page.wait_for_timeout(50)
    # There is room again, so even a crash loses nothing.
    session = person.session
    crash(page)
    context.set_offline(False)
    again = come_back(context, short_study)
    again.run_task()
    again.questionnaire()
    assert again.session == session
    person.given.update(again.given)
    assert stored(short_study, session) == person.given
    assert {t.status for t in short_study.trials(session)} <= {"answered", "interrupted"}


def crash(page):
    """The page's process dies; whatever was in its memory is gone."""
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()


def come_back(context, study):
    again = Participant(context.new_page())
    again.page.goto(study.link)
    again.page.get_by_text("Welcome back").wait_for()
    return again


def test_without_a_database_in_the_browser_everything_arrives_and_the_page_says_what_to_mind(
    open_window, short_study
):
    context = open_window()
    person = Participant(context.new_page())
    person.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    person.skip_to_task(short_study.link)
    person.page.get_by_text("This browser cannot keep answers on the device").wait_for()
    person.run_task()
    person.questionnaire()
    assert stored(short_study, person.session) == person.given


def test_a_database_that_the_browser_clears_in_the_middle_loses_nothing(open_window, short_study):
    context, person = start(open_window, short_study)
    page = person.page
    person.run_task(until=1)
    context.set_offline(True)
    person.run_task(until=2)
    origin = page.evaluate("location.origin")
    context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"}
    )
    person.run_task(until=3)
    context.set_offline(False)
    person.run_task()
    person.questionnaire()
    assert stored(short_study, person.session) == person.given


def test_who_is_offline_simply_goes_on_to_the_end(open_window, short_study):
    context, person = start(open_window, short_study)
    page = person.page
    # A picture may be fetched twice, the second time from the browser's own cache.
    page.wait_for_function("""() => new Set(performance.getEntriesByType("resource").filter(
      ({ name, responseEnd }) => name.includes("/pictures/") && responseEnd > 0
      ).map(({ name }) => name)).size >= 10""")
    context.set_offline(True)
    while not page.get_by_text("answers are not yet sent").count():
        assert page.get_by_text("The next pictures did not arrive").count() == 0
        if page.locator("#words .primary:not([aria-disabled])").count():
            person.begin()
        page.wait_for_selector("#question, #words:not([hidden])")
        if page.locator("#question").count():
            person.answer(person.position())
    assert page.get_by_text("5 answers are not yet sent. They are kept on this device.").count()
    assert sorted(person.given) == [1, 2, 3, 4, 5]
    assert short_study.ratings(person.session) == {}
    context.set_offline(False)
    page.wait_for_selector("h1:text('A few questions')")
    person.questionnaire()
    assert stored(short_study, person.session) == person.given
    assert {trial.status for trial in short_study.trials(person.session)} == {"answered"}


def test_answers_survive_the_end_of_the_whole_browser(playwright, short_study, tmp_path):
    program = os.environ.get("FACEVALUE_CHROMIUM") or shutil.which("chromium")

    def browser():
        return playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=program,
            args=FLAGS,
            headless=True,
            ignore_default_args=["--headless"],
            **LAPTOP,
        )

    context = browser()
    context.set_default_timeout(15_000)
    person = Participant(context.new_page())
    person.skip_to_task(short_study.link)
    person.run_task(until=1)
    context.set_offline(True)
    person.run_task(until=3)
    person.page.get_by_text("your answers are kept on this device").wait_for()
    # Those words stand since the answer before; this one is kept when the next screen comes.
    person.page.wait_for_selector("#words .primary:not([aria-disabled]), #question")
    # The last moment of a page that is closed is online again, whatever was set, and it would send then.
    crash(person.page)
    context.close()
    assert len(short_study.ratings(person.session)) < 3
    context = browser()
    context.set_default_timeout(15_000)
    again = come_back(context, short_study)
    saved(again.page)
    assert stored(short_study, person.session) == person.given
    context.close()


def test_a_server_that_is_away_when_the_task_is_opened_is_waited_for(open_window, short_study):
    context, person = start(open_window, short_study)
    page = person.page
    person.run_task(until=2)
    saved(page)
    page.add_init_script(QUICK_PAUSES)
    away = "<title>Welcome to our network</title>"
    context.route("**/resume", lambda route: route.fulfill(status=200, content_type="text/html", body=away))
    page.reload()
    page.get_by_text("This page tries again by itself and then goes on").wait_for()
    context.unroute("**/resume")
    page.get_by_text("Welcome back").wait_for()
    person.run_task()
    person.questionnaire()
    assert stored(short_study, person.session) == person.given


def test_a_questionnaire_that_cannot_be_sent_is_kept_and_sent_by_itself(open_window, short_study):
    context = open_window()
    page = context.new_page()
    page.add_init_script(QUICK_PAUSES)
    person = Participant(page)
    person.skip_to_questionnaire(short_study.link)
    context.set_offline(True)
    page.get_by_label("How old are you").fill("41")
    page.locator("input[name=ai_use][value='4']").check()
    page.get_by_label("noticed about the pictures").fill("Ears.")
    person.button("Send and finish").click()
    page.get_by_text("What you entered is kept here and is sent again by itself").wait_for()
    context.set_offline(False)
    page.wait_for_selector("#completion-code")
    assert questionnaire(short_study, person.session) == {
        "age": "41",
        "ai_use": "4",
        "noticed": "Ears.",
        "gender": "",
    }


def questionnaire(study, session):
    with reading(study.engine) as db:
        rows = db.execute(
            select(QuestionnaireAnswer.item, QuestionnaireAnswer.value)
            .join(Session, Session.id == QuestionnaireAnswer.session_id)
            .where(Session.session == session)
        )
        return dict(rows.all())


def test_what_was_typed_into_a_questionnaire_survives_a_reload(open_window, short_study):
    page = open_window().new_page()
    person = Participant(page)
    person.skip_to_questionnaire(short_study.link)
    page.get_by_label("How old are you").fill("41")
    page.locator("input[name=ai_use][value='4']").check()
    page.get_by_label("noticed about the pictures").fill("Something about the ears")
    page.reload()
    assert page.get_by_label("How old are you").input_value() == "41"
    assert page.locator("input[name=ai_use][value='4']").is_checked()
    person.button("Send and finish").click()
    page.wait_for_selector("#completion-code")
    assert questionnaire(short_study, person.session)["noticed"] == "Something about the ears"


@pytest.fixture(scope="module")
def restarting_study(short_study_folder, tmp_path_factory):
    """The short study, whose block of trust is begun again after a third of a second."""
    folder = tmp_path_factory.mktemp("restarting") / "study"
    shutil.copytree(short_study_folder, folder)
    file = folder / "study.toml"
    block = 'name = "trust"\npairs = 3\nresume = "restart_block"\nlongest_gap_minutes = 0.005\n'
    edit(file, 'name = "trust"\npairs = 2\n', block)
    shutil.rmtree(folder / "stimuli")
    write_stimulus_set(folder / "stimuli", n_pairs=5, n_practice=1, size=(480, 600))
    data = tmp_path_factory.mktemp("data")
    with served(folder, data, f"sqlite:///{data / 'study.sqlite'}") as study:
        yield study


def test_a_restarted_block_begins_with_practice_and_shows_nothing_seen_as_new(open_window, restarting_study):
    _, person = start(open_window, restarting_study)
    page = person.page
    person.run_task(until=2)
    page.wait_for_function("() => document.querySelector('#progress').textContent.includes('3')")
    page.wait_for_selector("#question")
    page.wait_for_timeout(500)
    first = {position: list(given) for position, given in person.given.items()}
    page.reload()
    page.get_by_text("this part of the study begins again").wait_for()
    person.begin()
    page.wait_for_selector("#question")
    assert person.position() == 1
    person.answer(1)
    person.run_task()
    person.questionnaire()
    trials = restarting_study.trials(person.session)
    assert [trial.status for trial in trials] == ["answered"] * 2 + ["interrupted"] + ["answered"] * 4
    assert [trial.block_restarts for trial in trials] == [None, None, None, 1, None, None, None]
    assert trials[-1].repeat_of == 3, "what the reload interrupted comes once more at the end of its block"
    events = restarting_study.events(person.session)
    assert [event.position for event in events if event.kind == "practice_again"] == [1]
    assert "second_answer" not in {event.kind for event in events}
    # Pages count what comes, rows keep their numbers: the pair that comes again is the last row.
    kept = stored(restarting_study, person.session)
    assert sorted(kept.values()) == sorted((person.given | first).values())


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_whole_session_through_a_faulty_network_and_a_killed_server_is_stored_once(
    kind, open_window, short_study_folder, tmp_path, request
):
    """Every second request of the task fails in some way; the server is killed in the middle."""
    database = (
        f"sqlite:///{tmp_path / 'study.sqlite'}"
        if kind == "sqlite"
        else fresh_postgres(request.getfixturevalue("postgres_server"))
    )
    settings = Settings(data=tmp_path, database=database, secret_key="for tests only")
    engine = open_engine(database)
    migrate(engine)
    with writing(engine) as db:
        study = flow.publish(
            db, read_study(short_study_folder / "study.toml"), pictures=settings.pictures, now=now()
        )
        flow.open_unchecked(db, study, opened_as="test", now=now())
        slug = study.slug

    def is_of_the_task(path):
        return path.endswith(("/messages", "/plan", "/resume", "/task-done")) or "/pictures/" in path

    with (
        KillableServer(settings) as server,
        FaultyProxy(server.port, rate=0.5, seed=5, hits=is_of_the_task) as proxy,
    ):
        rough = Study(proxy.address, slug, engine)
        context = open_window()
        context.set_default_timeout(60_000)
        person = Participant(context.new_page())
        person.page.add_init_script(QUICK_PAUSES)
        person.enter(rough.link)
        person.run_task(until=2)
        server.kill()
        person.run_task(until=4)
        server.start()
        person.run_task()
        proxy.rate = 0
        person.questionnaire()
        proxy.settle()
        assert sum(proxy.counts.values()) >= 5
        assert stored(rough, person.session) == person.given
        assert [trial.status for trial in rough.trials(person.session)] == ["answered"] * 5
        assert "second_answer" not in {event.kind for event in rough.events(person.session)}
    engine.dispose()
