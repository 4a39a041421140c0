"""Put all rules to an export folder and say what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.check import files, frictionless, parquet, psych_ds, study
from analysis.check.contents import Contents
from analysis.check.rule import Rule, Severity
from analysis.dataset import examine_export
from analysis.problems import ExportError, Problem


@dataclass(frozen=True)
class Finding:
    """A problem, the rule that it breaks, and whether it makes the export invalid."""

    code: str
    severity: Severity
    problem: Problem

    def __str__(self) -> str:
        return f"{self.severity} {self.code}: {self.problem}"

    def as_dict(self) -> dict[str, Any]:
        """For machines: code, severity, file, column, row, n_more, expected, found, remedy."""
        return {"code": self.code, "severity": self.severity, **asdict(self.problem)}


@dataclass(frozen=True)
class Checked:
    """Everything found in an export folder, errors first, and the rows of each table that could be read."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What makes the export invalid."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is worth knowing and makes nothing invalid."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    def as_dict(self) -> dict[str, Any]:
        """For machines: valid, n_errors, n_warnings, rows per table, findings."""
        return {
            "valid": not self.errors,
            "n_errors": len(self.errors),
            "n_warnings": len(self.warnings),
            "counts": dict(self.counts),
            "findings": [finding.as_dict() for finding in self.findings],
        }


#: What is found when the tables are read for analysis: types, ranges, checksums, contradictions.
READING = "READING"


def rules() -> tuple[Rule, ...]:
    """Every rule besides those of reading, in the order in which they are asked."""
    return (*psych_ds.RULES, *frictionless.RULES, *parquet.RULES, *files.RULES, *study.RULES)


def check_export(folder: Path) -> Checked:
    """Put every rule to an export folder; a folder that is none is one finding."""
    try:
        examined = examine_export(folder)
    except ExportError as error:
        return Checked(tuple(Finding(READING, "error", problem) for problem in error.problems), {})
    found = [Finding(READING, "error", problem) for problem in examined.problems]
    found += _broken(Contents(Path(folder), examined))
    ordered = sorted(found, key=lambda finding: finding.severity)
    return Checked(tuple(ordered), {name: len(table) for name, table in examined.tables.items()})


def _broken(contents: Contents) -> Iterator[Finding]:
    for rule in rules():
        for problem in rule.find(contents):
            yield Finding(rule.code, rule.severity, problem)
