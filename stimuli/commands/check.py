"""``facevalue stimuli check``: every problem of a folder of pictures."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.option("--min-side", default=240, show_default=True, help="Shortest side a picture needs, in pixels.")
@says_what_is_wrong
def check(folder: Path, as_json: bool, min_side: int) -> None:
    """List every problem of FOLDER at once.

    FOLDER is a stimulus set (manifest.csv), a folder of originals (sources.csv), or just pictures.
    Exit status 1 if there is any error; warnings alone give 0.
    """
    from stimuli.check import check_report
    from stimuli.progress import progress_bar

    with progress_bar() as progress:
        report = check_report(folder, min_side_px=min_side, progress=progress)
    n_errors = sum(problem.severity == "error" for problem in report.problems)
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    else:
        for problem in report.problems:
            click.echo(str(problem))
        if report.separations:
            told = ", ".join(f"{s.measure} {s.tells:.2f}" for s in report.separations)
            click.echo(f"AUC, real against other pictures (0.5 tells nothing, 1 everything): {told}")
        click.echo(f"{n_errors} errors, {len(report.problems) - n_errors} warnings in {folder}")
    sys.exit(1 if n_errors else 0)
