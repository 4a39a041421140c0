"""``facevalue stimuli degrade``: one defect at a known dose."""

from __future__ import annotations

from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
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
@says_what_is_wrong
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
