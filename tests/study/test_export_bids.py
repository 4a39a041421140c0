"""The BIDS dataset inside an export: names, values and descriptions as the specification has them."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from bids_validator import BIDSValidator


@pytest.fixture(scope="module")
def exported(everything):
    return everything.exported


@pytest.fixture(scope="module")
def bids(exported):
    return exported / "bids"


def read(file):
    header, *rows = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n")[:-1]]
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows], header


def described(file):
    return json.loads(file.read_text(encoding="utf-8"))


def tables(bids):
    """Every table with the JSON file that describes it."""
    task = bids / "task-everything_beh.json"
    for file in sorted(bids.rglob("*.tsv")):
        yield file, task if file.name.endswith("_beh.tsv") else file.with_suffix(".json")


def test_every_file_has_a_name_that_bids_knows(bids):
    names = [f"/{path.relative_to(bids).as_posix()}" for path in bids.rglob("*") if path.is_file()]
    assert len(names) == 18
    assert [name for name in names if not BIDSValidator().is_bids(name)] == []


def test_the_description_names_study_version_and_software(bids):
    description = described(bids / "dataset_description.json")
    assert (description["Name"], description["DatasetType"]) == ("A study with everything", "raw")
    assert description["BIDSVersion"] == "1.10.0"
    assert description["GeneratedBy"][0]["Name"] == "facevalue"


def test_everybody_is_a_participant_with_a_file_of_their_own(exported, bids):
    people, header = read(bids / "participants.tsv")
    parquet = pq.read_table(exported / "parquet" / "participants.parquet").to_pylist()
    assert header[0] == "participant_id"
    assert [row["participant_id"] for row in people] == [f"sub-{row['participant']}" for row in parquet]
    assert {row["participant_id"] for row in people} == {path.name for path in bids.glob("sub-*")}
    assert [row["session"] for row in people] == [row["session"] for row in parquet]


def test_every_column_is_described_and_every_value_with_levels_is_one_of_them(bids):
    """The official validator refuses values that are missing among Levels, the middle of a scale too."""
    n_tables = 0
    for file, description in tables(bids):
        rows, header = read(file)
        columns = described(description)
        n_tables += 1
        for name in header:
            assert columns[name]["Description"], (file, name)
            levels = columns[name].get("Levels")
            values = {row[name] for row in rows} - {"n/a"}
            assert levels is None or values <= set(levels), (file, name, values)
    assert n_tables == 10


def test_no_value_is_empty(bids):
    for file, _ in tables(bids):
        assert all(value for row in read(file)[0] for value in row.values()), file


def test_every_planned_trial_is_a_row_with_its_answers(exported, bids):
    trials = pq.read_table(exported / "parquet" / "trials.parquet").to_pylist()
    ratings = pq.read_table(exported / "parquet" / "ratings.parquet").to_pylist()
    n_rows = n_answers = 0
    for trial in trials:
        label = f"sub-{trial['participant']}"
        rows, _ = read(bids / label / "beh" / f"{label}_task-everything_beh.tsv")
        row = rows[trial["position"] - 1]
        n_rows += 1
        assert row["trial_type"] == trial["trial_kind"]
        for name in ("block", "status", "left", "left_origin"):
            assert row[name] == trial[name]
        answers = {
            f"{rating['question']}_{rating['target']}": (rating["value"], str(rating["rt_ms"]))
            for rating in ratings
            if (rating["session"], rating["position"]) == (trial["session"], trial["position"])
        }
        asked = [name.removesuffix("_rt_ms") for name in row if name.endswith("_rt_ms")]
        found = {name: (row[name], row[f"{name}_rt_ms"]) for name in asked if row[name] != "n/a"}
        assert found == answers
        n_answers += len(found)
    assert (n_rows, n_answers) == (len(trials), len(ratings))


def test_someone_who_never_came_to_a_trial_has_a_file_without_rows(exported, bids):
    person = pq.read_table(exported / "parquet" / "participants.parquet").to_pylist()[-1]
    assert person["status"] == "consented"
    rows, header = read(next((bids / f"sub-{person['participant']}").rglob("*_beh.tsv")))
    assert rows == []
    assert "trial_type" in header


def test_questionnaires_are_phenotypes_with_their_words(bids):
    rows, header = read(bids / "phenotype" / "beforehand.tsv")
    assert header == ["participant_id", "q_makes", "q_tools", "q_own_model"]
    assert [row["q_tools"] for row in rows] == ["phone;own", *["n/a"] * 4]
    told = described(bids / "phenotype" / "beforehand.json")
    assert told["MeasurementToolMetadata"] == {"Description": "Before we begin"}
    assert told["q_makes"]["Levels"] == {"yes": "Yes", "no": "No"}
    assert told["q_tools"]["Delimiter"] == ";"
    assert "own: On my own computer" in told["q_tools"]["Description"]
    scale = described(bids / "phenotype" / "makers.json")["q_how_often"]["Levels"]
    assert scale == {"1": "Hardly ever", "2": "2", "3": "3", "4": "4", "5": "Daily"}


def test_a_text_with_line_breaks_stays_in_its_row(bids):
    rows, _ = read(bids / "phenotype" / "afterwards.tsv")
    assert rows[0]["q_why_tired"].startswith('Said "no", then went on; ünïcødé 漢字 😀. Said')


def test_the_task_tells_questions_in_the_words_of_the_study(bids):
    told = described(bids / "task-everything_beh.json")
    assert told["TaskName"] == "everything"
    assert told["Instructions"].startswith("#")
    assert told["trust_left"]["Description"] == (
        "Answer of the face on the left: How trustworthy does this person look?"
    )
    assert told["trust_left_rt_ms"]["Units"] == "ms"
    assert told["exposure_ms"]["Units"] == "ms"


def test_the_same_data_and_moment_give_the_same_bytes(everything, bids, tmp_path):
    again = everything.export(tmp_path / "export", formats=("bids",)) / "bids"
    for file in (path.relative_to(bids) for path in bids.rglob("*") if path.is_file()):
        assert (bids / file).read_bytes() == (again / file).read_bytes(), file
