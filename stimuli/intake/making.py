"""Make the manifest of a folder of pictures, or bring it up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stimuli.intake.facts import FILLED_FOR_ALL, StatedFacts, filled, new_rows, stated_facts
from stimuli.intake.folder import folder_contents
from stimuli.intake.looking import LookedAt, look_at, notes_by_kind, some
from stimuli.intake.origins import origin_rule
from stimuli.manifest import (
    MANIFEST_COLUMNS,
    MANIFEST_FILE,
    MEASURE_PREFIX,
    ORIGINS,
    PAIR_COLUMNS,
    PAIRS_FILE,
    StimulusError,
    file_sha256,
    stimulus_from_row,
)
from stimuli.names import shown
from stimuli.progress import Progress, no_progress
from stimuli.tables import csv_bytes, duplicates, read_table, write_atomically

Row = dict[str, str]


@dataclass(frozen=True)
class IntakeReport:
    """What the manifest of ``folder`` now holds and how it came about.

    ``origins`` counts pictures by origin, ``still_empty`` those without a fact that a study or its
    report asks for. ``added``, ``changed``, ``removed`` are files, ``renamed`` pairs of old and new.
    ``left_out`` are sentences about pictures that cannot be used. ``filled`` counts cells of earlier
    rows that were empty.
    """

    folder: Path
    origins: dict[str, int]
    added: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    filled: int = 0
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    still_empty: tuple[str, ...] = ()


def new_manifest(
    folder: Path,
    *,
    table: Path | None = None,
    sheet: str | None = None,
    origin: str = "",
    real: Sequence[Path | str] = (),
    ai: Sequence[Path | str] = (),
    fill: Mapping[str, str] | None = None,
    skip_broken: bool = False,
    progress: Progress = no_progress,
) -> IntakeReport:
    """Write ``manifest.csv`` for the pictures below ``folder``; nothing else is written.

    Facts come from ``table`` (CSV or XLSX, columns by the rules of ``stimuli.intake.columns``;
    without it from every sources.csv in the folder), origins also from the folders ``real`` and
    ``ai`` (by default those of these names) or ``origin`` for all others. ``fill`` states generator
    (of AI pictures), licence, attribution, source or consent where no row does. Raises
    ``StimulusError`` with every problem; with ``skip_broken`` pictures that cannot be opened are
    left out instead. An existing manifest is never overwritten: see :func:`update_manifest`.
    """
    folder = _existing(folder)
    if (folder / MANIFEST_FILE).exists():
        raise StimulusError(
            f"{folder / MANIFEST_FILE}: is there already and is not overwritten; --update adds new pictures "
            "and keeps every cell you filled"
        )
    asked = _Asked(folder, table, sheet, origin, real, ai, fill or {}, skip_broken, progress)
    return asked.make([], accept_changed=False, drop_removed=False)


def update_manifest(
    folder: Path,
    *,
    table: Path | None = None,
    sheet: str | None = None,
    origin: str = "",
    real: Sequence[Path | str] = (),
    ai: Sequence[Path | str] = (),
    fill: Mapping[str, str] | None = None,
    skip_broken: bool = False,
    accept_changed: bool = False,
    drop_removed: bool = False,
    progress: Progress = no_progress,
) -> IntakeReport:
    """Add new pictures to the manifest of ``folder``; arguments as for :func:`new_manifest`.

    Filled cells of earlier rows stay; empty ones are filled from table and ``fill``. A picture that
    moved or was renamed keeps its row. A changed picture is an error unless ``accept_changed``
    (its row then gets the new sha256), a missing one unless ``drop_removed`` (its row then goes).
    """
    folder = _existing(folder)
    problems: list[str] = []
    rows = read_table(folder / MANIFEST_FILE, required=("stimulus", "file", "sha256"), problems=problems)
    if problems:
        raise StimulusError(problems)
    asked = _Asked(folder, table, sheet, origin, real, ai, fill or {}, skip_broken, progress)
    return asked.make([row for _, row in rows], accept_changed=accept_changed, drop_removed=drop_removed)


@dataclass(frozen=True)
class _Asked:
    folder: Path
    table: Path | None
    sheet: str | None
    origin: str
    real: Sequence[Path | str]
    ai: Sequence[Path | str]
    fill: Mapping[str, str]
    skip_broken: bool
    progress: Progress

    def make(self, earlier: list[Row], *, accept_changed: bool, drop_removed: bool) -> IntakeReport:
        problems = list(_settings_problems(self.origin, self.fill))
        rule = origin_rule(self.folder, real=self.real, ai=self.ai, for_all=self.origin)
        contents = folder_contents(self.folder)
        problems += contents.problems
        if not contents.pictures and not problems:
            problems.append(
                f"{self.folder}: expected pictures below it, found none; put them in and try again"
            )
        past = _Past.of(earlier, self.folder, contents.pictures)
        problems += past.problems(accept_changed=accept_changed, drop_removed=drop_removed)
        notes = [*contents.notes, *_unread(contents.tables, self.table)]
        facts = stated_facts(self.folder, contents.pictures, self.table, self.sheet)
        problems += facts.problems
        looked = look_at(self.folder, [*past.new, *past.changed], self.progress)
        broken = [look.problem for look in looked.values() if look.problem]
        problems += [] if self.skip_broken else broken
        usable = {file: look for file, look in looked.items() if not look.problem}
        kept, n_filled = past.rows(usable, facts, self.fill, drop_removed=drop_removed)
        fresh = [look for file, look in usable.items() if file in set(past.new)]
        taken = [row["stimulus"] for row in kept]
        added = new_rows(self.folder, fresh, facts, rule, self.fill, taken, problems)
        rows = [*kept, *added]
        if not problems:
            problems += _row_problems(rows)
        if drop_removed and past.removed:
            problems += _pair_problems(self.folder, {row["stimulus"] for row in rows})
        if problems:
            raise StimulusError([*problems, *_unread(contents.tables, self.table)])
        self._write(rows)
        return IntakeReport(
            folder=self.folder,
            origins=dict(Counter(row["origin"] for row in rows)),
            added=tuple(row["file"] for row in added),
            renamed=tuple(past.renamed.items()),
            changed=tuple(past.changed),
            removed=tuple(past.removed),
            filled=n_filled,
            left_out=tuple(broken),
            notes=(*notes, *facts.notes, *_unlisted(facts, usable), *notes_by_kind(usable)),
            still_empty=tuple(_still_empty(rows)),
        )

    def _write(self, rows: list[Row]) -> None:
        extras = dict.fromkeys(column for row in rows for column in row if column not in MANIFEST_COLUMNS)
        content = csv_bytes([*MANIFEST_COLUMNS, *extras], rows)
        path = self.folder / MANIFEST_FILE
        # Bringing up to date what is up to date does not even touch the file.
        if not path.exists() or path.read_bytes() != content:
            write_atomically(path, content)


@dataclass(frozen=True)
class _Past:
    """Earlier rows beside the folder as it is: ``renamed`` maps old files to new ones."""

    earlier: Sequence[Row]
    new: tuple[str, ...]
    renamed: dict[str, str]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def of(cls, earlier: Sequence[Row], folder: Path, pictures: Sequence[str]) -> _Past:
        listed = {row["file"]: row["sha256"].lower() for row in earlier}
        new = [file for file in pictures if file not in listed]
        gone = [file for file in listed if not (folder / file).is_file()]
        arrived = {file_sha256(folder / file): file for file in new} if gone else {}
        renamed = {file: arrived.pop(listed[file]) for file in gone if listed[file] in arrived}
        moved = set(renamed.values())
        changed = [f for f, sha256 in listed.items() if f not in gone and file_sha256(folder / f) != sha256]
        return cls(
            earlier,
            tuple(file for file in new if file not in moved),
            renamed,
            tuple(changed),
            tuple(file for file in gone if file not in renamed),
        )

    def problems(self, *, accept_changed: bool, drop_removed: bool) -> Iterator[str]:
        if self.changed and not accept_changed:
            yield (
                f"changed since {MANIFEST_FILE} was written: {some(self.changed)}; restore the files, or "
                "take them as they are now with --accept-changed"
            )
        if self.removed and not drop_removed:
            yield (
                f"named in {MANIFEST_FILE}, not in the folder: {some(self.removed)}; put the files back, or "
                "give up their rows with --drop-removed"
            )

    def rows(
        self,
        looked: Mapping[str, LookedAt],
        facts: StatedFacts,
        fill: Mapping[str, str],
        *,
        drop_removed: bool,
    ) -> tuple[list[Row], int]:
        """Earlier rows as they are now, and how many empty cells were filled."""
        rows = []
        n_filled = 0
        for row in self.earlier:
            if drop_removed and row["file"] in self.removed:
                continue
            file = self.renamed.get(row["file"], row["file"])
            known = facts.rows.get(file)
            now = {**row, "file": file}
            if file in self.changed and file in looked:
                now["sha256"] = looked[file].sha256
                now |= {name: "" for name in row if name.startswith(MEASURE_PREFIX)}
            stated = {**(known.cells if known else {})}
            now = filled({**now, **{c: v for c, v in stated.items() if v and not now.get(c)}}, fill)
            n_filled += sum(bool(value) and not row.get(column) for column, value in now.items())
            rows.append(now)
        return rows, n_filled


def _existing(folder: Path) -> Path:
    folder = Path(folder)
    if not folder.is_dir():
        raise StimulusError(f"{folder}: expected a folder with pictures, found none; name another folder")
    return folder


def _settings_problems(origin: str, fill: Mapping[str, str]) -> Iterator[str]:
    if origin not in ("", "real", "ai"):
        yield f"origin: expected real or ai for all pictures, found {origin!r}; degrade makes edited pictures"
    for column in fill:
        if column not in FILLED_FOR_ALL:
            yield f"{column}: cannot be stated for all pictures; use {', '.join(FILLED_FOR_ALL)}, or a table"


def _row_problems(rows: Sequence[Row]) -> list[str]:
    """What :func:`stimuli.manifest.read_set` would refuse afterwards."""
    problems: list[str] = []
    for row in rows:
        stimulus_from_row(
            shown(row["file"]), {column: row.get(column, "") for column in MANIFEST_COLUMNS}, problems
        )
    problems += duplicates("stimulus", [row["stimulus"] for row in rows], MANIFEST_FILE)
    return problems


def _pair_problems(folder: Path, stimuli: set[str]) -> Iterator[str]:
    if not (folder / PAIRS_FILE).exists():
        return
    pairs = read_table(folder / PAIRS_FILE, required=PAIR_COLUMNS[:3], problems=[])
    lost = [row["pair"] for _, row in pairs if not {row["first"], row["second"]} <= stimuli]
    if lost:
        names = ", ".join(lost[:3])
        yield f"{PAIRS_FILE}: {len(lost)} pairs name dropped pictures ({names}); remove it and pair anew"


def _unread(tables: Sequence[str], read: Path | None) -> Iterator[str]:
    for table in tables if read is None else ():
        if not table.lower().endswith(".txt"):
            yield f"{shown(table)} was not read; if it describes the pictures, name it with --table"


def _unlisted(facts: StatedFacts, looked: Mapping[str, LookedAt]) -> Iterator[str]:
    unlisted = [file for file in looked if file not in facts.rows]
    if facts.rows and unlisted:
        yield f"no row in the table: {some(unlisted)}"


def _still_empty(rows: Sequence[Row]) -> Iterator[str]:
    people = [row for row in rows if row["origin"] != "ai"]
    for column, concerned in (
        ("licence", rows),
        ("consent", people),
        ("generator", [row for row in rows if row["origin"] == ORIGINS[1]]),
        ("gender", rows),
        ("age_band", rows),
        ("ethnicity", rows),
    ):
        empty = sum(not row.get(column) for row in concerned)
        if empty:
            yield f"{column} of {empty}"
