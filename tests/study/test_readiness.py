"""Each check before going live: what it lets pass, and what it says when it does not."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from study import flow
from study.database import open_engine, reading, writing
from study.models import Session, StudyPair, StudyStimulus, Trial
from study.protocol import StudyProtocol, read_study, thaw
from study.readiness import declared, texts
from study.readiness.accessibility import fragment_faults, page_faults
from study.readiness.balance import design_balance, unbalanced
from study.readiness.every_check import every_check
from study.readiness.pictures import hidden_origin, prepared_pictures
from study.readiness.planned import Planned
from study.readiness.rehearsals import robot_pass, timing
from study.robots import RobotTruth, run_robots
from study.settings import Settings
from tests.conftest import MOMENT, sqlite_alone
from tests.study.own_study import CONSENT, INFORMATION, edit, write_own_study
from tests.study.test_flow import SHOWN, complete, send, start, the_study, trial_message

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def study_file(tmp_path_factory):
    return read_study(write_own_study(tmp_path_factory.mktemp("own")))


@pytest.fixture
def protocol(study_file):
    return study_file.protocol


def changed(protocol: StudyProtocol, **tables) -> StudyProtocol:
    """The protocol with some settings of its tables replaced."""
    content = protocol.model_dump(mode="json")
    for table, values in tables.items():
        content[table] = content[table] | values
    return StudyProtocol.model_validate(content)


def test_codes_of_an_open_link_may_be_the_defaults(protocol):
    check = declared.outcome_codes(protocol)
    assert (check.passed, check.found) == (True, "6 different codes for a study with plain links")


def test_codes_at_a_service_must_be_your_own(protocol):
    check = declared.outcome_codes(changed(protocol, recruitment={"recruiter": "prolific"}))
    assert not check.passed
    assert check.found.startswith("the codes of completed, no_consent, screened_out, failed_checks")
    assert check.found.endswith("are the defaults, which anybody can look up")
    assert "[recruitment.codes]" in check.remedy


def test_two_outcomes_with_one_code_are_named():
    codes = declared.OutcomeCodes.model_construct(
        completed="AAAA",
        no_consent="AAAA",
        screened_out="B",
        failed_checks="C",
        technical_failure="D",
        withdrew="E",
    )
    check = declared.outcome_codes(_with_codes(codes))
    assert check.found == "completed and no_consent share the code AAAA"


def _with_codes(codes):
    class Recruited:
        recruitment = type("R", (), {"recruiter": "plain", "codes": codes})

    return Recruited


def test_power_has_to_be_stated(protocol):
    assert declared.power(protocol).found == "power 0.91 for an effect of 0.2"
    check = declared.power(changed(protocol, analysis={"power": None}))
    assert (check.passed, check.found) == (False, "no power analysis is stated")
    assert check.remedy == "write effect, power and method under [analysis.power]"


def test_a_study_that_cannot_reach_its_target_does_not_open(protocol):
    check = declared.stopping(
        changed(protocol, stopping={"last_day": "2026-02-28", "most_started": 40}), now=NOW
    )
    assert check.found == (
        "the last day to begin, 2026-02-28, is over; at most 40 people may begin, 48 are to complete"
    )
    good = declared.stopping(
        changed(protocol, stopping={"last_day": "2026-03-01", "most_started": 60}), now=NOW
    )
    assert good.found == "ends with 48 completed participants, or 60 begun, or the end of 2026-03-01"


def test_retention_has_to_be_decided_not_left_to_the_default(study_file):
    assert declared.retention(study_file.toml).found == (
        "identifiers kept 60 days, unfinished answers without limit"
    )
    check = declared.retention(study_file.toml.replace("identifiers_days = 60", ""))
    assert check.found == "the study file does not say how long identifiers are kept"


def test_the_examples_texts_are_not_a_studys_own(protocol):
    examples = texts.example_texts()
    example = next(text for text in examples if "Thank you for your interest" in text)
    given = {"texts/information.md": example.replace("6 minutes", "9 minutes"), "texts/consent.md": CONSENT}
    check = texts.agreed_texts(protocol, given, examples=examples)
    assert check.found == "texts/information.md is the example's text"
    assert "ethics vote" in check.remedy


def test_texts_are_needed_in_every_language(protocol):
    in_two = protocol.model_copy(update={"languages": ("en", "de")})
    given = {"texts/information.md": INFORMATION, "texts/consent.md": CONSENT}
    check = texts.agreed_texts(in_two, given, examples=())
    assert check.found == "texts/information.de.md is missing; texts/consent.de.md is missing"
    given |= {"texts/information.de.md": "Wir untersuchen Gesichter.", "texts/consent.de.md": "Ich will."}
    assert texts.agreed_texts(in_two, given, examples=()).found == (
        "information and consent in en, de, in words of your own"
    )


def test_what_a_draft_leaves_open_is_found(protocol):
    given = {"texts/information.md": INFORMATION + "\nAsk [your name].", "texts/consent.md": CONSENT}
    assert texts.agreed_texts(protocol, given, examples=()).found == (
        "texts/information.md still holds [your "
    )


@pytest.fixture
def unopened_template(templates, study_file, server):
    """The study published, and not open yet."""

    def publish(engine, folder):
        with writing(engine) as db:
            flow.publish(db, study_file, pictures=folder / "pictures", now=MOMENT)
        return {}

    return templates.made("unopened", server, templates.tables(server), publish)


@pytest.fixture
def own(unopened_template, database, tmp_path):
    settings = Settings(data=tmp_path, database=database, secret_key="for tests only")
    shutil.copytree(unopened_template.folder / "pictures", settings.pictures)
    return settings


def rows(db):
    return (
        db.scalars(select(StudyStimulus).order_by(StudyStimulus.id)).all(),
        db.scalars(select(StudyPair).order_by(StudyPair.pair)).all(),
    )


def pictures_checked(engine, settings):
    with reading(engine) as db:
        stimuli, pairs = rows(db)
        study = the_study(db)
        return (
            prepared_pictures(study, stimuli, settings.pictures),
            hidden_origin(stimuli, pairs, settings.pictures),
        )


def save_as(engine, settings, origin, n, **options):
    """Encode the first pictures of an origin anew, and let the database believe they are the right ones."""
    from stimuli.manifest import file_sha256

    with writing(engine) as db:
        chosen = db.scalars(select(StudyStimulus).where(StudyStimulus.origin == origin).limit(n)).all()
        for row in chosen:
            file = settings.pictures / row.picture
            with Image.open(file) as image:
                image.load()
                size = options.get("size", image.size)
                image.resize(size).save(file, **{k: v for k, v in options.items() if k != "size"})
            row.sha256 = file_sha256(file)
        return [row.stimulus for row in chosen]


@sqlite_alone
def test_pictures_as_published_are_alike_and_tell_nothing(own, engine):
    prepared, leaks = pictures_checked(engine, own)
    assert prepared.found == "52 pictures of 96 x 120 px, one encoding, no metadata"
    assert leaks.passed
    assert leaks.found.startswith("no file property tells origin, ")


def test_a_picture_that_is_gone_or_changed_is_named(own, engine):
    with reading(engine) as db:
        first, second = db.scalars(select(StudyStimulus).order_by(StudyStimulus.id).limit(2)).all()
        (own.pictures / first.picture).unlink()
        (own.pictures / second.picture).write_bytes(b"no picture")
        names = (first.stimulus, second.stimulus)
    prepared, leaks = pictures_checked(engine, own)
    assert prepared.found == (
        f"1 pictures are not in {own.pictures} ({names[0]}); "
        f"1 pictures were changed after publishing ({names[1]})"
    )
    assert not leaks.passed
    assert leaks.found.startswith("the pictures cannot be read")


@sqlite_alone
def test_another_size_encoding_or_metadata_is_found(own, engine):
    (other,) = save_as(engine, own, "real", 1, size=(97, 120), quality=80, comment=b"made by a camera")
    prepared, _ = pictures_checked(engine, own)
    assert prepared.found == (
        f"1 pictures are not 96 x 120 px ({other}); 1 pictures carry metadata, comment ({other})"
    )
    assert "facevalue stimuli prepare" in prepared.remedy


@sqlite_alone
def test_an_encoding_that_goes_with_origin_is_a_leak(own, engine):
    save_as(engine, own, "ai", 26, quality=50)
    prepared, leaks = pictures_checked(engine, own)
    assert prepared.found.startswith("2 encodings are in use, 26 pictures differ")
    assert "origin can be told from the encoding (quantisation, subsampling) for 100% of the pictures" in (
        leaks.found
    )


def test_the_plan_over_all_lists_is_counted(own, engine, protocol):
    with reading(engine) as db:
        check = design_balance(protocol, rows(db)[1])
    assert check.passed
    assert check.found.endswith("lists planned and counted: every pair equally often in every place")


def test_a_design_that_the_set_cannot_fill_is_told_with_the_reason(own, engine, protocol):
    with reading(engine) as db:
        main = [pair for pair in rows(db)[1] if not pair.practice]
        check = design_balance(protocol, main[:20])
    assert not check.passed
    assert check.found.startswith("the plan cannot be made: ")
    assert check.remedy.endswith("or add pairs to the set")


def planned(pair, left, right, *, block="trust", kind="target"):
    return Planned(1, block, False, kind, pair, left, right, 500.0)


def test_counting_finds_every_kind_of_imbalance():
    firsts = {"a": "a1", "b": "b1"}
    both = [
        [planned("a", "a1", "a2"), planned("b", "b2", "b1")],
        [planned("a", "a2", "a1"), planned("b", "b1", "b2")],
    ]
    assert list(unbalanced(both, firsts)) == []
    assert list(unbalanced(both[:1], firsts)) == [
        "500 ms with the first face left: pairs come 0 to 1 times, fewest b",
        "500 ms with the first face right: pairs come 0 to 1 times, fewest a",
    ]
    one_side = [[planned("a", "a1", "a2"), planned("b", "b1", "b2")]]
    assert list(unbalanced(one_side, firsts)) == [
        "block trust: the first face of a pair is always on the same side"
    ]
    twice = [[*plan, planned("a", "a1", "a2")] for plan in both]
    assert next(unbalanced(twice, firsts)) == "2 lists show a face twice where no repeat is asked for"
    repeated = [[*plan, planned("a", "a1", "a2", kind="repeat")] for plan in both]
    assert list(unbalanced(repeated, firsts)) == []


def looked(engine, check, protocol):
    with reading(engine) as db:
        study = the_study(db)
        if check is timing:
            return timing(db, study)
        return robot_pass(db, study, protocol)


def test_a_robot_has_to_come_through(own, engine, protocol):
    check = looked(engine, robot_pass, protocol)
    assert check.found == "no robot has completed the study since the current version was frozen"
    assert "facevalue study link glance --for robot" in check.remedy
    start(engine, namespace="robot")
    assert not looked(engine, robot_pass, protocol).passed
    complete(engine, start(engine, namespace="robot"))
    assert looked(engine, robot_pass, protocol).found == "1 robot completed version 1, each along its plan"


def test_a_robot_whose_trials_are_not_its_plan_does_not_count(own, engine, protocol):
    session = start(engine, namespace="robot")
    complete(engine, session)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(Trial).where(Trial.position == 4).values(exposure_ms=333))
    assert looked(engine, robot_pass, protocol).found == (
        f"no robot came through the study intact: the trials of session {session} are not those that "
        "protocol and seed plan"
    )


def test_an_amendment_asks_for_another_robot(own, engine, protocol, study_file, tmp_path):
    complete(engine, start(engine, namespace="robot"))
    toml = write_own_study(tmp_path / "again")
    edit(toml, "target = 48", "target = 60")
    with writing(engine) as db:
        flow.amend(db, read_study(toml), reason="More people.", since=1, now=MOMENT)
    assert not looked(engine, robot_pass, protocol).passed


def show(engine, session, n, *, shown_frames=30, evidence="element_timing"):
    presentation = {**SHOWN, "shown_frames": shown_frames, "evidence": evidence}
    for number in range(1, n + 1):
        send(engine, session, [trial_message(number, number) | {"presentation": presentation}])


def test_a_real_browser_has_to_keep_time(own, engine, protocol):
    none = "no preview or pilot session has 10 presentations with the browser's own presentation times"
    assert looked(engine, timing, protocol).found == none
    show(engine, start(engine, namespace="robot"), 12)
    show(engine, start(engine, namespace="preview"), 9)
    show(engine, start(engine, namespace="preview"), 12, evidence="none")
    assert looked(engine, timing, protocol).found == none
    show(engine, start(engine, namespace="pilot"), 12, shown_frames=31)
    assert looked(engine, timing, protocol).found == (
        "the best preview or pilot session showed 0% of its presentations as planned"
    )
    show(engine, start(engine, namespace="preview"), 12)
    check = looked(engine, timing, protocol)
    assert check.passed
    assert check.found == "100% of a session's presentations as planned, by the browser's own times"


PAGE = """<html lang="en"><head><title>T</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>One</h1><h2>Two</h2><label for="a">A</label><input id="a" name="a">
<label><input type="checkbox" name="b"> B</label><input type="hidden" name="c"><button>Go</button>
</main></body></html>"""


def test_a_page_in_order_has_no_faults():
    assert page_faults(PAGE, language="en") == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('lang="en"', "", "expected lang=\"en\", found ''"),
        ("<h1>One</h1>", "", "expected one heading of the first level (# in Markdown), found 0"),
        ("<h2>Two</h2>", "<h1>Two</h1>", "expected one heading of the first level (# in Markdown), found 2"),
        ("<h2>Two</h2>", "<h4>Two</h4>", "heading 'Two' skips from level 1 to 4"),
        ("<h2>Two</h2>", "<h2> </h2>", "a heading is empty"),
        ('<label for="a">A</label>', "", "the field a has no label"),
        ('<label for="a">A</label>', '<label for="a"></label>', "the field a has no label"),
        ("<h2>Two</h2>", '<img src="x.png">', "the picture x.png has no words for those who cannot see it"),
        ("<h2>Two</h2>", '<canvas role="img"></canvas>', "a canvas with the role of a picture has no label"),
        ("<button>Go</button>", "<button> </button>", "a button has no words"),
        ("<button>Go</button>", '<a href="/x"></a>', "the link to /x has no words"),
        ("<button>", '<button tabindex="2">', "a button is taken out of the order of the page (tabindex 2)"),
        ("<button>", '<button id="a">', "the id a is used 2 times"),
        ("<title>T</title>", "", "the page has no title"),
        ("width=device-width", "user-scalable=no", "the page cannot be enlarged"),
    ],
)
def test_each_fault_of_a_page_is_said_in_words(before, after, fault):
    assert page_faults(PAGE.replace(before, after, 1), language="en") == [fault]


def test_a_language_written_from_the_right_needs_its_direction():
    arabic = PAGE.replace('lang="en"', 'lang="ar"')
    assert page_faults(arabic, language="ar") == ["expected dir=\"rtl\" for ar, found ''"]
    assert page_faults(arabic.replace('lang="ar"', 'lang="ar" dir="rtl"'), language="ar") == []


def test_a_text_that_skips_a_heading_or_shows_a_picture_without_words_is_named():
    assert fragment_faults("<h1>A</h1><h3>B</h3><img src='b.png'>") == [
        "heading 'B' skips from level 1 to 3",
        "the picture b.png has no words for those who cannot see it",
    ]


def test_the_studys_own_texts_are_looked_at_on_the_pages_that_show_them(tmp_path, engine):
    toml = write_own_study(tmp_path / "study")
    (toml.parent / "texts" / "information.md").write_text(INFORMATION.replace("# Faces", "Faces"))
    (toml.parent / "texts" / "trust.md").write_text("# First part\n\n### How\n\n![](faces.png)\n")
    settings = Settings(data=tmp_path, database=str(engine.url), secret_key="for tests only")
    with writing(engine) as db:
        flow.publish(db, read_study(toml), pictures=settings.pictures, now=MOMENT)
    with reading(engine) as db:
        checks = {c.name: c for c in every_check(db, the_study(db), pictures=settings.pictures, now=NOW)}
    found = checks["accessibility"].found
    assert "landing (en): expected one heading of the first level (# in Markdown), found 0" in found
    assert "texts/trust.md: heading 'How' skips from level 1 to 3" in found
    assert "texts/trust.md: the picture faces.png has no words for those who cannot see it" in found


def test_looking_at_the_pages_leaves_no_trace(own, engine):
    with reading(engine) as db:
        checks = every_check(db, the_study(db), pictures=own.pictures, now=NOW)
        assert next(c for c in checks if c.name == "accessibility").passed
        assert db.scalars(select(Session)).all() == []


def test_a_study_with_everything_in_order_passes_every_check(own, engine):
    complete(engine, start(engine, namespace="robot"))
    complete(engine, start(engine, namespace="preview"))
    with reading(engine) as db:
        checks = every_check(db, the_study(db), pictures=own.pictures, now=NOW)
    assert [check.name for check in checks if not check.passed] == []
    assert {check.name for check in checks} == {
        "texts", "codes", "power", "stopping", "retention", "pictures", "leaks", "balance", "accessibility",
        "robots", "timing",
    }  # fmt: skip


def test_a_session_that_is_erased_no_longer_speaks_for_the_study(own, engine, protocol):
    complete(engine, start(engine, namespace="robot"))
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(Session))
    assert not looked(engine, robot_pass, protocol).passed


def test_a_robot_behind_the_real_server_is_the_pass_that_is_asked_for(live_study):
    run_robots(
        live_study.robot_link, n=1, truth=RobotTruth(), seed=1, stimulus_set=live_study.folder / "stimuli"
    )
    engine = open_engine(live_study.settings.database)
    with reading(engine) as db:
        study = the_study(db)
        check = robot_pass(db, study, thaw(study.current.protocol))
    engine.dispose()
    assert check.found == "1 robot completed version 1, each along its plan"
