"""An export is valid when both Frictionless and our own checker find nothing at all."""

from __future__ import annotations

from pathlib import Path

from frictionless import Package

from analysis.check import check_export


def assert_valid(folder: Path) -> None:
    """Fails with what either of them found."""
    report = Package(str(folder / "datapackage.json")).validate()
    found = [str(finding) for finding in check_export(folder).findings]
    found += [str(error) for error in report.flatten(["title", "rowNumber", "fieldName", "note"])]
    assert not found, "\n".join(found)
    assert report.stats["tasks"] == 5
