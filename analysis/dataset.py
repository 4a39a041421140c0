"""Read an export folder into typed tables, or say everything that is wrong with it at once."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.columns import typed_column
from analysis.consistency import inconsistencies
from analysis.problems import ExportError, Problem
from analysis.protocol import PROTOCOL_FILE, Protocol, parse_protocol
from analysis.provenance import PACKAGE, Provenance, other_protocol_files, read_provenance
from analysis.schema import DECLARED_TYPES, TABLES, Column, Kind

CHECKSUMS = "SHA256SUMS"
_RESTORE = "restore the file from the original export, or export the study again"


@dataclass(frozen=True)
class Dataset:
    """The five tables of an export, its protocol and its provenance.

    Numbers are floats (missing is NaN), booleans nullable, texts strings (missing is NaN),
    times UTC timestamps. An empty ``exposure_ms`` means an unlimited exposure.
    """

    trials: pd.DataFrame
    ratings: pd.DataFrame
    participants: pd.DataFrame
    stimuli: pd.DataFrame
    events: pd.DataFrame
    protocol: Protocol
    provenance: Provenance


def read_export(folder: Path) -> Dataset:
    """Check and read an export folder; nothing is repaired.

    Raises ``ExportError`` with *all* problems: changed or missing files, columns that are missing,
    unknown or of another type, values out of range, identifiers that lead nowhere.
    """
    folder = Path(folder)
    if not (folder / PACKAGE).is_file():
        remedy = "give the folder that `facevalue study export` wrote"
        found = "no such file" if folder.is_dir() else "no such folder"
        raise ExportError(str(folder), (Problem(PACKAGE, "an export folder with this file", found, remedy),))
    problems: list[Problem] = []
    checksums = _check_files(folder, problems)
    package = _read_json(folder, PACKAGE, problems)
    resources = _resources(package, problems)
    tables = {
        name: _read_table(folder, name, resources[name], problems) for name in TABLES if name in resources
    }
    protocol = parse_protocol(_read_json(folder, PROTOCOL_FILE, problems), problems)
    provenance = read_provenance(package, checksums, problems)
    problems.extend(other_protocol_files(folder, provenance))
    complete = {name: table for name, table in tables.items() if table is not None}
    files = {name: str(resource.get("path", name)) for name, resource in resources.items()}
    problems.extend(inconsistencies(complete, files, protocol, provenance.protocol_hashes))
    if problems:
        raise ExportError(str(folder), tuple(problems))
    return Dataset(**complete, protocol=protocol, provenance=provenance)


def _check_files(folder: Path, problems: list[Problem]) -> dict[str, str]:
    """Compare every file named in SHA256SUMS with its sum; the export's data files must be named."""
    path = folder / CHECKSUMS
    if not path.is_file():
        problems.append(Problem(CHECKSUMS, "a checksum for every file", "no such file", _RESTORE))
        return {}
    sums: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        digest, name = line[:64], line[64:].lstrip(" *").removeprefix("./")
        if (
            not re.fullmatch(r"[0-9a-fA-F]{64}", digest)
            or not name
            or ".." in Path(name).parts
            or Path(name).is_absolute()
        ):
            expected = "64 hexadecimal digits, two spaces and a path inside the folder"
            problems.append(Problem(CHECKSUMS, expected, repr(line), _RESTORE, row=number))
            continue
        sums[name] = digest.lower()
    for name, digest in sums.items():
        if not (folder / name).is_file():
            problems.append(Problem(name, f"a file, because {CHECKSUMS} names it", "no such file", _RESTORE))
            continue
        actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if actual != digest:
            expected = f"sha256 {digest[:12]}… as in {CHECKSUMS}"
            found = f"{actual[:12]}…, so the file was changed after the export"
            problems.append(Problem(name, expected, found, _RESTORE))
    return sums


def _read_json(folder: Path, name: str, problems: list[Problem]) -> Any:
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(name, "a JSON file", "no such file", _RESTORE))
    except ValueError as error:
        problems.append(Problem(name, "JSON in UTF-8", str(error), _RESTORE))
    return {}


