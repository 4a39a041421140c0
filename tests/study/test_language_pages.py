"""Every participant page in every language: nothing is said past the catalogues, and the choice is kept."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from gettext import NullTranslations
from html.parser import HTMLParser
from itertools import combinations
from typing import get_args

import pytest
from flask import render_template
from sqlalchemy import select
from werkzeug.exceptions import default_exceptions

from study import flow
from study.app import create_app
from study.database import reading, writing
from study.device_rules import Misfit
from study.language import LANGUAGES, direction, script_words
from study.language.catalogue import SCRIPTS, read_catalogue
from study.models import Session
from study.participant.departures import KINDS
from study.participant.questionnaire_page import condition_words
from study.protocol import Condition, Device, Item, read_study
from study.protocol.translations import spoken_words
from study.recruiters import WayBack
from study.settings import Settings
from tests.conftest import MOMENT, ROOT, write_stimulus_set
from tests.everything import write_everything
from tests.study.browser_like import DEVICE, Walker
from tests.study.english_said import all_said
from tests.templates import copy_database

CODE = re.compile(
    r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}|COMPLETE|SCREENED|NOCONSENT|TECHNICAL|CHECKSFAILED|WITHDREW"
)
READ_ALOUD = ("aria-label", "alt", "title", "placeholder", "aria-description", "aria-roledescription")


class Visible(HTMLParser):
    """Everything of a page that is seen or read aloud, node by node."""

    def __init__(self, html):
        super().__init__()
        self.said, self.attributes, self._silent, self.html = [], {}, 0, html
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._silent += tag in ("script", "style")
        if tag == "html":
            self.attributes = dict(attrs)
        self.said += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style")

    def handle_data(self, data):
        if data.strip() and not self._silent:
            self.said.append(" ".join(data.split()))


def in_marks(toml):
    """The study's own words between « and », so that whatever else is said is facevalue's."""
    names = "title|text|label|minimum_label|maximum_label"
    return re.sub(rf'\b({names}) = "([^"]+)"', r'\1 = "«\2»"', toml)


def write_marked(folder):
    """The study of a folder with all its words in marks, offered and translated in every language."""
    toml = folder / "study.toml"
    toml.write_text(in_marks(toml.read_text()))
    spoken = sorted({words for words, _ in spoken_words(read_study(toml).protocol)})
    toml.write_text(toml.read_text().replace('languages = ["en"]', f"languages = {list(LANGUAGES)}"))
    translated = "".join(f'"{words}" = "{words}"\n' for words in spoken)
    texts = list((folder / "texts").glob("*.md"))
    (folder / "translations").mkdir()
    for language in LANGUAGES:
        (folder / "translations" / f"{language}.toml").write_text(translated)
        for text in texts:
            text.with_suffix(f".{language}.md").write_text(f"«{text.stem}»\n")
    (folder / "translations" / "en.toml").unlink()
    for text in texts:
        text.with_suffix(".en.md").replace(text)
    return read_study(toml)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder, dirs_exist_ok=True)
    write_stimulus_set(folder / "stimuli", n_pairs=24)
    return folder


@pytest.fixture(scope="module")
def marked_studies(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    everything = tmp_path_factory.mktemp("everything")
    write_everything(everything)
    prolific = tmp_path_factory.mktemp("prolific")
    shutil.copytree(demo, prolific, dirs_exist_ok=True)
    toml = (prolific / "study.toml").read_text().replace("headshots-demo", "on-prolific")
    (prolific / "study.toml").write_text(toml.replace('recruiter = "plain"', 'recruiter = "prolific"'))
    return [write_marked(one) for one in (folder, everything, prolific)]


@pytest.fixture
def app(marked_studies, templates, tmp_path):
    """Studies in every language."""

    def publish(engine, folder):
        with writing(engine) as db:
            for study in marked_studies:
                published = flow.publish(db, study, pictures=folder / "pictures", now=MOMENT)
                flow.open_unchecked(db, published, opened_as="test", now=MOMENT)
        return {}

    yield from serve(templates.made("in every language", "", templates.tables(""), publish), tmp_path)


@pytest.fixture
def app_in_english(demo, templates, tmp_path):
    """A study in one language."""
    yield from serve(templates.study(demo, ""), tmp_path)


def serve(template, tmp_path):
    settings = Settings(
        data=tmp_path, database=copy_database(template, "", tmp_path), secret_key="for tests only"
    )
    shutil.copytree(template.folder / "pictures", settings.pictures)
    app = create_app(settings)
    app.config["RATELIMIT_ENABLED"] = False
    yield app
    app.extensions["facevalue_engine"].dispose()


def walker(app, slug="headshots-demo", **headers):
    client = app.test_client()
    client.environ_base |= {f"HTTP_{name}": value for name, value in headers.items()}
    return Walker(client, slug)


def walk_everything(app, language):
    """Every page a participant can come to, as it is in one language."""
    walks = (walk_to_the_end, walk_into_obstacles, walk_the_questions)
    seen = [one for walk in walks for one in walk(app, {"lang": language})]
    pages = [one.text for one in seen if one.mimetype == "text/html"]
    return [page for page in pages if "<h1>Redirecting" not in page] + rare_pages(app, language)


def walk_to_the_end(app, chosen):
    person = walker(app)
    person.get(query_string=chosen)
    person.get("information")
    person.get("withdraw")
    person.post("withdraw", code="AAAA-BBBB-CCCC")
    for kind in KINDS:
        person.get(kind)
    person.post("consent", **chosen)
    plan = person.start()
    person.get("withdraw")
    person.get("trouble")
    person.answer(plan)
    person.send("task-done", {})
    person.get("session")
    for age in ("", "7", "seven"):
        person.post(
            "questionnaire", page="about_you", age=age, gender="nobody", ai_use="9", noticed="«x»" * 2000
        )
    person.finish()
    person.get("nothing-here")
    person.get("withdraw")
    person.post("withdraw")
    person.get("withdrawn")
    return person.seen


def walk_into_obstacles(app, chosen):
    """A refusal, somebody too young, a window too small, an expired form, a technical failure."""
    refusing, young, small, stopped = (walker(app) for _ in range(4))
    for person in (refusing, young, small, stopped):
        person.get(query_string=chosen)
    refusing.post("consent", consent="no")
    refusing.get("declined")
    young.post("consent", consent="yes", agree="yes", age="17")
    young.get("under_age")
    small.post("consent", consent="yes", agree="yes", age="30")
    small.send("device", DEVICE | {"viewport_width_px": 100})
    small.get("session")
    small.token = ""
    small.post("instructions")
    stopped.post("consent", consent="yes", agree="yes", age="30")
    stopped.post("trouble")
    stopped.post("trouble", end="yes")
    stopped.get("session")
    return [*refusing.seen, *young.seen, *small.seen, *stopped.seen]


def walk_the_questions(app, chosen):
    """Questionnaires before and after the trials, with conditions, several choices and a line."""
    person = walker(app, "everything")
    person.get(query_string=chosen)
    person.post("consent", consent="yes", agree="yes", age="30")
    person.send("device", DEVICE)
    person.get("session")
    person.post("questionnaire", page="beforehand", makes="perhaps")
    person.post("questionnaire", page="beforehand", makes="yes", tools="none")
    person.post("questionnaire", page="beforehand", makes="yes", tools="web")
    person.get("session")
    person.post("instructions")
    person.get("session")
    person.answer(person.get("plan").json)
    person.send("task-done", {})
    person.get("session")
    for tired in ("", "101", "very"):
        person.post("questionnaire", page="afterwards", tired=tired)
    person.post("questionnaire", page="afterwards", tired="70", why_tired="")
    person.get("session")
    person.post("questionnaire", page="makers", how_often="7")
    person.post("questionnaire", page="makers", how_often="3")
    person.get("session")
    return person.seen


def rare_pages(app, language):
    """Pages whose state is hard to bring about, made from their templates."""
    frame = {"study": {"title": "«title»", "slug": "x"}, "base": "/s/x/"}
    with app.test_request_context(query_string={"lang": language}):
        return [
            *(render_template(f"participant/{name}.html", **facts, **frame) for name, facts in rare_states()),
            *(error_page(app, code) for code in (403, 404, 413, 429, 500)),
        ]


def rare_states():
    """Templates with what they are given."""
    for recruiter, outcome, link in ways_back():
        back = WayBack(recruiter, outcome, "SCREENED", link)
        yield "left", {"kind": "withdrawn", "way_back": back}
    yield from ended_states()
    for ended in (True, False):
        yield "not_open", {"ended": ended}
    landing = {
        "information_html": "«x»",
        "recruiter": "plain",
        "asks_age": True,
        "carried": {},
        "languages": [],
        "values": {},
        "faults": {},
    }
    for door in ("back", "preview", "uninvited"):
        yield "landing", landing | {"door": door}
    for recruiter in ("prolific", "sona", "mturk", "personal"):
        yield "landing", landing | {"door": "unnamed", "recruiter": recruiter}
    card = {"n_shown": 26, "n_as_planned": 0, "n_otherwise": 0, "n_unknown": 26, "refresh_hz": None}
    failed = WayBack("prolific", "failed_checks", "SCREENED", None)
    yield "debrief", {"debrief_html": "«debrief»", "way_back": failed, "timing": card}
    some = card | {"n_as_planned": 3, "n_otherwise": 1, "n_unknown": 22}
    yield "debrief", {"debrief_html": "«debrief»", "way_back": failed, "timing": some}
    yield "questionnaire", condition_on_the_same_page()


def ways_back():
    for recruiter in ("prolific", "sona", "mturk", "personal", "plain"):
        for outcome in ("completed", "withdrew"):
            for link in ("https://back.test/", None):
                yield recruiter, outcome, link


def ended_states():
    for reason in ("full", "lapsed", "technical_failure"):
        yield "ended", {"reason": reason, "misfits": [], "withdrawal_code": "K7QM-3WXD-9TPA"}
    for misfit in get_args(Misfit):
        if misfit != "form":
            facts = {"rules": Device(), "device": {"viewport_width_px": 1.0, "viewport_height_px": 1.0}}
            yield "ended", {"reason": "device", "misfits": [misfit], **facts}
    for n_forms in (1, 2):
        for forms in combinations(("desktop", "tablet", "phone"), n_forms):
            yield "ended", {"reason": "device", "misfits": ["form"], "forms": forms}


def condition_on_the_same_page():
    item = {"kind": "number", "text": "«item»", "optional": True, "minimum": None, "maximum": None}
    earlier = Item(id="a", kind="number", text="«earlier»")
    bounds = Condition(item="a", at_least=2, at_most=9)
    around = {"minimum": None, "maximum": None, "condition": bounds}
    items = [
        {"item": item | {"id": name}, "only_if": condition_words(bounds, earlier), **around} for name in "ab"
    ]
    page = {"name": "x", "title": ""}
    return {"page": page, "items": items, "last": False, "values": {}, "errors": {"a": "«no»"}}


def error_page(app, code):
    page = app.handle_user_exception(default_exceptions[code]())
    return page[0]


# ---- nothing is said past the catalogues ----


class Bracketing(NullTranslations):
    """A language in which every sentence is between ⟦ and ⟧."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"


