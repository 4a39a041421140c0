"""Commands: report on an export, check or simulate one, plan a study, get published data."""

from __future__ import annotations

import json
from pathlib import Path

import click

from analysis.power_command import power_command
from analysis.privacy_commands import PRIVACY_COMMANDS
from analysis.report_commands import report, verify


@click.group(name="analysis")
def analysis_commands() -> None:
    """Read an exported study: check it, report on it, or simulate one."""


for command in (report, verify, *PRIVACY_COMMANDS, power_command):
    analysis_commands.add_command(command)


_EXPORT = click.argument("export", type=click.Path(path_type=Path))


@analysis_commands.command()
@_EXPORT
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, for machines.")
def check(export: Path, as_json: bool) -> None:
    """List everything wrong with EXPORT, an export folder: with its tables, and with what it says of itself.

    Exits with 1 if there is an error; warnings alone do not fail.
    """
    from analysis.check import check_export

    checked = check_export(export)
    if as_json:
        click.echo(json.dumps(checked.as_dict(), indent=2, ensure_ascii=False))
        raise SystemExit(1 if checked.errors else 0)
    for finding in checked.findings:
        click.echo(str(finding))
    also = f" but {_counted(len(checked.warnings), 'warning')}" if checked.warnings else ""
    if checked.errors:
        raise click.ClickException(
            f"{_counted(len(checked.errors), 'problem')}; this is not the export as made"
        )
    rows = ("participants", "trials", "ratings")
    counts = ", ".join(_counted(checked.counts[table], table.removesuffix("s")) for table in rows)
    click.echo(f"No problems{also}: {counts}.")


@analysis_commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--participants", type=click.IntRange(1), default=60, show_default=True)
@click.option("--pairs", type=click.IntRange(1), default=24, show_default=True)
@click.option(
    "--exposure-ms",
    type=float,
    multiple=True,
    default=(100, 500, 2000),
    show_default=True,
    help="Exposure in ms; 0 is unlimited. Repeat for several.",
)
@click.option(
    "--d-prime",
    type=float,
    multiple=True,
    default=(0.4, 0.9, 1.4),
    show_default=True,
    help="Sensitivity, one for all exposures or one for each.",
)
@click.option("--side-bias", type=float, default=0.1, show_default=True)
@click.option(
    "--trust-difference", type=float, default=-0.3, show_default=True, help="AI minus real, points."
)
@click.option("--participant-sd", type=click.FloatRange(0), default=0.3, show_default=True)
@click.option("--stimulus-sd", type=click.FloatRange(0), default=0.3, show_default=True)
@click.option("--careless-share", type=click.FloatRange(0, 1), default=0.05, show_default=True)
@click.option("--late-frame-share", type=click.FloatRange(0, 1), default=0.03, show_default=True)
@click.option("--dropout-share", type=click.FloatRange(0, 1), default=0.05, show_default=True)
@click.option(
    "--confidence-noise", type=click.FloatRange(0), default=0.0, show_default=True, help="Sd, evidence units."
)
@click.option("--hiring-difference", type=float, help="Ask for hiring too: AI minus real, points.")
@click.option("--share-cues-named", type=click.FloatRange(0, 1), help="Ask what gave the AI face away.")
@click.option(
    "--artifact-gain",
    type=(str, float),
    multiple=True,
    help="A tag and what it adds to d', as: skin 0.5. Repeat for several.",
)
@click.option("--kind", type=click.Choice(["ai", "edited"]), default="ai", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def simulate(
    folder: Path,
    participants: int,
    pairs: int,
    exposure_ms: tuple[float, ...],
    d_prime: tuple[float, ...],
    side_bias: float,
    trust_difference: float,
    participant_sd: float,
    stimulus_sd: float,
    careless_share: float,
    late_frame_share: float,
    dropout_share: float,
    confidence_noise: float,
    hiring_difference: float | None,
    share_cues_named: float | None,
    artifact_gain: tuple[tuple[str, float], ...],
    kind: str,
    seed: int,
) -> None:
    """Write the export of a study with simulated participants to FOLDER."""
    from analysis.simulate import simulate_export

    try:
        simulate_export(
            folder,
            n_participants=participants,
            n_pairs=pairs,
            exposures_ms=[ms or None for ms in exposure_ms],
            d_prime=d_prime[0] if len(d_prime) == 1 else d_prime,
            side_bias=side_bias,
            trust_difference=trust_difference,
            participant_sd=participant_sd,
            stimulus_sd=stimulus_sd,
            careless_share=careless_share,
            late_frame_share=late_frame_share,
            dropout_share=dropout_share,
            confidence_noise=confidence_noise,
            hiring_difference=hiring_difference,
            share_cues_named=share_cues_named,
            artifact_gains=dict(artifact_gain),
            stimulus_kind=kind,
            seed=seed,
        )
    except (ValueError, FileExistsError) as error:
        raise click.ClickException(str(error)) from error
    people, items = _counted(participants, "robot"), _counted(pairs, "pair")
    click.echo(f"{folder}: {people} and {items}; read them with `python -m analysis report {folder} -o FILE`")


@analysis_commands.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "base_url", help="A mirror of GitHub's raw files (else FACEVALUE_CATALOGUE_URL).")
def get(name: str, folder: Path, base_url: str | None) -> None:
    """Download the data of the published study NAME (gengap) into FOLDER and tell licence and citation.

    What is there already, with the right checksum, is kept.
    """
    from analysis.published.download import PublishedDataError, fetch_published
    from analysis.published.sources import source_named

    try:
        source = source_named(name)
        file = fetch_published(name, folder, base_url=base_url)
    except (PublishedDataError, KeyError) as error:
        raise click.ClickException(str(error.args[0])) from error
    click.echo(f"{file} ({source.licence})\nCite: {source.citation}")


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
