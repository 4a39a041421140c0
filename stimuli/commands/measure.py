"""``facevalue stimuli measure``: what every picture is like in numbers, for the analysis."""

from __future__ import annotations

from pathlib import Path

import click

from stimuli.commands.said import FOLDER, says_what_is_wrong


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--update", is_flag=True, help="Write the measures into manifest.csv, as columns measure_….")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write them to this CSV file, for `analysis report --measures`.",
)
@says_what_is_wrong
def measure(folder: Path, update: bool, output: Path | None) -> None:
    """Measure every picture of the set FOLDER, so that a report can say which measures explain the answers.

    With --update before the study is published, the measures reach its export by themselves; they are part
    of the set's fingerprint. For a study that is published already, or run elsewhere, write a file with -o.
    """
    from stimuli.manifest import MANIFEST_FILE, read_set, write_set
    from stimuli.measured import measured_columns, measures_table, with_measures
    from stimuli.progress import progress_bar
    from stimuli.tables import write_atomically

    if not update and output is None:
        raise click.UsageError(
            "Say where the measures go: --update for manifest.csv, -o FILE for a CSV file."
        )
    stimulus_set = read_set(folder)
    with progress_bar() as progress:
        measured = measured_columns(stimulus_set, progress=progress)
    if update:
        write_set(with_measures(stimulus_set, measured))
    if output is not None:
        write_atomically(output, measures_table(stimulus_set, measured))
    n_faceless = sum(value != value for value in measured["skin_smoothness"].values())
    if n_faceless:
        click.echo(f"note: no face found in {n_faceless}, which have no measures of face and background")
    places = [folder / MANIFEST_FILE] * update + [output] * (output is not None)
    where = " and ".join(map(str, places))
    click.echo(f"{len(measured)} measures of {len(stimulus_set.stimuli)} pictures in {where}")
