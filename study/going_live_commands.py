"""The commands around going live: what is missing, open, close."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from study.installation import data_option, database_option, find_study, installed, settings_or_exit

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from study.models import Study
    from study.readiness.check import Check
    from study.settings import Settings

_json = click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")


@click.command("ready")
@click.argument("slug")
@_json
@data_option
@database_option
def ready_command(slug: str, as_json: bool, data: Path | None, database: str | None) -> None:
    """Check everything that has to be right before SLUG is opened; exit 1 while something fails.

    Reads only, apart from a copy of the study that is thrown away.
    """
    settings = settings_or_exit(data, database)
    with installed(settings) as engine:
        facts, checks = _look(engine, settings, slug)
    _say(facts, checks, as_json)
    if not facts["ready"]:
        sys.exit(1)


@click.command("open")
@click.argument("slug")
@_json
@data_option
@database_option
def open_command(slug: str, as_json: bool, data: Path | None, database: str | None) -> None:
    """Open SLUG to participants, if every check of `facevalue study ready` passes."""
    from study import flow
    from study.database import writing
    from study.running import now

    settings = settings_or_exit(data, database)
    with installed(settings) as engine:
        facts, checks = _look(engine, settings, slug)
        if facts["ready"]:
            with writing(engine) as db:
                study = find_study(db, slug)
                if study.current.protocol_hash != facts["protocol_hash"]:
                    raise click.ClickException(f"{slug} was amended during the checks; open it again")
                flow.open_study(db, study, checks, now=now())
                facts |= _state(study)
    _say(facts, checks, as_json)
    if not facts["ready"]:
        click.echo(f"{slug} was not opened.", err=True)
        sys.exit(1)
    if not as_json:
        click.echo(f"{slug} is open.")


@click.command("close")
@click.argument("slug")
@data_option
@database_option
def close_command(slug: str, data: Path | None, database: str | None) -> None:
    """Let nobody new begin SLUG; those under way finish."""
    from study import flow
    from study.database import writing
    from study.running import now

    with installed(settings_or_exit(data, database)) as engine, writing(engine) as db:
        study = find_study(db, slug, to="be closed")
        if study.opened_at is None:
            raise click.ClickException(f"{slug} was never opened; there is nothing to close")
        flow.close_study(db, study, now=now())
        click.echo(f"{slug} is closed since {study.closed_at:%Y-%m-%d %H:%M:%S} UTC.")


def _look(engine: Engine, settings: Settings, slug: str) -> tuple[dict[str, Any], tuple[Check, ...]]:
    from study.database import reading
    from study.readiness.every_check import every_check
    from study.running import now

    # The checks take seconds; in a reading transaction they keep nobody from answering.
    with reading(engine) as db:
        study = find_study(db, slug, to="be opened")
        checks = every_check(db, study, pictures=settings.pictures, now=now())
        facts = {
            "study": study.slug,
            "version": study.current.number,
            "protocol_hash": study.current.protocol_hash,
            "ready": all(check.passed for check in checks),
            **_state(study),
            "checks": [check.as_json() for check in checks],
        }
    return facts, checks


def _state(study: Study) -> dict[str, str | None]:
    return {
        "opened_at": study.opened_at.isoformat() if study.opened_at else None,
        "closed_at": study.closed_at.isoformat() if study.closed_at else None,
        "opened_as": study.opened_as or None,
    }


def _say(facts: dict[str, Any], checks: Sequence[Check], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    width = max(len(check.name) for check in checks)
    for check in checks:
        click.echo(f"{'pass' if check.passed else 'FAIL'}  {check.name:<{width}}  {check.found}")
        if not check.passed:
            click.echo(f"{'':{width + 8}}→ {check.remedy}")
    n_failed = sum(not check.passed for check in checks)
    verdict = "everything passes" if not n_failed else f"{n_failed} of {len(checks)} checks fail"
    click.echo(f"{facts['study']}, version {facts['version']}: {verdict}.")
