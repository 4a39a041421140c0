"""An export with people, questionnaires and free text, into which tests plant what they look for."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from analysis.simulate import simulate_export
from analysis.simulated_export import write_checksums

Change = Callable[[dict[str, str], int], None]

ITEMS: tuple[dict[str, Any], ...] = (
    {"id": "age", "kind": "number", "text": "How old are you?", "options": []},
    {
        "id": "gender",
        "kind": "choice",
        "text": "What is your gender?",
        "options": [{"code": code, "label": code} for code in ("woman", "man", "another")],
    },
    {"id": "mood", "kind": "likert", "text": "How are you?", "options": []},
    {"id": "noticed", "kind": "text", "text": "What did you notice?", "options": []},
)


def table_file(folder: Path, name: str) -> Path:
    return next((folder / "data").glob(f"*-{name}_data.csv"))


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with table_file(folder, name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def change_rows(folder: Path, name: str, change: Change) -> None:
    """Change the rows of a table one by one; checksums are renewed, as if it had been exported so."""
    rows = rows_of(folder, name)
    for number, row in enumerate(rows):
        change(row, number)
    with table_file(folder, name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_checksums(folder)


def add_items(folder: Path, answers: Sequence[Mapping[str, str]]) -> None:
    """Give the study a questionnaire and everybody an answer; the protocol gets another hash by it."""
    protocol = json.loads((folder / "protocol" / "protocol.json").read_text())
    protocol["questionnaires"] = [{"name": "about_you", "items": list(ITEMS)}]
    frozen = json.dumps(protocol, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(frozen.encode()).hexdigest()
    (folder / "protocol" / "protocol.json").write_text(frozen)
    package = json.loads((folder / "datapackage.json").read_text())
    package["facevalue"]["protocol_hash"] = digest
    kinds = {"number": "integer", "likert": "integer"}
    fields = [{"name": f"q_{item['id']}", "type": kinds.get(item["kind"], "string")} for item in ITEMS]
    resource = next(one for one in package["resources"] if one["name"] == "participants")
    resource["schema"]["fields"] += fields
    (folder / "datapackage.json").write_text(json.dumps(package))
    for name in ("trials", "ratings", "participants", "stimuli", "events"):
        if rows_of(folder, name):
            change_rows(folder, name, lambda row, _: row.update(protocol_hash=digest))
    change_rows(
        folder,
        "participants",
        lambda row, number: (
            row.update({"namespace": "live", "q_age": "", "q_gender": "", "q_mood": "3"})
            or row.update({"q_noticed": ""} | dict(answers[number % len(answers)]))
        ),
    )
    for name in ("trials", "ratings"):
        change_rows(folder, name, lambda row, _: row.update(namespace="live"))
    describe(folder, [field["name"] for field in fields])
    write_parquet(folder, {field["name"]: field["type"] for field in fields})
    write_checksums(folder)


def write_parquet(folder: Path, further: Mapping[str, str]) -> None:
    """Write the participants as Parquet again, with further columns."""
    file = folder / "parquet" / "participants.parquet"
    kinds = {"integer": pa.int64(), "string": pa.string()}
    types = {field.name: field.type for field in pq.read_schema(file)}
    types |= {name: kinds[kind] for name, kind in further.items()}
    options = pa.csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    pq.write_table(pa.csv.read_csv(table_file(folder, "participants"), convert_options=options), file)


def describe(folder: Path, names: Sequence[str]) -> None:
    """Name further columns where an export names all of them."""
    description = json.loads((folder / "dataset_description.json").read_text())
    description["variableMeasured"] += [{"@type": "PropertyValue", "name": name} for name in names]
    (folder / "dataset_description.json").write_text(json.dumps(description))
    with (folder / "README.md").open("a") as readme:
        readme.writelines(f"- `{name}`\n" for name in names)


def add_event(folder: Path, detail: Mapping[str, Any]) -> None:
    """Let something have happened to the first person."""
    person = rows_of(folder, "participants")[0]
    with table_file(folder, "events").open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    shared = {name: person[name] for name in ("participant", "session", "study", "protocol_hash")}
    with table_file(folder, "events").open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
        said = json.dumps(detail, sort_keys=True, separators=(",", ":"))
        writer.writerow(shared | {"row_id": "event-1", "kind": "second_answer", "detail": said})
    write_checksums(folder)


@pytest.fixture(scope="module")
def twelve_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("twelve") / "people"
    simulate_export(folder, n_participants=12, n_pairs=3, exposures_ms=(100,), d_prime=1, seed=1)
    add_items(
        folder,
        [{"q_age": str(20 + number), "q_gender": ("woman", "man")[number % 2]} for number in range(12)],
    )
    return folder


@pytest.fixture
def people(twelve_people: Path, tmp_path: Path) -> Path:
    """Twelve people of 20 to 31 years, women and men in turns, who noticed nothing; theirs to change."""
    return Path(shutil.copytree(twelve_people, tmp_path / "people"))


@pytest.fixture
def say(people: Path) -> Callable[[str], Path]:
    """Let the first person have noticed something."""

    def said(text: str) -> Path:
        change_rows(people, "participants", lambda row, n: row.update(q_noticed=text if n == 0 else ""))
        return people

    return said
