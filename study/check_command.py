"""The command that checks a study and tells what a participant will live through."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from study.forecast import Forecast
    from study.protocol import Problem, StudyProtocol
    from study.stimulus_fit import SetFit


@click.command("check")
@click.argument("study_toml", type=click.Path(path_type=Path))
@click.option(
    "--pay-per-hour",
    type=click.FloatRange(min=0),
    help="Reckon with this pay instead of recruitment.pay_per_hour.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def check_command(study_toml: Path, pay_per_hour: float | None, as_json: bool) -> None:
    """List every problem of a study file, with its line, and what a participant will live through.

    Exit status 1 if there is any error; warnings alone give 0.
    """
    from stimuli.progress import progress_bar
    from study.forecast import forecast
    from study.protocol import check_study
    from study.stimulus_fit import fit_of_set

    checked = check_study(study_toml)
    with progress_bar() as progress:
        fit = fit_of_set(checked, study_toml, progress=progress)
    problems = sorted((*checked.problems, *fit.problems), key=lambda problem: problem.severity != "error")
    ahead = forecast(checked.study, pay_per_hour=pay_per_hour) if checked.study else None
    protocol = checked.study.protocol if checked.study else None
    if as_json:
        click.echo(json.dumps(_as_json(problems, ahead, fit, protocol), indent=2, ensure_ascii=False))
    else:
        _tell(problems, ahead, fit, protocol)
    sys.exit(int(any(problem.severity == "error" for problem in problems)))


def _tell(
    problems: Sequence[Problem], ahead: Forecast | None, fit: SetFit, protocol: StudyProtocol | None
) -> None:
    from study.forecast_in_words import forecast_lines

    if ahead and protocol:
        for line in forecast_lines(ahead, fit, protocol):
            click.echo(line)
        click.echo()
    for problem in problems:
        click.echo(f"{problem.severity}: {problem}", err=problem.severity == "error")
    click.echo(f"{_counted(problems, 'error')}, {_counted(problems, 'warning')}.")


def _counted(problems: Sequence[Problem], severity: str) -> str:
    n = sum(problem.severity == severity for problem in problems)
    return f"{n or 'no'} {severity}{'s' if n != 1 else ''}"


def _as_json(
    problems: Sequence[Problem], ahead: Forecast | None, fit: SetFit, protocol: StudyProtocol | None
) -> dict[str, Any]:
    """Problems always; what lies ahead only where the study has no errors of its own."""
    from study.forecast_in_words import assumptions, planned_analyses

    told: dict[str, Any] = {"problems": [asdict(problem) for problem in problems], "forecast": None}
    if ahead and protocol:
        told["forecast"] = {
            "title": ahead.title,
            "minutes": round(ahead.minutes, 2),
            "cells": [
                asdict(cell)
                | {"minutes": round(cell.minutes, 2), "n_trials": cell.n_trials}
                | {"n_pictures": cell.n_pictures, "megabytes": cell.n_pictures * fit.mean_bytes / 1e6}
                for cell in ahead.cells
            ],
            "target": ahead.target,
            "pay": asdict(ahead.pay) if ahead.pay else None,
            "lists": fit.n_lists,
            "assumptions": list(assumptions(ahead.pace)),
            "analyses": list(planned_analyses(protocol)),
        }
    return told