def _resources(package: Any, problems: list[Problem]) -> dict[str, Mapping[str, Any]]:
    listed = package.get("resources") if isinstance(package, Mapping) else None
    entries = listed if isinstance(listed, list) else []
    found = {entry["name"]: entry for entry in entries if isinstance(entry, Mapping) and "name" in entry}
    usable = {}
    for name in TABLES:
        entry = found.get(name)
        if entry is None or not isinstance(entry.get("path"), str) or not _fields(entry):
            state = "no such resource" if entry is None else "a resource without path or schema.fields"
            problems.append(Problem(PACKAGE, f"a resource named {name}", state, _RESTORE))
        else:
            usable[name] = entry
    return usable


def _fields(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, Mapping) else None
    return [field for field in fields or [] if isinstance(field, Mapping) and "name" in field]


def _read_table(
    folder: Path, name: str, resource: Mapping[str, Any], problems: list[Problem]
) -> pd.DataFrame | None:
    """The typed table, or nothing when its file or header is not what the codebook says."""
    file = str(resource["path"])
    raw = _read_csv(folder, file, problems)
    if raw is None:
        return None
    columns = _columns(name, resource, problems)
    before = len(problems)
    _check_header(file, list(raw.columns), columns, problems)
    if len(problems) > before:
        return None
    values = {}
    for header in raw.columns:
        values[header], trouble = typed_column(raw[header], columns[header], file)
        problems.extend(trouble)
    return pd.DataFrame(values)


def _read_csv(folder: Path, file: str, problems: list[Problem]) -> pd.DataFrame | None:
    path = folder / file
    if ".." in Path(file).parts or Path(file).is_absolute() or not path.is_file():
        problems.append(Problem(file, "a table inside the folder", "no such file", _RESTORE))
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream, strict=True)
    except UnicodeDecodeError as error:
        problems.append(Problem(file, "text in UTF-8", f"byte {error.start} is not", _RESTORE))
        return None
    except csv.Error as error:
        problems.append(Problem(file, "comma-separated values", str(error), _RESTORE))
        return None
    except ValueError:
        problems.append(Problem(file, "a header row", "an empty file", _RESTORE))
        return None
    uneven = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if uneven:
        found = f"{len(rows[uneven[0] - 2])} values"
        expected = f"{len(header)} values in every row"
        problems.append(
            Problem(file, expected, found, _RESTORE, row=uneven[0], n_more=len(uneven) - 1),
        )
        return None
    return pd.DataFrame(rows, columns=header, dtype=object)


def _columns(name: str, resource: Mapping[str, Any], problems: list[Problem]) -> dict[str, Column]:
    """Every column the table has to have and may have, contract first, then the codebook's own."""
    columns = {column.name: column for column in TABLES[name]}
    for field in _fields(resource):
        header, declared = str(field["name"]), str(field.get("type", "string"))
        if header not in columns:
            kind: Kind = declared if declared in ("integer", "number", "boolean", "datetime") else "string"  # type: ignore[assignment]
            columns[header] = Column(header, kind=kind)
        elif declared not in DECLARED_TYPES.get(columns[header].kind, (declared,)):
            expected = f"{name}.{header} declared as {columns[header].kind}"
            problems.append(Problem(PACKAGE, expected, repr(declared), _RESTORE, column=header))
    declared_names = {str(field["name"]) for field in _fields(resource)}
    problems.extend(
        Problem(PACKAGE, f"a field {name}.{header}", "no such field", _RESTORE)
        for header in columns
        if header not in declared_names
    )
    return columns


def _check_header(
    file: str, header: list[str], columns: Mapping[str, Column], problems: list[Problem]
) -> None:
    only_described = f"only columns described in {PACKAGE}"
    describe = "take the column out, or describe it in the codebook"
    problems.extend(
        Problem(file, "each column once", f"{header.count(name)} of them", _RESTORE, column=name)
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    )
    problems.extend(
        Problem(file, "this column", "no such column", _RESTORE, column=name)
        for name in columns
        if name not in header
    )
    problems.extend(
        Problem(file, only_described, "an undescribed column", describe, column=name)
        for name in dict.fromkeys(header)
        if name not in columns
    )
    if header[:1] != ["row_id"]:
        problems.append(Problem(file, "row_id as the first column", repr(header[0]), _RESTORE))
