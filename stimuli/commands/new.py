"""``facevalue stimuli new``: a manifest for a folder of pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong

if TYPE_CHECKING:
    from stimuli.intake import IntakeReport

_TABLE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--table", type=_TABLE, help="CSV or XLSX with a row for each picture.")
@click.option("--sheet", help="Which sheet of an XLSX, if several are filled.")
@click.option(
    "--real", multiple=True, type=click.Path(path_type=Path), help="Folder of real pictures; may be repeated."
)
@click.option(
    "--ai", multiple=True, type=click.Path(path_type=Path), help="Folder of AI pictures; may be repeated."
)
@click.option(
    "--origin", type=click.Choice(["real", "ai"]), help="Origin of all pictures not told otherwise."
)
@click.option("--generator", default="", help="Model and version that made the AI pictures.")
@click.option("--licence", default="", help="Terms under which the pictures may be shown.")
@click.option("--attribution", default="", help="Whom to name, in the words the licence asks for.")
@click.option("--source", default="", help="Where the pictures are from.")
@click.option("--consent", default="", help="What the people in them agreed to.")
@click.option("--skip-broken", is_flag=True, help="Leave out what cannot be opened, and go on.")
@click.option("--update", is_flag=True, help="Bring an existing manifest.csv up to date; filled cells stay.")
@click.option("--accept-changed", is_flag=True, help="With --update: take changed pictures as they are now.")
@click.option("--drop-removed", is_flag=True, help="With --update: give up rows of pictures that are gone.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@says_what_is_wrong
def new(
    folder: Path,
    table: Path | None,
    sheet: str | None,
    real: tuple[Path, ...],
    ai: tuple[Path, ...],
    origin: str | None,
    skip_broken: bool,
    update: bool,
    accept_changed: bool,
    drop_removed: bool,
    as_json: bool,
    **fill: str,
) -> None:
    """Write manifest.csv for the pictures in DIR, so that the other commands can use them.

    Put real photographs into DIR/real and AI pictures into DIR/ai, and run it; or say otherwise
    which are which, by a column origin in a table, by --real and --ai, or by --origin. Every
    picture is opened. All problems come at once; nothing is written before there are none.
    """
    from stimuli.intake import new_manifest, update_manifest
    from stimuli.progress import progress_bar

    if (accept_changed or drop_removed) and not update:
        raise click.UsageError("--accept-changed and --drop-removed belong to --update.")
    stated: dict[str, Any] = {"table": table, "sheet": sheet, "real": real, "ai": ai, "origin": origin or ""}
    stated |= {"fill": {name: text for name, text in fill.items() if text}, "skip_broken": skip_broken}
    with progress_bar() as progress:
        if update:
            stated |= {"accept_changed": accept_changed, "drop_removed": drop_removed}
            report = update_manifest(folder, **stated, progress=progress)
        else:
            report = new_manifest(folder, **stated, progress=progress)
    if as_json:
        click.echo(json.dumps({**asdict(report), "folder": str(folder)}, indent=2))
    else:
        _tell(report, is_update=update)


def _tell(report: IntakeReport, *, is_update: bool) -> None:
    for sentence in report.left_out:
        click.echo(f"left out: {sentence}", err=True)
    for note in report.notes:
        click.echo(f"note: {note}")
    if is_update:
        told = {"added": report.added, "renamed": report.renamed, "changed": report.changed}
        told["removed"] = report.removed
        done = [f"{len(files)} {what}" for what, files in told.items() if files]
        done += [f"{report.filled} empty cells filled"] if report.filled else []
        click.echo(f"brought up to date: {', '.join(done) or 'nothing to do'}")
    if report.still_empty:
        click.echo(f"still empty: {', '.join(report.still_empty)}; fill them in the table or in manifest.csv")
    counts = ", ".join(f"{count} {origin}" for origin, count in report.origins.items())
    click.echo(f"{sum(report.origins.values())} pictures ({counts}) in {report.folder / 'manifest.csv'}")
    click.echo(f"Next: facevalue stimuli check {report.folder}")
