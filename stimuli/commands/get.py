"""``facevalue stimuli get``: openly licensed pictures by name."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
@click.argument("name", required=False)
@click.argument("folder", type=FOLDER, required=False)
@click.option("--list", "list_them", is_flag=True, help="Say which sets there are, without downloading any.")
@click.option("--from", "base_url", help="A mirror of the pictures' server (else FACEVALUE_CATALOGUE_URL).")
@click.option("--json", "as_json", is_flag=True, help="Print the result, or the list, as JSON.")
@says_what_is_wrong
def get(name: str | None, folder: Path | None, list_them: bool, base_url: str | None, as_json: bool) -> None:
    """Download the set NAME into FOLDER (default: a new folder of that name) and tell its licences.

    Each file is pinned by its sha256. Run it again after an interruption: it goes on where it
    stopped. The folder gets the pictures with their facts in sources.csv, landmark files if there
    are any, and LICENCES.md.
    """
    if list_them:
        _tell_list(as_json)
        return
    if name is None:
        raise click.UsageError("Say which set to download; facevalue stimuli get --list shows them all.")
    from stimuli.catalogue import LICENCES_FILE, catalogue_terms, fetch_catalogue
    from stimuli.progress import progress_bar

    folder = folder or Path(name)
    with progress_bar() as progress:
        fetched = fetch_catalogue(name, folder, base_url=base_url, progress=progress)
    terms = catalogue_terms(name)
    if as_json:
        facts = {"name": name, "folder": str(folder), "n_pictures": len(fetched.stimuli), "terms": terms}
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    click.echo(f"{len(fetched.stimuli)} pictures in {folder}. Name the sources when you show them:")
    for line in terms:
        click.echo(f"  {line}")
    click.echo(f"Their terms are kept in {folder / LICENCES_FILE}.")


def _tell_list(as_json: bool) -> None:
    from stimuli.catalogue import catalogue_summaries, catalogue_terms

    summaries = catalogue_summaries()
    if as_json:
        click.echo(json.dumps([asdict(summary) for summary in summaries], indent=2, ensure_ascii=False))
        return
    for summary in summaries:
        origins = ", ".join(f"{count} {origin}" for origin, count in summary.origins.items())
        marks = f", {summary.n_landmarks} landmark files" if summary.n_landmarks else ""
        click.echo(f"{summary.name}: {origins}{marks}, {summary.n_bytes / 1e6:.0f} MB")
        for line in catalogue_terms(summary.name):
            click.echo(f"  {line}")
