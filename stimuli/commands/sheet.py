"""``facevalue stimuli sheet``: one page of the whole set for human eyes."""

from __future__ import annotations

from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the page goes.  [default: sheet.html in FOLDER]",
)
@click.option("--title", default="", help="Headline of the page.  [default: the folder's name]")
@click.option("--date", "dated", default="", help="Date to print; without it the page names none.")
@click.option(
    "--blind",
    is_flag=True,
    help="Pairs only, sides drawn, nothing that tells origin, for raters; which picture is where goes into "
    "a file beside it whose name ends in _key.csv.",
)
@says_what_is_wrong
def sheet(folder: Path, output: Path | None, title: str, dated: str, blind: bool) -> None:
    """Put the whole set FOLDER on one HTML page that needs no other file, to read, print and send.

    Pairs side by side with what they share, figures of every measure by origin, what the check finds,
    licences and provenance. FOLDER may also be a folder of originals (sources.csv). The same set gives
    the same bytes.
    """
    from stimuli.contact_sheet import write_blind_sheet, write_sheet
    from stimuli.progress import progress_bar

    path = output or folder / ("blind_sheet.html" if blind else "sheet.html")
    with progress_bar() as progress:
        if blind:
            key = path.with_name(f"{path.stem}_key.csv")
            size = write_blind_sheet(folder, path, key, title=title, progress=progress)
        else:
            size = write_sheet(folder, path, title=title, dated=dated, progress=progress)
    click.echo(f"{path}: {size / 1e6:.1f} MB")
    if blind:
        click.echo(f"{key}: which picture is where; not for the raters")
