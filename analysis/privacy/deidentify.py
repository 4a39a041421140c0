"""Write a de-identified copy of an export: a valid export again, which says what was done to it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from analysis.dataset import Dataset, read_export
from analysis.privacy import describing
from analysis.privacy.asked import Asked, asked_items, further_columns, text_questions
from analysis.privacy.table_changes import changed_table
from analysis.privacy.wishes import Plan, Wishes, planned
from analysis.provenance import PACKAGE
from analysis.schema import TABLES

README, CHANGES, DESCRIPTION = "README.md", "CHANGES.md", "dataset_description.json"
CHECKSUMS = "SHA256SUMS"
#: It takes types and codes from datapackage.json, so it reads the copy as it reads the original.
READER = "read_export.py"
_KEPT = (README, CHANGES, PACKAGE, DESCRIPTION)
_BATCH = 5_000


@dataclass(frozen=True)
class Copy:
    """A written copy: what was done, in sentences, and which files of the original it leaves out."""

    folder: Path
    done: tuple[str, ...]
    left_out: tuple[str, ...]


def deidentify(export: Path, new: Path, wishes: Wishes, *, at: datetime) -> Copy:
    """Write the copy to the new folder ``new``, all of it or nothing; the original is only read.

    The same export, wishes and time give the same bytes. Raises ExportError where the export, or the copy,
    is no valid export, ValueError for wishes that cannot be fulfilled or a folder that holds files.
    """
    export, new = Path(export), Path(new).absolute()
    if new.exists() and (not new.is_dir() or any(new.iterdir())):
        raise ValueError(f"expected a new or empty folder, found files in {new}; name another one")
    dataset = read_export(export)
    package = _json(export / PACKAGE)
    resources = {str(one["name"]): one for one in package["resources"] if one.get("name") in TABLES}
    items = asked_items(export, dataset)
    headers = {name: list(map(str, getattr(dataset, name).columns)) for name in TABLES}
    plan = planned(wishes, headers, describing=_mergeable(items, wishes, headers["participants"]))
    left_out = tuple(_left_out(export, resources))
    new.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{new.name}.", dir=new.parent))
    try:
        building = working / "export"
        building.mkdir()
        shutil.copytree(export / "protocol", building / "protocol")
        if (export / READER).is_file():
            shutil.copyfile(export / READER, building / READER)
        written = {
            name: _write_table(name, export, building, resources[name], dataset, items, plan)
            for name in TABLES
        }
        _write_words(export, building, package, plan, written, left_out, at)
        _write_checksums(building)
        read_export(building)
        if new.exists():
            new.rmdir()
        building.rename(new)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return Copy(new, tuple(plan.sentences()), left_out)


def _mergeable(items: Sequence[Asked], wishes: Wishes, header: Sequence[str]) -> list[str]:
    """Columns that --merge-rare K is about: what describes a person, numbers only where in bands."""
    bands = wishes.bands or {}
    chosen = [
        item.column
        for item in items
        if item.describes_a_person and (item.kind != "number" or item.column in bands)
    ]
    return [name for name in (*chosen, "browser", "operating_system") if name in header]


def _left_out(export: Path, resources: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Files made from the tables by other programs: they would still say what the copy no longer says."""
    kept = {*_KEPT, CHECKSUMS, READER, *(str(one["path"]) for one in resources.values())}
    kept |= {f"parquet/{name}.parquet" for name in TABLES}
    for path in sorted(export.rglob("*")):
        name = path.relative_to(export).as_posix()
        if path.is_file() and name not in kept and not name.startswith("protocol/"):
            yield name


def _write_table(
    name: str,
    export: Path,
    folder: Path,
    resource: Mapping[str, Any],
    dataset: Dataset,
    items: Sequence[Asked],
    plan: Plan,
) -> pa.Table:
    path = str(resource["path"])
    table = changed_table(
        name,
        _read_texts(export / path),
        plan,
        items=items,
        questions=text_questions(export),
        further_text=further_columns(dataset, name),
    )
    _write_csv(table, folder / path)
    typed = export / "parquet" / f"{name}.parquet"
    if typed.is_file():
        (folder / "parquet").mkdir(exist_ok=True)
        schema = _schema(name, table, pq.read_schema(typed), plan)
        pq.write_table(_typed(table, schema), folder / "parquet" / typed.name, compression="zstd")
    return table


def _read_texts(file: Path) -> pa.Table:
    """Every cell as the text it is in the file."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header = next(csv.reader(stream))
    return pyarrow.csv.read_csv(
        file,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        ),
    )


def _write_csv(table: pa.Table, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=_BATCH):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _schema(name: str, table: pa.Table, original: pa.Schema, plan: Plan) -> pa.Schema:
    """The types of the original's Parquet file, with texts where numbers became bands."""
    own = {column.name for column in TABLES[name]}
    worded = {column for where, column in (*plan.bands, *plan.merges) if where == name and column not in own}
    fields = []
    for column in table.column_names:
        field = original.field(column)
        nullable = field.nullable or (name, column) in plan.emptied
        kind = pa.string() if column in worded else field.type
        fields.append(pa.field(column, kind, nullable=nullable, metadata=field.metadata))
    return pa.schema(fields)


def _typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    arrays = []
    for field in schema:
        texts = table[field.name]
        values = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
        arrays.append(pa.nulls(len(texts)) if pa.types.is_null(field.type) else values.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _write_words(
    export: Path,
    folder: Path,
    package: Mapping[str, Any],
    plan: Plan,
    tables: Mapping[str, pa.Table],
    left_out: Sequence[str],
    at: datetime,
) -> None:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    note = describing.Note(
        at=moment,
        done=tuple(plan.sentences()),
        left_out=tuple(left_out),
        original=_sha256(export / CHECKSUMS),
    )
    files = {
        name: (folder / str(one["path"]))
        for one in package["resources"]
        if (name := str(one.get("name"))) in TABLES
    }
    sizes = {name: (file.stat().st_size, _sha256(file)) for name, file in files.items()}
    _write_json(folder / PACKAGE, describing.datapackage(package, plan, note, sizes, tables))
    if (export / DESCRIPTION).is_file():
        said = describing.dataset_description(_json(export / DESCRIPTION), plan, note, tables)
        _write_json(folder / DESCRIPTION, said)
    for name, write in ((README, describing.readme), (CHANGES, describing.changes)):
        if (export / name).is_file():
            text = (export / name).read_text(encoding="utf-8")
            (folder / name).write_text(write(text, plan, note), encoding="utf-8")


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _write_checksums(folder: Path) -> None:
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{_sha256(folder / path)}  {path}\n" for path in paths]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
