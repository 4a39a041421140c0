"""The command that exports a study's data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from study.export.as_written import Times

from study.export_formats import FORMATS
from study.installation import data_option, database_option, installed, settings_or_exit

#: A moment to the second or more exactly, UTC.
FORMS_OF_MOMENTS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ")
MOMENT = click.DateTime(["%Y-%m-%d", *FORMS_OF_MOMENTS])


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
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="STATUS",
    help="Only sessions with this status, such as completed; may be given several times [all].",
)
@click.option(
    "--since", type=MOMENT, metavar="TIME", help="Only sessions whose consent was given then or later, UTC."
)
@click.option(
    "--until", type=MOMENT, metavar="TIME", help="Only sessions whose consent was given before, UTC."
)
@click.option(
    "--times",
    type=click.Choice(["exact", "hour", "day"]),
    default="exact",
    show_default=True,
    help="How exactly every date and time is written; times within a trial stay exact.",
)
@click.option(
    "--identifiers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the recruiter's identifiers to this new file, outside of the export. It is logged.",
)
@click.option(
    "--also",
    "formats",
    multiple=True,
    type=click.Choice(tuple(FORMATS)),
    help="A further format to write into the folder; may be given several times.",
)
@click.option("--zip", "zipped", is_flag=True, help="Also write the folder as one ZIP file beside it.")
@click.option(
    "--exported-at",
    type=click.DateTime(list(FORMS_OF_MOMENTS)),
    help="Time to write into the export, such as 2026-03-01T12:00:00Z, to repeat it byte for byte [now].",
)
@data_option
@database_option
def export_command(
    slug: str,
    out: Path,
    namespaces: tuple[str, ...],
    statuses: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    times: Times,
    identifiers: Path | None,
    formats: tuple[str, ...],
    zipped: bool,
    exported_at: datetime | None,
    data: Path | None,
    database: str | None,
) -> None:
    """Write the data of the study SLUG to a folder that explains itself."""
    from study import flow
    from study.database import writing
    from study.export import ExportError, IdentifiersWanted, Selection, export_study, zip_export
    from study.running import now

    settings = settings_or_exit(data, database)
    moment = _utc(exported_at) or now()
    try:
        with installed(settings) as engine:
            with writing(engine) as db:
                # A restored backup may be exported before anybody has served it.
                flow.erase_again(db, erasures=settings.erasures)
            summary = export_study(
                engine,
                slug,
                out,
                now=moment,
                selection=Selection(namespaces, statuses, _utc(since), _utc(until), times),
                identifiers_wanted=IdentifiersWanted(identifiers, settings.disclosures)
                if identifiers
                else None,
                formats=formats,
            )
    except ExportError as error:
        raise click.ClickException(str(error)) from None
    counts = ", ".join(f"{count} {table}" for table, count in summary.counts.items())
    click.echo(f"{summary.folder}: {counts}")
    if zipped:
        click.echo(zip_export(out, out.with_name(f"{out.name}.zip")))
    if identifiers:
        click.echo(f"{identifiers}: recruiters' identifiers; this is on record in {settings.disclosures}")


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
