"""The commands around versions of a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from study.installation import (
    data_option,
    database_option,
    installed,
    say_problems,
    settings_or_exit,
)

if TYPE_CHECKING:
    from study import flow


@click.command("amend")
@click.argument("study_toml", type=click.Path(path_type=Path))
@click.option("--reason", required=True, help="Why the study is amended; told in every export.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@database_option
def amend_command(study_toml: Path, reason: str, yes: bool, data: Path | None, database: str | None) -> None:
    """Make a changed study file the next version of the published study of its slug.

    Shows every difference first. People under way keep the version they began with.
    """
    from stimuli.manifest import StimulusError
    from study import flow
    from study.database import reading, writing
    from study.protocol import ProtocolError, read_study
    from study.running import now

    settings = settings_or_exit(data, database)
    try:
        study_file = read_study(study_toml)
        with installed(settings) as engine:
            with reading(engine) as db:
                amendment = flow.propose_amendment(db, study_file, now=now())
                since = amendment.since.number
            _show(amendment, since)
            if amendment.refusals:
                say_problems(amendment.refusals)
            if not yes:
                click.confirm("Amend the study?", abort=True)
            with writing(engine) as db:
                version = flow.amend(db, study_file, reason=reason, since=since, now=now())
                click.echo(f"version {version.number}, protocol hash {version.protocol_hash}")
    except (ProtocolError, StimulusError) as error:
        say_problems(error.problems)


def _show(amendment: flow.Amendment, since: int) -> None:
    click.echo(f"From version {since} to version {since + 1}:")
    for change in amendment.changes:
        click.echo(f"  {str(change).replace(chr(10), chr(10) + '  ')}")
