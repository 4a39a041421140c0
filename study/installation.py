"""What the commands of an installation share: its two options, its settings, how problems are said."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session as DatabaseSession

    from study.models import Study
    from study.settings import Settings

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for pictures, embedded database and key [FACEVALUE_DATA, else ./facevalue-data].",
)
database_option = click.option(
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


@contextmanager
def installed(settings: Settings) -> Iterator[Engine]:
    """The installation's database, brought up to date, for the time of a command."""
    from study.database import migrate, open_engine

    engine = open_engine(settings.database)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def find_study(db: DatabaseSession, slug: str, *, to: str = "") -> Study:
    """The published study, or one sentence and exit status 1.

    With ``to`` ("be opened") the same for a study that cannot do that, as it came from an export.
    """
    from sqlalchemy import select

    from study.models import Study

    study = db.scalars(select(Study).where(Study.slug == slug)).first()
    if study is None:
        known = ", ".join(db.scalars(select(Study.slug).order_by(Study.slug))) or "none"
        raise click.ClickException(f"expected the slug of a published study ({known}), found {slug!r}")
    if to and study.is_imported:
        from study.flow import why_not

        raise click.ClickException(str(why_not(study, to)))
    return study


def say_problems(problems: Sequence[str]) -> NoReturn:
    """Every problem on a line of its own, and exit status 1."""
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}; nothing was changed.", err=True)
    sys.exit(1)
