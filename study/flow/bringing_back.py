"""Store a study that came from an export; study.importing has read and checked all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session as DatabaseSession

from study.database import add_rows
from study.models import Study, Table


def add_imported(db: DatabaseSession, study: Study) -> None:
    """Add an imported study with its versions."""
    if not study.is_imported:
        raise ValueError(f"{study.slug}: expected a study with imported_at, found one without; publish it")
    db.add(study)
    db.flush()


def add_imported_rows(db: DatabaseSession, model: type[Table], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows that belong to it, in this order; none is fine."""
    if found := list(rows):
        add_rows(db, model, found)
