"""Commands about the people of a study: invite them, purge what is due, erase again after a restore."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from study.installation import data_option, database_option, find_study, installed, settings_or_exit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session as DatabaseSession

    from study.retention import RetentionDue
    from study.settings import Settings


@click.command("invite")
@click.argument("slug")
@click.option("--n", "n", type=click.IntRange(1, 100_000), help="How many links to make.")
@click.option(
    "--labels",
    type=click.File("r", encoding="utf-8"),
    help="File with one label a line, such as a name or a number of yours: one link for each.",
)
@click.option(
    "--address", default="http://127.0.0.1:8765", show_default=True, help="Where the app is served."
)
@data_option
@database_option
def invite_command(
    slug: str, n: int | None, labels: Any, address: str, data: Path | None, database: str | None
) -> None:
    """Make personal links, each for one person, and print them as CSV: label, link.

    Only their sha256 is stored: keep what is printed, it cannot be shown again.
    """
    from study import flow
    from study.running import now

    if (n is None) == (labels is None):
        raise click.UsageError("expected either --n or --labels, such as --n 50")
    named = [line.strip() for line in labels if line.strip()] if labels else [""] * (n or 0)
    if not named:
        raise click.UsageError("--labels: expected one label a line, found an empty file")
    with _writing(data, database) as (db, _):
        try:
            keys = flow.invite(db, find_study(db, slug), named, now=now())
        except flow.FlowError as error:
            raise click.ClickException(str(error)) from None
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["label", "link"])
    out.writerows(
        [label, f"{address.rstrip('/')}/s/{slug}/?key={key}"] for label, key in zip(named, keys, strict=True)
    )


@click.command("purge")
@click.argument("slug", required=False)
@click.option("--dry-run", is_flag=True, help="Only say what is due; change nothing.")
@data_option
@database_option
def purge_command(slug: str | None, dry_run: bool, data: Path | None, database: str | None) -> None:
    """Erase what the retention dates of a study say; of all studies without SLUG."""
    from sqlalchemy import select

    from study import flow
    from study.models import Study
    from study.running import now

    with _writing(data, database) as (db, _):
        moment = now()
        studies = [find_study(db, slug)] if slug else list(db.scalars(select(Study).order_by(Study.slug)))
        for study in studies:
            act = flow.retention_due if dry_run else flow.purge
            for line in _lines(study.slug, act(db, study, now=moment), dry_run=dry_run):
                click.echo(line)


def _lines(slug: str, due: RetentionDue, *, dry_run: bool) -> Iterator[str]:
    state = "due" if dry_run else "purged"
    yield (
        f"{slug}: recruiters' identifiers {state}: {due.n_identifiers_due} of {due.n_identified} people "
        f"(kept {due.identifiers_days} days)"
    )
    if due.unfinished_days is None:
        yield f"{slug}: answers of people who never completed: kept (retention.unfinished_days is not set)"
    else:
        yield (
            f"{slug}: answers of people who never completed {state}: {due.n_unfinished_due} of "
            f"{due.n_unfinished} people (kept {due.unfinished_days} days)"
        )


@click.command("erase-again")
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An erasure log saved elsewhere; what it knows more is added to that of the data folder.",
)
@data_option
@database_option
def erase_again_command(log: Path | None, data: Path | None, database: str | None) -> None:
    """Erase whoever withdrew from a database that was restored from a backup.

    Serving and exporting do the same before anything else.
    """
    from study import flow
    from study.erasures import add_lines, read_erasures

    with _writing(data, database) as (db, settings):
        if log is not None:
            add_lines(settings.erasures, read_erasures(log))
        n = flow.erase_again(db, erasures=settings.erasures)
    known = len(read_erasures(settings.erasures))
    click.echo(f"erasures in {settings.erasures}: {known}; back in the database and erased again: {n}")


@contextmanager
def _writing(data: Path | None, database: str | None) -> Iterator[tuple[DatabaseSession, Settings]]:
    """One transaction in the installation's database, its tables up to date."""
    from study.database import writing

    settings = settings_or_exit(data, database)
    with installed(settings) as engine, writing(engine) as db:
        yield db, settings
