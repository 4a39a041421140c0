"""Checking an export: every rule finds what breaks it, and nobody gets a changed export past all of them."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.check import check_export, files, frictionless, parquet, psych_ds, rules, study
from analysis.simulate import simulate_export
from analysis.simulated_export import write_checksums
from tests.analysis.test_dataset import Rows, amend, cell

DOCS = Path(__file__).parents[2] / "docs" / "checking.md"
Change = Callable[[Path], None]
FoundAfter = Callable[..., list[tuple[str, str]]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of few rows: it is copied and damaged often."""
    folder = tmp_path_factory.mktemp("exports") / "small"
    simulate_export(
        folder, n_participants=4, n_pairs=3, dropout_share=0.5, exposures_ms=(100, None), d_prime=1
    )
    return folder


@pytest.fixture
def spoiled(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "spoiled"))


def data(name: str) -> str:
    return f"data/study-simulated_description-{name}_data.csv"


def renew(folder: Path) -> None:
    """What a careful forger does: the sums and sizes in datapackage.json and SHA256SUMS fit again."""
    import hashlib

    file = folder / "datapackage.json"
    try:
        package = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        package = {}
    for resource in package.get("resources", []):
        path = folder / resource["path"]
        if path.is_file():
            resource["bytes"] = path.stat().st_size
            resource["hash"] = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    if package:
        file.write_text(json.dumps(package, indent=2), encoding="utf-8")
    write_checksums(folder)


def found(folder: Path) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.problem)) for finding in check_export(folder).findings]


def rows(name: str, change: Callable[[Rows], object]) -> Change:
    def spoil(folder: Path) -> None:
        path = folder / data(name)
        with path.open(newline="", encoding="utf-8") as stream:
            table = list(csv.reader(stream))
        change(table)
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, lineterminator="\n").writerows(table)

    return spoil


def raw(name: str, change: Callable[[bytes], bytes]) -> Change:
    def spoil(folder: Path) -> None:
        path = folder / name
        path.write_bytes(change(path.read_bytes()))

    return spoil


def in_json(name: str, change: Callable[[Any], object]) -> Change:
    def spoil(folder: Path) -> None:
        path = folder / name
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    return spoil


def field(package: Any, table: str, name: str) -> Any:
    (resource,) = [one for one in package["resources"] if one["name"] == table]
    (described,) = [one for one in resource["schema"]["fields"] if one["name"] == name]
    return described


def renamed(old: str, new: str) -> Change:
    return lambda folder: (folder / old).rename(folder / new) and None


def swapped(one: str, other: str) -> Callable[[Rows], object]:
    """The headers exchanged, the values left where they are."""

    def change(table: Rows) -> None:
        places = table[0].index(one), table[0].index(other)
        table[0][places[0]], table[0][places[1]] = other, one

    return change


def another_parquet(folder: Path) -> None:
    table = pq.read_table(folder / "parquet" / "trials.parquet")
    pq.write_table(table.slice(1), folder / "parquet" / "trials.parquet")


def changed_parquet(folder: Path) -> None:
    table = pd.read_parquet(folder / "parquet" / "ratings.parquet")
    table.loc[2, "rt_ms"] += 100
    table.to_parquet(folder / "parquet" / "ratings.parquet", index=False)


def extra_file(folder: Path) -> None:
    write_checksums(folder)
    (folder / "notes.txt").write_text("mine")


def without_line(folder: Path) -> None:
    renew(folder)
    lines = (folder / "SHA256SUMS").read_text().splitlines(keepends=True)
    (folder / "SHA256SUMS").write_text("".join(line for line in lines if "README" not in line))


TRIALS, RATINGS, PEOPLE, EVENTS = (data(name) for name in ("trials", "ratings", "participants", "events"))
PACKAGE, DESCRIPTION = "datapackage.json", "dataset_description.json"

