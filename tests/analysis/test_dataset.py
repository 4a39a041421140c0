"""Reading an export: everything arrives typed, and every planted corruption is found and named."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import Dataset, read_export
from analysis.problems import ExportError, Problem
from analysis.protocol import parse_protocol
from analysis.simulated_export import write_checksums

Rows = list[list[str]]


def table_path(folder: Path, name: str) -> Path:
    return folder / "data" / f"study-simulated_description-{name}_data.csv"


def edit(folder: Path, name: str, change: Callable[[Rows], None]) -> None:
    """Change the rows of a table (the header is row 0) and make the checksums right again."""
    path = table_path(folder, name)
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    write_checksums(folder)


def cell(column: str, value: str, row: int = 3) -> Callable[[Rows], None]:
    """Set the cell of a spreadsheet row (header 1) to a value."""

    def change(rows: Rows) -> None:
        rows[row - 1][rows[0].index(column)] = value

    return change


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ExportError) as caught:
        read_export(folder)
    return caught.value.problems


def test_an_export_arrives_with_all_tables_typed(dataset: Dataset) -> None:
    assert dataset.trials["position"].dtype == float
    assert str(dataset.trials["practice"].dtype) == "boolean"
    assert str(dataset.trials["received_at"].dt.tz) == "UTC"
    assert dataset.trials["exposure_ms"].isna().any()  # unlimited
    assert set(dataset.stimuli["origin"]) == {"real", "ai"}
    assert dataset.protocol.questions()["trust"].maximum == 7
    assert dataset.protocol.exclusions.min_rt_ms == 200
    assert dataset.provenance.protocol_hash == dataset.trials["protocol_hash"].iloc[0]


def test_csv_and_parquet_tell_the_same(export: Path, dataset: Dataset) -> None:
    parquet = pd.read_parquet(export / "parquet" / "ratings.parquet")
    assert list(parquet["rt_ms"]) == list(dataset.ratings["rt_ms"])
    assert list(parquet["value"]) == list(dataset.ratings["value"])


CORRUPTIONS = {
    "text where a number belongs": (
        "trials",
        cell("exposure_ms", "fast"),
        "column exposure_ms, row 3: expected a number, found 'fast'",
    ),
    "a fraction of a frame": (
        "trials",
        cell("shown_frames", "6.5"),
        "column shown_frames, row 3: expected a whole number, found '6.5'",
    ),
    "infinity": ("trials", cell("onset_ms", "inf"), "column onset_ms, row 3: expected a number, found 'inf'"),
    "a boolean in another spelling": (
        "trials",
        cell("practice", "TRUE"),
        "column practice, row 3: expected true or false, found 'TRUE'",
    ),
    "a local time": (
        "trials",
        cell("received_at", "2025-01-01 10:00"),
        "column received_at, row 3: expected a UTC time such as 2025-03-01T12:00:00Z",
    ),
    "an unknown status": (
        "trials",
        cell("status", "done"),
        "column status, row 3: expected one of planned, answered, interrupted, timed_out, found 'done'",
    ),
    "a negative response time": (
        "ratings",
        cell("rt_ms", "-3"),
        "column rt_ms, row 3: expected at least 0, found '-3'",
    ),
    "no participant": (
        "ratings",
        cell("participant", ""),
        "column participant, row 3: expected a value in every row, found nothing",
    ),
    "a participant nobody knows": (
        "trials",
        cell("participant", "p9999"),
        "column participant, row 3: expected a participant listed in the participants table, found 'p9999'",
    ),
    "a picture nobody knows": (
        "trials",
        cell("left", "pair999-real"),
        "column left, row 3: expected a stimulus listed in the stimuli table, found 'pair999-real'",
    ),
    "the wrong origin": (
        "trials",
        cell("left_origin", "edited"),
        "column left_origin, row 3: expected the origin of the left-hand picture as in the stimuli table",
    ),
    "a pair with one picture": (
        "trials",
        cell("right", ""),
        "column right, row 3: expected a right-hand picture in a pair, found nothing",
    ),
    "an offset before the onset": (
        "trials",
        cell("offset_ms", "1"),
        "column offset_ms, row 3: expected an offset after the onset",
    ),
    "evidence without a count": (
        "trials",
        cell("shown_frames", ""),
        "column shown_frames, row 3: expected a count of frames where there is evidence, found nothing",
    ),
    "a row_id used before": (
        "ratings",
        cell("row_id", "t0000001"),
        "column row_id, row 3: expected a row_id that occurs once in the export, found 't0000001'",
    ),
    "an answer off the scale": (
        "ratings",
        lambda rows: (cell("value", "9")(rows), cell("value_number", "9")(rows)),
        "column value_number, row 3: expected an answer to trust from 1 to 7, found 9",
    ),
    "a number that is not its text": (
        "ratings",
        cell("value_number", "1"),
        "column value, row 3: expected the same number as in value_number",
    ),
    "a question nobody asked": (
        "ratings",
        cell("question", "mood"),
        "column question, row 3: expected a question of the protocol, found 'mood'",
    ),
    "a position that was not planned": (
        "ratings",
        cell("position", "999"),
        "column position, row 3: expected a position planned for this participant and session",
    ),
    "the protocol of another study": (
        "trials",
        cell("protocol_hash", "0" * 64),
        "column protocol_hash, row 3: expected the protocol hash of datapackage.json",
    ),
    "the same trial twice": (
        "trials",
        lambda rows: rows.append(["t9999999", *rows[5][1:]]),
        "column position, row 626: expected each participant, session and position once",
    ),
    "the same answer twice": (
        "ratings",
        lambda rows: rows.append(["r9999999", *rows[1][1:]]),
        "question and target once, found a second row for p0001, s0001, 1, trust, left",
    ),
    "the same participant twice": (
        "participants",
        lambda rows: rows.append(["p9999999", *rows[1][1:]]),
        "column participant, row 26: expected each participant once, found a second row for p0001",
    ),
    "a column too many": (
        "events",
        lambda rows: [row.append("x") for row in rows],
        "column x: expected only columns described in datapackage.json, found an undescribed column",
    ),
    "a column too few": (
        "events",
        lambda rows: [row.pop() for row in rows],
        "column detail: expected this column, found no such column",
    ),
    "a row that breaks off": (
        "trials",
        lambda rows: rows[2].pop(),
        "row 3: expected 47 values in every row, found 46 values",
    ),
    "row_id in another place": (
        "stimuli",
        lambda rows: [row.insert(1, row.pop(0)) for row in rows],
        "expected row_id as the first column, found 'stimulus'",
    ),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_planted_corruption_is_found_and_named(copied: Path, corruption: str) -> None:
    name, change, expected = CORRUPTIONS[corruption]
    edit(copied, name, change)  # type: ignore[arg-type]
    messages = [str(problem) for problem in problems_of(copied)]
    file = f"data/study-simulated_description-{name}_data.csv"
    assert any(expected in message and message.startswith(file) for message in messages), messages
    assert all("; " in message for message in messages)  # every message ends in what to do


def test_a_file_changed_after_the_export_is_named(copied: Path) -> None:
    path = table_path(copied, "ratings")
    path.write_text(path.read_text(encoding="utf-8").replace("simulated", "keyboard", 1), encoding="utf-8")
    (problem, *_) = problems_of(copied)
    assert problem.file.endswith("ratings_data.csv")
    assert "the file was changed after the export" in str(problem)


def test_a_missing_file_is_named(copied: Path) -> None:
    table_path(copied, "events").unlink()
    messages = [str(problem) for problem in problems_of(copied)]
    assert any("because SHA256SUMS names it, found no such file" in message for message in messages)


def test_missing_checksums_are_named(copied: Path) -> None:
    (copied / "SHA256SUMS").unlink()
    assert "expected a checksum for every file" in str(problems_of(copied)[0])


def test_a_checksum_cannot_point_outside_the_folder(copied: Path) -> None:
    (copied / "SHA256SUMS").write_text(f"{'0' * 64}  ../secret.csv\n")
    assert "a path inside the folder" in str(problems_of(copied)[0])


def test_bytes_that_are_no_text_are_named(copied: Path) -> None:
    path = table_path(copied, "trials")
    path.write_bytes(path.read_bytes() + b"\xff\xfe")
    write_checksums(copied)
    assert "expected text in UTF-8, found byte" in str(problems_of(copied)[0])


def test_an_empty_table_file_is_named(copied: Path) -> None:
    table_path(copied, "trials").write_text("")
    write_checksums(copied)
    assert "expected a header row, found an empty file" in str(problems_of(copied)[0])


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["stimulus_kind"], "drawing", "key stimulus_kind: expected 'ai' or 'edited', found 'drawing'"),
        (["analysis", "alpha"], 5, "key analysis.alpha: expected a number above 0 and below 1, found 5"),
        (
            ["exclusions", "interrupted"],
            None,
            "key exclusions.interrupted: expected true or false, found nothing",
        ),
        (["blocks"], "all", "key blocks: expected a list, found 'all'"),
        (["analysis", "primary"], "distrust", "key analysis.primary: expected a list of texts"),
    ],
)
def test_a_protocol_that_lacks_something_says_which_key(
    copied: Path, path: list[str], value: object, expected: str
) -> None:
    file = copied / "protocol" / "protocol.json"
    protocol = json.loads(file.read_text())
    inner = protocol
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    file.write_text(json.dumps(protocol))
    write_checksums(copied)
    assert any(f"protocol/protocol.json, {expected}" in str(problem) for problem in problems_of(copied))


def test_a_protocol_that_is_not_the_frozen_one_is_refused(copied: Path) -> None:
    file = copied / "protocol" / "protocol.json"
    file.write_text(file.read_text().replace('"smallest_effect":0.2', '"smallest_effect":2.0'))
    write_checksums(copied)
    (problem,) = problems_of(copied)
    assert "protocol/protocol.json: expected the protocol whose sha256 datapackage.json states" in str(
        problem
    )


def test_a_large_seed_arrives_exactly(copied: Path) -> None:
    problems: list[Problem] = []
    protocol = json.loads((copied / "protocol" / "protocol.json").read_text())
    assert parse_protocol(protocol | {"seed": 2**63 - 1}, problems).seed == 2**63 - 1
    assert problems == []


def test_a_codebook_with_another_type_is_refused(copied: Path) -> None:
    file = copied / "datapackage.json"
    package = json.loads(file.read_text())
    fields = package["resources"][0]["schema"]["fields"]
    next(field for field in fields if field["name"] == "practice")["type"] = "string"
    file.write_text(json.dumps(package))
    write_checksums(copied)
    assert "expected trials.practice declared as boolean, found 'string'" in str(problems_of(copied)[0])


def test_a_questionnaire_column_is_typed_by_the_codebook(copied: Path) -> None:
    def add_age(rows: Rows) -> None:
        for number, row in enumerate(rows):
            row.append("q_age" if number == 0 else str(20 + number))

    file = copied / "datapackage.json"
    package = json.loads(file.read_text())
    package["resources"][2]["schema"]["fields"].append({"name": "q_age", "type": "integer"})
    file.write_text(json.dumps(package))
    edit(copied, "participants", add_age)
    assert read_export(copied).participants["q_age"].iloc[0] == 21


def test_all_problems_are_listed_at_once(copied: Path) -> None:
    edit(copied, "trials", cell("status", "done"))
    edit(copied, "ratings", cell("rt_ms", "soon"))
    edit(copied, "participants", cell("form", "fridge"))
    with pytest.raises(ExportError, match="has 3 problems and was not read") as caught:
        read_export(copied)
    assert len(str(caught.value).splitlines()) == 4


def test_many_rows_alike_are_one_problem(copied: Path) -> None:
    def spoil(rows: Rows) -> None:
        column = rows[0].index("rt_ms")
        for row in rows[1:6]:
            row[column] = "?"

    edit(copied, "ratings", spoil)
    (problem,) = problems_of(copied)
    assert (problem.row, problem.n_more) == (2, 4)
    assert "found '?' (and 4 more rows alike)" in str(problem)


def test_a_folder_that_is_no_export_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="give the folder that `facevalue study export` wrote"):
        read_export(tmp_path)
    with pytest.raises(ExportError, match="found no such folder"):
        read_export(tmp_path / "nowhere")


def amend(folder: Path, *, earlier: str = '{"earlier": true}') -> tuple[str, str]:
    """Make the export one of two versions: the first 30 trials and one participant follow the earlier one."""
    package = json.loads((folder / "datapackage.json").read_text())
    current = package["facevalue"]["protocol_hash"]
    before = hashlib.sha256(earlier.encode()).hexdigest()
    package["facevalue"]["protocol_versions"] = [
        {"number": 1, "protocol_hash": before, "frozen_at": "2025-01-01", "reason": "", "participants": 1},
        {
            "number": 2,
            "protocol_hash": current,
            "frozen_at": "2025-01-02",
            "reason": "More.",
            "participants": 24,
        },
    ]
    (folder / "datapackage.json").write_text(json.dumps(package))
    for number, text in ((1, earlier), (2, (folder / "protocol" / "protocol.json").read_text())):
        version = folder / "protocol" / "versions" / str(number)
        version.mkdir(parents=True)
        (version / "protocol.json").write_text(text)

    def follow(rows: Rows) -> None:
        column = rows[0].index("protocol_hash")
        for row in rows[1:31]:
            row[column] = before

    edit(folder, "trials", follow)
    return before, current


def test_rows_of_every_version_of_the_export_are_read(copied: Path) -> None:
    before, current = amend(copied)
    dataset = read_export(copied)
    assert set(dataset.trials["protocol_hash"]) == {before, current}
    versions = dataset.provenance.versions
    assert [(v.number, v.protocol_hash, v.reason, v.n_participants) for v in versions] == [
        (1, before, "", 1),
        (2, current, "More.", 24),
    ]
    assert dataset.provenance.protocol_hash == current


def test_a_hash_that_is_none_of_the_versions_is_named_with_those_there_are(copied: Path) -> None:
    before, current = amend(copied)
    edit(copied, "trials", cell("protocol_hash", "0" * 64))
    (problem,) = problems_of(copied)
    known = ", ".join(f"{digest[:12]}…" for digest in sorted((before, current)))
    assert f"row 3: expected one of the protocol hashes of datapackage.json, {known}, found '000" in str(
        problem
    )


def test_a_version_that_is_not_the_frozen_one_or_is_gone_is_named(copied: Path) -> None:
    amend(copied)
    (copied / "protocol" / "versions" / "1" / "protocol.json").write_text("{}")
    write_checksums(copied)
    assert (
        "protocol/versions/1/protocol.json: expected the protocol whose sha256 datapackage.json states"
        in str(problems_of(copied)[0])
    )
    (copied / "protocol" / "versions" / "1" / "protocol.json").unlink()
    write_checksums(copied)
    assert "protocol/versions/1/protocol.json: expected version 1 of the protocol, found no such file" in str(
        problems_of(copied)[0]
    )


def test_versions_without_number_or_hash_are_named(copied: Path) -> None:
    package = json.loads((copied / "datapackage.json").read_text())
    package["facevalue"]["protocol_versions"] = [{"number": "one"}]
    (copied / "datapackage.json").write_text(json.dumps(package))
    write_checksums(copied)
    assert "expected number and protocol_hash in facevalue.protocol_versions[1]" in str(
        problems_of(copied)[0]
    )
