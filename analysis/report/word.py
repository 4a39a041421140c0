"""The report as a Word document: headings, paragraphs, tables and figures to edit into a paper."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from analysis.fitted import FittedModel
from analysis.report.assemble import Report
from analysis.report.content import Figure, Paragraph, Section, Table
from analysis.report.inline import as_runs, as_text
from analysis.report.layout import around_paper
from analysis.report.models import model_list
from analysis.report.page import column_kinds
from analysis.report.paragraphs import methods_paragraph, results_by_section
from analysis.report.rounding import cell_words
from analysis.report.summary import summary_of
from analysis.standalone import standalone

_WIDTH_CM = 16.5
#: Tables wider than this get small print.
_MANY_COLUMNS = 7
# A fixed moment, so that the same report gives the same bytes on every day.
_MOMENT = datetime.datetime(2000, 1, 1)


def write_docx(report: Report, path: Path) -> None:
    """Write the document; long tables are left out and named, they are in the page and the tables."""
    document = Document()
    _set_up(document, report)
    document.add_heading(report.inputs.protocol.title, level=0)
    if report.inputs.is_robot:
        _paragraph(document, "**Robots, not people.** Every answer in this report was simulated.")
    elif report.inputs.exclusions.namespace != "live":
        _paragraph(
            document, f"**Not the live study**, but its {report.inputs.exclusions.namespace} sessions."
        )
    if report.inputs.protocol.stimulus_kind == "edited":
        _paragraph(document, "**Edited portraits, no AI.** Nothing here is about faces made by AI.")
    _summary(document, report)
    before, after = around_paper(report.sections)
    _sections(document, before)
    document.add_heading("Methods and results for a paper", level=1)
    _paragraph(document, f"**Methods.** {methods_paragraph(report)}")
    for title, words in results_by_section(report):
        _paragraph(document, f"**{title}.** {words}")
    _sections(document, after)
    stream = io.BytesIO()
    document.save(stream)
    path.write_bytes(_without_moment(stream.getvalue()))


def _summary(document: Any, report: Report) -> None:
    summary = summary_of(report)
    for one in summary.findings:
        numbers = f" {one.numbers}" if one.numbers else ""
        _paragraph(document, f"**{one.verdict}:** {one.sentence}{numbers}")
    if summary.others:
        _paragraph(document, summary.others)


def _sections(document: Any, sections: Iterable[Section]) -> None:
    for section in sections:
        document.add_heading(section.title, level=1)
        for part in section.parts:
            if not isinstance(part, FittedModel):
                _part(document, part)
        if models := tuple(part for part in section.parts if isinstance(part, FittedModel)):
            _table(document, model_list(models))


def _set_up(document: Any, report: Report) -> None:
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.PORTRAIT, Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21 - _WIDTH_CM) / 2)
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    facts = document.core_properties
    facts.title, facts.author = report.inputs.protocol.title, ""
    facts.comments = f"facevalue {report.software['facevalue']}, seed {report.inputs.seed}"
    facts.created = facts.modified = _MOMENT


def _part(document: Any, part: Paragraph | Table | Figure) -> None:
    if isinstance(part, Paragraph):
        _paragraph(document, part.text, small=part.tone == "note")
    elif isinstance(part, Table):
        _table(document, part)
    else:
        _figure(document, part)


def _figure(document: Any, part: Figure) -> None:
    if part.folded:
        words = f"{part.caption} Left out here; the figure is in the folder of tables as {part.name}.svg."
        _paragraph(document, words, small=True)
        return
    picture = io.BytesIO(standalone(part.svg).png(width_px=1800))
    document.add_picture(picture, width=Cm(_WIDTH_CM if part.wide else 11.5))
    _describe(document.inline_shapes[-1], part)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    _paragraph(document, part.caption, small=True)


def _describe(shape: Any, part: Figure) -> None:
    """Words for people who do not see the picture."""
    shape._inline.docPr.set("descr", as_text(part.caption))


def _paragraph(document: Any, text: str, *, small: bool = False) -> None:
    paragraph = document.add_paragraph()
    for run in as_runs(text):
        made = paragraph.add_run(run.text)
        made.italic, made.bold = run.italic or None, run.bold or None
        if run.code:
            made.font.name = "Consolas"
        if small:
            made.font.size = Pt(9)


def _table(document: Any, part: Table) -> None:
    if part.folded:
        words = (
            f"{part.caption} {len(part.data)} rows, left out here; they are in the tables as {part.name}.csv."
        )
        _paragraph(document, words, small=True)
        return
    caption = document.add_paragraph(as_text(part.caption), style="Caption")
    caption.paragraph_format.keep_with_next = True
    table = document.add_table(rows=1, cols=len(part.columns), style="Light List")
    kinds = column_kinds(part)
    right = [place for place, column in enumerate(part.columns) if kinds[column] == "n" and place]
    size = Pt(7 if len(part.columns) > _MANY_COLUMNS else 8.5)
    _fill(table.rows[0].cells, [column.heading for column in part.columns], size, right, bold=True)
    _repeat_on_every_page(table.rows[0])
    for place, row in enumerate(part.data.to_dict("records"), start=1):
        total = part.last_is_total and place == len(part.data)
        printed = [cell_words(row, column) for column in part.columns]
        _fill(table.add_row().cells, printed, size, right, bold=total)
    if part.note:
        _paragraph(document, part.note, small=True)


def _fill(cells: Any, words: list[str], size: Any, right: list[int], *, bold: bool) -> None:
    for cell, text in zip(cells, words, strict=True):
        run = cell.paragraphs[0].add_run(text)
        run.font.size, run.bold = size, bold
    for place in right:
        cells[place].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _repeat_on_every_page(row: Any) -> None:
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(header)


def _without_moment(document: bytes) -> bytes:
    """The same archive with one moment for all its files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            plain = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
            new.writestr(plain, old.read(entry.filename), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
