"""The command that exports a study's data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from study.installation import data_option, database_option, installed, settings_or_exit


@click.command("export")
@click.argument("slug")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="New folder for the export.",
)
@click.option(
    "--namespace",
    "namespaces",
    multiple=True,
    type=click.Choice(["live", "pilot", "preview", "robot"]),
    default=("live",),
    show_default=True,
    help="Sessions to export; may be given several times.",
)
@click.option("--zip", "zipped", is_flag=True, help="Also write the folder as one ZIP file beside it.")
@click.option(
    "--exported-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]),
    help="Time to write into the export, such as 2026-03-01T12:00:00Z, to repeat it byte for byte [now].",
)
@data_option
@database_option
def export_command(
    slug: str,
    out: Path,
    namespaces: tuple[str, ...],
    zipped: bool,
    exported_at: datetime | None,
    data: Path | None,
    database: str | None,
) -> None:
    """Write the data of the study SLUG to a folder that explains itself."""
    from datetime import UTC

    from study import flow
    from study.database import writing
    from study.export import ExportError, export_study, zip_export
    from study.running import now

    settings = settings_or_exit(data, database)
    moment = exported_at.replace(tzinfo=UTC) if exported_at else now()
    try:
        with installed(settings) as engine:
            with writing(engine) as db:
                # A restored backup may be exported before anybody has served it.
                flow.erase_again(db, erasures=settings.erasures)
            summary = export_study(engine, slug, out, now=moment, namespaces=namespaces)
    except ExportError as error:
        raise click.ClickException(str(error)) from None
    counts = ", ".join(f"{count} {table}" for table, count in summary.counts.items())
    click.echo(f"{summary.folder}: {counts}")
    if zipped:
        click.echo(zip_export(out, out.with_name(f"{out.name}.zip")))
