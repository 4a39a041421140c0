"""What was measured in the pictures: from the export's stimuli table, or from a file beside it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.problems import Problem, TableError

#: Columns that begin like this hold a measure of the picture; what follows is its name.
PREFIX = "measure_"
_STIMULI = "stimuli table of the export"
_MEASURE = "write the file with `facevalue stimuli measure SET -o FILE`"


def read_measures(path: Path) -> pd.DataFrame:
    """Read the file that ``facevalue stimuli measure SET -o FILE`` writes; a manifest.csv will do, too.

    Index stimulus; a column of numbers for each ``measure_<name>``, under the name alone; NaN where a cell is
    empty. ``sha256`` of the pictures is kept where the file has it; all other columns are left aside.

    Raises ``TableError`` with *all* problems, each with column and row (the header is row 1).
    """
    path = Path(path)
    problems: list[Problem] = []
    table = _texts(path, problems)
    if not problems:
        problems.extend(_identity_problems(path.name, table))
        numbers = _numbers(path.name, table, problems)
    if problems:
        raise TableError(str(path), tuple(problems))
    numbers.index = pd.Index(table["stimulus"].str.strip(), name="stimulus")
    if "sha256" in table:
        numbers.insert(0, "sha256", table["sha256"].to_numpy())
    return numbers


def measures_of(dataset: Dataset, file: Path | None = None) -> pd.DataFrame:
    """The measures of the study's pictures: index stimulus, a column of numbers for each; empty if there are
    none.

    Those in the export's own ``measure_<name>`` columns; with ``file``, those of the file instead. Pictures
    that the file does not have are NaN; pictures that only the file has are left out. ``TableError`` where
    the file is not about these pictures, or about other versions of them.
    """
    stimuli = dataset.stimuli.drop_duplicates("stimulus").set_index("stimulus")
    if file is not None:
        found = read_measures(file)
        if problems := list(_other_pictures(Path(file).name, found, stimuli)):
            raise TableError(str(file), tuple(problems))
        return found.drop(columns="sha256", errors="ignore").reindex(stimuli.index)
    problems = []
    columns = [name for name in stimuli if str(name).startswith(PREFIX)]
    numbers = _numbers(_STIMULI, stimuli[columns].reset_index(drop=True), problems)
    if problems:
        raise TableError(_STIMULI, tuple(problems))
    return numbers.set_axis(stimuli.index)


def _texts(path: Path, problems: list[Problem]) -> pd.DataFrame:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        problems.append(Problem(path.name, "a CSV file of measures", "no such file", _MEASURE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(path.name, "a CSV file in UTF-8", str(error), _MEASURE))
    else:
        header = rows[0] if rows else []
        problems.extend(_header_problems(path.name, header))
        body = [row for row in rows[1:] if row]
        uneven = [number for number, row in enumerate(body, start=2) if len(row) != len(header)]
        if uneven and not problems:
            expected, n_more = f"{len(header)} cells", len(uneven) - 1
            problem = Problem(
                path.name, expected, f"{len(body[uneven[0] - 2])}", _MEASURE, row=uneven[0], n_more=n_more
            )
            problems.append(problem)
        if not problems:
            return pd.DataFrame(body, columns=header, dtype=object)
    return pd.DataFrame()


def _header_problems(file: str, header: list[str]) -> Iterator[Problem]:
    if "stimulus" not in header:
        yield Problem(file, "a column stimulus", ", ".join(header) or "no header", _MEASURE)
    if not any(name.startswith(PREFIX) for name in header):
        yield Problem(file, f"columns {PREFIX}<name>", ", ".join(header) or "no header", _MEASURE)
    for name, n in Counter(header).items():
        if n > 1:
            yield Problem(file, "each column once", f"{n} of that name", "keep one of them", column=name)


def _identity_problems(file: str, table: pd.DataFrame) -> Iterator[Problem]:
    names = table["stimulus"].str.strip()
    if table.empty:
        yield Problem(file, "a row for each picture", "none", _MEASURE)
    for place in np.flatnonzero(names == ""):
        yield Problem(file, "a picture's id", "nothing", "fill it in", column="stimulus", row=int(place) + 2)
    for name in names[names.duplicated() & (names != "")].unique():
        row = int(np.flatnonzero(names == name)[1]) + 2
        remedy = "keep the row that is true of the picture shown"
        yield Problem(file, "each picture once", repr(name), remedy, column="stimulus", row=row)


def _numbers(file: str, table: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """The measures of a table of texts, under their names, in which what is no finite number is NaN."""
    columns = {}
    for name in (each for each in table if str(each).startswith(PREFIX)):
        texts = table[name].fillna("").astype(str).str.strip()
        numbers = pd.to_numeric(texts.mask(texts == ""), errors="coerce").astype(float)
        wrong = np.flatnonzero((texts != "") & ~np.isfinite(numbers))
        if len(wrong):
            first = int(wrong[0])
            problem = Problem(
                file,
                "a finite number or nothing",
                repr(texts.iloc[first]),
                "correct the cell, or measure the pictures again",
                column=str(name),
                row=first + 2,
                n_more=len(wrong) - 1,
            )
            problems.append(problem)
        columns[str(name).removeprefix(PREFIX)] = numbers
    return pd.DataFrame(columns, index=table.index)


def _other_pictures(file: str, found: pd.DataFrame, stimuli: pd.DataFrame) -> Iterator[Problem]:
    shared = found.index.intersection(stimuli.index)
    if shared.empty:
        one, other = (str(table.index[0]) for table in (stimuli, found))
        remedy = "give the measures of the set that this study showed"
        yield Problem(file, f"pictures of the study, such as {one}", f"others, such as {other}", remedy)
        return
    if "sha256" not in found:
        return
    measured, shown = (table.loc[shared, "sha256"].fillna("").str.lower() for table in (found, stimuli))
    differs = (measured != shown) & (measured != "") & (shown != "")
    for name in shared[differs.to_numpy()]:
        expected = f"the measures of the picture {name} as it was shown (sha256 {shown[name][:12]}…)"
        found_words = f"those of another one ({measured[name][:12]}…)"
        yield Problem(
            file, expected, found_words, "measure the pictures that the study showed", column="sha256"
        )