#: How an export is spoiled; the words that a message has to hold even when all sums were made to fit again.
CORRUPTIONS: dict[str, tuple[Change, str]] = {
    "a file that breaks off in a row": (raw(TRIALS, lambda text: text[:-40]), f"{TRIALS}, row "),
    "a file that breaks off after a row": (
        raw(TRIALS, lambda text: text[: text.rindex(b"\n", 0, -1) + 1]),
        f"{TRIALS}: expected 32 rows, as facevalue.counts in datapackage.json states, found 31",
    ),
    "a trial deleted": (
        rows("trials", lambda t: t.pop(5)),
        f"{PEOPLE}, column n_planned, row 2: expected the number",
    ),
    "a rating deleted": (rows("ratings", lambda t: t.pop(5)), "parquet/ratings.parquet: expected"),
    "a participant deleted": (
        rows("participants", lambda t: t.pop(1)),
        f"{TRIALS}, column participant, row 2: expected a participant listed in the participants table",
    ),
    "a row twice": (
        rows("ratings", lambda t: t.insert(3, t[2])),
        f"{RATINGS}, column row_id, row 4: expected each row_id once",
    ),
    "a row twice under another row_id": (
        rows("trials", lambda t: t.append(["t9", *t[2][1:]])),
        f"{TRIALS}, column position, row 34: expected each participant, session and position once",
    ),
    "two headers exchanged": (
        rows("ratings", swapped("rt_ms", "release_ms")),
        f"{RATINGS}, column rt_ms, row 1: expected rt_ms as column 17, as in datapackage.json",
    ),
    "two sides exchanged": (
        rows("trials", lambda t: [r.__setitem__(slice(16, 18), [r[17], r[16]]) for r in t[1:]]),
        f"{TRIALS}, column left_origin, row 2: expected the origin of the left-hand picture",
    ),
    "a column renamed": (
        rows("trials", lambda t: t[0].__setitem__(t[0].index("onset_ms"), "onset")),
        f"{TRIALS}, column onset_ms: expected this column, found no such column",
    ),
    "a column left out": (
        rows("events", lambda t: [r.pop() for r in t]),
        f"{EVENTS}, column detail: expected this column, found no such column",
    ),
    "an empty column name": (
        rows("events", lambda t: t[0].__setitem__(3, "")),
        f"{EVENTS}, row 1: expected a header that names every column, found an empty name in column 4",
    ),
    "a column name twice": (
        rows("events", lambda t: t[0].__setitem__(3, "kind")),
        f"{EVENTS}, column kind, row 1: expected each column once, found 2 of them",
    ),
    "a response time changed": (
        rows("ratings", cell("rt_ms", "555.5")),
        "parquet/ratings.parquet, column rt_ms, row 3: expected 555.5 as in the CSV file, found",
    ),
    "a text changed": (
        rows("stimuli", cell("generator", "another one")),
        "parquet/stimuli.parquet, column generator, row 3: expected another one as in the CSV file",
    ),
    "a flag changed": (
        rows("trials", cell("resized", "true")),
        "parquet/trials.parquet, column resized, row 3: expected True as in the CSV file, found False",
    ),
    "a time changed": (
        rows("trials", cell("received_at", "2025-01-01T09:00:00.000001Z")),
        "parquet/trials.parquet, column received_at, row 3: expected 2025-01-01 09:00:00.000001+00:00",
    ),
    "an answer changed": (
        rows("ratings", lambda t: (cell("value", "1")(t), cell("value_number", "1")(t))),
        "parquet/ratings.parquet, column value, row 3: expected 1 as in the CSV file",
    ),
    "a byte order mark": (
        raw(RATINGS, lambda text: b"\xef\xbb\xbf" + text),
        f"{RATINGS}, row 1: expected no byte order",
    ),
    "carriage returns": (
        raw(RATINGS, lambda text: text.replace(b"\n", b"\r\n")),
        f"{RATINGS}, row 1: expected rows that end in a line feed",
    ),
    "bytes in Latin-1": (
        raw(EVENTS, lambda text: text.replace(b"session_started", "séance".encode("latin-1"))),
        f"{EVENTS}: expected text in UTF-8, found byte 192 is not",
    ),
    "text in UTF-16": (
        raw(EVENTS, lambda text: text.decode().encode("utf-16")),
        f"{EVENTS}: expected text in UTF-8, found byte 0 is not",
    ),
    "a zero byte": (
        raw(EVENTS, lambda text: text.replace(b"session_started", b"session\0started", 1)),
        f"{EVENTS}, row 2: expected text, found a byte that is 0",
    ),
    "an open quotation mark": (
        raw(EVENTS, lambda text: text[:-3] + b'"{}\n'),
        f"{EVENTS}: expected comma-separated values, found unexpected end of data",
    ),
    "a blank row": (
        raw(EVENTS, lambda text: text + b"\n"),
        f"{EVENTS}, row 10: expected 11 values in every row",
    ),
    "an empty data file": (
        raw(EVENTS, lambda _: b""),
        f"{EVENTS}: expected a header row, found an empty file",
    ),
    "another word for missing": (
        rows("trials", cell("shown_ms", "NA")),
        f"{TRIALS}, column shown_ms, row 3: expected a number, found 'NA'",
    ),
    "missing declared as NA": (
        in_json(PACKAGE, lambda p: p["resources"][0]["schema"].__setitem__("missingValues", ["NA"])),
        f'{PACKAGE}: expected [""] as missingValues of trials',
    ),
    "a number with a comma": (
        rows("ratings", cell("rt_ms", "1234,5")),
        f"{RATINGS}, column rt_ms, row 3: expected a number, found '1234,5'",
    ),
    "a local time": (
        rows("trials", cell("received_at", "2025-01-01T10:00:00")),
        f"{TRIALS}, column received_at, row 3: expected a UTC time",
    ),
    "a time with an offset": (
        rows("trials", cell("received_at", "2025-01-01T10:00:00+01:00")),
        f"{TRIALS}, column received_at, row 3: expected a UTC time",
    ),
    "ratings shuffled": (
        rows("ratings", lambda t: t.__setitem__(slice(1, None), t[:0:-1])),
        f"{RATINGS}, column row_id, row 3: expected rows in the order of session, position, order",
    ),
    "a session nobody has": (
        rows("ratings", cell("session", "s9999")),
        f"{RATINGS}, column session, row 3: expected a session listed in the participants table",
    ),
    "somebody else's session": (
        rows("events", cell("session", "s0004")),
        f"{EVENTS}, column participant, row 3: expected the participant whose session it is",
    ),
    "a rating of another block": (
        rows("ratings", lambda t: t[5].__setitem__(t[0].index("block"), "practice")),
        f"{RATINGS}, column block, row 6: expected the block of its trial",
    ),
    "a rating of another picture": (
        rows("ratings", cell("stimulus", "pair001-real")),
        f"{RATINGS}, column stimulus, row 3: expected the picture at that side of its trial",
    ),
    "a picture nobody has": (
        rows("trials", cell("right", "pair999-ai")),
        f"{TRIALS}, column right, row 3: expected a stimulus listed in the stimuli table",
    ),
    "a wrong number of answers": (
        rows("participants", cell("n_answered", "1")),
        f"{PEOPLE}, column n_answered, row 3: expected the number of answered trials",
    ),
    "a status changed": (
        rows("participants", cell("status", "lapsed")),
        "parquet/participants.parquet, column status, row 3: expected lapsed as in the CSV file",
    ),
    "a chain head of another shape": (
        rows("participants", lambda t: (cell("chain_head", "abc")(t), cell("chain_length", "3")(t))),
        f"{PEOPLE}, column chain_head, row 3: expected a sha256, 64 hexadecimal digits, found 'abc'",
    ),
    "a chain length without a head": (
        rows("participants", cell("chain_length", "3")),
        f"{PEOPLE}, column chain_length, row 3: expected a length where there is a head",
    ),
    "an identifier of a recruiter": (
        rows("participants", cell("recruiter", "5f1a0b2c3d4e5f6a7b8c9d0e")),
        f"{PEOPLE}, column recruiter, row 3: expected a random identifier of facevalue's own",
    ),
    "a column of identifiers": (
        rows("participants", lambda t: [r.append("PROLIFIC_PID" if r is t[0] else "x") for r in t]),
        f"{PEOPLE}, column PROLIFIC_PID: expected no identifiers of people, found a column of them",
    ),
    "another study": (
        rows("trials", cell("study", "another")),
        f"{TRIALS}, column study, row 3: expected the study of protocol/protocol.json",
    ),
    "a hash of another protocol": (
        rows("trials", cell("protocol_hash", "0" * 64)),
        f"{TRIALS}, column protocol_hash, row 3: expected the protocol hash of datapackage.json",
    ),
    "another count": (
        in_json(PACKAGE, lambda p: p["facevalue"]["counts"].__setitem__("events", 7)),
        f"{EVENTS}: expected 7 rows, as facevalue.counts in datapackage.json states, found 8",
    ),
    "other people by status": (
        in_json(PACKAGE, lambda p: p["facevalue"].__setitem__("participants_by_status", {"completed": 9})),
        f"{PACKAGE}: expected ",
    ),
    "a wrong type declared": (
        in_json(PACKAGE, lambda p: field(p, "ratings", "rt_ms").__setitem__("type", "integer")),
        f"{RATINGS}, column rt_ms, row 2: expected integer, as datapackage.json declares",
    ),
    "text declared as a number": (
        in_json(PACKAGE, lambda p: field(p, "ratings", "value").__setitem__("type", "number")),
        f"{RATINGS}, column value, row ",
    ),
    "a type that there is not": (
        in_json(PACKAGE, lambda p: field(p, "ratings", "value").__setitem__("type", "text")),
        f"{PACKAGE}, column value: expected ratings.value declared as one of string, integer",
    ),
    "codes left out": (
        in_json(
            PACKAGE, lambda p: field(p, "trials", "status")["constraints"].__setitem__("enum", ["planned"])
        ),
        f"{TRIALS}, column status, row 2: expected one of planned, found 'answered'",
    ),
    "a limit that does not hold": (
        in_json(PACKAGE, lambda p: field(p, "ratings", "rt_ms").__setitem__("constraints", {"maximum": 10})),
        f"{RATINGS}, column rt_ms, row 2: expected at most 10",
    ),
    "required where values are missing": (
        in_json(PACKAGE, lambda p: field(p, "trials", "cell").__setitem__("constraints", {"required": True})),
        f"{TRIALS}, column cell, row 2: expected a value in every row, found nothing",
    ),
    "unique where values repeat": (
        in_json(PACKAGE, lambda p: field(p, "trials", "block").__setitem__("constraints", {"unique": True})),
        f"{TRIALS}, column block, row 3: expected each value once",
    ),
    "a pattern that does not hold": (
        in_json(
            PACKAGE, lambda p: field(p, "trials", "block").__setitem__("constraints", {"pattern": "d.*"})
        ),
        f"{TRIALS}, column block, row 2: expected the form d.*, found 'practice'",
    ),
    "a pattern that is none": (
        in_json(PACKAGE, lambda p: field(p, "trials", "block").__setitem__("constraints", {"pattern": "("})),
        f"{PACKAGE}, column block: expected a regular expression as pattern",
    ),
    "another primary key": (
        in_json(PACKAGE, lambda p: p["resources"][0]["schema"].__setitem__("primaryKey", ["participant"])),
        f"{PACKAGE}: expected row_id as primaryKey of trials, found ['participant']",
    ),
    "a resource left out": (
        in_json(PACKAGE, lambda p: p["resources"].pop()),
        f"{EVENTS}: expected only data files that datapackage.json describes",
    ),
    "no name": (
        in_json(PACKAGE, lambda p: p.pop("name")),
        f"{PACKAGE}: expected a name in lower-case letters",
    ),
    "datapackage.json cut off": (raw(PACKAGE, lambda text: text[:-9]), f"{PACKAGE}: expected JSON in UTF-8"),
    "a variable left out": (
        in_json(DESCRIPTION, lambda d: d["variableMeasured"].remove("rt_ms")),
        f"{RATINGS}, column rt_ms: expected every column in variableMeasured of {DESCRIPTION}",
    ),
    "a variable of no column": (
        in_json(DESCRIPTION, lambda d: d["variableMeasured"].append("mood")),
        f"{DESCRIPTION}, column mood: expected only columns of the data files in variableMeasured",
    ),
    "a description without a name": (
        in_json(DESCRIPTION, lambda d: d.pop("name")),
        f'{DESCRIPTION}: expected the key "name", found nothing',
    ),
    "another type of thing": (
        in_json(DESCRIPTION, lambda d: d.__setitem__("@type", "Book")),
        f'{DESCRIPTION}: expected "Dataset" as "@type", found \'Book\'',
    ),
    "no type of thing": (
        in_json(DESCRIPTION, lambda d: d.pop("@type")),
        f'{DESCRIPTION}: expected the key "@type"',
    ),
    "no context": (
        in_json(DESCRIPTION, lambda d: d.pop("@context")),
        f'{DESCRIPTION}: expected an "@context"',
    ),
    "another vocabulary": (
        in_json(DESCRIPTION, lambda d: d.__setitem__("@context", "https://example.org")),
        f'{DESCRIPTION}: expected https://schema.org as "@context"',
    ),
    "a word that is not schema.org's": (
        in_json(DESCRIPTION, lambda d: d.__setitem__("mood", "good")),
        f"{DESCRIPTION}: expected properties of a schema.org Dataset, found 'mood'",
    ),
    "an object without a type": (
        in_json(DESCRIPTION, lambda d: d.__setitem__("author", {"name": "A"})),
        f'{DESCRIPTION}: expected an "@type" in author[1], found none',
    ),
    "a variable that is a person": (
        in_json(DESCRIPTION, lambda d: d["variableMeasured"].append({"@type": "Person", "name": "row_id"})),
        f"{DESCRIPTION}: expected a PropertyValue in variableMeasured",
    ),
    "a description in Latin-1": (
        raw(DESCRIPTION, lambda text: text.replace(b"Simulated study", "Étude".encode("latin-1"))),
        f"{DESCRIPTION}: expected JSON in UTF-8, found byte",
    ),
    "a description cut off": (
        raw(DESCRIPTION, lambda text: text[:-9]),
        f"{DESCRIPTION}: expected JSON, found",
    ),
    "no description": (
        lambda folder: (folder / DESCRIPTION).unlink(),
        f"{DESCRIPTION}: expected this file at the root of the folder",
    ),
    "a second description": (
        lambda folder: shutil.copy(folder / DESCRIPTION, folder / "data") and None,
        f"data/{DESCRIPTION}: expected {DESCRIPTION} at the root only",
    ),
    "a data file renamed": (
        renamed(EVENTS, "data/events.csv"),
        "data/events.csv: expected pairs of a lower-case keyword and letters or digits",
    ),
    "an upper-case keyword": (
        renamed(EVENTS, "data/Study-simulated_description-events_data.csv"),
        "data/Study-simulated_description-events_data.csv: expected pairs of a lower-case keyword",
    ),
    "a keyword of its own": (
        lambda folder: shutil.copy(folder / EVENTS, folder / "data" / "mood-x_data.csv") and None,
        "data/mood-x_data.csv: expected the official keywords",
    ),
    "a data file in another format": (
        lambda folder: shutil.copy(folder / EVENTS, folder / "data" / "study-x_data.tsv") and None,
        "data/study-x_data.tsv: expected a data file that ends in .csv",
    ),
    "something else under data": (
        lambda folder: (folder / "data" / "notes.txt").write_text("mine") and None,
        "data/notes.txt: expected only data files under data/",
    ),
    "no data folder": (lambda folder: shutil.rmtree(folder / "data"), "data: expected a folder named data"),
    "a missing data file": (
        lambda folder: (folder / EVENTS).unlink(),
        f"{EVENTS}: expected a table inside the folder",
    ),
    "an empty file beside": (
        lambda folder: (folder / "CHANGES.md").write_text("") and None,
        "CHANGES.md: expected something in the file, found an empty file",
    ),
    "no README": (
        lambda folder: (folder / "README.md").unlink(),
        "README.md: expected this file at the root",
    ),
    "no CHANGES": (
        lambda folder: (folder / "CHANGES.md").unlink(),
        "CHANGES.md: expected this file at the root",
    ),
    "an empty README": (
        raw("README.md", lambda _: b"\n"),
        "README.md: expected words on what the folder holds",
    ),
    "a README without a column": (
        raw("README.md", lambda text: text.replace(b"`rt_ms`", b"")),
        f"README.md, column rt_ms: expected every column of {RATINGS}, found no word of rt_ms",
    ),
    "another protocol": (
        raw("protocol/protocol.json", lambda text: text.replace(b'"alpha":0.05', b'"alpha":0.50')),
        "protocol/protocol.json: expected the protocol whose sha256 datapackage.json states",
    ),
    "another study file": (
        raw("protocol/study.toml", lambda text: text.replace(b"Simulated study", b"Another study")),
        "protocol/study.toml: expected title as in protocol/protocol.json, 'Simulated study'",
    ),
    "a study file that is no TOML": (
        raw("protocol/study.toml", lambda _: b"= 3"),
        "protocol/study.toml: expected TOML",
    ),
    "no study file": (
        lambda folder: (folder / "protocol" / "study.toml").unlink(),
        "protocol/study.toml: expected the study as its researcher wrote it",
    ),
    "Parquet of other rows": (
        another_parquet,
        "parquet/trials.parquet: expected 32 rows as in the CSV file, found 31",
    ),
    "Parquet with another value": (changed_parquet, "parquet/ratings.parquet, column rt_ms, row 4: expected"),
    "Parquet of another table": (
        lambda folder: (
            shutil.copy(folder / "parquet/trials.parquet", folder / "parquet/events.parquet") and None
        ),
        "parquet/events.parquet: expected number as in the CSV file, found namespace",
    ),
    "Parquet that is none": (
        raw("parquet/events.parquet", lambda _: b"PAR1"),
        "parquet/events.parquet: expected a Parq",
    ),
    "a missing Parquet file": (
        lambda folder: (folder / "parquet/events.parquet").unlink(),
        "parquet/events.parquet: expected the table events as Parquet",
    ),
}


