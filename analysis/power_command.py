"""``facevalue analysis power``: how many people and pictures a planned study needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from analysis.power import Assumptions, PlannedStudy


class Numbers(click.ParamType):  # type: ignore[type-arg]
    """Numbers with commas between them, as ``50,100,200``."""

    name = "numbers"

    def __init__(self, kind: type[int] | type[float]) -> None:
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(self._kind(part) for part in str(value).split(","))
        except ValueError:
            whole = "whole numbers" if self._kind is int else "numbers"
            self.fail(f"expected {whole} with commas, as 50,100,200; found {value!r}", param, ctx)


@click.command("power")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--claim",
    "claims",
    multiple=True,
    type=click.Choice(["distrust", "milliseconds", "closer-look", "detection"]),
    help="Claim to be tested; repeat it. Default: the study's primary ones.",
)
@click.option("--people", type=Numbers(int), help="Numbers of people. Default: target, half and twice of it.")
@click.option("--pairs", type=Numbers(int), help="Pairs in the set. Default: the set's, and twice as many.")
@click.option(
    "--trials", type=Numbers(int), help="Trials of each person about the claim. Default: the study's."
)
@click.option(
    "--effect",
    "effects",
    type=Numbers(float),
    help="True effects, points or d'. Default: the smallest of interest, or 0.3 of d'.",
)
@click.option(
    "--assume", multiple=True, metavar="NAME=VALUE", help="Another value for an assumption; repeat it."
)
@click.option("--pilot", type=click.Path(path_type=Path), help="Export of a pilot to take assumptions from.")
@click.option("--simulations", type=click.IntRange(20), default=500, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--jobs", default=-1, show_default=True, help="Processes; -1 is one for each core.")
@click.option("--cluster", metavar="ADDRESS", help="Scheduler of a Dask cluster to simulate on.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to keep outcomes in and to go on from.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Page (.html) or table (.csv, .json) to write.",
)
def power_command(
    study: Path,
    claims: tuple[str, ...],
    people: tuple[int, ...] | None,
    pairs: tuple[int, ...] | None,
    trials: tuple[int, ...] | None,
    effects: tuple[float, ...] | None,
    assume: tuple[str, ...],
    pilot: Path | None,
    simulations: int,
    seed: int,
    jobs: int,
    cluster: str | None,
    keep: Path | None,
    output: Path | None,
) -> None:
    """Simulate STUDY, a study.toml or its folder, with different numbers of people and pictures."""
    from analysis.power import power_grid, power_table, read_planned_study, simulate_power
    from analysis.power.wording import findings, study_file_lines

    if output is not None and output.suffix not in (".html", ".csv", ".json"):
        raise click.ClickException(f"{output}: expected a name that ends in .html, .csv or .json")
    try:
        planned = read_planned_study(study)
        assumptions = _assumptions(assume, pilot)
        cells = power_grid(planned, claims=claims, people=people, pairs=pairs, trials=trials, effects=effects)
        with _cluster(cluster), _progress() as progress:
            outcomes = simulate_power(
                planned,
                cells,
                assumptions=assumptions,
                n_simulations=simulations,
                seed=seed,
                n_jobs=None if cluster else jobs,
                keep=keep,
                progress=progress,
            )
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    table = power_table(outcomes, planned, assumptions=assumptions)
    click.echo(_as_text(table))
    for finding in findings(table):
        click.echo(f"- {finding}")
    click.echo("\nFor study.toml:\n")
    click.echo(study_file_lines(table, planned, seed=seed, version=version("facevalue")))
    if output is not None:
        _write(output, table, planned, assumptions, seed)
        click.echo(f"written to {output}")


def _assumptions(assume: tuple[str, ...], pilot: Path | None) -> Assumptions:
    from analysis.dataset import read_export
    from analysis.power import Assumptions, from_pilot

    values: dict[str, float] = {}
    for text in assume:
        name, _, value = text.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError:
            raise ValueError(f"--assume {text}: expected NAME=VALUE with a number; correct it") from None
    base = from_pilot(read_export(pilot)) if pilot else Assumptions()
    return base.changed(**values)


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Everything inside is simulated on the Dask cluster at this address, if there is one."""
    if address is None:
        yield
        return
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ValueError("a cluster needs Dask: pip install 'facevalue[cluster]'") from None
    from joblib import parallel_config

    with Client(address, timeout="10s"), parallel_config(backend="dask"):  # type: ignore[no-untyped-call]
        yield


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on standard error; none where that is no terminal."""
    from tqdm import tqdm

    with tqdm(desc="simulate", unit="study", disable=None) as bar:

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield show


def _as_text(table: pd.DataFrame) -> str:
    """The table as it stands in a terminal."""
    shares = ("power", "power_low", "power_high", "equivalent", "ceiling", "covered")
    shown = table[["claim", "effect", "n_participants", "n_pairs", "n_trials", *shares]].copy()
    for name in shares:
        shown[name] = [f"{share:.0%}" if share == share else "-" for share in shown[name]]
    shown.columns = [
        *("claim", "effect", "people", "pairs", "trials"),
        *("power", "from", "to", "equivalent", "any number", "covered"),
    ]
    return shown.to_string(index=False)


def _write(
    output: Path, table: pd.DataFrame, planned: PlannedStudy, assumptions: Assumptions, seed: int
) -> None:
    from analysis.power.page import render_power

    if output.suffix == ".csv":
        text = table.to_csv(index=False)
    elif output.suffix == ".json":
        text = table.to_json(orient="records", indent=2, double_precision=15) + "\n"
    else:
        text = render_power(table, planned, assumptions, seed=seed, version=version("facevalue"))
    output.write_text(text, encoding="utf-8")
