"""The command that verifies what is stored."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from study.installation import data_option, database_option, find_study, installed, settings_or_exit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session as DatabaseSession

    from study.verify import Finding


@click.command("verify")
@click.argument("slug", required=False)
@click.option(
    "--export",
    "exports",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of an export whose chain heads the database must still have; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@data_option
@database_option
def verify_command(
    slug: str | None, exports: tuple[Path, ...], as_json: bool, data: Path | None, database: str | None
) -> None:
    """Check that everything stored is as it was stored, in SLUG or in all studies; exit 1 if not.

    Names every record that was changed, added, moved or is missing. Reads only; participants go on.
    """
    from study.database import reading
    from study.verify_export import ExportUnreadable

    with installed(settings_or_exit(data, database)) as engine, reading(engine) as db:
        try:
            facts = [_look(db, one, say=not as_json) for one in _studies(db, slug)]
            compared = [_compare(db, folder, say=not as_json) for folder in exports]
        except ExportUnreadable as error:
            raise click.ClickException(str(error)) from None
    ok = not any(one["faults"] for one in (*facts, *compared))
    if as_json:
        click.echo(
            json.dumps({"ok": ok, "studies": facts, "exports": compared}, indent=2, ensure_ascii=False)
        )
    if not ok:
        sys.exit(1)


def _studies(db: DatabaseSession, slug: str | None) -> Iterator[Any]:
    from sqlalchemy import select

    from study.models import Study

    yield from [find_study(db, slug)] if slug else db.scalars(select(Study).order_by(Study.slug)).all()


def _look(db: DatabaseSession, study: Any, *, say: bool) -> dict[str, Any]:
    from study.verify import Count, verify_study

    count = Count()
    faults = _said(verify_study(db, study, count), say)
    if say:
        click.echo(f"{study.slug}: {count.sessions} sessions, {count.links} records: {_verdict(faults)}")
        if count.imported:
            click.echo(
                f"{study.slug}: {count.imported} sessions came from an export; their chains cannot be "
                "computed from it, only heads and lengths are kept"
            )
        if count.migrated:
            click.echo(
                f"{study.slug}: {count.migrated} sessions are older than chains; theirs were computed when "
                "the tables were brought up to date, and say nothing about the time before"
            )
    return {
        "study": study.slug,
        "sessions": count.sessions,
        "records": count.links,
        "older_than_chains": count.migrated,
        "imported": count.imported,
        "faults": faults,
    }


def _compare(db: DatabaseSession, folder: Path, *, say: bool) -> dict[str, Any]:
    from study.verify_export import verify_export

    faults = _said(verify_export(db, folder), say)
    if say:
        click.echo(f"{folder}: compared with the database: {_verdict(faults)}")
    return {"export": str(folder), "faults": faults}


def _verdict(faults: list[dict[str, Any]]) -> str:
    if not faults:
        return "everything is as it was stored"
    return f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"


def _said(findings: Iterator[Finding], say: bool) -> list[dict[str, Any]]:
    """Each finding as JSON; those for people are said at once, however long the rest takes."""
    faults = []
    for finding in findings:
        if say:
            click.echo(str(finding))
        fault = finding.fault
        faults.append(
            {
                "session": finding.session,
                "link": fault.sequence,
                "record": fault.record,
                "fault": fault.kind,
                "expected": fault.expected,
                "found": fault.found,
                "remedy": finding.remedy,
            }
        )
    return faults
