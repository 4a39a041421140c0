"""The command that makes one export of those of several labs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from study.installation import say_problems


@click.command("merge")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="New folder for the merged export.",
)
@click.option(
    "--lab",
    "labs",
    multiple=True,
    help="Name of a lab, once for each folder and in their order [the names of the folders].",
)
@click.option(
    "--exported-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]),
    help="Time to write into the export, such as 2026-03-01T12:00:00Z, to repeat it byte for byte [now].",
)
def merge_command(
    folders: tuple[Path, ...], out: Path, labs: tuple[str, ...], exported_at: datetime | None
) -> None:
    """Make one export of the exports in FOLDERS, in which several labs ran the same protocol.

    Needs no database. Each row of the participants says in the column lab which export it is from.
    """
    from datetime import UTC

    from study.export import ExportError
    from study.importing import ImportRefused, merge_exports
    from study.running import now

    moment = exported_at.replace(tzinfo=UTC) if exported_at else now()
    try:
        merged = merge_exports(folders, out, now=moment, labs=labs)
    except ImportRefused as error:
        say_problems(error.problems)
    except ExportError as error:
        raise click.ClickException(str(error)) from None
    counts = ", ".join(f"{count} {table}" for table, count in merged.counts.items())
    click.echo(f"{merged.folder}: {counts}")
    for lab, n in merged.people.items():
        click.echo(f"{lab}: {n} participant{'s' if n != 1 else ''}")