def unmarked(html):
    """What a page says that neither went through the catalogues nor is the study's own."""
    rest = re.sub(r"⟦[^⟦⟧]*⟧|«[^»]*»", "", "\n".join(Visible(html).said))
    return [line for line in rest.splitlines() if re.search(r"[^\W\d_]", CODE.sub("", line))]


def test_every_word_of_every_page_goes_through_the_catalogues(app, monkeypatch):
    for module in ("study.language.catalogue", "study.participant.language"):
        monkeypatch.setattr(f"{module}.translations", lambda _: Bracketing())
    pages = walk_everything(app, "en")
    assert len(pages) > 70
    faults = {said for page in pages for said in unmarked(page) if said not in LANGUAGES.values()}
    assert faults == set(), "write {{ _() }} around these"


@pytest.mark.parametrize(
    "line", ["<p>Hello</p>", '<img alt="Hello">', "<p>⟦Hello⟧ there</p>", "<title>«study» – Hello</title>"]
)
def test_a_word_past_the_catalogues_is_found(line):
    assert len(unmarked(line)) == 1


@cache
def english(language):
    """Patterns of every English sentence that has another form in a language."""
    patterns = []
    for message in read_catalogue(language):
        for text in () if not message.id else (message.id,) if isinstance(message.id, str) else message.id:
            has_words = re.search("[A-Za-z]{3}", re.sub(r"%\(\w+\)s", "", text))
            if has_words and text not in (message.string, *message.string):
                gaps = [re.escape(part) for part in re.split(r"%\(\w+\)s|<[^>]+>", text)]
                patterns.append(re.compile(r"(?<!\w)" + ".{0,40}?".join(gaps) + r"(?!\w)"))
    return patterns


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_another_language_holds_no_english_sentence(language, app):
    pages = walk_everything(app, language)
    patterns = english(language) if language != "en" else []
    for page in pages:
        visible = Visible(page)
        assert visible.attributes == {"lang": language, "dir": direction(language)}
        said = "\n".join(
            re.sub(r"«[^»]*»", "", text) for text in visible.said if text not in LANGUAGES.values()
        )
        assert [pattern.pattern for pattern in patterns if pattern.search(said)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_with_scripts_carries_their_words_in_its_language(language, app):
    pages = [page for page in walk_everything(app, language) if 'type="module"' in page]
    assert len(pages) >= 6
    of_scripts = {m.id for m in all_said() if any(f.startswith(SCRIPTS) for f, _ in m.locations)}
    for page in pages:
        inline = re.findall(r"<script(?![^>]*src=)[^>]*>", page)
        assert inline == ['<script type="application/json" id="words-of-scripts">'], "data, never code"
        block = re.search(r'<script type="application/json" id="words-of-scripts">(.*?)</script>', page)
        words = json.loads(block[1])
        assert words["language"] == language
        assert words["messages"] == script_words(language)
        wanted = {english if isinstance(english, str) else english[0] for english in of_scripts}
        assert language == "en" or set(words["messages"]) == wanted


def test_pages_without_scripts_carry_no_words_for_them(app):
    assert "<script" not in walker(app).get("withdraw", query_string={"lang": "de"}).text


# ---- the choice ----


def session_language(app):
    with reading(app.extensions["facevalue_engine"]) as db:
        return db.scalars(select(Session.language)).one()


def language_of(response):
    return Visible(response.text).attributes["lang"]


def test_the_landing_page_offers_each_language_by_its_own_name_and_starts_nothing(app):
    page = walker(app).get(query_string={"lang": "ar", "PROLIFIC_PID": "a&b", "as": "token"}).text
    links = re.findall(r'lang="(\w+)" dir="(\w+)" hreflang="\w+"( aria-current="true")?>(\S+)</a>', page)
    assert [(code, name) for code, _, _, name in links] == list(LANGUAGES.items())
    assert [code for code, _, current, _ in links if current] == ["ar"]
    assert {way for code, way, _, _ in links if code == "ar"} == {"rtl"}
    with reading(app.extensions["facevalue_engine"]) as db:
        assert db.scalars(select(Session)).all() == []


def test_a_change_of_language_keeps_what_the_recruiter_sent(app):
    person = walker(app, "on-prolific")
    page = person.get(query_string={"PROLIFIC_PID": "a-b", "STUDY_ID": "s", "SESSION_ID": "t"}).text
    address = re.search(r'<a href="([^"]+)" lang="fr"', page)[1].replace("&amp;", "&")
    page = person.client.get(address).text
    assert 'name="PROLIFIC_PID" value="a-b"' in page
    assert 'name="STUDY_ID" value="s"' in page
    assert 'name="SESSION_ID" value="t"' in page
    assert '<input type="hidden" name="lang" value="fr">' in page


def test_a_study_in_one_language_offers_no_choice(app_in_english):
    person = walker(app_in_english, ACCEPT_LANGUAGE="de")
    page = person.get(query_string={"lang": "fr"})
    assert language_of(page) == "en"
    assert "hreflang" not in page.text
    person.post("consent", consent="yes", agree="yes", age="30", lang="fr")
    assert session_language(app_in_english) == "en"


def test_a_session_keeps_the_language_it_was_begun_in(app):
    person = walker(app, ACCEPT_LANGUAGE="es")
    assert language_of(person.get()) == "es"
    assert language_of(person.get(query_string={"lang": "de"})) == "de"
    assert language_of(person.get()) == "de", "a choice is remembered"
    person.post("consent", consent="yes", agree="yes", age="30", lang="ar")
    assert session_language(app) == "ar"
    assert language_of(person.get("session", query_string={"lang": "fr"})) == "ar"
    assert language_of(person.get("withdraw", query_string={"lang": "fr"})) == "ar"
    person.post("withdraw")
    assert language_of(person.get("withdrawn")) == "ar"


def test_the_browsers_language_is_kept_by_consent_without_being_asked_for(app):
    person = walker(app, ACCEPT_LANGUAGE="fr-CA, en;q=0.5")
    page = person.get().text
    hidden = re.search(r'<input type="hidden" name="lang" value="(\w+)">', page)[1]
    person.post("consent", consent="yes", agree="yes", age="30", lang=hidden)
    assert session_language(app) == "fr"


def test_a_page_of_no_study_speaks_the_browsers_language(app):
    assert language_of(app.test_client().get("/nothing", headers={"Accept-Language": "ar"})) == "ar"
    assert language_of(app.test_client().get("/nothing", headers={"Accept-Language": "it"})) == "en"


def test_faults_of_the_questionnaire_are_said_in_the_pages_language(app):
    person = walker(app)
    person.get(query_string={"lang": "de"})
    person.answer(person.start())
    person.send("task-done", {})
    person.get("session")
    page = person.post("questionnaire", page="about_you", age="7", gender="woman", ai_use="3").text
    assert "Bitte geben Sie eine ganze Zahl von 18 bis 110 ein." in page
    assert "Eine Antwort sollten Sie noch einmal ansehen." in page
