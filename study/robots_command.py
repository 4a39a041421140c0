"""The command that lets robots take part in a served study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from study.robots import RobotTruth


@click.command("robots")
@click.argument("link")
@click.option("--n", default=12, show_default=True, type=click.IntRange(1, 100_000), help="How many robots.")
@click.option(
    "--set",
    "stimulus_set",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder of the stimulus set the study was published from.",
)
@click.option("--seed", default=1, show_default=True, help="Start of all their random choices.")
@click.option(
    "--truth",
    "truth_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help='JSON with what they are like, such as {"side_bias": 0.2}; left out: the defaults.',
)
@click.option("--concurrency", default=4, show_default=True, help="How many answer at the same time.")
@click.option(
    "--vanish",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of robots that leave without a word at a random trial.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for what they were given and how each fared, JSON.",
)
def robots_command(
    link: str,
    n: int,
    stimulus_set: Path,
    seed: int,
    truth_file: Path | None,
    concurrency: int,
    vanish: float,
    out: Path | None,
) -> None:
    """Let simulated participants with known truth take part at LINK.

    `facevalue study link SLUG --for robot` prints a LINK whose sessions stay apart from the data.
    """
    from stimuli.manifest import StimulusError
    from study.robots import RobotError, run_robots

    try:
        truth = _truth(truth_file)
        report = run_robots(
            link,
            n=n,
            truth=truth,
            seed=seed,
            stimulus_set=stimulus_set,
            concurrency=concurrency,
            vanish=vanish,
        )
    except RobotError as error:
        if out:
            error.report.write(out)
        raise click.ClickException(str(error)) from None
    except (StimulusError, ValueError, TypeError) as error:
        raise click.ClickException(str(error)) from None
    if out:
        report.write(out)
    plural = "s" if report.n_completed != 1 else ""
    said = f"{report.n_completed} robot{plural} completed in {report.seconds:.1f} s"
    codes = {outcome.completion_code for outcome in report.outcomes if outcome.completion_code}
    for code in sorted(codes):
        said += f", completion code {code}"
    click.echo(said + (f"; {report.n_vanished} vanished" if vanish else ""))


def _truth(file: Path | None) -> RobotTruth:
    import json

    from study.robots import RobotTruth

    given = json.loads(file.read_text(encoding="utf-8")) if file else {}
    if "d_prime" in given:
        given["d_prime"] = {float(exposure): value for exposure, value in given["d_prime"].items()}
    return RobotTruth(**given)
