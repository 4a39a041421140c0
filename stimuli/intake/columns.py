"""Other names of the manifest's columns and other words for its values, each by an explicit rule.

A column that is not known here keeps its name. Names with two meanings (model: the person or the
generator? type? id?) are deliberately not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stimuli.intake.spreadsheet import Sheet
from stimuli.manifest import MANIFEST_COLUMNS
from stimuli.sources import age_band, source_text

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "file": (
        "filename", "file_name", "image", "image_file", "image_name", "picture", "picture_file", "photo",
        "photo_file", "path", "filepath", "file_path", "datei", "bild",
    ),
    "stimulus": ("stimulus_id", "image_id", "picture_id", "stimulus_name"),
    "origin": ("real_or_ai", "real_ai", "is_ai", "is_real"),
    "generator": ("generated_by", "generator_model", "ai_model", "ai_generator"),
    "identity": ("person", "person_id", "identity_id"),
    "gender": ("sex", "stated_gender", "stated_sex", "face_gender", "face_sex", "geschlecht"),
    "age": ("stated_age", "age_years", "age_in_years", "face_age", "alter"),
    "age_band": ("age_group", "age_range", "age_class"),
    "ethnicity": ("race", "stated_ethnicity", "stated_race", "ethnic_group", "face_eth", "face_ethnicity"),
    "licence": ("license", "lizenz"),
    "attribution": ("credit", "credits"),
    "source": ("source_url", "origin_url", "url"),
    "consent": ("consent_form", "informed_consent"),
}  # fmt: skip
"""For each column of the manifest, and ``age``, what else it is called."""

ORIGIN_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("real", "photo", "photograph", "human", "genuine"), "real"),
    **dict.fromkeys(("ai", "ai-generated", "generated", "synthetic", "artificial", "fake"), "ai"),
    "edited": "edited",
}
GENDER_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("female", "f", "woman", "w", "weiblich"), "female"),
    **dict.fromkeys(("male", "m", "man", "männlich"), "male"),
}
_YES_NO = {**dict.fromkeys(("true", "yes", "1"), True), **dict.fromkeys(("false", "no", "0"), False)}
_AMBIGUOUS = {
    "model": "a person or a generator: call it identity or generator",
    "type": "many things: call it origin if it says real or ai",
    "id": "the picture or the person: call it stimulus or identity",
    "face_id": "the picture or the person: call it stimulus or identity",
    "subject": "a person or a topic: call it identity if it names the person",
}
_BAND = re.compile(r"(\d{1,3})\s*(?:-|–|to|bis)\s*(\d{1,3})")


@dataclass(frozen=True)
class TableRow:
    """One row in the manifest's words; ``file`` as the table names it."""

    where: str
    file: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Translation:
    """``notes``: every column and word that was understood to be another."""

    rows: tuple[TableRow, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def translate(sheet: Sheet) -> Translation:
    """A lab's table in the words of the manifest; unknown columns and values are kept."""
    names, notes = _column_names(sheet.columns)
    if "file" not in names.values():
        known = ", ".join(("file", *OTHER_NAMES["file"][:6]))
        found = ", ".join(sheet.columns) or "no names"
        problem = (
            f"{sheet.name}: expected a column with the names of the pictures ({known}), found {found}; "
            "give that column the name file in the first row"
        )
        return Translation((), (), (problem,))
    problems: list[str] = []
    words: dict[tuple[str, str, str], None] = {}
    rows = []
    for row in sheet.rows:
        cells = {names[column]: value for column, value in row.cells.items()}
        original = {names[column]: column for column in row.cells}
        cells = _row_in_words(cells, original, row.where, words, problems)
        if cells["file"]:
            rows.append(TableRow(row.where, cells.pop("file"), cells))
        elif any(cells.values()):
            problems.append(
                f"{row.where}: names no picture; fill the column {original['file']} or clear the row"
            )
    for column in dict.fromkeys(column for column, _, _ in words):
        told = ", ".join(f"{said} = {meant}" for name, said, meant in words if name == column)
        notes.append(f"{column}: {told}")
    return Translation(tuple(rows), (*sheet.notes, *notes), tuple(problems))


def _column_names(columns: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Each column's name in the manifest, and what to say about it."""
    plain = {re.sub(r"[\s\-.]+", "_", column.strip().casefold()): column for column in columns}
    names = {column: column for column in columns}
    notes = []
    for name in dict.fromkeys((*MANIFEST_COLUMNS, *OTHER_NAMES)):
        known = [word for word in (name, *OTHER_NAMES.get(name, ())) if word in plain]
        if not known:
            continue
        first, *others = (plain[word] for word in known)
        names[first] = name
        if name == "age":
            notes.append(f"the column {first} gives stated_age and age_band")
        elif first.casefold() != name:
            notes.append(f"the column {first} is {name}")
        if others:
            notes.append(f"kept beside {name}: {', '.join(others)}")
    for word, column in plain.items():
        if word in _AMBIGUOUS:
            notes.append(f"the column {column} is kept as it is, because it can mean {_AMBIGUOUS[word]}")
    return names, notes


def _row_in_words(
    cells: dict[str, str],
    original: Mapping[str, str],
    where: str,
    words: dict[tuple[str, str, str], None],
    problems: list[str],
) -> dict[str, str]:
    for name, said in list(cells.items()):
        if not said or name not in ("origin", "gender", "age_band"):
            continue
        meant = _in_words(name, said, original[name])
        if meant is None:
            problems.append(f"{where}: {_expected(name)}, found {said!r}; correct the cell")
        elif meant != said:
            words[original[name], said, meant] = None
            cells[name] = meant
    problems += _age(cells, where)
    if not cells.get("source") and (source := source_text(cells)):
        cells["source"] = source
    return cells


def _in_words(name: str, said: str, column: str) -> str | None:
    word = said.casefold()
    if name == "origin" and column.casefold() in ("is_ai", "is_real"):
        if word not in _YES_NO:
            return None
        return "ai" if _YES_NO[word] == (column.casefold() == "is_ai") else "real"
    if name == "origin":
        return ORIGIN_WORDS.get(word)
    if name == "gender":
        return GENDER_WORDS.get(word, said)
    band = _BAND.fullmatch(word)
    return f"{int(band[1])}-{int(band[2])}" if band and int(band[1]) <= int(band[2]) else None


def _expected(name: str) -> str:
    return {
        "origin": "expected real, ai or edited (or photo, human; generated, synthetic, artificial, fake)",
        "age_band": "expected an age band such as 20-29",
    }[name]


def _age(cells: dict[str, str], where: str) -> Iterator[str]:
    """Put an age in years into stated_age and age_band, or a band into age_band."""
    if "age" not in cells:
        return
    said = cells.pop("age")
    cells["stated_age"] = ""
    if not said:
        return
    if band := _BAND.fullmatch(said.casefold()):
        cells["age_band"] = cells.get("age_band") or f"{int(band[1])}-{int(band[2])}"
    elif re.fullmatch(r"\d{1,3}([.,]\d+)?", said) and float(said.replace(",", ".")) <= 120:
        cells["stated_age"] = said.replace(",", ".")
        cells["age_band"] = cells.get("age_band") or age_band(cells["stated_age"])
    else:
        yield (
            f"{where}: expected an age in years up to 120 or a band such as 20-29, found {said!r}; "
            "correct the cell"
        )