@pytest.fixture(scope="module")
def found_after(small: Path, tmp_path_factory: pytest.TempPathFactory) -> FoundAfter:
    """What is found after a corruption, also when all sums were made to fit; the same is checked once."""

    @cache
    def look(corruption: str, *, renewed: bool) -> list[tuple[str, str]]:
        folder = Path(shutil.copytree(small, tmp_path_factory.mktemp("corrupted") / "spoiled"))
        change, _ = (CORRUPTIONS | OF_SUMS)[corruption]
        change(folder)
        if renewed:
            renew(folder)
        return found(folder)

    return look


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corruption_is_named_even_when_all_sums_were_made_to_fit(
    found_after: FoundAfter, corruption: str
) -> None:
    messages = [message for _, message in found_after(corruption, renewed=True)]
    assert any(message.startswith(CORRUPTIONS[corruption][1]) for message in messages), messages
    assert all("; " in message for message in messages)  # every message ends in what to do


# One of each part of the check.
@pytest.mark.parametrize(
    "corruption",
    ["a blank row", "a wrong type declared", "Parquet with another value", "no README", "another protocol"],
)
def test_sums_that_do_not_fit_hide_no_other_corruption(found_after: FoundAfter, corruption: str) -> None:
    messages = [message for _, message in found_after(corruption, renewed=False)]
    assert any(message.startswith(CORRUPTIONS[corruption][1]) for message in messages), messages


