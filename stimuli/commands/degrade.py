"""``facevalue stimuli degrade``: one defect at a known dose."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong

if TYPE_CHECKING:
    from stimuli.twins import Design, TwinReport


class _DefectName(click.ParamType[str]):
    """A defect by its name; the names are looked up late, because editing pictures loads slowly."""

    name = "defect"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from stimuli.degrade import DEFECTS

        if value not in DEFECTS:
            self.fail(f"expected one of {', '.join(DEFECTS)}; found {value!r}", param, ctx)
        return str(value)


@click.command()
@click.argument("source", type=FOLDER)
@click.argument("target", type=FOLDER)
@click.option(
    "--defect",
    "defects",
    multiple=True,
    type=_DefectName(),
    help="Defect to use; may be repeated. Default: all.",
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
@click.option(
    "--include-zero", is_flag=True, help="Add dose 0: twins that went the whole way and show no defect."
)
@click.option(
    "--design",
    type=click.Choice(["one-each", "full"]),
    default="one-each",
    show_default=True,
    help="One defect at one dose for each photograph, or all of them for each.",
)
@click.option("--practice", default=0, show_default=True, help="How many photographs become practice pairs.")
@click.option("--seed", default=0, show_default=True, help="Which picture receives which defect and dose.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made and left out as JSON.")
@says_what_is_wrong
def degrade(
    source: Path,
    target: Path,
    defects: tuple[str, ...],
    doses: tuple[float, ...],
    include_zero: bool,
    design: Design,
    practice: int,
    seed: int,
    as_json: bool,
) -> None:
    """Give real pictures of the prepared set SOURCE edited twins, in the new folder TARGET.

    Each twin has one defect at one dose; originals and twins are encoded in the same way and
    paired. Exit status 1 if a twin could not be made; the others are there.
    """
    from stimuli.degrade import DEFECTS
    from stimuli.progress import progress_bar
    from stimuli.twins import degrade_set

    with progress_bar() as progress:
        report = degrade_set(
            source,
            target,
            defects=defects or DEFECTS,
            doses=(0.0, *doses) if include_zero else doses,
            design=design,
            n_practice=practice,
            seed=seed,
            progress=progress,
        )
    _tell_json(report) if as_json else _tell(report)
    sys.exit(1 if report.left_out else 0)


def _tell(report: TwinReport) -> None:
    for gone in report.left_out:
        click.echo(f"not made: {gone.stimulus} with {gone.defect} {gone.dose:g}: {gone.reason}", err=True)
    made = report.stimulus_set
    left_out = f", {len(report.left_out)} left out" if report.left_out else ""
    click.echo(f"{len(made.pairs)} pairs of a photograph and its edited twin in {made.folder}{left_out}")


def _tell_json(report: TwinReport) -> None:
    twins = [s for s in report.stimulus_set.stimuli if s.origin == "edited"]
    counts = sorted(Counter((s.defect, s.dose) for s in twins).items())
    told = {
        "folder": str(report.stimulus_set.folder),
        "pairs": len(report.stimulus_set.pairs),
        "conditions": [{"defect": name, "dose": dose, "n": n} for (name, dose), n in counts],
        "left_out": [asdict(gone) for gone in report.left_out],
    }
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))
