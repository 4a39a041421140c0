"""Read a table of an export cell by cell, and name everything in it that is not as the codebook says."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.checksums import RESTORE
from analysis.columns import typed_column
from analysis.problems import Problem
from analysis.provenance import PACKAGE
from analysis.schema import Column


def read_carefully(
    folder: Path, file: str, columns: Mapping[str, Column], problems: list[Problem]
) -> pd.DataFrame | None:
    """The typed table, or nothing when its file or header is not what the codebook says.

    Cells that are not of their column's type are missing in the table and listed in ``problems``.
    """
    raw = _read_csv(folder, file, problems)
    if raw is None:
        return None
    trouble = header_problems(file, list(raw.columns), columns)
    problems.extend(trouble)
    if trouble:
        return None
    values = {}
    for header in raw.columns:
        values[header], trouble = typed_column(raw[header], columns[header], file)
        problems.extend(trouble)
    return pd.DataFrame(values)


def _read_csv(folder: Path, file: str, problems: list[Problem]) -> pd.DataFrame | None:
    path = folder / file
    if not path.is_file():
        problems.append(Problem(file, "a table inside the folder", "no such file", RESTORE))
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream, strict=True)
    except UnicodeDecodeError as error:
        problems.append(Problem(file, "text in UTF-8", f"byte {error.start} is not", RESTORE))
        return None
    except csv.Error as error:
        problems.append(Problem(file, "comma-separated values", str(error), RESTORE))
        return None
    except ValueError:
        problems.append(Problem(file, "a header row", "an empty file", RESTORE))
        return None
    uneven = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if uneven:
        found = f"{len(rows[uneven[0] - 2])} values"
        expected = f"{len(header)} values in every row"
        problems.append(Problem(file, expected, found, RESTORE, row=uneven[0], n_more=len(uneven) - 1))
        return None
    return pd.DataFrame(rows, columns=header, dtype=object)


def header_problems(file: str, header: list[str], columns: Mapping[str, Column]) -> list[Problem]:
    """Columns that come twice, are missing or undescribed, and a first one that is not row_id."""
    only_described = f"only columns described in {PACKAGE}"
    describe = "take the column out, or describe it in the codebook"
    problems = [
        Problem(file, "each column once", f"{header.count(name)} of them", RESTORE, column=name)
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    problems.extend(
        Problem(file, "this column", "no such column", RESTORE, column=name)
        for name in columns
        if name not in header
    )
    problems.extend(
        Problem(file, only_described, "an undescribed column", describe, column=name)
        for name in dict.fromkeys(header)
        if name not in columns
    )
    if header[:1] != ["row_id"]:
        first = repr(header[0]) if header else "nothing"
        problems.append(Problem(file, "row_id as the first column", first, RESTORE))
    return problems
