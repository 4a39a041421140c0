"""Commands that save an installation and bring it back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from study.installation import data_option, database_option, say_problems, settings_or_exit


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@database_option
def backup_command(file: Path, data: Path | None, database: str | None) -> None:
    """Save database, pictures and erasure log to the new FILE, while participants go on.

    It can be restored to SQLite and PostgreSQL alike. Recruiters' identifiers are in it, the secret key is
    not.
    """
    from study.backup import BackupError, back_up
    from study.database import open_engine
    from study.running import now

    settings = settings_or_exit(data, database)
    engine = open_engine(settings.database)
    try:
        saved = back_up(engine, settings, file, now=now())
    except BackupError as error:
        say_problems(error.problems)
    finally:
        engine.dispose()
    click.echo(
        f"{saved.file}: {saved.rows.get('studies', 0)} studies, {saved.rows.get('sessions', 0)} sessions, "
        f"{sum(saved.rows.values())} rows, {saved.n_pictures} pictures"
    )
    for name in saved.missing:
        click.echo(
            f"pictures/{name}: a study shows it, but it is not there to be saved; look in an older backup",
            err=True,
        )
    if saved.missing:
        sys.exit(1)


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--replace", is_flag=True, help="Lose what the installation holds now.")
@data_option
@database_option
def restore_command(file: Path, replace: bool, data: Path | None, database: str | None) -> None:
    """Bring the backup FILE back into an empty installation, then verify it; stop serving first.

    People who withdrew since the backup are erased again. Exit 1 if something is not as it was stored.
    """
    from study.backup import BackupError, restore
    from study.database import open_engine

    settings = settings_or_exit(data, database)
    engine = open_engine(settings.database)
    try:
        restored = restore(engine, settings, file, replace=replace)
    except BackupError as error:
        say_problems(error.problems)
    finally:
        engine.dispose()
    click.echo(
        f"restored the backup of {restored.about.saved_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{restored.rows.get('studies', 0)} studies, {restored.rows.get('sessions', 0)} sessions, "
        f"{restored.n_pictures} pictures; erased again: {restored.n_erased_again}"
    )
    _verify(data, database)


def _verify(data: Path | None, database: str | None) -> None:
    from study.verify_command import verify_command

    where = {"data": data, "database": database}
    click.get_current_context().invoke(verify_command, slug=None, exports=(), as_json=False, **where)
