"""The power analysis on one page that needs nothing else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
from markupsafe import Markup

from analysis.pages import render_page
from analysis.power.assumptions import Assumptions
from analysis.power.curve import power_curve
from analysis.power.study import PlannedStudy
from analysis.power.wording import effect_words, findings, percent, study_file_lines


def render_power(
    table: pd.DataFrame, study: PlannedStudy, assumptions: Assumptions, *, seed: int, version: str
) -> str:
    """Findings, a curve for each claim and effect, the whole table, assumptions, and lines for study.toml."""
    curves: list[tuple[str, str, Markup]] = []
    key: Any
    for key, rows in table.groupby(["claim", "effect"], sort=True):
        curve = power_curve(rows, name=f"power{len(curves)}")
        curves.append((key[0], effect_words(*key), Markup(curve)))  # noqa: S704 - drawn here
    facts = [
        (f.name, getattr(assumptions, f.name), f.metadata["unit"], f.metadata["meaning"])
        for f in dataclasses.fields(assumptions)
    ]
    return render_page(
        "power.html.j2",
        {"percent": percent},
        study=study,
        curves=curves,
        findings=list(findings(table)),
        rows=table.to_dict("records"),
        assumptions=facts,
        lines=study_file_lines(table, study, seed=seed, version=version),
        n_simulations=int(table["n_simulations"].max()),
        seed=seed,
        version=version,
    )