#: What cannot be wrong with sums that fit.
OF_SUMS: dict[str, tuple[Change, str]] = {
    "a file without a line": (without_line, "README.md: expected a line in SHA256SUMS, found none"),
    "a file too many": (extra_file, "notes.txt: expected a line in SHA256SUMS, found none"),
    "a line twice": (
        raw("SHA256SUMS", lambda text: text + text[: text.index(b"\n") + 1]),
        "SHA256SUMS, row 18: expected one line for each file, found another for CHANGES.md",
    ),
    "a line that is none": (
        raw("SHA256SUMS", lambda text: b"hello\n" + text),
        "SHA256SUMS, row 1: expected 64 hexadec",
    ),
    "a wrong sum": (
        raw("SHA256SUMS", lambda text: b"0" * 64 + text[64:]),
        "CHANGES.md: expected sha256 000000000000… as in SHA256SUMS",
    ),
    "no sums": (
        lambda folder: (folder / "SHA256SUMS").unlink(),
        "SHA256SUMS: expected a checksum for every file",
    ),
    "another size stated": (
        in_json(PACKAGE, lambda p: p["resources"][0].__setitem__("bytes", 7)),
        f"{TRIALS}: expected 7 bytes as in datapackage.json",
    ),
    "another hash stated": (
        in_json(PACKAGE, lambda p: p["resources"][0].__setitem__("hash", f"sha256:{'0' * 64}")),
        f"{TRIALS}: expected sha256 000000000000… as in datapackage.json",
    ),
}


