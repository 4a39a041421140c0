"""The command that replays sessions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from study.installation import data_option, database_option, installed, settings_or_exit

if TYPE_CHECKING:
    from study.replay import Replay

MOST_DIFFERENCES = 20


@click.command("replay")
@click.argument("session", required=False)
@click.option("--all", "slug", metavar="SLUG", help="Replay every session of a study, rehearsals too.")
@data_option
@database_option
def replay_command(session: str | None, slug: str | None, data: Path | None, database: str | None) -> None:
    """Rebuild the plan of SESSION from its protocol and seed and compare it with what is stored.

    Prints the sha256 of both and every row and column that differs; exit 1 if there is any.
    """
    if (session is None) == (slug is None):
        raise click.UsageError("expected a SESSION or --all SLUG, and not both")
    try:
        n, n_same = _replay_all(session, slug, data, database)
    except LookupError as error:
        raise click.ClickException(error.args[0]) from None
    click.echo(f"{n_same} of {n} session{'s' if n != 1 else ''} as protocol and seed give them")
    if n_same < n:
        sys.exit(1)


def _replay_all(
    session: str | None, slug: str | None, data: Path | None, database: str | None
) -> tuple[int, int]:
    from study.database import reading
    from study.flow import session_by_id
    from study.replay import planned_sessions, replay

    n = n_same = 0
    with installed(settings_or_exit(data, database)) as engine, reading(engine) as db:
        found = [session_by_id(db, session)] if session else planned_sessions(db, str(slug))
        for one in found:
            if one is None:
                raise LookupError(f"there is no session {session} in this database")
            replayed = replay(db, one)
            _say(replayed)
            n, n_same = n + 1, n_same + replayed.same
    return n, n_same


def _say(replayed: Replay) -> None:
    click.echo(f"{replayed.session}  protocol {replayed.protocol_hash[:12]}  ", nl=False)
    if replayed.same:
        click.echo(f"same     sha256 {replayed.stored_sha256}")
        return
    click.echo(f"DIFFERS  stored {replayed.stored_sha256}  rebuilt {replayed.rebuilt_sha256}")
    for difference in replayed.differences[:MOST_DIFFERENCES]:
        click.echo(f"  {difference}")
    more = len(replayed.differences) - MOST_DIFFERENCES
    if more > 0:
        click.echo(f"  and {more} more")
