"""The command that brings an export back into a database."""

from __future__ import annotations

from pathlib import Path

import click

from study.installation import data_option, database_option, installed, say_problems, settings_or_exit


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@data_option
@database_option
def import_command(folder: Path, data: Path | None, database: str | None) -> None:
    """Bring the export in FOLDER back into a database, to look at it, export it and report on it.

    Everything is checked first; with any problem nothing is changed. The study takes no participants.
    """
    from study.importing import ImportRefused, import_export
    from study.running import now

    settings = settings_or_exit(data, database)
    try:
        with installed(settings) as engine:
            done = import_export(engine, folder, erasures=settings.erasures, now=now())
    except ImportRefused as error:
        say_problems(error.problems)
    counts = ", ".join(f"{count} {table}" for table, count in done.counts.items())
    click.echo(f"imported {done.study}, protocol hash {done.protocol_hash}: {counts}")
    if done.n_erased:
        click.echo(
            f"not imported: {done.n_erased} of the participants, who withdrew since, as the erasure log "
            f"{settings.erasures} says"
        )
