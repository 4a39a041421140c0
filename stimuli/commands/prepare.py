"""``facevalue stimuli prepare``: all pictures alike."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong

if TYPE_CHECKING:
    from stimuli.framing import Framing
    from stimuli.prepare import PreparationReport
    from stimuli.prepare.confounds import Confound

# Spelled out here, so that the command line answers before OpenCV is loaded; a test compares.
_CROPS = ("headshot", "tight", "ffhq")
_LUMINANCE = ("keep", "mean-sd", "histogram")
_REGIONS = ("face", "picture")
_BACKGROUNDS = ("keep", "blur", "grey")


@click.command()
@click.argument("source", type=FOLDER)
@click.argument("target", type=FOLDER)
@click.option("--crop", type=click.Choice(_CROPS), default="headshot", show_default=True, help="The frame.")
@click.option("--width", type=int, help="Width of every picture, in pixels, if not the crop's own.")
@click.option("--height", type=int, help="Height of every picture, in pixels, if not the crop's own.")
@click.option(
    "--eye-distance",
    type=float,
    help="Distance between the pupils as a share of the width. Larger cuts closer.",
)
@click.option("--eye-height", type=float, help="Height of the eyes as a share from the top.")
@click.option(
    "--max-outside",
    default=0.05,
    show_default=True,
    help="Largest share of the frame that may lie beyond a picture's edge.",
)
@click.option(
    "--match-luminance",
    type=click.Choice(_LUMINANCE),
    default="keep",
    show_default=True,
    help="Bring mean and contrast, or the whole histogram, of CIELAB L* to the set's average.",
)
@click.option(
    "--match-region",
    type=click.Choice(_REGIONS),
    default="face",
    show_default=True,
    help="Over which part luminance and sharpness are matched.",
)
@click.option("--match-sharpness", is_flag=True, help="Blur all to the sharpness of the softest.")
@click.option(
    "--background",
    type=click.Choice(_BACKGROUNDS),
    default="keep",
    show_default=True,
    help="Blur every background, or replace it by grey.",
)
@click.option("--recompress", type=int, help="JPEG quality (1-95) all go through once before encoding.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@says_what_is_wrong
def prepare(
    source: Path,
    target: Path,
    crop: str,
    width: int | None,
    height: int | None,
    eye_distance: float | None,
    eye_height: float | None,
    max_outside: float,
    as_json: bool,
    **alike: Any,
) -> None:
    """Make all pictures of SOURCE alike, into the new folder TARGET.

    Eyes at fixed places, one size, sRGB, one encoding and byte size, no metadata, neutral names.
    Originals are not touched. Ends with a table: how well each measure tells real from other
    pictures, before and after. Exit status 1 if any picture could not be prepared; the others are
    there.
    """
    from stimuli.prepare import prepare_set
    from stimuli.progress import progress_bar

    framing = _framing(crop, width, height, eye_distance, eye_height)
    with progress_bar() as progress:
        report = prepare_set(
            source, target, framing=framing, max_outside_share=max_outside, progress=progress, **alike
        )
    if as_json:
        told = {"folder": str(report.stimulus_set.folder), **report.record()}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        _tell_preparation(report)
    sys.exit(1 if report.failures else 0)


def _framing(
    crop: str, width: int | None, height: int | None, eye_distance: float | None, eye_height: float | None
) -> Framing:
    from dataclasses import replace

    from stimuli.framing import CROPS

    chosen: dict[str, Any] = {
        "width_px": width,
        "height_px": height,
        "eye_distance": eye_distance,
        "eye_height": eye_height,
    }
    return replace(CROPS[crop], **{name: value for name, value in chosen.items() if value is not None})


def _tell_preparation(report: PreparationReport) -> None:
    for remark in report.remarks:
        click.echo(f"note: {remark}")
    for failure in report.failures:
        click.echo(f"not prepared: {failure.reason}", err=True)
    if report.confounds:
        _tell_confounds(report.confounds)
    click.echo(
        f"{len(report.prepared)} pictures prepared in {report.stimulus_set.folder}, "
        f"{len(report.failures)} left out"
    )


def _tell_confounds(confounds: tuple[Confound, ...]) -> None:
    first = confounds[0]
    click.echo(
        f"AUC, real against other pictures ({first.n_real} and {first.n_other}; "
        "0.5 tells nothing, 0 and 1 everything):"
    )
    width = max(len(confound.measure) for confound in confounds)
    click.echo(f"  {'':{width}}  before  after")
    for confound in confounds:
        click.echo(f"  {confound.measure:{width}}  {confound.auc_before:6.2f}  {confound.auc_after:5.2f}")
