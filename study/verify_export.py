"""Compare the chain heads of an export with the database: does it still hold what was exported?

An export in other hands than the database's finds what the chain alone cannot: that somebody computed every
link anew.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from study.chain import Fault
from study.erasures import digest
from study.models import LedgerEntry, RegisterEntry, Session, Study
from study.verify import Finding


class ExportUnreadable(ValueError):  # noqa: N818 - the sentence reads better
    """A folder whose chain heads cannot be compared; the text says why."""


def verify_export(db: DatabaseSession, folder: Path) -> Iterator[Finding]:
    """Every session of an export whose head the database does not have at that place, and its register.

    Who withdrew since, or was purged, is not missing. Rows are read one by one.
    """
    package = _package(folder)
    facts = package["facevalue"]
    study = db.scalars(select(Study).where(Study.slug == facts["study"])).first()
    if study is None:
        raise ExportUnreadable(f"{folder}: expected a study of this database, found {facts['study']}")
    erased = _erased(db, study)
    for row in _participants(folder, package):
        fault = _fault(db, study, row, erased)
        if fault is not None:
            yield Finding(study.slug, row["session"], fault)
    if study.is_imported:
        yield from _imported_register(study, facts["register"])
        return
    register = facts["register"]
    found = db.scalars(
        select(RegisterEntry.link).where(
            RegisterEntry.study_id == study.id, RegisterEntry.sequence == register["length"]
        )
    ).first()
    if register["length"] and found != register["head"]:
        yield Finding(
            study.slug, None, _differs("register", int(register["length"]), register["head"], found)
        )


def _imported_register(study: Study, register: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare with the head that came along: the links before it are elsewhere."""
    kept = (study.imported_from or {}).get("register", {})
    if kept.get("length") == register["length"] and kept.get("head") != register["head"]:
        differs = _differs("register", int(register["length"]), register["head"], kept.get("head"))
        yield Finding(study.slug, None, differs)


def _package(folder: Path) -> Mapping[str, Any]:
    file = folder / "datapackage.json"
    if not file.is_file():
        raise ExportUnreadable(f"expected the folder of an export, found no datapackage.json in {folder}")
    package: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if "register" not in package.get("facevalue", {}):
        raise ExportUnreadable(
            f"{folder}: expected an export with chain heads, found one of an earlier release; export anew"
        )
    return package


def _participants(folder: Path, package: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    path = next(one["path"] for one in package["resources"] if one["name"] == "participants")
    with (folder / path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _erased(db: DatabaseSession, study: Study) -> set[str]:
    query = select(RegisterEntry.name).where(
        RegisterEntry.study_id == study.id, RegisterEntry.kind.in_(("withdrawn", "purged"))
    )
    return set(db.scalars(query))


def _fault(db: DatabaseSession, study: Study, row: Mapping[str, str], erased: set[str]) -> Fault | None:
    length, head = int(row["chain_length"]), row["chain_head"]
    query = (
        select(Session.chain_head, Session.chain_length, LedgerEntry.link)
        .outerjoin(LedgerEntry, (LedgerEntry.session_id == Session.id) & (LedgerEntry.sequence == length))
        .where(Session.study_id == study.id, Session.session == row["session"])
    )
    found = db.execute(query).first()
    if found is None:
        if digest(row["session"]) in erased:
            return None
        return Fault("missing", None, "session", "the session of the export", "none")
    if study.is_imported:
        # Its links are elsewhere: only a head at the same place can be compared.
        same = found.chain_length != length or found.chain_head == head
        return None if same else _differs("chain", length, head, found.chain_head)
    return None if found.link == head else _differs("chain", length, head, found.link)


def _differs(what: str, length: int, head: str, found: str | None) -> Fault:
    record = f"{what} up to the export"
    return Fault("changed", length, record, f"head {head[:12]}", f"link {found[:12]}" if found else "no link")
