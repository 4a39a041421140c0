"""The report: everything an export says, on one page that needs nothing else, in Word, tables or JSON."""

from analysis.report.assemble import Report, build_report
from analysis.report.numbers import render_json
from analysis.report.page import render_html
from analysis.report.writing import write_report

__all__ = ["Report", "build_report", "render_html", "render_json", "write_report"]
