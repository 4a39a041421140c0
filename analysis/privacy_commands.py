"""Commands about publishing an export: what in it could identify somebody, and a copy in which less could."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click


@click.command("privacy")
@click.argument("export", type=click.Path(path_type=Path))
@click.option(
    "--k",
    type=click.IntRange(2),
    default=5,
    show_default=True,
    help="Smallest group of people alike that is large enough to hide in.",
)
@click.option(
    "--quasi",
    multiple=True,
    metavar="COLUMN",
    help="Column of participants that others may know of a person; repeat it. Default: every item that is "
    "chosen or counted.",
)
@click.option("--show", is_flag=True, help="Write flagged text as it stands instead of its shape.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of text.")
def privacy_command(export: Path, k: int, quasi: tuple[str, ...], show: bool, as_json: bool) -> None:
    """Tell what in EXPORT could identify somebody. Exits with 1 where it should not be published so."""
    import json

    from analysis.dataset import read_export
    from analysis.privacy.check import check_privacy
    from analysis.privacy.wording import privacy_text
    from analysis.problems import ExportError

    try:
        found = check_privacy(read_export(export), export, k=k, quasi=quasi, show=show)
    except (ExportError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(privacy_text(found, export), nl=False)
    if found.stops:
        raise SystemExit(1)


@click.command("deidentify")
@click.argument("export", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--drop",
    multiple=True,
    metavar="COLUMN",
    help="Leave a column out, NAME in every table or TABLE.NAME; emptied where an export must have it.",
)
@click.option(
    "--band", multiple=True, metavar="COLUMN=WIDTH", help="Put numbers into bands, such as q_age=10."
)
@click.option(
    "--merge-rare",
    multiple=True,
    metavar="[COLUMN=]K",
    help="Merge values that fewer than K people have; without COLUMN in all that describe a person.",
)
@click.option(
    "--times",
    type=click.Choice(["exact", "hour", "day"]),
    default="exact",
    show_default=True,
    help="Cut times to the hour or day, UTC.",
)
@click.option("--blank-text", is_flag=True, help="Take out all free text.")
@click.option("--redact-text", is_flag=True, help="Take out only what looks like an identifier.")
@click.option("--new-ids", is_flag=True, help="New random identifiers, rows in their order.")
@click.option(
    "--seed", help="With --new-ids: a secret word; the same one gives the same identifiers. Default: random."
)
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]),
    help="Time to write into the copy, such as 2026-03-01T12:00:00Z, to repeat it byte for byte [now].",
)
def deidentify_command(
    export: Path,
    new: Path,
    drop: tuple[str, ...],
    band: tuple[str, ...],
    merge_rare: tuple[str, ...],
    times: Literal["exact", "hour", "day"],
    blank_text: bool,
    redact_text: bool,
    new_ids: bool,
    seed: str | None,
    at: datetime | None,
) -> None:
    """Write a copy of EXPORT to the folder NEW in which less could identify somebody."""
    from analysis.privacy.deidentify import deidentify
    from analysis.privacy.wishes import Wishes
    from analysis.problems import ExportError

    merges = _amounts("--merge-rare", [text for text in merge_rare if "=" in text])
    everywhere = [_whole("--merge-rare", text) for text in merge_rare if "=" not in text]
    if seed is not None and not new_ids:
        raise click.UsageError("--seed belongs to --new-ids: add it, or leave --seed out")
    if blank_text and redact_text:
        raise click.UsageError("--blank-text takes out all free text: leave --redact-text out")
    wishes = Wishes(
        drop=drop,
        bands=_amounts("--band", band),
        merge_rare=everywhere[-1] if everywhere else None,
        merge={name: int(amount) for name, amount in merges.items()},
        times=times,
        text="blank" if blank_text else "redact" if redact_text else "keep",
        key=_key(seed) if new_ids else None,
    )
    moment = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    try:
        made = deidentify(export, new, wishes, at=moment)
    except (ExportError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{new}: a copy of {export}")
    for sentence in made.done or ("Nothing was changed: see --help for what can be.",):
        click.echo(f"  {sentence}")
    if made.left_out:
        click.echo(f"  Not copied, because made from the original: {', '.join(made.left_out)}.")
    click.echo(f"Look at it again: facevalue analysis privacy {new}")


def _key(seed: str | None) -> bytes:
    """The secret that new identifiers come from; drawn at random and kept nowhere unless one is given."""
    return seed.encode() if seed is not None else secrets.token_bytes(32)


def _amounts(option: str, given: Sequence[str]) -> dict[str, float]:
    amounts = {}
    for text in given:
        name, _, amount = text.rpartition("=")
        if not name or not amount.replace(".", "", 1).isdigit():
            raise click.UsageError(f"{option}: expected COLUMN=NUMBER, such as q_age=10, found {text!r}")
        amounts[name] = float(amount)
    return amounts


def _whole(option: str, text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise click.UsageError(f"{option}: expected a whole number or COLUMN=NUMBER, found {text!r}")
    return int(text)


PRIVACY_COMMANDS = (privacy_command, deidentify_command)
