"""Every number of a report as JSON: unrounded, with units, versions, seed and hashes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import pandas as pd

from analysis.fitted import FittedModel
from analysis.report.assemble import Report
from analysis.report.content import Figure, Paragraph, Section, Table
from analysis.report.paragraphs import methods_paragraph, results_paragraph
from analysis.report.plain import data_columns, described_columns, plain, plain_rows

#: Changes when a reader of the JSON has to change.
SCHEMA = "facevalue report 2"
_MODEL_TABLES = ("fixed", "thresholds", "random", "steps")


def render_json(report: Report) -> str:
    """All numbers of the report. ``numbers`` says what is where."""
    return json.dumps(numbers(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def numbers(report: Report) -> dict[str, Any]:
    """The report as JSON holds it.

    ``sections`` is a list of objects with name, title, text (paragraphs), results, failure, and ``tables``,
    ``figures`` and ``models``: objects by name. A table or figure has ``columns`` (name, unit, heading) and
    ``rows`` (lists in the order of the columns). Missing is null, unlimited exposures are ``"unlimited"``.
    """
    inputs = report.inputs
    measures = inputs.measures
    return {
        "schema": SCHEMA,
        "study": _study(report),
        "namespace": inputs.exclusions.namespace,
        "seed": inputs.seed,
        "n_resamples": inputs.n_resamples,
        "level": inputs.level,
        "measures_sha256": measures and hashlib.sha256(measures.read_bytes()).hexdigest(),
        "software": dict(report.software),
        "provenance": _provenance(report),
        "methods": methods_paragraph(report),
        "results": results_paragraph(report),
        "sections": [_section(section, report) for section in report.sections],
    }


def _study(report: Report) -> dict[str, Any]:
    inputs = report.inputs
    kept = inputs.kept
    return {
        "title": inputs.protocol.title,
        "name": inputs.dataset.provenance.study,
        "stimulus_kind": inputs.protocol.stimulus_kind,
        "simulated": inputs.is_robot,
        "n_participants": len(kept.participants),
        "n_trials": len(kept.trials),
        "n_ratings": len(kept.ratings),
    }


def _provenance(report: Report) -> dict[str, Any]:
    provenance = report.inputs.dataset.provenance
    told = dataclasses.asdict(dataclasses.replace(provenance, software={}, file_sha256={}))
    told["versions"] = [dataclasses.asdict(version) for version in provenance.versions]
    return told | {
        "set_sha256": report.inputs.protocol.set_sha256,
        "software": dict(provenance.software),
        "file_sha256": dict(provenance.file_sha256),
    }


def _section(section: Section, report: Report) -> dict[str, Any]:
    failed = {one.name: one.failure for one in report.failures}
    return {
        "name": section.name,
        "title": section.title,
        "failure": failed.get(section.name, ""),
        "text": [part.text for part in section.parts if isinstance(part, Paragraph)],
        "results": list(section.results),
        "tables": {part.name: _table(part) for part in section.parts if isinstance(part, Table)},
        "figures": {part.name: _figure(part) for part in section.parts if isinstance(part, Figure)},
        "models": {part.name: _model(part) for part in section.parts if isinstance(part, FittedModel)},
    }


def _table(part: Table) -> dict[str, Any]:
    return {
        "caption": part.caption,
        "note": part.note,
        "columns": described_columns(part),
        "rows": plain_rows(part.data),
    }


def _figure(part: Figure) -> dict[str, Any]:
    return {"caption": part.caption, **_frame(part.data)}


def _model(part: FittedModel) -> dict[str, Any]:
    facts = {
        field.name: plain(getattr(part, field.name))
        for field in dataclasses.fields(part)
        if field.name not in (*_MODEL_TABLES, "name", "groups")
    }
    tables = {name: _frame(getattr(part, name)) for name in _MODEL_TABLES}
    return facts | {"groups": dict(part.groups)} | tables


def _frame(data: pd.DataFrame) -> dict[str, Any]:
    return {"columns": data_columns(data), "rows": plain_rows(data)}
