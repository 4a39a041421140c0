"""Read a folder of original pictures: its sources.csv, or the manifest.csv of a set.

Facts are taken over as the source states them. Words are translated only where the meaning is
certain (woman → female); nothing is guessed from a picture or a file name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from stimuli.manifest import (
    MANIFEST_FILE,
    ORIGINS,
    Stimulus,
    StimulusError,
    StimulusSet,
    file_sha256,
    picture_problems,
    read_set,
)
from stimuli.tables import duplicates, read_table

SOURCES_FILE = "sources.csv"
GENDERS = {"woman": "female", "female": "female", "man": "male", "male": "male"}

_REQUIRED = ("file", "origin")
# Columns of sources.csv that have a column of their own in the manifest.
_TRANSLATED = {"file", "origin", "sha256", "generator", "stated_gender", "stated_ethnicity", "licence"}
_SAME_NAME = ("identity", "attribution", "consent", "source")


def read_originals(folder: Path) -> StimulusSet:
    """Read a folder by its manifest.csv if it has one, otherwise by its sources.csv."""
    folder = Path(folder)
    if (folder / MANIFEST_FILE).exists():
        return read_set(folder)
    if (folder / SOURCES_FILE).exists():
        return read_sources(folder)
    raise StimulusError(
        f"{folder}: expected {SOURCES_FILE} or {MANIFEST_FILE}, found neither; make a manifest of its "
        f"pictures with facevalue stimuli new {folder}"
    )


def read_sources(folder: Path) -> StimulusSet:
    """Read ``sources.csv`` into stimuli without pairs; ``StimulusError`` lists all problems.

    Columns needed: file, origin. Columns used when there: sha256 (verified; taken from the file
    if not stated), generator, stated_gender, stated_ethnicity, stated_age (years), licence,
    attribution, consent, identity, source, or source_repo, source_commit and source_path. Every
    other column is kept as it is.
    """
    folder = Path(folder)
    problems: list[str] = []
    rows = read_table(folder / SOURCES_FILE, required=_REQUIRED, problems=problems)
    if not rows and not problems:
        problems.append(f"{SOURCES_FILE}: expected a row for each picture, found none; add the rows")
    ids = _stimulus_ids([row["file"] for _, row in rows])
    stimuli = []
    for (line, row), id in zip(rows, ids, strict=True):
        wrong = list(_row_problems(row, f"{SOURCES_FILE} line {line}"))
        problems += wrong
        if wrong:
            continue
        sha256 = row.get("sha256", "").lower()
        wrong = list(picture_problems(folder, row["file"], sha256, SOURCES_FILE))
        problems += wrong
        if not wrong:
            stimuli.append(_stimulus(id, row, sha256 or file_sha256(folder / row["file"])))
    problems += duplicates("file", [row["file"] for _, row in rows if row["file"]], SOURCES_FILE)
    if problems:
        raise StimulusError(problems)
    return StimulusSet(folder, tuple(stimuli))


def age_band(age_years: str) -> str:
    """The decade of an age in years, empty if no age is stated.

    >>> age_band("24"), age_band("7"), age_band("")
    ('20-29', '0-9', '')
    """
    if not age_years:
        return ""
    decade = int(float(age_years)) // 10 * 10
    return f"{decade}-{decade + 9}"


def _row_problems(row: Mapping[str, str], where: str) -> Iterator[str]:
    for name in _REQUIRED:
        if not row[name]:
            yield f"{where}: {name} is empty"
    if row["origin"] and row["origin"] not in ORIGINS:
        yield f"{where}: origin must be one of {', '.join(ORIGINS)}; found {row['origin']!r}"
    if row["origin"] == "edited":
        yield f"{where}: edited pictures belong in {MANIFEST_FILE}, with edited_from, defect and dose"
    gender = row.get("stated_gender", "")
    if gender and gender.lower() not in GENDERS:
        yield f"{where}: stated_gender must be empty or one of {', '.join(GENDERS)}; found {gender!r}"
    age = row.get("stated_age", "")
    if age and not (age.replace(".", "", 1).isdecimal() and float(age) <= 120):
        yield f"{where}: stated_age must be empty or an age in years up to 120; found {age!r}"


def _stimulus(id: str, row: Mapping[str, str], sha256: str) -> Stimulus:
    translated = _TRANSLATED | set(_SAME_NAME)
    return Stimulus(
        stimulus=id,
        file=row["file"],
        sha256=sha256,
        origin=row["origin"],
        generator=row.get("generator", ""),
        gender=GENDERS.get(row.get("stated_gender", "").lower(), ""),
        age_band=age_band(row.get("stated_age", "")),
        ethnicity=row.get("stated_ethnicity", ""),
        licence=row.get("licence", ""),
        identity=row.get("identity", ""),
        attribution=row.get("attribution", ""),
        consent=row.get("consent", ""),
        source=row.get("source", "") or source_text(row),
        extra={name: value for name, value in row.items() if name not in translated},
    )


def source_text(row: Mapping[str, str]) -> str:
    """``repository@commit:path`` from the three columns, empty if the repository is not stated."""
    if not row.get("source_repo"):
        return ""
    commit = f"@{row['source_commit']}" if row.get("source_commit") else ""
    path = f":{row['source_path']}" if row.get("source_path") else ""
    return f"{row['source_repo']}{commit}{path}"


def _stimulus_ids(files: list[str]) -> list[str]:
    """File names without folder and ending; with the folder if a name occurs twice."""
    stems = [PurePosixPath(file).stem for file in files]
    if len(set(stems)) == len(stems):
        return stems
    return [file.replace("/", "_") for file in files]
