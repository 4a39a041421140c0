"""Look through an export for everything that could identify somebody, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from analysis.dataset import Dataset
from analysis.privacy.asked import asked_items, persons
from analysis.privacy.finding import SEVERITIES, Finding
from analysis.privacy.free_text import TextColumn, free_text_findings, text_columns
from analysis.privacy.identifiers import shape_of
from analysis.privacy.moments import order_finding, time_finding
from analysis.privacy.people_alike import (
    Alike,
    alike,
    demographic_finding,
    device_columns,
    device_finding,
    fingerprint_finding,
    quasi_identifiers,
)
from analysis.privacy.surroundings import surrounding_findings


@dataclass(frozen=True)
class PrivacyCheck:
    """What was found in an export, the gravest first, and the numbers behind it.

    ``only_robots``: there are no people in it; then nothing stops, and the findings rehearse what people
    would bring.
    """

    title: str
    n_people: int
    only_robots: bool
    k: int
    show: bool
    findings: tuple[Finding, ...]
    demographics: Alike
    devices: Alike
    together: Alike
    free_text: tuple[TextColumn, ...]

    @property
    def stops(self) -> bool:
        return any(finding.severity == "stop" for finding in self.findings)

    def count(self, severity: str) -> int:
        """How many findings are that serious."""
        return sum(finding.severity == severity for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values; what was flagged in text is masked unless it is to be shown."""
        return {
            "study": self.title,
            "n_people": self.n_people,
            "only_robots": self.only_robots,
            "k": self.k,
            "stops": self.stops,
            "findings": [finding.as_json() for finding in self.findings],
            "groups": {
                "demographics": self.demographics.as_json(),
                "devices": self.devices.as_json(),
                "together": self.together.as_json(),
            },
            "free_text": [self._text(column) for column in self.free_text],
        }

    def _text(self, column: TextColumn) -> dict[str, Any]:
        values = asdict(column)
        for flag in values["flagged"]:
            flag["value"] = flag["value"] if self.show else shape_of(flag["value"])
        values["flagged"] = list(values["flagged"])
        return values


def check_privacy(
    dataset: Dataset, folder: Path, *, k: int = 5, quasi: Sequence[str] = (), show: bool = False
) -> PrivacyCheck:
    """Everything in an export that could identify somebody.

    ``quasi`` are the columns of participants that others may know of a person; by default all items that
    are chosen or counted. ``show`` writes flagged text as it stands instead of its shape. Raises
    ValueError for a column that is not there.
    """
    table = persons(dataset)
    items = asked_items(folder, dataset)
    columns = quasi_identifiers(items, table, quasi)
    numbers = frozenset(
        [item.column for item in items if item.kind in ("number", "likert", "vas")]
    ) & frozenset(columns)
    texts = text_columns(dataset, folder)
    demographics = alike(table, columns, k=k, numbers=numbers)
    devices = alike(table, device_columns(table), k=k, numbers=frozenset())
    both = list(dict.fromkeys([*columns, *device_columns(table)]))
    left_out = [item.column for item in items if item.column not in columns and item.kind != "text"]
    found = [
        *free_text_findings(texts, show=show),
        demographic_finding(demographics, left_out=left_out),
        device_finding(devices),
        fingerprint_finding(table),
        time_finding(dataset),
        order_finding(dataset),
        *surrounding_findings(dataset, table, folder, k=k),
    ]
    only_robots = bool((table["namespace"].astype(object) == "robot").all())
    if only_robots:
        found = [_rehearsed(finding) for finding in found]
    return PrivacyCheck(
        title=dataset.provenance.title,
        n_people=len(table),
        only_robots=only_robots,
        k=k,
        show=show,
        findings=tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))),
        demographics=demographics,
        devices=devices,
        together=alike(table, both, k=k, numbers=numbers),
        free_text=texts,
    )


def _rehearsed(finding: Finding) -> Finding:
    """Robots have no privacy: nothing of theirs stops, unless free text somebody typed is among it."""
    if finding.severity == "stop" and "text" not in finding.about:
        return replace(finding, severity="look")
    return finding
