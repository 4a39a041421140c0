"""Commands for people who bring pictures: check, prepare, pair, get, degrade."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from stimuli.manifest import StimulusSet
    from stimuli.prepare import PreparationReport

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group("stimuli")
def stimuli_commands() -> None:
    """Check, prepare and pair headshots."""


def _says_what_is_wrong(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors about pictures and tables into messages and exit status 1."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from stimuli.catalogue import CatalogueUnreachable
        from stimuli.manifest import StimulusError

        try:
            return command(*args, **kwargs)
        except (StimulusError, CatalogueUnreachable, ValueError, OSError) as error:
            raise click.ClickException(str(error)) from None

    return wrapped


@stimuli_commands.command()
@click.argument("folder", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.option("--min-side", default=240, show_default=True, help="Shortest side a picture needs, in pixels.")
@_says_what_is_wrong
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


@stimuli_commands.command()
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
@_says_what_is_wrong
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


@stimuli_commands.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "--exact",
    multiple=True,
    default=("gender",),
    show_default=True,
    help="Column that must be stated and equal within a pair; may be repeated.",
)
@click.option(
    "--practice", default=0, show_default=True, help="How many of the worst pairs become practice pairs."
)
@click.option("--max-distance", type=float, help="Make no pair that is further apart than this.")
@click.option("--age-weight", default=0.1, show_default=True, help="Distance for each year between the ages.")
@click.option(
    "--ethnicity-weight",
    default=1.0,
    show_default=True,
    help="Distance if both state an ethnicity and they differ.",
)
@click.option(
    "--luminance-weight",
    default=0.0,
    show_default=True,
    help="Distance for each step (0-100) between the mean luminances.",
)
@_says_what_is_wrong
def pair(
    folder: Path,
    exact: tuple[str, ...],
    practice: int,
    max_distance: float | None,
    age_weight: float,
    ethnicity_weight: float,
    luminance_weight: float,
) -> None:
    """Match real and AI pictures of the prepared set FOLDER and write pairs.csv.

    As many pairs as possible, and among those the smallest total distance. Existing pairs are
    replaced.
    """
    from stimuli.manifest import read_set, write_set
    from stimuli.pair import PairingRule, match_pairs

    stimulus_set = read_set(folder)
    rule = PairingRule(
        exact=exact,
        age_per_year=age_weight,
        ethnicity=ethnicity_weight,
        luminance_per_step=luminance_weight,
        max_distance=max_distance,
    )
    luminance = _luminance(stimulus_set) if luminance_weight else None
    matching = match_pairs(stimulus_set.stimuli, rule=rule, luminance=luminance, n_practice=practice)
    write_set(replace(stimulus_set, pairs=matching.pairs))
    for made in matching.pairs:
        mark = "  practice" if made.practice else ""
        click.echo(f"{made.pair}  {made.first}  {made.second}  distance {made.distance:.2f}{mark}")
    for left in matching.unpaired:
        click.echo(f"no pair for {left.stimulus}: {left.reason}")
    click.echo(f"{len(matching.pairs)} pairs, total distance {matching.total_distance:.2f}")


def _luminance(stimulus_set: StimulusSet) -> dict[str, float]:
    from stimuli.measures import measure_picture
    from stimuli.picture import read_picture

    return {
        s.stimulus: measure_picture(read_picture(stimulus_set.folder / s.file)).luminance
        for s in stimulus_set.stimuli
    }


@stimuli_commands.command()
@click.argument("name")
@click.argument("folder", type=FOLDER)
@click.option("--from", "base_url", help="A mirror of the pictures' server (else FACEVALUE_CATALOGUE_URL).")
@_says_what_is_wrong
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


@stimuli_commands.command()
@click.argument("source", type=FOLDER)
@click.argument("target", type=FOLDER)
@click.option(
    "--defect",
    "defects",
    multiple=True,
    type=click.Choice(["skin", "lighting", "symmetry"]),
    help="Defect to use; may be repeated. Default: all three.",
)
@click.option(
    "--dose",
    "doses",
    multiple=True,
    type=click.FloatRange(0, 1),
    default=(0.4, 0.8),
    show_default=True,
    help="Dose from 0 (none) to 1; may be repeated.",
)
@click.option("--practice", default=0, show_default=True, help="How many pairs become practice pairs.")
@click.option("--seed", default=0, show_default=True, help="Which picture receives which defect and dose.")
@_says_what_is_wrong
def degrade(
    source: Path, target: Path, defects: tuple[str, ...], doses: tuple[float, ...], practice: int, seed: int
) -> None:
    """Give each real picture of the prepared set SOURCE an edited twin, into the new folder TARGET.

    Each twin has one defect at one dose; originals and twins are encoded in the same way and
    paired.
    """
    from stimuli.degrade import DEFECTS
    from stimuli.progress import progress_bar
    from stimuli.twins import degrade_set

    with progress_bar() as progress:
        made = degrade_set(
            source,
            target,
            defects=defects or DEFECTS,
            doses=doses,
            n_practice=practice,
            seed=seed,
            progress=progress,
        )
    click.echo(f"{len(made.pairs)} pairs of a photograph and its edited twin in {target}")
