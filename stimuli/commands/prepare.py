"""``facevalue stimuli prepare``: all pictures alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong

if TYPE_CHECKING:
    from stimuli.prepare import PreparationReport


@click.command()
@click.argument("source", type=FOLDER)
@click.argument("target", type=FOLDER)
@click.option("--width", default=480, show_default=True, help="Width of every picture, in pixels.")
@click.option("--height", default=600, show_default=True, help="Height of every picture, in pixels.")
@click.option(
    "--eye-distance",
    default=0.275,
    show_default=True,
    help="Distance between the pupils, as a share of the width. Larger cuts closer.",
)
@click.option(
    "--eye-height", default=0.40, show_default=True, help="Height of the eyes, as a share from the top."
)
@click.option(
    "--max-outside",
    default=0.05,
    show_default=True,
    help="Largest share of the frame that may lie beyond a picture's edge.",
)
@says_what_is_wrong
def prepare(
    source: Path,
    target: Path,
    width: int,
    height: int,
    eye_distance: float,
    eye_height: float,
    max_outside: float,
) -> None:
    """Make all pictures of SOURCE alike, into the new folder TARGET.

    Eyes at fixed places, one size, sRGB, one encoding, no metadata, neutral names. Originals are
    not touched. Exit status 1 if any picture could not be prepared; the others are there.
    """
    from stimuli.framing import Framing
    from stimuli.prepare import prepare_set
    from stimuli.progress import progress_bar

    framing = Framing(width, height, eye_distance, eye_height)
    with progress_bar() as progress:
        report = prepare_set(
            source, target, framing=framing, max_outside_share=max_outside, progress=progress
        )
    _tell_preparation(report)
    sys.exit(1 if report.failures else 0)


def _tell_preparation(report: PreparationReport) -> None:
    for remark in report.remarks:
        click.echo(f"note: {remark}")
    for failure in report.failures:
        click.echo(f"not prepared: {failure.reason}", err=True)
    click.echo(
        f"{len(report.prepared)} pictures prepared in {report.stimulus_set.folder}, "
        f"{len(report.failures)} left out"
    )
