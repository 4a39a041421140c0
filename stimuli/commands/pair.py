"""``facevalue stimuli pair``: matched pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong

if TYPE_CHECKING:
    from stimuli.manifest import StimulusSet


@click.command()
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
@says_what_is_wrong
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
