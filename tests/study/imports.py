"""What tests of imports share: another installation, the way there and back, folders with faults."""

from __future__ import annotations

import csv
import filecmp
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from study.export import Selection, export_study
from study.importing import Imported, import_export
from tests.study.test_export import LATER


def bring_back(engine: Engine, folder: Path) -> Imported:
    return import_export(engine, folder, erasures=folder.parent / "erasures.log", now=LATER)


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def assert_same_bytes(one: Path, other: Path) -> None:
    assert files_of(one) == files_of(other)
    different = [name for name in files_of(one) if not filecmp.cmp(one / name, other / name, shallow=False)]
    assert different == []


def assert_comes_back(
    engine: Engine,
    elsewhere: Engine,
    slug: str,
    folder: Path,
    *,
    namespaces: tuple[str, ...] = ("live",),
) -> Path:
    """Export, import into an empty database, export again: the same bytes in every file."""
    export_study(engine, slug, folder / "one", now=LATER, selection=Selection(namespaces))
    bring_back(elsewhere, folder / "one")
    export_study(elsewhere, slug, folder / "two", now=LATER, selection=Selection(namespaces))
    assert_same_bytes(folder / "one", folder / "two")
    return folder / "one"


def data_file_of(folder: Path, table: str) -> Path:
    return next((folder / "data").glob(f"*description-{table}_data.csv"))


def change_rows(folder: Path, table: str, change: Callable[[list[dict[str, str]]], Any]) -> None:
    """Let a function change the rows of a table in place."""
    file = data_file_of(folder, table)
    with file.open(encoding="utf-8", newline="") as rows:
        read = list(csv.DictReader(rows))
    header = list(read[0])
    change(read)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(read)


def change_facts(folder: Path, **facts: Any) -> None:
    file = folder / "datapackage.json"
    package = json.loads(file.read_text(encoding="utf-8"))
    package["facevalue"] |= facts
    file.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def seal(folder: Path) -> None:
    """Make SHA256SUMS fit the files again, as somebody would who changes an export and hides it."""
    names = [name for name in files_of(folder) if name != "SHA256SUMS"]
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines))
