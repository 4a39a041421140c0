"""The row of each new picture: from its table, its folder, and what is said for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath

from stimuli.intake.columns import TableRow, translate
from stimuli.intake.looking import LookedAt
from stimuli.intake.matching import match_rows
from stimuli.intake.origins import OriginRule, unknown_origins
from stimuli.intake.spreadsheet import read_sheet
from stimuli.manifest import StimulusError
from stimuli.names import name_key, shown
from stimuli.sources import SOURCES_FILE

FILLED_FOR_ALL = ("generator", "licence", "attribution", "source", "consent")
"""Columns that may be stated once for all pictures; a filled cell of a table comes first."""


@dataclass(frozen=True)
class StatedFacts:
    """What tables state, by picture."""

    rows: Mapping[str, TableRow]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def stated_facts(folder: Path, pictures: Sequence[str], table: Path | None, sheet: str | None) -> StatedFacts:
    """Read ``table``, or else every sources.csv in the folder, and find each row's picture."""
    if table and not table.exists() and (folder / table).exists():
        table = folder / table  # named as seen from the folder
    tables = [table] if table else sorted(folder.rglob(SOURCES_FILE))
    rows: list[TableRow] = []
    notes: list[str] = []
    problems: list[str] = []
    for path in tables:
        try:
            translation = translate(read_sheet(path, sheet=sheet if table else None))
        except StimulusError as error:
            problems += error.problems
            continue
        below = path.parent.relative_to(folder) if not table else Path()
        rows += [
            TableRow(row.where, str(PurePosixPath(below.as_posix(), row.file)), row.cells)
            for row in translation.rows
        ]
        notes += [f"{path.name if table else path.relative_to(folder)}: {note}" for note in translation.notes]
        problems += translation.problems
    matching = match_rows(rows, pictures)
    return StatedFacts(matching.rows, (*notes, *matching.notes), (*problems, *matching.problems))


def new_rows(
    folder: Path,
    looked: Sequence[LookedAt],
    facts: StatedFacts,
    rule: OriginRule,
    fill: Mapping[str, str],
    taken: Sequence[str],
    problems: list[str],
) -> list[dict[str, str]]:
    """Rows of the manifest for pictures that have none; ``taken`` are ids already in use."""
    ids = _ids([(look.file, _cell(facts, look.file, "stimulus")) for look in looked], taken, problems)
    rows = []
    unknown = []
    for look, id in zip(looked, ids, strict=True):
        row = facts.rows.get(look.file)
        cells = dict(row.cells) if row else {}
        origin = _origin(look.file, row, rule, problems)
        if not origin:
            unknown.append(look.file)
        problems += _changed(look, row)
        cells = {**cells, "stimulus": id, "file": look.file, "sha256": look.sha256, "origin": origin}
        rows.append(filled(cells, fill))
    if unknown:
        problems.append(unknown_origins(folder, unknown))
    return rows


def filled(cells: Mapping[str, str], fill: Mapping[str, str]) -> dict[str, str]:
    """The row with its empty cells filled by what is stated for all; a generator only for AI."""
    row = dict(cells)
    for column, text in fill.items():
        if text and not row.get(column) and (column != "generator" or row.get("origin") == "ai"):
            row[column] = text
    return row


def _cell(facts: StatedFacts, file: str, column: str) -> str:
    row = facts.rows.get(file)
    return row.cells.get(column, "") if row else ""


def _origin(file: str, row: TableRow | None, rule: OriginRule, problems: list[str]) -> str:
    by_row = row.cells.get("origin", "") if row else ""
    by_folder = rule.of_folder(file)
    if row and by_row and by_folder and by_row not in (by_folder, "edited"):
        problems.append(
            f"{row.where}: says that {shown(file)} is {by_row}, its folder says {by_folder}; correct the one "
            "that is wrong"
        )
    return by_row or by_folder or rule.for_all


def _changed(look: LookedAt, row: TableRow | None) -> Iterator[str]:
    stated = row.cells.get("sha256", "").lower() if row else ""
    if row and stated and look.sha256 and stated != look.sha256:
        yield (
            f"{shown(look.file)}: changed since {row.where} was written: expected sha256 {stated}, found "
            f"{look.sha256}; restore the picture or clear the cell sha256"
        )


def _ids(wanted: Sequence[tuple[str, str]], taken: Sequence[str], problems: list[str]) -> list[str]:
    """An id for each picture: its table's, else its file's name, with the folder where that is taken."""
    used = {name_key(id) for id in taken}
    stated = [id for _, id in wanted if id]
    used |= {name_key(id) for id in stated}
    if len({name_key(id) for id in stated} | {name_key(id) for id in taken}) < len(stated) + len(taken):
        problems.append("the column stimulus gives the same id to several pictures; each needs its own")
    stems = [PurePosixPath(file).stem for file, _ in wanted]
    shared = {stem for stem, times in Counter(map(name_key, stems)).items() if times > 1}
    ids = []
    for (file, id), stem in zip(wanted, stems, strict=True):
        ids.append(id or _free_id(file, stem, used | shared, used))
        used.add(name_key(ids[-1]))
    return ids


def _free_id(file: str, stem: str, not_stems: set[str], used: set[str]) -> str:
    if name_key(stem) not in not_stems:
        return stem
    path = file.replace("/", "_")
    numbered = (f"{path}_{number}" for number in count(2))
    return next(id for id in chain([path], numbered) if name_key(id) not in used)
