"""The facevalue command, and its group for running studies."""

from __future__ import annotations

from importlib.metadata import entry_points, version
from pathlib import Path

import click

from study.backup_commands import backup_command, restore_command
from study.check_command import check_command
from study.export_command import export_command
from study.going_live_commands import close_command, open_command, ready_command
from study.import_command import import_command
from study.installation import data_option as _data
from study.installation import database_option as _database
from study.installation import say_problems as _say_problems
from study.installation import settings_or_exit as settings_or_exit
from study.merge_command import merge_command
from study.new_command import new_command
from study.people_commands import erase_again_command, invite_command, purge_command
from study.protocol_commands import schema_command, settings_command, translate_command
from study.replay_command import replay_command
from study.robots_command import robots_command
from study.verify_command import verify_command
from study.version_commands import amend_command, hash_command, prereg_command


class Commands(click.Group):
    """Command groups of the installed packages, found by their entry points and loaded when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *entry_points(group="facevalue.commands").names})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = entry_points(group="facevalue.commands", name=cmd_name)
        for point in found:
            command = point.load()
            return command if isinstance(command, click.Command) else None
        return super().get_command(ctx, cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("facevalue"), prog_name="facevalue")
def facevalue() -> None:
    """Perception studies on real and AI-made headshots.

    Begin with `facevalue demo`.
    """


def main() -> None:
    facevalue(prog_name="facevalue")


@click.group("study")
def study_commands() -> None:
    """Run studies: check, publish, rehearse, open, serve, export."""


for command in (
    new_command,
    check_command,
    translate_command,
    schema_command,
    settings_command,
    hash_command,
    prereg_command,
    amend_command,
    ready_command,
    open_command,
    close_command,
    invite_command,
    export_command,
    import_command,
    merge_command,
    replay_command,
    verify_command,
    backup_command,
    restore_command,
    purge_command,
    erase_again_command,
    robots_command,
):
    study_commands.add_command(command)


@study_commands.command("publish")
@click.argument("study_toml", type=click.Path(path_type=Path))
@_data
@_database
def publish_command(study_toml: Path, data: Path | None, database: str | None) -> None:
    """Freeze a study and bring it into the database, for preview, pilot and robots.

    Participants come in once it is opened: `facevalue study open SLUG`.
    """
    from stimuli.manifest import StimulusError
    from study import flow
    from study.database import migrate, open_engine, reading, writing
    from study.protocol import ProtocolError, read_study
    from study.running import now

    settings = settings_or_exit(data, database)
    try:
        study_file = read_study(study_toml)
        engine = open_engine(settings.database)
        migrate(engine)
        with reading(engine) as db:
            stored = flow.store_pictures(db, study_file, pictures=settings.pictures)
        with writing(engine) as db:
            study = flow.publish(db, study_file, pictures=settings.pictures, now=now(), stored=stored)
            click.echo(f"published {study.slug}, protocol hash {study.current.protocol_hash}")
            click.echo(f"participants: http://HOST/s/{study.slug}/")
            if not study.is_open:
                click.echo(f"not open to them yet: facevalue study ready {study.slug} says what is missing")
    except (ProtocolError, StimulusError) as error:
        _say_problems(error.problems)


@study_commands.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, help="Port to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Processes; more than one only with PostgreSQL.  [default: 1; with PostgreSQL one for each core, "
    "up to 4]",
)
@click.option("--quiet", is_flag=True, help="Say only what went wrong.")
@_data
@_database
def serve_command(
    host: str, port: int, workers: int | None, quiet: bool, data: Path | None, database: str | None
) -> None:
    """Serve all published studies until Ctrl-C."""
    from study.serving import serve, usual_workers

    settings = settings_or_exit(data, database)
    workers = workers or usual_workers(settings.database)
    if workers > 1 and settings.database.startswith("sqlite"):
        raise click.UsageError(
            f"--workers: the embedded database wants 1 process, found {workers}; use PostgreSQL for more"
        )
    serve(settings, host=host, port=port, workers=workers, quiet=quiet)


@study_commands.command("link")
@click.argument("slug")
@click.option(
    "--for", "whom", type=click.Choice(["researcher", "pilot", "preview", "robot"]), default="researcher"
)
@click.option(
    "--address", default="http://127.0.0.1:8765", show_default=True, help="Where the app is served."
)
@_data
@_database
def link_command(slug: str, whom: str, address: str, data: Path | None, database: str | None) -> None:
    """Print a link: a researcher's (works once), or one into the pilot, preview or robot namespace."""
    from study.links import check_takes_participants, participant_link, researcher_link

    settings = settings_or_exit(data, database)
    try:
        if whom == "researcher":
            click.echo(researcher_link(settings, slug, address=address))
        else:
            check_takes_participants(settings, slug)
            click.echo(participant_link(settings, slug, address=address, namespace=whom))
    except LookupError as error:
        raise click.ClickException(str(error)) from None
