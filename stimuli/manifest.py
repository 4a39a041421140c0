"""Read and write a stimulus set: manifest.csv, pairs.csv, images/.

Every picture is pinned by its sha256. A set is read completely or not at all: whatever is wrong
with it is reported at once, as one ``StimulusError``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path, PurePosixPath

from stimuli.names import name_key, shown
from stimuli.tables import csv_bytes, duplicates, number_text, read_table, write_atomically

MANIFEST_FILE = "manifest.csv"
PAIRS_FILE = "pairs.csv"
ORIGINS = ("real", "ai", "edited")
ARTIFACTS = ("expression", "skin", "background", "lighting", "body", "symmetry", "eyes", "hair", "other")
PAIR_COLUMNS = ("pair", "first", "second", "distance", "practice")
#: Extra columns that begin like this hold what was measured in the picture as it is.
MEASURE_PREFIX = "measure_"


class StimulusError(ValueError):
    """Something is wrong with pictures or their tables; ``problems`` lists all of it."""

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        many = len(self.problems) > 1
        text = (
            f"{len(self.problems)} problems:\n- " + "\n- ".join(self.problems) if many else self.problems[0]
        )
        super().__init__(text)


@dataclass(frozen=True)
class Stimulus:
    """One picture and what its source states about it; an empty string means "not stated".

    ``file`` is relative to the set's folder. ``dose`` (0-1) belongs to ``edited`` pictures.
    ``artifacts`` holds codes joined by semicolons. ``extra`` keeps columns unknown here.
    """

    stimulus: str
    file: str
    sha256: str
    origin: str
    generator: str = ""
    identity: str = ""
    edited_from: str = ""
    defect: str = ""
    dose: float | None = None
    artifacts: str = ""
    gender: str = ""
    age_band: str = ""
    ethnicity: str = ""
    licence: str = ""
    attribution: str = ""
    source: str = ""
    consent: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)

    def with_extra(self, **columns: str) -> Stimulus:
        """The same stimulus with these extra columns set."""
        return replace(self, extra={**self.extra, **columns})

    def without_measures(self) -> Stimulus:
        """The same stimulus for another picture, of which what was measured in this one is not true."""
        kept = {name: text for name, text in self.extra.items() if not name.startswith(MEASURE_PREFIX)}
        return replace(self, extra=kept)


MANIFEST_COLUMNS = tuple(f.name for f in fields(Stimulus) if f.name != "extra")
_REQUIRED = ("stimulus", "file", "sha256", "origin")


@dataclass(frozen=True)
class Pair:
    """Two pictures shown together: ``first`` is the real one, ``second`` the ai or edited one.

    ``extra`` keeps columns unknown here, such as how far apart the two are in each attribute.
    """

    pair: str
    first: str
    second: str
    distance: float | None
    practice: bool
    extra: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class StimulusSet:
    """A folder of pictures with its manifest and pairs."""

    folder: Path
    stimuli: tuple[Stimulus, ...]
    pairs: tuple[Pair, ...] = ()

    def stimulus(self, id: str) -> Stimulus:
        for stimulus in self.stimuli:
            if stimulus.stimulus == id:
                return stimulus
        raise KeyError(f"no stimulus {id!r} in {self.folder}")

    def image_path(self, stimulus_id: str) -> Path:
        return self.folder / self.stimulus(stimulus_id).file

    def sha256(self) -> str:
        """The set's hash: over manifest and pairs in canonical form, whatever the order of rows.

        Pictures enter through their own sha256, so any change of a picture changes this too.
        """
        stimuli = [_stimulus_row(s) for s in sorted(self.stimuli, key=lambda s: s.stimulus)]
        pairs = [_pair_row(p) for p in sorted(self.pairs, key=lambda p: p.pair)]
        # Empty cells are left out: adding an empty column does not make another set.
        facts = {
            "stimuli": [{k: v for k, v in row.items() if v} for row in stimuli],
            "pairs": [{k: v for k, v in row.items() if v} for row in pairs],
        }
        canonical = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_set(folder: Path) -> StimulusSet:
    """Read a set and verify every picture; ``StimulusError`` lists all problems found."""
    folder = Path(folder)
    problems: list[str] = []
    rows = read_table(folder / MANIFEST_FILE, required=_REQUIRED, problems=problems)
    if not rows and not problems:
        problems.append(f"{MANIFEST_FILE}: expected a row for each picture, found none; add the rows")
    stimuli = [
        s for line, row in rows if (s := stimulus_from_row(f"{MANIFEST_FILE} line {line}", row, problems))
    ]
    pairs: list[Pair] = []
    if (folder / PAIRS_FILE).exists():
        pair_rows = read_table(folder / PAIRS_FILE, required=PAIR_COLUMNS[:3], problems=problems)
        pairs = [p for number, row in pair_rows if (p := _pair(number, row, problems))]
    problems += duplicates("stimulus", [s.stimulus for s in stimuli], MANIFEST_FILE)
    problems += duplicates("file", [s.file for s in stimuli], MANIFEST_FILE)
    problems += _pair_problems(stimuli, pairs)
    for stimulus in stimuli:
        problems += picture_problems(folder, stimulus.file, stimulus.sha256, MANIFEST_FILE)
    if problems:
        raise StimulusError(problems)
    return StimulusSet(folder, tuple(stimuli), tuple(pairs))


def write_set(stimulus_set: StimulusSet) -> None:
    """Write manifest.csv and pairs.csv; each appears complete or not at all.

    Unknown columns follow the known ones in the order in which they first occur.
    """
    folder = stimulus_set.folder
    folder.mkdir(parents=True, exist_ok=True)
    extras = list(dict.fromkeys(name for s in stimulus_set.stimuli for name in s.extra))
    pairs = [_pair_row(p) for p in stimulus_set.pairs]
    pair_extras = list(dict.fromkeys(name for p in stimulus_set.pairs for name in p.extra))
    write_atomically(folder / PAIRS_FILE, csv_bytes([*PAIR_COLUMNS, *pair_extras], pairs))
    rows = [_stimulus_row(s) for s in stimulus_set.stimuli]
    write_atomically(folder / MANIFEST_FILE, csv_bytes([*MANIFEST_COLUMNS, *extras], rows))


def picture_problems(folder: Path, file: str, sha256: str, table: str) -> Iterator[str]:
    """Whether the file is inside the folder, there, and unchanged (if a sha256 is given)."""
    if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts or "\\" in file:
        yield f"{table}: file {file} leads out of the folder; use a path below it, with forward slashes"
    elif not (folder / file).is_file():
        other = _spelled_otherwise(folder, file)
        there = f" (there is {other}: correct the name)" if other else ""
        yield f"{shown(file)}: named in {table}, not in {folder}{there}; put it back or remove the row"
    elif sha256 and (found := file_sha256(folder / file)) != sha256.lower():
        yield (
            f"{file}: changed since {table} was written: expected sha256 {sha256}, found {found}; "
            "restore the picture or prepare the set again"
        )


def _spelled_otherwise(folder: Path, file: str) -> str:
    """The name of a file that is the same but for letter case or the way its accents are stored."""
    above = folder / PurePosixPath(file).parent
    names = [path.name for path in above.iterdir()] if above.is_dir() else []
    alike = [name for name in names if name_key(name) == name_key(PurePosixPath(file).name)]
    return shown(str(PurePosixPath(file).with_name(alike[0]))) if alike else ""


def stimulus_from_row(where: str, row: Mapping[str, str], problems: list[str]) -> Stimulus | None:
    """The stimulus of a row of the manifest; None, and sentences that begin with ``where``, if it is none."""
    before = len(problems)
    problems += [f"{where}: {name} is empty" for name in _REQUIRED if not row[name]]
    if row["origin"] and row["origin"] not in ORIGINS:
        problems.append(f"{where}: origin must be one of {', '.join(ORIGINS)}; found {row['origin']!r}")
    dose = _dose(row.get("dose", ""), where, problems)
    if row["origin"] == "edited" and not row.get("edited_from"):
        problems.append(f"{where}: an edited picture needs edited_from, the stimulus it was made from")
    unknown = [code for code in row.get("artifacts", "").split(";") if code and code not in ARTIFACTS]
    if unknown:
        problems.append(
            f"{where}: unknown artifact {', '.join(unknown)}; use {' '.join(ARTIFACTS)}, joined by semicolons"
        )
    if len(problems) > before:
        return None
    known = {name: row[name] for name in MANIFEST_COLUMNS if name in row and name != "dose"}
    extra = {name: value for name, value in row.items() if name not in MANIFEST_COLUMNS}
    return Stimulus(**known, dose=dose, extra=extra)


def _dose(text: str, where: str, problems: list[str]) -> float | None:
    if not text:
        return None
    try:
        dose = float(text)
    except ValueError:
        dose = -1.0
    if not 0 <= dose <= 1:
        problems.append(f"{where}: dose must be a number from 0 to 1; found {text!r}")
    return dose


def _pair(line: int, row: Mapping[str, str], problems: list[str]) -> Pair | None:
    where = f"{PAIRS_FILE} line {line}"
    before = len(problems)
    problems += [f"{where}: {name} is empty" for name in PAIR_COLUMNS[:3] if not row[name]]
    practice = row.get("practice", "") or "false"
    if practice not in ("true", "false"):
        problems.append(f"{where}: practice must be true or false; found {practice!r}")
    distance: float | None = None
    try:
        distance = float(row["distance"]) if row.get("distance") else None
        if distance is not None and not math.isfinite(distance):
            raise ValueError
    except ValueError:
        problems.append(f"{where}: distance must be a number or empty; found {row['distance']!r}")
    if len(problems) > before:
        return None
    extra = {name: value for name, value in row.items() if name not in PAIR_COLUMNS}
    return Pair(row["pair"], row["first"], row["second"], distance, practice == "true", extra)


def _pair_problems(stimuli: Sequence[Stimulus], pairs: Sequence[Pair]) -> Iterator[str]:
    known = {s.stimulus for s in stimuli}
    for pair in pairs:
        for id in (pair.first, pair.second):
            if id not in known:
                yield f"{PAIRS_FILE}: pair {pair.pair} names stimulus {id}, which is not in {MANIFEST_FILE}"
    yield from duplicates("pair", [p.pair for p in pairs], PAIRS_FILE)
    yield from duplicates("stimulus", [id for p in pairs for id in (p.first, p.second)], PAIRS_FILE)


def _stimulus_row(stimulus: Stimulus) -> dict[str, str]:
    row = {name: getattr(stimulus, name) for name in MANIFEST_COLUMNS}
    return {**row, "dose": number_text(stimulus.dose), **stimulus.extra}


def _pair_row(pair: Pair) -> dict[str, str]:
    practice = "true" if pair.practice else "false"
    return {
        "pair": pair.pair,
        "first": pair.first,
        "second": pair.second,
        "distance": number_text(pair.distance),
        "practice": practice,
        **pair.extra,
    }
