"""Commands that write a report and check one against its export."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from analysis.dataset import Dataset
    from analysis.report.assemble import Built
    from analysis.report.verify import Verification

_EXPORT = click.argument("export", type=click.Path(path_type=Path))
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
#: Beginning a second process costs as much as a small report; from this many trials on it pays.
_WORTH_PROCESSES = 10_000


@click.command()
@_EXPORT
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="File or folder to write."
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["html", "docx", "json", "tables"]),
    help="Default: by the ending of the output; a name without one is a folder of tables.",
)
@click.option("--seed", type=int, help="Seed of the bootstrap. Default: the one frozen in the protocol.")
@click.option("--resamples", type=click.IntRange(100, 100_000), default=2000, show_default=True)
@click.option(
    "--namespace",
    type=click.Choice(["live", "pilot", "preview", "robot"]),
    help="Sessions to report on. Default: live; without any, robot, pilot or preview.",
)
@click.option("--measures", type=_FILE, help="Table of what the pictures themselves measure, to go beside.")
@click.option("--jobs", type=click.IntRange(1), help="Sections built at a time. Default: by cores and size.")
def report(
    export: Path,
    output: Path,
    file_format: Any,
    seed: int | None,
    resamples: int,
    namespace: str | None,
    measures: Path | None,
    jobs: int | None,
) -> None:
    """Write the report of EXPORT, an export folder: one HTML page, a Word document, JSON, or tables.

    Exits with 1 if a section could not be made; the report is written and says which.
    """
    from analysis.report.writing import format_of, write_report

    if not output.parent.is_dir():
        raise click.ClickException(f"{output.parent} is no folder; make it first or name another file")
    try:
        chosen = file_format or format_of(output)
        dataset = read(export)
        made = write_report(
            dataset,
            output,
            format=chosen,
            seed=seed,
            n_resamples=resamples,
            namespace=namespace,
            measures=measures,
            jobs=jobs or jobs_worth(dataset),
            progress=_progress(),
        )
    except (ValueError, FileExistsError) as error:
        raise click.ClickException(str(error)) from error
    name, kept = made.inputs.exclusions.namespace, made.inputs.kept
    people = _counted(len(kept.participants), "robot" if name == "robot" else f"{name} participant")
    click.echo(f"{output}: {people}, {_counted(len(kept.trials), 'trial')} analysed")
    if made.failures:
        said = "\n".join(f"{one.name}: {one.failure}" for one in made.failures)
        raise click.ClickException(f"{_counted(len(made.failures), 'section')} could not be made:\n{said}")


@click.command()
@_EXPORT
@click.argument("report_file", metavar="[REPORT]", type=click.Path(path_type=Path), required=False)
@click.option(
    "--recorded-versions", is_flag=True, help="Install the versions the report names, and use them."
)
@click.option("--measures", type=_FILE, help="The table of picture measures the report was made with.")
@click.option("--jobs", type=click.IntRange(1), help="Sections built at a time. Default: by cores and size.")
def verify(
    export: Path, report_file: Path | None, recorded_versions: bool, measures: Path | None, jobs: int | None
) -> None:
    """Compute every number of REPORT again from EXPORT and name each one that differs.

    REPORT is a page or JSON written by `report`; without one, report.html or report.json in or beside EXPORT.
    Hashes and versions are compared first. Where all versions are the recorded ones every digit has to be the
    same, else a millionth of a number may differ. Exits with 1 if anything differs.
    """
    from analysis.report.verify import VerifyError, find_report

    try:
        path = report_file or find_report(export)
        verification = _verified(export, path, recorded_versions, measures, jobs)
    except VerifyError as error:
        raise click.ClickException(str(error)) from error
    for line in verification.versions:
        click.echo(f"another version of {line}")
    for difference in (*verification.files, *verification.differences):
        click.echo(str(difference))
    how = "to the last digit" if verification.exact else "to a millionth"
    if not verification.holds:
        n = len(verification.files) + len(verification.differences)
        raise click.ClickException(f"{_counted(n, 'difference')}: {path} is not what {export} gives")
    click.echo(f"{path}: all {verification.n_compared} values are what {export} gives, {how}")


def _verified(
    export: Path, path: Path, recorded_versions: bool, measures: Path | None, jobs: int | None
) -> Verification:
    from analysis.report import build_report, render_html
    from analysis.report.numbers import numbers
    from analysis.report.verify import VerifyError, compare, recorded_numbers

    recorded = recorded_numbers(path)
    if recorded.get("measures_sha256") and measures is None:
        raise VerifyError(
            f"{path} was made with measures of the pictures; give the same table with --measures"
        )
    dataset = read(export)
    if recorded_versions:
        from analysis.report.recorded_versions import numbers_with_recorded_versions

        return compare(recorded, numbers_with_recorded_versions(export, recorded, measures=measures))
    again = build_report(
        dataset,
        seed=recorded["seed"],
        n_resamples=recorded["n_resamples"],
        namespace=recorded["namespace"],
        measures=measures,
        jobs=jobs or jobs_worth(dataset),
        progress=_progress(),
    )
    pages = None
    if path.suffix.lower() != ".json":
        pages = (path.read_text(encoding="utf-8"), render_html(again))
    return compare(recorded, numbers(again), pages=pages)


def read(export: Path) -> Dataset:
    """The export, or all that is wrong with it as the command's last words."""
    from analysis.dataset import read_export
    from analysis.problems import ExportError

    try:
        return read_export(export)
    except ExportError as error:
        raise click.ClickException(str(error)) from error


def jobs_worth(dataset: Dataset) -> int:
    """As many processes as there are cores, or one where there is too little to share."""
    return 1 if len(dataset.trials) < _WORTH_PROCESSES else os.cpu_count() or 1


def _progress() -> Any:
    """A line for each section on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None

    def told(built: Built) -> None:
        state = "failed" if built.failure else "done" if built.section else "not in this study"
        click.echo(f"{built.name.replace('_', ' '):18} {state} ({built.seconds:.1f} s)", err=True)

    return told


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
