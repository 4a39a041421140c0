"""Write a report in the format that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from analysis.dataset import Dataset
from analysis.report.assemble import Report, build_report

FileFormat = Literal["html", "docx", "json", "tables"]
FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)


def format_of(path: Path) -> FileFormat:
    """By the ending of a name; a name without one is a folder of tables.

    >>> format_of(Path("report.docx")), format_of(Path("results"))
    ('docx', 'tables')
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if not ending:
        return "tables"
    known: dict[str, FileFormat] = {"html": "html", "htm": "html", "docx": "docx", "json": "json"}
    if ending not in known:
        raise ValueError(
            f"{path}: expected a name that ends in .html, .docx or .json, or a folder; or say --format"
        )
    return known[ending]


def write_report(
    dataset: Dataset, path: Path, *, format: FileFormat | None = None, **settings: Any
) -> Report:
    """Build the report and write it; ``settings`` are those of ``build_report``.

    The same data, seed and versions give the same bytes.
    """
    chosen = format_of(Path(path)) if format is None else format
    report = build_report(dataset, **settings)
    _writers()[chosen](report, Path(path))
    return report


def _writers() -> dict[str, Callable[[Report, Path], None]]:
    return {"html": _html, "json": _json, "docx": _docx, "tables": _tables}


def _html(report: Report, path: Path) -> None:
    from analysis.report.page import render_html

    path.write_text(render_html(report), encoding="utf-8")


def _json(report: Report, path: Path) -> None:
    from analysis.report.numbers import render_json

    path.write_text(render_json(report), encoding="utf-8")


def _docx(report: Report, path: Path) -> None:
    from analysis.report.word import write_docx

    write_docx(report, path)


def _tables(report: Report, path: Path) -> None:
    from analysis.report.tables import write_tables

    write_tables(report, path)
