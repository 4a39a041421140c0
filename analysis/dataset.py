"""Read an export, or a table collected elsewhere, into typed tables, or say all that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.amendments import with_changes
from analysis.careful_tables import read_carefully
from analysis.checksums import RESTORE, changed_files, listed_checksums, sha256
from analysis.consistency import inconsistencies
from analysis.fast_tables import as_categories, as_texts, read_at_once
from analysis.foreign_arguments import Around, Asked, Face, FacePair
from analysis.foreign_columns import Coded, Source
from analysis.foreign_table import DEFAULT_PLAN, NO_RULES, lay_out
from analysis.problems import ExportError, Problem
from analysis.protocol import PROTOCOL_FILE, AnalysisPlan, ExclusionRules, Protocol, parse_protocol
from analysis.provenance import PACKAGE, Provenance, other_protocol_files, read_provenance
from analysis.quoting import Quoting
from analysis.schema import DECLARED_TYPES, TABLES, Column, Kind

__all__ = [
    "Coded",
    "Dataset",
    "Examined",
    "Face",
    "FacePair",
    "examine_export",
    "from_table",
    "read_export",
]


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


@dataclass(frozen=True)
class Examined:
    """What could be read of an export, and everything that is wrong with what was read.

    ``tables`` hold texts as categories, ``row_id`` excepted; a table whose file or header is not as described
    is not among them. ``files`` says where each table lies, ``sums`` the sha256 of every named file there is.
    """

    folder: Path
    problems: tuple[Problem, ...]
    tables: dict[str, pd.DataFrame]
    files: Mapping[str, str]
    sums: Mapping[str, str]
    checksums: Mapping[str, str]
    protocol: Protocol
    provenance: Provenance


def read_export(folder: Path) -> Dataset:
    """Check and read an export folder; nothing is repaired.

    Raises ``ExportError`` with *all* problems: changed or missing files, columns that are missing,
    unknown or of another type, values out of range, identifiers that lead nowhere.
    """
    found = examine_export(folder)
    if found.problems:
        raise ExportError(str(found.folder), found.problems)
    complete = {name: as_texts(found.tables.pop(name)) for name in list(found.tables)}
    return Dataset(**complete, protocol=found.protocol, provenance=found.provenance)


def from_table(
    table: pd.DataFrame,
    *,
    name: str,
    participant: str,
    shown: Face | FacePair,
    detect: Source | None = None,
    confidence: str | None = None,
    ratings: Mapping[str, str | Mapping[str, str]] | None = None,
    rt_ms: str | None = None,
    rt_s: str | None = None,
    exposure_ms: str | None = None,
    position: str | None = None,
    cell: str | None = None,
    asked_answer: Source | None = None,
    about_participant: Sequence[str] = (),
    about_stimulus: Sequence[str] = (),
    plan: AnalysisPlan = DEFAULT_PLAN,
    exclusions: ExclusionRules = NO_RULES,
) -> Dataset:
    """Data collected elsewhere, as if this platform had exported them: the same functions analyse them.

    ``table`` has one row per trial and is left unchanged; every argument but the last two names a column of
    it. ``Coded("is_ai", {0: "real", 1: "ai"})`` stands for a column whose values are not our words.

    - ``shown``: ``Face(stimulus=, origin=)`` for one picture a row, ``FacePair`` for two.
    - ``detect``: the answer "real" or "ai" about a face; of a pair, which side was taken for AI ("left",
      "right"). ``confidence`` in it, a number. ``rt_ms`` or ``rt_s``: how long the answer took.
    - ``ratings``: further numbers by question, ``{"trust": "trust_1_7"}``; of a pair by side or origin,
      ``{"trust": {"real": "trust_real", "ai": "trust_ai"}}``.
    - ``exposure_ms``: empty cells, or no such column, mean unlimited. ``position``: the place of a row among
      its participant's, by default the order of the rows.
    - ``asked_answer``: filled for attention checks only, with the answer that was asked for.
    - ``about_participant``, ``about_stimulus``: columns to keep in those tables.
    - ``exclusions`` and ``plan``: what was decided beforehand, as a protocol would say it.

    A participant is one session, everything counts as live, and a missing answer as a trial not answered.
    Of presentation nothing is known. A face without ``pair`` is a unit of the bootstrap of its own.

    Raises ``TableError`` with *all* problems, each with column and row (the header is row 1).
    """
    tables, protocol, provenance = lay_out(
        table,
        name=name,
        participant=participant,
        shown=shown,
        asked=Asked(detect, confidence, ratings or {}, rt_ms, rt_s),
        around=Around(position, cell, exposure_ms, asked_answer, about_participant, about_stimulus),
        plan=plan,
        exclusions=exclusions,
    )
    return Dataset(**tables, protocol=protocol, provenance=provenance)


def examine_export(folder: Path) -> Examined:
    """Read as much of an export folder as can be read; ``ExportError`` only where it is none at all."""
    folder = Path(folder)
    if not (folder / PACKAGE).is_file():
        remedy = "give the folder that `facevalue study export` wrote"
        found = "no such file" if folder.is_dir() else "no such folder"
        raise ExportError(str(folder), (Problem(PACKAGE, "an export folder with this file", found, remedy),))
    problems: list[Problem] = []
    checksums = listed_checksums(folder, problems)
    described: list[Problem] = []
    package = _read_json(folder, PACKAGE, described)
    resources = _resources(package, described)
    files = {name: str(resource.get("path", name)) for name, resource in resources.items()}
    with ThreadPoolExecutor(1) as beside:
        seen = _Bytes(folder, beside, tables=list(files.values()), others=list(checksums))
        tables = _read_tables(folder, resources, seen, described)
        sums = seen.sums()
    problems.extend(changed_files(checksums, sums))
    problems.extend(described)
    protocol = parse_protocol(_read_json(folder, PROTOCOL_FILE, problems), problems)
    provenance = with_changes(folder, read_provenance(package, checksums, problems))
    problems.extend(other_protocol_files(folder, provenance))
    problems.extend(inconsistencies(tables, files, protocol, provenance.protocol_hashes))
    return Examined(folder, tuple(problems), tables, files, sums, checksums, protocol, provenance)


class _Bytes:
    """Sums and quoting of files, found in a thread of their own while the tables are parsed."""

    def __init__(
        self, folder: Path, beside: ThreadPoolExecutor, *, tables: Sequence[str], others: Sequence[str]
    ) -> None:
        there = [name for name in dict.fromkeys([*tables, *others]) if _inside(folder, name)]
        self._quoting = {name: Quoting() for name in tables if name in there}
        self._sums = {name: beside.submit(sha256, folder / name, self._quoting.get(name)) for name in there}

    def sums(self) -> dict[str, str]:
        """The sha256 of every file that is there."""
        return {name: sum_.result() for name, sum_ in self._sums.items()}

    def quoting(self, name: str) -> Quoting | None:
        """How a CSV file is quoted; nothing for a file that is not there."""
        if name in self._quoting:
            self._sums[name].result()
        return self._quoting.get(name)


def _inside(folder: Path, name: str) -> bool:
    return ".." not in Path(name).parts and not Path(name).is_absolute() and (folder / name).is_file()


def _read_json(folder: Path, name: str, problems: list[Problem]) -> Any:
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(Problem(name, "a JSON file", "no such file", RESTORE))
    except ValueError as error:
        problems.append(Problem(name, "JSON in UTF-8", str(error), RESTORE))
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
            problems.append(Problem(PACKAGE, f"a resource named {name}", state, RESTORE))
        else:
            usable[name] = entry
    return usable


def _fields(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, Mapping) else None
    return [field for field in fields or [] if isinstance(field, Mapping) and "name" in field]


def _read_tables(
    folder: Path, resources: Mapping[str, Mapping[str, Any]], seen: _Bytes, problems: list[Problem]
) -> dict[str, pd.DataFrame]:
    """Every table that could be read, with texts as categories."""
    tables = {}
    for name in TABLES:
        if name in resources:
            table = _read_table(folder, name, resources[name], seen, problems)
            if table is not None:
                tables[name] = table
    return tables


def _read_table(
    folder: Path, name: str, resource: Mapping[str, Any], seen: _Bytes, problems: list[Problem]
) -> pd.DataFrame | None:
    """The typed table, or nothing when its file or header is not what the codebook says."""
    file = str(resource["path"])
    if not _inside(folder, file):
        problems.append(Problem(file, "a table inside the folder", "no such file", RESTORE))
        return None
    columns = _columns(name, resource, problems)
    # Most files have no line break inside quotes, and whether this one has is being found out meanwhile.
    table = read_at_once(folder / file, columns)
    quoting = seen.quoting(file)
    if quoting is not None and quoting.proper and quoting.breaks_lines:
        table = read_at_once(folder / file, columns, breaks_lines=True, returns=quoting.returns)
    if quoting is None or not quoting.proper or table is None:
        careful = read_carefully(folder, file, columns, problems)
        return None if careful is None else as_categories(careful)
    return table


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
            problems.append(Problem(PACKAGE, expected, repr(declared), RESTORE, column=header))
    declared_names = {str(field["name"]) for field in _fields(resource)}
    problems.extend(
        Problem(PACKAGE, f"a field {name}.{header}", "no such field", RESTORE)
        for header in columns
        if header not in declared_names
    )
    return columns