@pytest.mark.parametrize("corruption", OF_SUMS)
def test_sums_that_do_not_fit_are_named(found_after: FoundAfter, corruption: str) -> None:
    messages = [message for _, message in found_after(corruption, renewed=False)]
    assert any(message.startswith(OF_SUMS[corruption][1]) for message in messages), messages


def test_every_rule_is_broken_by_some_corruption(found_after: FoundAfter) -> None:
    seen = [found_after(corruption, renewed=True) for corruption in CORRUPTIONS]
    seen += [found_after(corruption, renewed=False) for corruption in OF_SUMS]
    broken = {code for findings in seen for code, _ in findings}
    # No Parquet at all, and texts, have tests of their own.
    assert {rule.code for rule in rules()} - broken == {"PARQUET_LEFT_OUT", "TEXT_DIFFERS"}


def test_codes_are_unique_and_every_rule_says_what_it_asks_for() -> None:
    codes = [rule.code for rule in rules()]
    assert len(codes) == len(set(codes))
    assert all(rule.says.endswith(".") for rule in rules())


@pytest.mark.parametrize(
    "part", [psych_ds, frictionless, parquet, files, study], ids=lambda part: part.__name__
)
def test_every_rule_is_in_the_docs_with_its_weight(part: Any) -> None:
    listed = "".join(f"| `{rule.code}` | {rule.severity} | {rule.says} |\n" for rule in part.RULES)
    assert f"| code | weight | rule |\n|---|---|---|\n{listed}" in DOCS.read_text(encoding="utf-8")


