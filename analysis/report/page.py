"""The report as one HTML page that needs nothing else: no script, no outside resource, printable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from analysis.pages import render_page
from analysis.report.apa import counted, listed
from analysis.report.assemble import Report
from analysis.report.content import Column, Figure, Section, Table
from analysis.report.downloads import csv_download, json_download, svg_download
from analysis.report.inline import as_html, as_text
from analysis.report.layout import around_paper, shown_parts
from analysis.report.models import model_facts, model_list, model_tables
from analysis.report.numbers import render_json
from analysis.report.paragraphs import methods_paragraph, results_by_section
from analysis.report.rounding import cell_words, count, interval_words, value_words
from analysis.report.summary import summary_of
from analysis.wording import made_faces

#: Words a cell may have before its column is given room to wrap well.
_LONG_WORDS = 24
#: Tables with more columns are set in smaller print on paper.
_MANY_COLUMNS = 7


@dataclass(frozen=True)
class Cell:
    """A cell as it is printed; ``range`` is its interval."""

    words: str
    range: str
    kinds: str
    heading: str
    verdict: str = ""


def render_html(report: Report) -> str:
    """The report as HTML. The same report gives the same bytes; numbers are rounded here."""
    inputs = report.inputs
    made = made_faces(inputs.protocol.stimulus_kind)
    filters: dict[str, Callable[..., Any]] = {
        "inline": as_html,
        "words": as_text,
        "count": count,
        "shown": lambda section: tuple(shown_parts(section)),
        "rows": table_rows,
        "kinds": column_kinds,
        "stacks": stacks,
        "csv": lambda part: csv_download(file_name(part), part.data),
        "svg": lambda part: svg_download(part.name, part.svg),
        "drawn": lambda svg: Markup(svg),  # noqa: S704 - drawn by this package
        "facts": model_facts,
        "tables": model_tables,
        "model_list": model_list,
        "left_out": left_out,
        "wide": lambda table: len(table.columns) > _MANY_COLUMNS,
    }
    before, after = around_paper(report.sections)
    return render_page(
        "report.html.j2",
        filters,
        report=report,
        summary=summary_of(report),
        before=before,
        after=after,
        protocol=inputs.protocol,
        kept=inputs.kept,
        namespace=inputs.exclusions.namespace,
        namespaces=set(inputs.dataset.participants["namespace"]),
        is_robot=inputs.is_robot,
        made=made,
        results=results_by_section(report),
        methods=methods_paragraph(report),
        numbers=json_download(f"{inputs.protocol.slug or 'report'}-numbers.json", render_json(report)),
    )


def left_out(section: Section) -> str:
    """What stays folded on paper, with the names of the files that have it."""
    tables = [part for part in section.parts if isinstance(part, Table) and part.folded]
    figures = [part for part in section.parts if isinstance(part, Figure) and part.folded]
    named = [f"{part.name}.csv ({counted(len(part.data), 'row')})" for part in tables]
    return listed(named + [f"{part.name}.svg" for part in figures])


def file_name(part: Table | Figure) -> str:
    """A figure and a table may have the same name; their data are files of their own."""
    return f"figure-{part.name}" if isinstance(part, Figure) else part.name


def table_rows(table: Table) -> Iterator[list[Cell]]:
    """Every cell as it is printed."""
    kinds = column_kinds(table)
    for row in table.data.to_dict("records"):
        yield [_cell(row, column, kinds[column]) for column in table.columns]


def column_kinds(table: Table) -> dict[Column, str]:
    """Classes of each column's cells: n right-aligned, mono code, words for long texts that wrap."""
    kinds = {}
    for column in table.columns:
        if column.interval is not None:
            kinds[column] = "estimate"
        elif column.format in ("count", "number", "signed", "percent", "p"):
            kinds[column] = "n"
        elif column.format == "code":
            kinds[column] = "mono"
        elif column.format == "exposure":
            kinds[column] = "nowrap"
        else:
            longest = max((len(str(value)) for value in table.data[column.name]), default=0)
            kinds[column] = "words" if longest > _LONG_WORDS else ""
    return kinds


def stacks(table: Table) -> bool:
    """Whether a table is read row by row on a narrow screen, because it is mostly words."""
    kinds = list(column_kinds(table).values())
    return kinds.count("words") > 1 or kinds[0] == "words"


def _cell(row: dict[Any, Any], column: Column, kinds: str) -> Cell:
    verdict = ""
    if column.name == "verdict" and isinstance(row["verdict"], str):
        verdict = row["verdict"].split()[0]
    if column.interval is None:
        return Cell(cell_words(row, column), "", kinds, column.heading, verdict)
    words = value_words(row[column.name], column)
    return Cell(words, interval_words(row, column), kinds, column.heading, verdict)
