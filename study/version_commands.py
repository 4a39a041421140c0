"""The commands around versions of a protocol: hash, amend, preregistration text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from study.installation import (
    data_option,
    database_option,
    find_study,
    installed,
    say_problems,
    settings_or_exit,
)

if TYPE_CHECKING:
    from study import flow
    from study.prereg import Planned


@click.command("hash")
@click.argument("study_toml", type=click.Path(path_type=Path))
@click.option("--expect", help="Exit 1 unless the hash is this one, or begins with it (8 digits at least).")
def hash_command(study_toml: Path, expect: str | None) -> None:
    """Print the protocol hash that publishing the study file would give, the stimulus set's hash inside."""
    from stimuli.manifest import StimulusError, read_set
    from study.flow.publishing import freeze_file
    from study.protocol import ProtocolError, read_study

    if expect is not None and len(expect) < 8:
        raise click.UsageError(f"--expect: expected at least 8 digits of a hash, found {expect!r}")
    try:
        study_file = read_study(study_toml)
        stimulus_set = read_set(study_file.folder / study_file.protocol.stimulus_set)
    except (ProtocolError, StimulusError) as error:
        say_problems(error.problems)
    found = freeze_file(study_file, stimulus_set).sha256
    click.echo(found)
    if expect is not None and not found.startswith(expect.lower()):
        click.echo(f"expected {expect}; the study file, a text or a picture differs", err=True)
        sys.exit(1)


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


@click.command("prereg")
@click.argument("study")
@click.option(
    "--format",
    "form",
    type=click.Choice(["aspredicted", "osf"]),
    default="osf",
    show_default=True,
    help="Whose headings.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write [printed].")
@data_option
@database_option
def prereg_command(study: str, form: str, out: Path | None, data: Path | None, database: str | None) -> None:
    """Write the preregistration of STUDY, a study file or the slug of a published study.

    What the study file does not say is marked with [to be written: …].
    """
    from stimuli.manifest import StimulusError
    from study.prereg import preregistration, unwritten
    from study.protocol import ProtocolError

    try:
        planned = _from_file(Path(study)) if study.endswith(".toml") else _from_slug(study, data, database)
    except (ProtocolError, StimulusError) as error:
        say_problems(error.problems)
    text = preregistration(planned, form=form)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    n = unwritten(text)
    what = "nothing is" if n == 0 else "1 passage is" if n == 1 else f"{n} passages are"
    click.echo(f"{what} left to be written.", err=True)


def _from_file(study_toml: Path) -> Planned:
    from stimuli.manifest import read_set
    from study.flow.publishing import freeze_file
    from study.prereg import Planned
    from study.protocol import read_study

    study_file = read_study(study_toml)
    stimulus_set = read_set(study_file.folder / study_file.protocol.stimulus_set)
    frozen = freeze_file(study_file, stimulus_set)
    return Planned.from_frozen(
        frozen.canonical,
        protocol_hash=frozen.sha256,
        n_practice_pairs=sum(pair.practice for pair in stimulus_set.pairs),
    )


def _from_slug(slug: str, data: Path | None, database: str | None) -> Planned:
    from sqlalchemy import func, select

    from study.database import reading
    from study.models import Session, StudyPair
    from study.prereg import Planned

    with installed(settings_or_exit(data, database)) as engine, reading(engine) as db:
        study = find_study(db, slug)
        of_study = (StudyPair.study_id == study.id, StudyPair.practice)
        practice = db.scalar(select(func.count()).select_from(StudyPair).where(*of_study)) or 0
        live = (Session.study_id == study.id, Session.namespace == "live")
        n_live = db.scalar(select(func.count()).select_from(Session).where(*live)) or 0
        return Planned.from_frozen(
            study.current.protocol,
            protocol_hash=study.current.protocol_hash,
            n_practice_pairs=practice,
            n_begun=n_live,
            amendments=tuple((v.number, v.reason) for v in study.versions if v.number > 1),
        )
