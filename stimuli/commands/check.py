"""``facevalue stimuli check``: every problem of a folder of pictures."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--all", "all_problems", is_flag=True, help="List every problem, not the first of each kind.")
@click.option("--min-side", default=240, show_default=True, help="Shortest side a picture needs, in pixels.")
@click.option(
    "--classifier/--no-classifier",
    default=True,
    show_default=True,
    help="Whether to train a classifier on all measures together.",
)
@says_what_is_wrong
def check(folder: Path, as_json: bool, all_problems: bool, min_side: int, classifier: bool) -> None:
    """List every problem of FOLDER at once, and what in it tells real from other pictures.

    FOLDER is a stimulus set (manifest.csv), a folder of originals (sources.csv), or just pictures.
    Exit status 1 if there is any error; warnings alone give 0.
    """
    from stimuli.check import check_report
    from stimuli.check.printed import printed
    from stimuli.check.written import report_json
    from stimuli.progress import progress_bar

    with progress_bar() as progress:
        report = check_report(folder, min_side_px=min_side, classifier=classifier, progress=progress)
    if as_json:
        click.echo(report_json(report))
    else:
        for line in printed(report, all_problems=all_problems):
            click.echo(line)
        n_warnings = len(report.problems) - report.n_errors
        click.echo(f"\n{report.n_errors} errors, {n_warnings} warnings in {folder}")
    sys.exit(1 if report.n_errors else 0)
