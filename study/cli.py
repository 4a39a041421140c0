"""The facevalue command, and its group for running studies."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from study.export_command import export_command
from study.people_commands import erase_again_command, invite_command, purge_command
from study.robots_command import robots_command

if TYPE_CHECKING:
    from study.settings import Settings


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
    """Run studies: check, publish, serve, export."""


study_commands.add_command(export_command)
study_commands.add_command(robots_command)
study_commands.add_command(invite_command)
study_commands.add_command(purge_command)
study_commands.add_command(erase_again_command)

_data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for pictures, embedded database and key [FACEVALUE_DATA, else ./facevalue-data].",
)
_database = click.option(
    "--database",
    help="sqlite:///FILE or postgresql+psycopg://… [FACEVALUE_DATABASE, else in the data folder].",
)


def settings_or_exit(data: Path | None, database: str | None) -> Settings:
    """The settings, or one sentence and exit status 2."""
    from study.settings import SettingsError, read_settings

    try:
        return read_settings(data=data, database=database)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


@study_commands.command("check")
@click.argument("study_toml", type=click.Path(path_type=Path))
def check_command(study_toml: Path) -> None:
    """List every problem of a study file, with its line; exit 1 if there is any."""
    from stimuli.manifest import StimulusError, read_set
    from study.protocol import ProtocolError, read_study

    try:
        study_file = read_study(study_toml)
        stimulus_set = read_set(study_file.folder / study_file.protocol.stimulus_set)
    except (ProtocolError, StimulusError) as error:
        _say_problems(error.problems)
    protocol = study_file.protocol
    n_trials = sum(block.pairs for block in protocol.blocks)
    click.echo(
        f"{protocol.title}: {n_trials} trials in {len(protocol.blocks)} blocks, "
        f"{len(protocol.items)} questionnaire items, {len(stimulus_set.stimuli)} pictures. "
        "No problems."
    )


@study_commands.command("publish")
@click.argument("study_toml", type=click.Path(path_type=Path))
@_data
@_database
def publish_command(study_toml: Path, data: Path | None, database: str | None) -> None:
    """Freeze a study and bring it into the database, ready to be served."""
    from stimuli.manifest import StimulusError
    from study import flow
    from study.database import migrate, open_engine, writing
    from study.protocol import ProtocolError, read_study
    from study.running import now

    settings = settings_or_exit(data, database)
    try:
        study_file = read_study(study_toml)
        engine = open_engine(settings.database)
        migrate(engine)
        with writing(engine) as db:
            study = flow.publish(db, study_file, pictures=settings.pictures, now=now())
            click.echo(f"published {study.slug}, protocol hash {study.current.protocol_hash}")
            click.echo(f"participants: http://HOST/s/{study.slug}/")
    except (ProtocolError, StimulusError) as error:
        _say_problems(error.problems)


@study_commands.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, help="Port to listen on.")
@click.option(
    "--workers", default=1, show_default=True, help="Processes; more than one only with PostgreSQL."
)
@click.option("--quiet", is_flag=True, help="Say only what went wrong.")
@_data
@_database
def serve_command(
    host: str, port: int, workers: int, quiet: bool, data: Path | None, database: str | None
) -> None:
    """Serve all published studies until Ctrl-C."""
    from study.serving import serve

    settings = settings_or_exit(data, database)
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
    from study.links import participant_link, researcher_link

    settings = settings_or_exit(data, database)
    try:
        if whom == "researcher":
            click.echo(researcher_link(settings, slug, address=address))
        else:
            click.echo(participant_link(settings, slug, address=address, namespace=whom))
    except LookupError as error:
        raise click.ClickException(str(error)) from None


@study_commands.command("settings")
def settings_command() -> None:
    """Print every setting of study.toml, with kind, default and meaning."""
    from study.protocol_reference import reference

    click.echo(reference())


def _say_problems(problems: tuple[str, ...]) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}; nothing was changed.", err=True)
    sys.exit(1)
