"""The report: everything an export says, on one page that needs nothing else, or as numbers."""

from analysis.report.page import render_html, render_json, write_report

__all__ = ["render_html", "render_json", "write_report"]
