"""An export comes back as it was, on SQLite and PostgreSQL, or says everything that is wrong with it."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from analysis.dataset import read_export
from study import flow
from study.cli import facevalue
from study.database import migrate, open_engine, reading, writing
from study.export import Selection, export_study
from study.importing import ImportRefused
from study.models import Departure, Event, ProtocolVersion, Session, Study, StudyPair, StudyStimulus, Trial
from study.protocol import read_study
from tests.conftest import MOMENT, postgresql_alone, sqlite_alone, write_stimulus_set
from tests.study.imports import (
    assert_comes_back,
    assert_same_bytes,
    bring_back,
    change_facts,
    change_rows,
    data_file_of,
    seal,
)
from tests.study.test_export import AMENDED, LATER, complete_with, table
from tests.study.test_export import amended as amended
from tests.study.test_flow import complete, send, start, the_study
from tests.study.test_translations import fill_in
from tests.study.test_translations import folder as folder
from tests.templates import copy_database

AWKWARD = " leading blank, a \"quoted\" word;\nand = a second line\r\n\tünïcødé – 漢字 🙂 'x'\\n NA null"


def everything_is_empty(engine):
    with reading(engine) as db:
        models = (Study, ProtocolVersion, StudyStimulus, StudyPair, Session, Trial, Event, Departure)
        return not any(db.scalar(select(func.count()).select_from(model)) for model in models)


# ---- there and back ----


def test_an_export_comes_back_byte_for_byte(filled, engine, elsewhere, tmp_path):
    with writing(engine) as db:
        study = the_study(db)
        flow.decline(db, study, namespace="live", now=MOMENT)
        flow.turn_away(db, study, "under_age", namespace="live", now=MOMENT)
        flow.close_study(db, study, now=LATER)
    withdrawn = start(engine, namespace="robot")
    with writing(engine) as db:
        session = flow.session_by_id(db, withdrawn)
        flow.withdraw(db, session, erasures=tmp_path / "elsewhere.log", now=LATER)
    assert_comes_back(engine, elsewhere, filled["slug"], tmp_path)


def test_rehearsals_come_back_too(filled, engine, elsewhere, tmp_path):
    complete(engine, start(engine, namespace="pilot"))
    gone = start(engine, namespace="pilot")
    with writing(engine) as db:
        flow.withdraw(db, flow.session_by_id(db, gone), erasures=tmp_path / "x.log", now=LATER)
    one = assert_comes_back(engine, elsewhere, filled["slug"], tmp_path, namespaces=("pilot", "robot"))
    assert {row["namespace"] for row in table(one, "participants")} == {"pilot", "robot"}


def test_every_version_comes_back(amended, engine, elsewhere, tmp_path):
    assert_comes_back(engine, elsewhere, "headshots-demo", tmp_path)
    with reading(elsewhere) as db:
        hashes = {row.session: row.version.number for row in db.scalars(select(Session))}
    assert hashes == {amended["first"][0]: 1, amended["first"][1]: 1, amended["second"]: 2}


def test_an_amendment_back_to_an_earlier_protocol_comes_back(amended, published, engine, elsewhere, tmp_path):
    with writing(engine) as db:
        original = read_study(published.folder / "study.toml")
        flow.amend(db, original, reason="As before.", since=2, now=LATER)
    third = start(engine, at=LATER)
    assert_comes_back(engine, elsewhere, "headshots-demo", tmp_path)
    with reading(elsewhere) as db:
        versions = {row.session: row.version.number for row in db.scalars(select(Session))}
    assert (versions[amended["first"][0]], versions[third]) == (1, 3)


def test_a_study_in_several_languages_comes_back(folder, engine, elsewhere, tmp_path):
    fill_in(folder)
    write_stimulus_set(folder / "stimuli", n_pairs=24)
    with writing(engine) as db:
        study = flow.publish(db, read_study(folder / "study.toml"), pictures=tmp_path / "p", now=MOMENT)
        flow.open_unchecked(db, study, opened_as="demo", now=MOMENT)
    complete(engine, start(engine, language="de"))
    for path in (folder / "texts").glob("debrief*.md"):
        path.write_text(f"Other words at the end: {path.name}")
    with writing(engine) as db:
        flow.amend(db, read_study(folder / "study.toml"), reason="Warmer: “words”.", since=1, now=AMENDED)
    assert_comes_back(engine, elsewhere, "headshots-demo", tmp_path)


def test_further_columns_of_the_manifest_come_back(filled, engine, elsewhere, tmp_path):
    with writing(engine) as db:
        values = {"extra": {"camera": "X100, or so", "pair": "my own"}}
        db.execute(update(StudyStimulus).values(values))
    assert_comes_back(engine, elsewhere, filled["slug"], tmp_path)


def test_an_empty_study_comes_back(published, engine, elsewhere, tmp_path):
    assert_comes_back(engine, elsewhere, published.slug, tmp_path)


def test_awkward_texts_come_back(published, engine, elsewhere, tmp_path):
    session = start(engine)
    complete_with(engine, session, noticed=AWKWARD)
    event = {"number": 99, "kind": "event", "event": "hidden", "position": 4, "at_ms": 1e-7}
    send(engine, session, [event | {"detail": {"b": AWKWARD, "a": [1, 1.0, 1e300, None, True]}}])
    one = assert_comes_back(engine, elsewhere, published.slug, tmp_path)
    assert table(one, "participants")[0]["q_noticed"] == AWKWARD.strip()


# What a form keeps of a text: no null characters, and no blanks around it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)


PEOPLE = st.lists(
    st.tuples(TEXTS, TEXTS, st.floats(min_value=0, allow_infinity=False)), min_size=1, max_size=8
)


# Most of the time goes into an export and an import, so each has several people in it.
@sqlite_alone
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE)
def test_any_text_and_number_comes_back(templates, study_template, tmp_path_factory, people):
    folder, back = tmp_path_factory.mktemp("text"), tmp_path_factory.mktemp("back")
    engine = open_engine(copy_database(study_template, "", folder))
    for words, browser, number in people:
        session = start(engine)
        with writing(engine) as db:
            row = flow.session_by_id(db, session)
            row.browser = browser[:40]
            times = {"onset_ms": number, "shown_ms": -number}
            db.execute(update(Trial).where(Trial.session_id == row.id).values(times))
        complete_with_text(engine, session, words)
    other = open_engine(copy_database(templates.tables(""), "", back))
    assert_comes_back(engine, other, study_template.known["slug"], folder)
    engine.dispose()
    other.dispose()


def complete_with_text(engine, session, words):
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        current.step = "after"
        flow.record_questionnaire(db, current, "about_you", {"ai_use": "3", "noticed": words}, now=MOMENT)


def test_the_analysis_reads_an_imported_export(filled, engine, elsewhere, tmp_path):
    one = assert_comes_back(engine, elsewhere, filled["slug"], tmp_path)
    before, after = read_export(one), read_export(tmp_path / "two")
    assert before.trials.equals(after.trials)
    checked = CliRunner().invoke(facevalue, ["analysis", "check", str(tmp_path / "two")])
    assert checked.exit_code == 0, checked.output


def test_a_deposited_copy_without_parquet_comes_back(exported, elsewhere, filled, tmp_path):
    shutil.copytree(exported, tmp_path / "deposited")
    shutil.rmtree(tmp_path / "deposited" / "parquet")
    bring_back(elsewhere, tmp_path / "deposited")
    export_study(elsewhere, filled["slug"], tmp_path / "again", now=LATER)
    assert_same_bytes(exported, tmp_path / "again")


@postgresql_alone
@pytest.mark.postgres
def test_an_export_of_one_kind_of_database_comes_back_into_the_other(exported, filled, tmp_path):
    other = open_engine(f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    migrate(other)
    bring_back(other, exported)
    export_study(other, filled["slug"], tmp_path / "again", now=LATER)
    other.dispose()
    assert_same_bytes(exported, tmp_path / "again")


def test_what_an_export_leaves_out_stays_empty(exported, elsewhere):
    bring_back(elsewhere, exported)
    with reading(elsewhere) as db:
        study = the_study(db)
        assert study.imported_at == LATER
        assert study.imported_from["exported_at"] == "2026-03-02T12:00:00.000000Z"
        assert "merged_from" not in study.imported_from
        for session in db.scalars(select(Session)):
            assert session.seed is None
            assert session.withdrawal_code_hash is None
            assert (session.consent_action, session.step, session.lab) == ("", "imported", None)
        assert db.scalar(select(func.count()).select_from(StudyPair).where(StudyPair.practice)) == 2


def test_other_studies_stay_as_they_are(exported, published, elsewhere, tmp_path):
    toml = shutil.copytree(published.folder, tmp_path / "other") / "study.toml"
    toml.write_text(toml.read_text().replace("headshots-demo", "another"))
    with writing(elsewhere) as db:
        flow.publish(db, read_study(toml), pictures=tmp_path / "pictures", now=MOMENT)
    bring_back(elsewhere, exported)
    with reading(elsewhere) as db:
        assert {study.slug: study.is_imported for study in db.scalars(select(Study))} == {
            "another": False,
            "headshots-demo": True,
        }


# ---- who withdrew since ----


def test_who_withdrew_since_the_export_is_left_out_and_counted(exported, filled, engine, elsewhere, tmp_path):
    with writing(engine) as db:
        session = flow.session_by_id(db, filled["done"])
        flow.withdraw(db, session, erasures=tmp_path / "erasures.log", now=LATER)
    assert bring_back(elsewhere, exported).n_erased == 1
    export_study(elsewhere, filled["slug"], tmp_path / "again", now=LATER)
    export_study(engine, filled["slug"], tmp_path / "there", now=LATER)
    for name in ("trials", "ratings", "participants", "events"):
        assert table(tmp_path / "again", name) == table(tmp_path / "there", name)
    facts = [
        json.loads((tmp_path / which / "datapackage.json").read_text())["facevalue"]
        for which in ("again", "there")
    ]
    assert facts[0]["departures"] == facts[1]["departures"] == {"withdrawn": 1}
    assert facts[0]["register"] == facts[1]["register"], "it goes on from where the export left it"


# ---- faults ----


def problems_of(engine, folder):
    with pytest.raises(ImportRefused) as refused:
        bring_back(engine, folder)
    assert everything_is_empty(engine)
    return list(refused.value.problems)


@sqlite_alone
def test_a_changed_file_is_named_with_both_checksums(exported, elsewhere):
    with data_file_of(exported, "trials").open("a") as file:
        file.write("one,two\n")
    (exported / "CHANGES.md").unlink()
    problems = problems_of(elsewhere, exported)
    assert problems[0].startswith(
        "CHANGES.md: expected this file, because SHA256SUMS names it, found no such"
    )
    assert "so it was changed after the export; take the file from the original export" in problems[1]
    assert "-trials_data.csv, row 54: expected" in problems[2]
    assert "values in every row, found 2; take the file" in problems[2]


@sqlite_alone
def test_every_planted_fault_is_listed_at_once_and_nothing_is_written(exported, elsewhere, filled):
    def spoil_trials(rows):
        rows[0]["status"] = "anwsered"
        rows[1]["onset_ms"] = "soon"
        rows[2]["position"] = "2"
        rows[3]["left"] = "nobody"
        rows[4]["left_origin"] = {"real": "ai", "ai": "real"}[rows[4]["left_origin"]]
        rows[5]["practice"] = "yes"
        rows[6]["session"] = "0123456789abcdef"
        rows[7]["study"] = "another"
        rows[8]["block"] = "x" * 41
        rows[9]["received_at"] = "2026-02-31T00:00:00.000000Z"
        rows[10]["namespace"] = "robot"

    def spoil_ratings(rows):
        rows[0]["value_number"] = "6.0"
        rows[1]["input"] = ""
        rows[2]["stimulus"] = ""
        rows[3]["position"] = "99"
        rows.append(rows[-1])

    def spoil_people(rows):
        rows[0]["n_answered"] = "25"
        rows[1]["chain_head"] = "abc"
        rows[2]["status"] = "completed"

    def spoil_events(rows):
        rows[0]["row_id"] = f"event-{rows[0]['session']}-999"
        rows[1]["detail"] = "{'a': 1}"

    change_rows(exported, "trials", spoil_trials)
    change_rows(exported, "ratings", spoil_ratings)
    change_rows(exported, "participants", spoil_people)
    change_rows(exported, "events", spoil_events)
    change_rows(exported, "stimuli", lambda rows: rows.pop())
    change_facts(exported, seed=99)
    (exported / "protocol" / "texts" / "debrief.md").write_text("Other words.")
    seal(exported)
    problems = problems_of(elsewhere, exported)
    said = "\n".join(problems)
    trials = "data/study-headshotsdemo_description-trials_data.csv"
    ratings = "data/study-headshotsdemo_description-ratings_data.csv"
    people = "data/study-headshotsdemo_description-participants_data.csv"
    events = "data/study-headshotsdemo_description-events_data.csv"
    stimuli = "data/study-headshotsdemo_description-stimuli_data.csv"
    for expected in (
        "datapackage.json: expected facevalue.seed as in the frozen protocol",
        "protocol/texts/debrief.md: expected the text with the sha256",
        f"{trials}, row 2, column status: expected one of planned, answered, interrupted, timed_out, "
        "found 'anwsered'",
        f"{trials}, row 3, column onset_ms: expected a number, found 'soon'",
        f"{trials}, row 4, column position: expected positions of a session ascending, each once, found 2",
        f"{trials}, row 5, column left: expected a stimulus of the stimuli's table, found 'nobody'",
        f"{trials}, row 6, column left_origin: expected",
        f"{trials}, row 7, column practice: expected true or false, found 'yes'",
        f"{trials}, row 8, column session: expected a session of the participants, found '0123456789abcdef'",
        f"{trials}, row 9, column study: expected the study headshots-demo, found 'another'",
        f"{trials}, row 10, column block: expected at most 40 characters, found",
        f"{trials}, row 11, column received_at: expected a time such as 2026-03-01T12:00:00.000000Z, found "
        "'2026-02-31T00:00:00.000000Z'",
        f"{trials}, row 12, column namespace: expected 'live', as the session's row of participants says, "
        "found 'robot'",
        f"{ratings}: expected 68 rows, as datapackage.json says, found 69",
        f"{ratings}, row 2, column value_number: expected 5.0, as the value says, found 6.0",
        f"{ratings}, row 3, column input: expected a value, found nothing",
        f"{ratings}, row 4, column stimulus: expected",
        f"{ratings}, row 5, column position: expected a trial of this session and position in the trials'",
        f"{ratings}, row 70, column row_id: expected one answer to a question about a face, found another",
        f"{people}, row 2, column n_answered: expected",
        f"{people}, row 3, column chain_head: expected 64 hexadecimal digits, found 'abc'",
        f"{people}, column status: expected 1 rows with completed, as datapackage.json says, found 2",
        f"{events}, row 2, column row_id: expected event-{filled['stopped']}- and its place in the chain, 1",
        f"{events}, row 3, column detail: expected a JSON object",
        f"{stimuli}: expected 52 stimuli, as the frozen protocol says, found 51",
    ):
        assert expected in said, said
    assert all("; " in problem for problem in problems), "each says what to do"


@sqlite_alone
def test_of_one_fault_in_very_many_rows_the_first_are_named(exported, elsewhere):
    def spoil(rows):
        for row in rows:
            row["exposure_ms"] = "long"

    change_rows(exported, "trials", spoil)
    seal(exported)
    problems = [one for one in problems_of(elsewhere, exported) if "column exposure_ms" in one]
    assert len(problems) == 10
    assert "row 11, column exposure_ms: expected a number, found 'long' (and in 42 more rows)" in problems[-1]


@sqlite_alone
def test_columns_that_are_missing_or_unknown_are_named(exported, elsewhere):
    file = data_file_of(exported, "events")
    file.write_text(file.read_text().replace("at_ms", "at_seconds", 1))
    seal(exported)
    problems = problems_of(elsewhere, exported)
    assert "column at_ms: expected this column, found no such column" in problems[0]
    assert "column at_seconds: expected only columns of the codebook, found another one" in problems[1]


@sqlite_alone
def test_sessions_out_of_their_order_are_named(exported, elsewhere):
    change_rows(exported, "trials", lambda rows: rows.sort(key=lambda row: int(row["position"])))
    seal(exported)
    said = "\n".join(problems_of(elsewhere, exported))
    assert "expected the rows of a session together, in the order of the participants" in said


@sqlite_alone
def test_another_protocol_than_the_hash_says_is_refused(exported, elsewhere):
    file = exported / "protocol" / "protocol.json"
    file.write_text(file.read_text().replace('"target":48', '"target":49'))
    seal(exported)
    assert (
        "protocol/protocol.json: expected the protocol with the hash" in problems_of(elsewhere, exported)[0]
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"register": None}, "expected facevalue.register (Input should be"),
        ({"exported_at": "yesterday"}, "expected facevalue.exported_at (Input should be a valid datetime"),
        (
            {"counts": {"trials": -1}},
            "expected facevalue.counts.trials (Input should be greater than or equal",
        ),
        ({"namespaces": []}, "expected facevalue.namespaces (List should have at least 1 item"),
        ({"protocol_hash": "f" * 64}, "expected facevalue.protocol_hash of the last version"),
    ],
)
@sqlite_alone
def test_facts_that_cannot_be_are_named(exported, elsewhere, facts, said):
    change_facts(exported, **facts)
    seal(exported)
    assert said in "\n".join(problems_of(elsewhere, exported))


@sqlite_alone
def test_an_export_of_chosen_sessions_or_of_less_exact_times_is_refused(filled, engine, elsewhere, tmp_path):
    chosen = Selection(statuses=("completed",), times="hour")
    export_study(engine, filled["slug"], tmp_path / "export", now=LATER, selection=chosen)
    assert problems_of(elsewhere, tmp_path / "export")[0] == (
        "datapackage.json: expected everybody of its namespaces, with exact times, found a selection "
        "(statuses ['completed'], times hour); export the study again without --status, --since, --until and "
        "--times"
    )


@sqlite_alone
def test_a_copy_in_which_less_identifies_somebody_is_refused(exported, elsewhere, tmp_path):
    folders = [str(exported), str(tmp_path / "public")]
    done = CliRunner().invoke(facevalue, ["analysis", "deidentify", *folders, "--drop", "recruiter"])
    assert done.exit_code == 0, done.output
    said = "\n".join(problems_of(elsewhere, tmp_path / "public"))
    assert "found a copy in which less identifies somebody; take the export that it was made from" in said


@sqlite_alone
def test_a_folder_that_is_no_export_is_refused(elsewhere, tmp_path):
    assert problems_of(elsewhere, tmp_path / "nothing") == [
        f"datapackage.json: expected the folder of an export with this file, at {tmp_path / 'nothing'}, "
        "found no such folder; give the folder that facevalue study export wrote; unpack a ZIP file first"
    ]


def test_a_study_that_is_there_is_not_imported_again(exported, engine, filled):
    with pytest.raises(ImportRefused) as refused:
        bring_back(engine, exported)
    problems = refused.value.problems
    assert problems[0] == (
        "the database: expected no study headshots-demo yet, found one of this slug; name an empty "
        "installation with --data or --database"
    )
    assert f"found session {filled['done']} there" in problems[1]
    assert len(problems) == 4


@sqlite_alone
def test_the_command_says_what_it_did_or_lists_the_problems(exported, filled, engine, tmp_path):
    data = ["--data", str(tmp_path / "new")]
    done = CliRunner().invoke(facevalue, ["study", "import", str(exported), *data])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("imported headshots-demo, protocol hash ")
    assert "52 trials, 68 ratings, 3 participants, 52 stimuli, 2 events" in done.output
    again = CliRunner().invoke(facevalue, ["study", "import", str(exported), *data])
    assert again.exit_code == 1
    assert "4 problems; nothing was changed." in again.output
