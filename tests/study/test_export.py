"""From rows to a folder that explains itself, on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
from collections import Counter
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from analysis.check import check_export
from analysis.dataset import read_export
from analysis.simulated_export import write_checksums
from study import flow
from study.codebook import codebook
from study.database import writing
from study.export import ExportError, Selection, export_study, zip_export
from study.export.rows import rows
from study.models import StudyStimulus
from study.protocol import read_study, thaw
from tests.conftest import MOMENT
from tests.study.own_study import edit
from tests.study.test_flow import SMALL_DEVICE, complete, send, start, trial_message
from tests.study.valid_export import assert_valid

TABLES = ("trials", "ratings", "participants", "stimuli", "events")
LATER = MOMENT + timedelta(days=1)
AMENDED = MOMENT + timedelta(hours=6)
PERSON = "5f1a0secretperson"


def table(folder, name):
    file = next((folder / "data").glob(f"*description-{name}_data.csv"))
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def read_json(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def fill(engine):
    """One person completed, one stopped after three trials, one had too small a screen, one is a robot."""
    done = start(
        engine, identifiers={"PROLIFIC_PID": PERSON, "SESSION_ID": "anothersecret"}, browser="Firefox 140"
    )
    code = complete(engine, done)
    stopped = start(engine)
    send(engine, stopped, [trial_message(n, n) for n in (1, 2)])
    send(engine, stopped, [trial_message(3, 3, status="interrupted")])
    send(engine, stopped, [trial_message(4, 1, value="7")])
    hidden = {
        "number": 5,
        "kind": "event",
        "event": "hidden",
        "position": 4,
        "at_ms": 12.5,
        "detail": {"b": 1, "a": "x, y"},
    }
    send(engine, stopped, [hidden])
    start(engine, device=SMALL_DEVICE)
    robot = start(engine, namespace="robot")
    return {"done": done, "stopped": stopped, "robot": robot, "withdrawal_code": code}


def test_the_folder_holds_everything_an_analyst_needs(exported):
    slug = "headshotsdemo"
    assert sorted(
        path.relative_to(exported).as_posix() for path in exported.rglob("*") if path.is_file()
    ) == sorted(
        [
            "CHANGES.md",
            "README.md",
            "SHA256SUMS",
            "data_dictionary_en.csv",
            "data_dictionary_en.html",
            "datapackage.json",
            "dataset_description.json",
            "read_export.R",
            "read_export.py",
            *(f"data/study-{slug}_description-{name}_data.csv" for name in TABLES),
            *(f"parquet/{name}.parquet" for name in TABLES),
            "protocol/protocol.json",
            "protocol/study.toml",
            *(f"protocol/texts/{name}.md" for name in ("consent", "debrief", "detect", "information")),
            *(f"protocol/texts/{name}.md" for name in ("instructions", "practice", "trust")),
        ]
    )


def test_every_planned_trial_is_a_row_even_when_never_answered(exported, filled):
    trials = [row for row in table(exported, "trials") if row["session"] == filled["stopped"]]
    assert [row["position"] for row in trials] == [str(n) for n in range(1, 27)]
    assert [row["status"] for row in trials] == ["answered"] * 2 + ["interrupted"] + ["planned"] * 23
    assert (
        trials[5]["evidence"]
        == trials[5]["shown_ms"]
        == trials[5]["hidden"]
        == trials[5]["received_at"]
        == ""
    )
    assert trials[0]["practice"] == "true"
    assert trials[0]["onset_ms"] == "1000.5"
    assert trials[0]["received_at"] == "2026-03-01T12:00:00.000000Z"


def test_origins_are_joined_from_the_stimuli(exported):
    for trial in table(exported, "trials"):
        assert trial["left_origin"] == trial["left"].split("_")[0]
        assert {trial["left_origin"], trial["right_origin"]} == {"real", "ai"}


def test_each_answer_is_a_row_that_names_what_was_rated(exported, filled):
    trials = {row["position"]: row for row in table(exported, "trials") if row["session"] == filled["done"]}
    ratings = [row for row in table(exported, "ratings") if row["session"] == filled["done"]]
    assert Counter(row["question"] for row in ratings) == {
        "trust": 28,
        "detect": 12,
        "confidence": 12,
        "cues": 12,
    }
    for row in ratings:
        trial = trials[row["position"]]
        rated = {"left": trial["left"], "right": trial["right"], "pair": ""}[row["target"]]
        assert (row["stimulus"], row["pair"], row["block"]) == (rated, trial["pair"], trial["block"])
    by_question = {row["question"]: row for row in ratings}
    assert (by_question["detect"]["value"], by_question["detect"]["value_number"]) == ("left", "")
    assert (by_question["trust"]["value"], by_question["trust"]["value_number"]) == ("5", "5")
    assert (by_question["cues"]["value"], by_question["cues"]["rt_ms"]) == ("skin;eyes", "812.5")


def test_people_who_only_consented_or_did_not_qualify_are_there_with_their_status(exported):
    people = table(exported, "participants")
    assert [row["status"] for row in people] == ["completed", "in_progress", "screened_out"]
    assert [(row["n_planned"], row["n_answered"]) for row in people] == [
        ("26", "26"),
        ("26", "2"),
        ("0", "0"),
    ]
    assert [row["q_ai_use"] for row in people] == ["3", "", ""]
    assert (people[0]["browser"], people[2]["list"], people[2]["viewport_width_px"]) == (
        "Firefox 140",
        "",
        "200",
    )


def test_a_second_answer_is_an_event_and_never_a_rating(exported, filled):
    events = table(exported, "events")
    assert [row["kind"] for row in events] == ["second_answer", "hidden"]
    assert json.loads(events[0]["detail"])["ratings"] == "trust.left=7; trust.right=7"
    assert events[1]["detail"] == '{"a":"x, y","b":1}'
    first = next(row for row in table(exported, "ratings") if row["session"] == filled["stopped"])
    assert first["value"] == "5"


def test_an_export_of_live_data_holds_no_robot(exported, filled, engine, tmp_path):
    everything = b"".join(path.read_bytes() for path in exported.rglob("*") if path.is_file())
    assert filled["robot"].encode() not in everything
    export_study(
        engine, filled["slug"], tmp_path / "robots", now=LATER, selection=Selection(namespaces=("robot",))
    )
    assert {row["session"] for row in table(tmp_path / "robots", "trials")} == {filled["robot"]}


def test_identifiers_and_secrets_are_in_no_exported_byte(exported, filled):
    for path in exported.rglob("*.parquet"):
        assert set(pq.read_table(path).column_names).isdisjoint(
            {"seed", "holder", "withdrawal_code_hash", "picture"}
        )
    text = b"".join(path.read_bytes() for path in exported.rglob("*") if path.is_file())
    digest = hashlib.sha256(filled["withdrawal_code"].encode()).hexdigest()
    for secret in (PERSON, "anothersecret", "PROLIFIC_PID", filled["withdrawal_code"], digest):
        assert secret.encode() not in text


def test_the_same_data_and_moment_give_the_same_bytes(exported, filled, engine, tmp_path):
    export_study(engine, filled["slug"], tmp_path / "again", now=LATER)
    files = sorted(path.relative_to(exported) for path in exported.rglob("*") if path.is_file())
    for file in files:
        assert (exported / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file
    first = zip_export(exported, tmp_path / "a.zip", name="same")
    second = zip_export(tmp_path / "again", tmp_path / "b.zip", name="same")
    assert first.read_bytes() == second.read_bytes()


def test_pieces_of_any_size_give_the_same_bytes(exported, filled, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("study.export.rows.BATCH", 7)
    export_study(engine, filled["slug"], tmp_path / "pieces", now=LATER)
    for file in sorted((exported / "data").iterdir()):
        assert file.read_bytes() == (tmp_path / "pieces" / "data" / file.name).read_bytes(), file.name


def test_an_export_holds_one_moment_while_participants_go_on(filled, engine, tmp_path, monkeypatch):
    begun = []

    def rows_while_people_come(db, extract, book):
        """Before each table somebody answers, and somebody new comes and answers everything."""
        if book.name != "trials":
            send(engine, filled["stopped"], [trial_message(20 + len(begun), 5 + len(begun))])
            complete(engine, start(engine))
            begun.append(book.name)
        yield from rows(db, extract, book)

    monkeypatch.setattr("study.export.folder.rows", rows_while_people_come)
    export_study(engine, filled["slug"], tmp_path / "export", now=LATER)
    assert begun == ["ratings", "participants", "stimuli", "events"]
    people = {row["session"]: row for row in table(tmp_path / "export", "participants")}
    assert filled["done"] in people
    assert len(people) == 3
    for name in ("trials", "ratings", "events"):
        assert {row["session"] for row in table(tmp_path / "export", name)} <= set(people)
    assert people[filled["stopped"]]["n_answered"] == "2"
    rated = {
        r["position"] for r in table(tmp_path / "export", "ratings") if r["session"] == filled["stopped"]
    }
    assert rated == {"1", "2"}
    assert_valid(tmp_path / "export")


def test_every_row_id_is_unique_in_the_whole_export(exported):
    ids = [row["row_id"] for name in TABLES for row in table(exported, name)]
    assert len(ids) == len(set(ids)) > 100


def test_csv_and_parquet_say_the_same(exported):
    for name in TABLES:
        parquet = pq.read_table(exported / "parquet" / f"{name}.parquet")
        rows = table(exported, name)
        assert parquet.num_rows == len(rows)
        for column in parquet.column_names:
            written = [row[column] for row in rows]
            of_parquet = parquet[column].to_pylist()
            assert [None if text == "" else text for text in written] == [
                as_csv(value, text) for value, text in zip(of_parquet, written, strict=True)
            ], (name, column)


def as_csv(value, text):
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "isoformat"):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, float):
        return text if float(text) == value else repr(value)
    return None if value is None else str(value)


def test_frictionless_and_our_checker_find_every_row_as_declared(exported):
    assert_valid(exported)


def test_a_text_changed_with_all_sums_made_to_fit_is_found(exported):
    text = exported / "protocol" / "texts" / "consent.md"
    text.write_text(text.read_text() + "\nAnd your address.\n")
    write_checksums(exported)
    (finding,) = check_export(exported).findings
    assert (finding.code, finding.problem.file) == ("TEXT_DIFFERS", "protocol/texts/consent.md")


def test_a_setting_changed_in_the_study_file_with_all_sums_made_to_fit_is_found(exported):
    toml = exported / "protocol" / "study.toml"
    edit(toml, "min_rt_ms = 200", "min_rt_ms = 20")
    write_checksums(exported)
    (finding,) = check_export(exported).findings
    assert finding.code == "STUDY_FILE_DIFFERS"
    assert "expected exclusions.min_rt_ms as in protocol/protocol.json, 200, found 20" in str(finding)


def test_every_column_of_every_file_is_declared_and_measured_for_psych_ds(exported):
    described = read_json(exported, "dataset_description.json")
    assert (described["@context"], described["@type"]) == ("https://schema.org", "Dataset")
    headers = {column for name in TABLES for column in header(exported, name)}
    assert {variable["name"] for variable in described["variableMeasured"]} == headers
    assert all(variable["description"] for variable in described["variableMeasured"])
    for file in (exported / "data").iterdir():
        parts = file.name.split("_")
        assert parts[-1] == "data.csv"
        assert all(part.replace("-", "", 1).isalnum() for part in parts[:-1])


def header(folder, name):
    file = next((folder / "data").glob(f"*description-{name}_data.csv"))
    return file.read_text(encoding="utf-8").partition("\n")[0].split(",")


def test_every_column_is_in_the_codebook_in_its_order(exported):
    protocol = thaw((exported / "protocol" / "protocol.json").read_text())
    for book in codebook(protocol):
        assert header(exported, book.name) == list(book.column_names)
        words = (exported / "README.md").read_text()
        assert all(f"| `{name}` |" in words for name in book.column_names)


def test_the_facts_of_the_export_name_study_software_and_counts(exported, filled):
    facts = read_json(exported, "datapackage.json")["facevalue"]
    frozen = (exported / "protocol" / "protocol.json").read_bytes()
    assert facts["protocol_hash"] == hashlib.sha256(frozen).hexdigest()
    assert facts["counts"] == {"trials": 52, "ratings": 68, "participants": 3, "stimuli": 52, "events": 2}
    assert facts["participants_by_status"] == {"completed": 1, "in_progress": 1, "screened_out": 1}
    assert (facts["study"], facts["exported_at"]) == (filled["slug"], "2026-03-02T12:00:00.000000Z")
    assert {"facevalue", "python"} <= facts["software"].keys()


def test_the_checksums_fit_every_file(exported):
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=exported, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    n_files = sum(path.is_file() for path in exported.rglob("*"))
    assert len((exported / "SHA256SUMS").read_text().splitlines()) == n_files - 1


def test_someone_who_withdrew_is_only_counted(filled, engine, tmp_path):
    with writing(engine) as db:
        stopped = flow.session_by_id(db, filled["stopped"])
        flow.withdraw(db, stopped, erasures=tmp_path / "erasures.log", now=LATER)
    export_study(engine, filled["slug"], tmp_path / "export", now=LATER)
    text = b"".join(path.read_bytes() for path in (tmp_path / "export").rglob("*") if path.is_file())
    assert filled["stopped"].encode() not in text
    assert read_json(tmp_path / "export", "datapackage.json")["facevalue"]["departures"] == {"withdrawn": 1}


def test_further_columns_of_the_manifest_reach_the_export_and_never_hide_a_column(filled, engine, tmp_path):
    with writing(engine) as db:
        values = {"extra": {"camera": "X100", "pair": "my own"}}
        db.execute(update(StudyStimulus).where(StudyStimulus.stimulus == "real_000").values(values))
    export_study(engine, filled["slug"], tmp_path / "export", now=LATER)
    rows = {row["stimulus"]: row for row in table(tmp_path / "export", "stimuli")}
    assert (rows["real_000"]["camera"], rows["real_000"]["extra_pair"]) == ("X100", "my own")
    assert (rows["real_000"]["pair"], rows["real_001"]["camera"]) == ("pair_000", "")
    assert_valid(tmp_path / "export")


def test_a_manifest_column_called_like_one_of_the_database_shows_what_the_manifest_says(
    published, engine, tmp_path
):
    with writing(engine) as db:
        named = {"picture": "portrait 7", "copies": "two", "id": "A-1", "study_id": "mine"}
        db.execute(update(StudyStimulus).where(StudyStimulus.stimulus == "real_000").values(extra=named))
        secret = set(db.scalars(select(StudyStimulus.picture)))
    export_study(engine, published.slug, tmp_path / "export", now=LATER)
    rows = {row["stimulus"]: row for row in table(tmp_path / "export", "stimuli")}
    assert {name: rows["real_000"][name] for name in named} == named
    assert [rows["real_001"][name] for name in named] == [""] * 4
    everything = b"".join(file.read_bytes() for file in (tmp_path / "export").rglob("*") if file.is_file())
    assert not [name for name in secret if name.encode() in everything]


def test_awkward_texts_come_back_as_they_were_given(published, engine, tmp_path):
    session = start(engine)
    words = 'a "quoted", line\nand = another; ünïcødé'
    complete_with(engine, session, noticed=words)
    export_study(engine, published.slug, tmp_path / "export", now=LATER)
    assert [row["q_noticed"] for row in table(tmp_path / "export", "participants")] == [words]
    assert_valid(tmp_path / "export")


def complete_with(engine, session, **answers):
    from tests.study.test_flow import answer_everything

    answer_everything(engine, session)
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        flow.finish_task(db, current, now=MOMENT)
        assert (
            flow.record_questionnaire(db, current, "about_you", {"ai_use": "3", **answers}, now=MOMENT) == {}
        )


@pytest.mark.parametrize(
    ("slug", "options", "message"),
    [
        ("nothing", {}, r"expected the slug of a published study \(headshots-demo\), found 'nothing'"),
        (
            "headshots-demo",
            {"selection": Selection(namespaces=("life",))},
            "expected some of live, pilot, preview, robot, found life",
        ),
        ("headshots-demo", {"selection": Selection(namespaces=())}, "found none"),
    ],
)
def test_an_export_that_cannot_be_made_says_why_and_leaves_nothing(
    published, engine, tmp_path, slug, options, message
):
    folder = tmp_path / "here"
    folder.mkdir()
    with pytest.raises(ExportError, match=message):
        export_study(engine, slug, folder / "export", now=LATER, **options)
    assert list(folder.iterdir()) == []


def test_files_that_are_there_are_never_overwritten(published, engine, tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match="expected a new or empty folder, found files in"):
        export_study(engine, published.slug, tmp_path / "export", now=LATER)
    assert (tmp_path / "export" / "notes.txt").read_text() == "mine"


def test_an_empty_folder_may_be_used(published, engine, tmp_path):
    (tmp_path / "export").mkdir()
    export_study(engine, published.slug, tmp_path / "export", now=LATER)
    assert table(tmp_path / "export", "trials") == []
    assert_valid(tmp_path / "export")


@pytest.fixture
def amended(published, engine, tmp_path):
    """Two people under the first version, one under the second, and the export of it."""
    first = [start(engine), start(engine)]
    toml = shutil.copytree(published.folder, tmp_path / "changed") / "study.toml"
    edit(toml, "target = 48", "target = 60")
    edit(toml.parent / "texts" / "debrief.md", "# Thank you", "# Many thanks")
    with writing(engine) as db:
        flow.amend(db, read_study(toml), reason="More people, and warmer words.", since=1, now=AMENDED)
    second = start(engine, at=AMENDED)
    complete(engine, first[0])
    complete(engine, second)
    export_study(engine, published.slug, tmp_path / "export", now=LATER)
    return {"folder": tmp_path / "export", "first": first, "second": second}


def versions_of(folder):
    return read_json(folder, "datapackage.json")["facevalue"]["protocol_versions"]


def test_after_an_amendment_every_row_carries_the_hash_its_own_session_followed(amended):
    one, two = (version["protocol_hash"] for version in versions_of(amended["folder"]))
    assert one != two
    for name in ("trials", "ratings", "participants"):
        hashes = {(row["session"], row["protocol_hash"]) for row in table(amended["folder"], name)}
        expected = {(session, one) for session in amended["first"]} | {(amended["second"], two)}
        assert hashes <= expected, name
        assert len({digest for _, digest in hashes}) == 2, name
    assert {row["protocol_hash"] for row in table(amended["folder"], "stimuli")} == {two}


def test_after_an_amendment_the_export_holds_every_version(amended):
    folder = amended["folder"]
    for version in versions_of(folder):
        frozen = folder / "protocol" / "versions" / str(version["number"]) / "protocol.json"
        assert hashlib.sha256(frozen.read_bytes()).hexdigest() == version["protocol_hash"]
    texts = [
        folder / "protocol" / part / "texts" / "debrief.md" for part in ("versions/1", "versions/2", ".")
    ]
    assert [file.read_text().splitlines()[0] for file in texts] == ["# Thank you", *["# Many thanks"] * 2]
    one, two = (version["protocol_hash"] for version in versions_of(folder))
    assert read_json(folder, "datapackage.json")["facevalue"]["protocol_hash"] == two
    assert read_json(folder, "dataset_description.json")["identifier"] == [
        f"headshots-demo:{one}",
        f"headshots-demo:{two}",
    ]
    assert "protocol/versions/N/" in (folder / "README.md").read_text()


def test_the_changes_tell_each_amendment_with_reason_difference_and_people(amended):
    assert [
        (version["number"], version["reason"], version["participants"])
        for version in versions_of(amended["folder"])
    ] == [(1, "", 2), (2, "More people, and warmer words.", 1)]
    two = versions_of(amended["folder"])[1]["protocol_hash"]
    text = (amended["folder"] / "CHANGES.md").read_text(encoding="utf-8")
    assert (
        f"- 2026-03-01T18:00:00.000000Z: amended, version 2, protocol hash `{two}`; 1 participant followed "
        "it. Reason: More people, and warmer words.\n"
        "  - recruitment.target: 48 → 60\n"
        "  - text texts/debrief.md:\n\n"
        "    ```diff\n"
        "    --- texts/debrief.md (before)\n" in text
    )
    assert "    -# Thank you\n    +# Many thanks\n" in text
    assert "2 participants followed it." in text


def test_an_amended_export_is_valid(amended):
    assert_valid(amended["folder"])


def test_the_analysis_reads_an_amended_export(amended):
    dataset = read_export(amended["folder"])
    assert [version.n_participants for version in dataset.provenance.versions] == [2, 1]
    assert dataset.trials["protocol_hash"].nunique() == 2


@pytest.mark.parametrize(
    ("opened_as", "said"),
    [
        ("demo", "This is a demonstration: it was opened without the checks before going live"),
        ("test", "This study was opened without the checks before going live, for a test."),
    ],
)
def test_an_export_says_when_the_study_was_opened_without_checks(
    study_folder, engine, tmp_path, opened_as, said
):
    with writing(engine) as db:
        study = flow.publish(
            db, read_study(study_folder / "study.toml"), pictures=tmp_path / "pictures", now=MOMENT
        )
        flow.open_unchecked(db, study, opened_as=opened_as, now=AMENDED)
        flow.close_study(db, study, now=LATER)
    export_study(engine, "headshots-demo", tmp_path / "export", now=LATER)
    facts = read_json(tmp_path / "export", "datapackage.json")["facevalue"]
    assert (facts["opened_as"], facts["opened_at"]) == (opened_as, "2026-03-01T18:00:00.000000Z")
    assert facts["readiness"] == []
    assert said in (tmp_path / "export" / "README.md").read_text()
    changes = (tmp_path / "export" / "CHANGES.md").read_text().splitlines()
    assert [line.split(": ", 1)[1].split()[0] for line in changes[2:]] == [
        "exported,",
        "closed",
        "opened",
        "published",
    ]
    assert said in changes[4]
