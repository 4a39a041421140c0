"""A folder of every table and figure of a report, with a data dictionary and a page that names each file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.fitted import FittedModel
from analysis.report.assemble import Report
from analysis.report.content import Figure, Section, Table
from analysis.report.inline import as_text
from analysis.report.models import model_tables
from analysis.report.numbers import render_json
from analysis.report.page import file_name
from analysis.report.paragraphs import methods_paragraph, results_paragraph
from analysis.report.plain import csv_text, data_columns, described_columns
from analysis.standalone import standalone

DICTIONARY = "dictionary.csv"
_HEADINGS = {
    "estimate": "estimate",
    "se": "standard error",
    "df": "degrees of freedom",
    "null": "value of the estimate that means no effect",
    "unit": "unit of estimate, low and high",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "level": "confidence level of the interval",
    "p": "two-sided p value of no effect",
    "method": "how the estimate was made",
}


@dataclass(frozen=True)
class File:
    """One CSV of the folder: where it belongs, what it holds, and its columns."""

    name: str
    section: str
    caption: str
    data: pd.DataFrame
    columns: tuple[dict[str, str], ...]


def write_tables(report: Report, folder: Path) -> None:
    """Write the folder; it has to be new, or empty, so that no file of an earlier report stays in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not an empty folder; name a new one for the tables")
    (folder / "figures").mkdir(parents=True)
    files = list(table_files(report))
    for file in files:
        (folder / file.name).write_text(csv_text(file.data), encoding="utf-8")
    drawn = list(report.parts(Figure))
    for figure in drawn:
        standalone(figure.svg).save(folder / "figures" / f"{figure.name}.svg")
    (folder / DICTIONARY).write_text(csv_text(dictionary(files)), encoding="utf-8")
    (folder / "numbers.json").write_text(render_json(report), encoding="utf-8")
    (folder / "README.md").write_text(_readme(report, files, drawn), encoding="utf-8")


def table_files(report: Report) -> Iterator[File]:
    """Every table, the data of every figure, and every table of every model."""
    for section in report.sections:
        for part in section.parts:
            if isinstance(part, Table):
                yield _table_file(part, section)
            elif isinstance(part, Figure):
                columns = tuple(data_columns(part.data))
                yield File(f"{file_name(part)}.csv", section.title, part.caption, part.data, columns)
            elif isinstance(part, FittedModel):
                for table in model_tables(part):
                    yield _table_file(table, section, f"{part.question} {table.caption}")


def _table_file(part: Table, section: Section, caption: str = "") -> File:
    columns = tuple(described_columns(part))
    return File(f"{part.name}.csv", section.title, caption or part.caption, part.data, columns)


def dictionary(files: list[File]) -> pd.DataFrame:
    """One row for each column of each file: file, column, unit, meaning, type."""
    rows = [
        {
            "file": file.name,
            "column": column["name"],
            "unit": column["unit"],
            "meaning": column["heading"] or _HEADINGS.get(column["name"], column["name"].replace("_", " ")),
            "type": _type(file.data[column["name"]]),
        }
        for file in files
        for column in file.columns
    ]
    return pd.DataFrame(rows, columns=["file", "column", "unit", "meaning", "type"])


def _type(values: pd.Series[Any]) -> str:
    known = values.dropna()
    if len(known) and all(isinstance(value, bool) for value in known):
        return "boolean"
    if pd.api.types.is_numeric_dtype(known) and len(known):
        return "number"
    numbers = pd.to_numeric(known, errors="coerce") if len(known) else known
    return "number" if len(known) and numbers.notna().all() else "string"


def _readme(report: Report, files: list[File], drawn: list[Figure]) -> str:
    lines = [
        f"# {report.inputs.protocol.title}: tables and figures",
        "",
        "Every table of the report as CSV (UTF-8, comma, point as the decimal sign, unrounded), the data of "
        f"every figure, and the figures as SVG. `{DICTIONARY}` says what each column is and its unit; "
        "`numbers.json` holds everything in one file, with hashes, versions and seed. Empty: missing. "
        "`unlimited`: no limit to the exposure. Columns low and high are the ends of the interval around "
        "estimate.",
        "",
        "## Methods",
        "",
        as_text(methods_paragraph(report)),
        "",
        "## Results",
        "",
        as_text(results_paragraph(report)),
        "",
        "## Files",
        "",
        *(f"- `{file.name}` ({file.section}): {as_text(file.caption)}" for file in files),
        *(f"- `figures/{one.name}.svg`: {as_text(one.caption)}" for one in drawn),
        f"- `{DICTIONARY}`: every column of every file.",
        "- `numbers.json`: all numbers, for `facevalue analysis verify`.",
        "",
    ]
    return "\n".join(lines)
