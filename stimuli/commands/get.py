"""``facevalue stimuli get``: openly licensed pictures by name."""

from __future__ import annotations

from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
@click.argument("name")
@click.argument("folder", type=FOLDER)
@click.option("--from", "base_url", help="A mirror of the pictures' server (else FACEVALUE_CATALOGUE_URL).")
@says_what_is_wrong
def get(name: str, folder: Path, base_url: str | None) -> None:
    """Download the catalogue NAME (london-sd3) into FOLDER and tell its licences.

    Run it again after an interruption: complete pictures are kept.
    """
    from stimuli.catalogue import catalogue_terms, fetch_catalogue
    from stimuli.progress import progress_bar

    with progress_bar() as progress:
        fetched = fetch_catalogue(name, folder, base_url=base_url, progress=progress)
    click.echo(f"{len(fetched.stimuli)} pictures in {folder}. Name the sources when you show them:")
    for line in catalogue_terms(name):
        click.echo(f"  {line}")
