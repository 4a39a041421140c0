"""Who comes in, who is turned away and how, on SQLite and PostgreSQL."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from study import flow
from study.database import reading, writing
from study.links import participant_link
from study.models import ConsentText, Departure, RecruiterIdentifier, Session, Study
from study.participant import departures
from tests.conftest import MOMENT
from tests.study.browser_like import Walker
from tests.study.variants import only_session, publish_variant, study_named

SONA = (
    'recruiter = "sona"\n'
    'return_url = "https://lab.sona-systems.com/webstudy_credit.aspx?survey_code={survey_code}"'
)
PROLIFIC = 'recruiter = "prolific"'
SONA = 'recruiter = "sona"\nreturn_url = "https://sona.test/credit?survey_code={survey_code}"'
LINK = "?PROLIFIC_PID=abc&STUDY_ID=s1&SESSION_ID=x1"


@pytest.fixture
def visit(app):
    """A new browser at a study."""

    def make(slug: str) -> Walker:
        return Walker(app.test_client(), slug)

    return make


@pytest.fixture
def demo(visit, published):
    return visit(published.slug)


def count(engine, table):
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(table))


def departed(engine):
    with reading(engine) as db:
        return db.scalars(select(Departure.kind).order_by(Departure.id)).all()


def come(walker, link="", **form):
    """Follow a link and send its form as a browser does, with all it carries."""
    page = walker.get(link)
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    carried.pop("csrf_token", None)
    return walker.post("consent", **{"consent": "yes", "agree": "yes", "age": "35", **carried, **form})


def follow(walker, response):
    return walker.get(response.headers["Location"].removeprefix(walker.base))


# ---- consent ----


def test_consent_keeps_the_words_agreed_to_once_with_what_was_pressed_and_when(visit, published, engine):
    for _ in range(2):
        come(visit(published.slug))
    with reading(engine) as db:
        words = db.scalars(select(ConsentText)).one()
        assert words.information.startswith("# First impressions of headshots")
        assert words.consent.startswith("I am at least 18 years old.")
        assert words.language == "en"
        sessions = db.scalars(select(Session)).all()
        assert [(s.consent_hash, s.consent_action) for s in sessions] == [
            (words.hash, "agree=yes consent=yes")
        ] * 2
        assert all(abs(s.consented_at - words.first_used_at) < timedelta(minutes=1) for s in sessions)


def test_other_words_or_another_language_have_another_hash(published, engine):
    with reading(engine) as db:
        version = db.scalars(select(Study)).one().current
        english = flow.consent_words(version, "en")
        german = flow.consent_words(version, "de")
        assert german.consent == english.consent, "a missing translation shows the first language"
        assert german.hash != english.hash
        texts = {**version.texts, "texts/consent.de.md": "Ich bin einverstanden."}
        version.texts, version.protocol_hash = texts, "another"
        assert flow.consent_words(version, "de").consent == "Ich bin einverstanden."
        assert flow.consent_words(version, "en").hash == english.hash


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"agree": ""}, "Please tick the box if you agree."),
        ({"consent": "maybe"}, "Please tick the box if you agree."),
        ({"age": ""}, "Please enter your age in years, as a whole number."),
        ({"age": "grown up"}, "Please enter your age in years"),
        ({"age": "0"}, "Please enter your age in years"),
        ({"age": "-20"}, "Please enter your age in years"),
        ({"age": "121"}, "Please enter your age in years"),
        ({"age": "9" * 5000}, "Please enter your age in years"),
        ({"age": "³⁵"}, "Please enter your age in years"),
    ],
)
def test_an_incomplete_agreement_begins_nothing_and_says_what_is_missing(demo, engine, form, sentence):
    page = come(demo, **form)
    assert page.status_code == 422
    assert sentence in page.text
    assert 'role="alert"' in page.text
    assert (count(engine, Session), count(engine, Departure)) == (0, 0)


def test_what_was_entered_is_still_there_when_something_is_missing(demo):
    page = come(demo, age="44", agree="")
    assert 'value="44"' in page.text
    assert " checked" not in page.text
    assert " checked" in come(demo, age="").text


def test_refusing_leaves_a_count_a_code_and_nothing_else(visit, published, engine):
    walker = visit(publish_variant(published, engine, recruitment=PROLIFIC))
    page = follow(walker, come(walker, LINK, consent="no", agree="", age=""))
    assert "You do not take part" in page.text
    assert "https://app.prolific.com/submissions/complete?cc=NOCONSENT" in page.text
    assert "reject" not in page.text.lower()
    assert departed(engine) == ["declined"]
    assert (count(engine, Session), count(engine, RecruiterIdentifier)) == (0, 0)


def test_the_code_is_not_for_whoever_types_the_address(visit, published, engine):
    for kind in departures.KINDS:
        page = visit(published.slug).get(kind)
        assert page.status_code == 200
        assert not re.search("NOCONSENT|SCREENED|WITHDREW", page.text)


def test_opening_pages_starts_and_counts_nothing(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    walker = visit(slug)
    for path in (LINK, "", "session", "withdraw", "trouble", "information", *departures.KINDS):
        walker.get(path)
    assert (count(engine, Session), count(engine, Departure)) == (0, 0)
    assert count(engine, ConsentText) == 0


def test_the_information_can_be_read_again_at_any_time(demo):
    come(demo)
    assert "What is kept" in demo.get("information").text


# ---- age ----


def test_someone_too_young_is_thanked_counted_and_forgotten(visit, published, engine):
    walker = visit(publish_variant(published, engine, recruitment=PROLIFIC))
    page = follow(walker, come(walker, LINK, age="17"))
    assert "This study is for people aged 18 or over" in page.text
    assert "cc=SCREENED" in page.text
    assert departed(engine) == ["under_age"]
    assert (count(engine, Session), count(engine, RecruiterIdentifier)) == (0, 0)
    with engine.connect() as connection:
        stored = connection.execute(select(Departure.__table__)).mappings().one()
    assert {stored["cell"], stored["status"]} == {""}


def test_the_same_browser_is_not_asked_again_at_once_and_counts_once(demo, engine, monkeypatch):
    come(demo, age="12")
    token = demo.token
    assert demo.get().headers["Location"].endswith("/under_age")
    again = demo.post("consent", consent="yes", agree="yes", age="19", csrf_token=token)
    assert again.headers["Location"].endswith("/under_age")
    assert departed(engine) == ["under_age"]
    assert count(engine, Session) == 0
    later = departures.now() + timedelta(hours=25)
    monkeypatch.setattr(departures, "now", lambda: later)
    assert demo.get().status_code == 200


def test_somebody_just_old_enough_comes_in(demo, engine):
    assert come(demo, age="18").headers["Location"].endswith("/session")
    assert count(engine, Session) == 1


def test_the_age_is_stored_nowhere(demo, engine):
    come(demo, age="97")
    with reading(engine) as db:
        session = db.scalars(select(Session)).one()
        values = [getattr(session, column.name) for column in Session.__table__.columns]
        stored = " ".join(str(value) for value in values if not isinstance(value, datetime))
        assert not re.search(r"\b97\b", stored)
        assert "age" not in session.consent_action


def test_a_study_for_all_ages_does_not_ask(visit, published, engine):
    slug = publish_variant(published, engine, tables="[eligibility]\nminimum_age = 0\n")
    walker = visit(slug)
    assert "How old are you" not in walker.get().text
    assert walker.post("consent", consent="yes", agree="yes").headers["Location"].endswith("/session")


# ---- the same person again ----


@pytest.mark.parametrize(
    ("recruitment", "link"),
    [
        (PROLIFIC, "?PROLIFIC_PID=abc&STUDY_ID=s&SESSION_ID={visit}"),
        (SONA, "?survey_code=1234"),
        ('recruiter = "mturk"', "?workerId=A3&assignmentId={visit}&hitId=h"),
    ],
)
def test_the_same_link_finds_the_same_session_in_another_browser(visit, published, engine, recruitment, link):
    slug = publish_variant(published, engine, recruitment=recruitment)
    first = visit(slug)
    come(first, link.format(visit="v1"))
    second = visit(slug)
    page = second.get(link.format(visit="v2"))
    assert "Welcome back" in page.text
    assert count(engine, Session) == 1, "nothing may happen by looking"
    assert come(second, link.format(visit="v2"), consent="back").headers["Location"].endswith("/session")
    assert count(engine, Session) == 1
    assert second.get("session").text.count("A quick look at your screen") == 1


def test_someone_known_who_says_no_is_asked_whether_to_leave(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    come(visit(slug), LINK)
    assert come(visit(slug), LINK, consent="no").headers["Location"].endswith("/withdraw")
    assert (count(engine, Session), departed(engine)) == (1, [])


def test_at_a_shared_computer_the_next_persons_link_is_their_own(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    computer = visit(slug)
    come(computer, "?PROLIFIC_PID=abc")
    assert computer.get("?PROLIFIC_PID=abc").headers["Location"].endswith("/session")
    assert "Your agreement" in computer.get("?PROLIFIC_PID=xyz").text
    come(computer, "?PROLIFIC_PID=xyz")
    assert count(engine, Session) == 2
    with reading(engine) as db:
        values = db.scalars(select(RecruiterIdentifier.value).where(RecruiterIdentifier.attempt == 1))
        assert sorted(values) == ["abc", "xyz"]


def whole_session(walker, link):
    come(walker, link)
    plan = walker.start_from_device()
    walker.answer(plan)
    walker.finish()


@pytest.mark.parametrize(("again", "sessions"), [("refuse", 1), ("allow", 2)])
def test_after_completing_a_person_begins_again_only_where_allowed(visit, published, engine, again, sessions):
    slug = publish_variant(
        published, engine, recruitment=PROLIFIC, tables=f'[eligibility]\nagain = "{again}"\n'
    )
    first = visit(slug)
    whole_session(first, LINK)
    assert "cc=COMPLETE" in first.seen[-1].text
    second = visit(slug)
    page = follow(second, come(second, LINK))
    assert ("cc=COMPLETE" in page.text) == (again == "refuse")
    assert count(engine, Session) == sessions
    third = follow(first, come(first, LINK))
    assert ("A quick look at your screen" in third.text) == (again == "allow")
    assert count(engine, Session) == sessions, "an unfinished second session is gone on with"


def test_people_of_certain_other_studies_are_turned_away_kindly(visit, published, engine):
    publish_variant(published, engine, slug="earlier", recruitment=PROLIFIC)
    slug = publish_variant(
        published,
        engine,
        slug="later",
        recruitment=PROLIFIC,
        tables='[eligibility]\nnot_after = ["earlier"]\n',
    )
    earlier = visit("earlier")
    come(earlier, LINK)
    earlier.start_from_device()
    refused = visit(slug)
    page = follow(refused, come(refused, LINK))
    assert "You have taken part in a study like this one" in page.text
    assert "cc=SCREENED" in page.text
    assert departed(engine) == ["took_part_before"]
    with reading(engine) as db:
        assert db.scalars(select(Session.id).where(Session.study_id == study_named(db, slug).id)).all() == []
    other = visit(slug)
    assert come(other, "?PROLIFIC_PID=new").headers["Location"].endswith("/session")


def test_who_never_got_a_place_in_the_other_study_is_welcome(visit, published, engine):
    publish_variant(published, engine, slug="earlier", recruitment=PROLIFIC)
    slug = publish_variant(
        published,
        engine,
        slug="later",
        recruitment=PROLIFIC,
        tables='[eligibility]\nnot_after = ["earlier"]\n',
    )
    come(visit("earlier"), LINK)
    assert come(visit(slug), LINK).headers["Location"].endswith("/session")


def test_many_clicks_at_the_same_moment_begin_one_session(published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)

    def enrol(_):
        with writing(engine) as db:
            visitor = flow.Visitor(identifiers={"PROLIFIC_PID": "abc", "STUDY_ID": "s"})
            return flow.enrol(db, study_named(db, slug), visitor, now=MOMENT).session

    with ThreadPoolExecutor(12) as pool:
        sessions = set(pool.map(enrol, range(36)))
    assert len(sessions) == 1
    assert (count(engine, Session), count(engine, RecruiterIdentifier)) == (1, 2)
    assert count(engine, ConsentText) == 1


def test_many_people_who_are_the_first_at_the_same_moment_share_one_text(published, engine):
    def enrol(number):
        with writing(engine) as db:
            visitor = flow.Visitor(identifiers={"PROLIFIC_PID": f"p{number}"})
            return flow.enrol(db, study_named(db, published.slug), visitor, now=MOMENT).session

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(enrol, range(24)))) == 24
    assert count(engine, ConsentText) == 1


# ---- who may not come in by this link ----


@pytest.mark.parametrize(
    ("recruitment", "words"),
    [
        (PROLIFIC, "Please come from Prolific"),
        (SONA, "Please come from SONA"),
        ('recruiter = "mturk"', "Please come from Mechanical Turk"),
        ('recruiter = "personal"', "This study is by invitation"),
    ],
)
def test_a_link_that_names_nobody_informs_and_begins_nothing(visit, published, engine, recruitment, words):
    slug = publish_variant(published, engine, recruitment=recruitment)
    walker = visit(slug)
    page = walker.get()
    assert words in page.text
    assert "What is kept" in page.text
    assert "I agree and take part" not in page.text
    assert come(walker).status_code == 422
    assert count(engine, Session) == 0


def test_rehearsals_need_no_recruiter(visit, published, engine):
    slug = publish_variant(published, engine, recruitment=PROLIFIC)
    link = participant_link(published.settings, slug, address="", namespace="pilot")
    walker = visit(slug)
    come(walker, link.partition("/s/variant/")[2])
    with reading(engine) as db:
        assert only_session(db, slug).namespace == "pilot"


def test_a_preview_on_mechanical_turk_informs_and_cannot_begin(visit, published, engine):
    slug = publish_variant(published, engine, recruitment='recruiter = "mturk"')
    link = "?workerId=A3&hitId=h&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE"
    walker = visit(slug)
    page = walker.get(link)
    assert "This is a preview" in page.text
    assert "What is kept" in page.text
    assert "I agree and take part" not in page.text
    refused = walker.post(
        "consent",
        consent="yes",
        agree="yes",
        age="30",
        workerId="A3",
        assignmentId="ASSIGNMENT_ID_NOT_AVAILABLE",
    )
    assert refused.status_code == 422
    assert count(engine, Session) == 0


def test_each_personal_link_lets_one_person_in(visit, published, engine):
    slug = publish_variant(published, engine, recruitment='recruiter = "personal"')
    with writing(engine) as db:
        keys = flow.invite(db, study_named(db, slug), ["Ada", "Bo"], now=MOMENT)
    for key in (*keys, keys[0]):
        assert come(visit(slug), f"?key={key}").headers["Location"].endswith("/session")
    assert count(engine, Session) == 2
    guessed = visit(slug)
    assert "This link does not lead in" in guessed.get("?key=guessed").text
    assert come(guessed, "?key=guessed").status_code == 422
    with reading(engine) as db:
        stored = set(db.scalars(select(RecruiterIdentifier.value)))
    assert not stored & set(keys), "only digests may be stored"


def test_a_personal_link_of_another_study_does_not_lead_in(visit, published, engine):
    for slug in ("one", "two"):
        publish_variant(published, engine, slug=slug, recruitment='recruiter = "personal"')
    with writing(engine) as db:
        (key,) = flow.invite(db, study_named(db, "one"), [""], now=MOMENT)
    assert "This link does not lead in" in visit("two").get(f"?key={key}").text


def test_personal_links_are_for_studies_that_use_them(published, engine):
    with writing(engine) as db, pytest.raises(flow.FlowError, match='expected "personal"'):
        flow.invite(db, study_named(db, published.slug), [""], now=MOMENT)