def test_a_good_export_has_no_findings(small: Path, export: Path) -> None:
    assert found(small) == []
    assert found(export) == []


def test_an_amended_export_has_no_findings_but_its_renamed_rows(copied: Path) -> None:
    amend(copied)
    renew(copied)
    # The Parquet files still carry the hash of the later version.
    assert {code for code, _ in found(copied)} == {"PARQUET_DIFFERS"}


def test_a_folder_without_parquet_is_warned_of(spoiled: Path) -> None:
    shutil.rmtree(spoiled / "parquet")
    renew(spoiled)
    checked = check_export(spoiled)
    assert [finding.code for finding in checked.findings] == ["PARQUET_LEFT_OUT"]
    assert not checked.errors


def test_further_files_are_welcome_where_they_are_listed(spoiled: Path) -> None:
    for name in ("wide/trials.csv", "bids/participants.tsv", "trials.sav", "read_export.py", "read_export.R"):
        (spoiled / name).parent.mkdir(exist_ok=True)
        (spoiled / name).write_text("x")
    renew(spoiled)
    assert found(spoiled) == []


def test_a_text_that_is_not_the_frozen_one_is_named(spoiled: Path) -> None:
    import hashlib

    text = spoiled / "protocol" / "texts" / "information.md"
    sums = {"texts/information.md": hashlib.sha256(text.read_bytes()).hexdigest()}
    in_json("protocol/protocol.json", lambda p: p.__setitem__("texts_sha256", sums))(spoiled)
    renew(spoiled)
    assert "TEXT_DIFFERS" not in {code for code, _ in found(spoiled)}
    text.write_text("Somebody took part.")
    renew(spoiled)
    messages = [message for code, message in found(spoiled) if code == "TEXT_DIFFERS"]
    assert messages[0].startswith(
        "protocol/texts/information.md: expected the text whose sha256 protocol/protocol.json states"
    )


def test_a_folder_that_is_no_export_is_one_finding(tmp_path: Path) -> None:
    (finding,) = check_export(tmp_path).findings
    assert "expected an export folder with this file" in str(finding)
