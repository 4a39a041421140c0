"""A fitted model as it is printed: its facts in words, and its tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.fitted import FittedModel
from analysis.report.apa import listed
from analysis.report.content import Column, Table
from analysis.report.rounding import count, number

_STEP_HEADINGS = {"n_parameters": "parameters", "loglik": "log likelihood"}


def model_facts(model: FittedModel) -> tuple[tuple[str, str], ...]:
    """What the fit is and rests on: name and words."""
    groups = listed([f"{name} {count(n)}" for name, n in model.groups.items()])
    state = "yes" if model.converged else "no: see the messages"
    return (
        ("Family and link", f"{model.family}, {model.link}"),
        ("Estimated by", model.method),
        ("Answers", count(model.n_observations)),
        ("Levels of the grouping factors", groups),
        ("Log likelihood (parameters)", f"{number(model.loglik)} ({model.n_parameters})"),
        ("Converged", state),
        ("Singular", "yes: a variance is 0 or a correlation ±1" if model.singular else "no"),
    )


def model_list(models: Sequence[FittedModel]) -> Table:
    """A line for each model, where there is no room for them in full: on paper."""
    rows = [
        {
            "question": model.question,
            "formula": model.formula,
            "family": f"{model.family}, {model.link}",
            "n": model.n_observations,
            "state": _state(model),
        }
        for model in models
    ]
    columns = (
        Column("question", "Model"),
        Column("formula", "Formula", "code"),
        Column("family", "Family, link"),
        Column("n", "Answers", "count"),
        Column("state", "Fit"),
    )
    note = (
        "Fixed and random effects of each, with intervals, and the steps to it are in the page, in its JSON "
        "and in the folder of tables."
    )
    return Table("models", "Models of this chapter.", pd.DataFrame(rows), columns, note=note)


def _state(model: FittedModel) -> str:
    if not model.converged:
        return "did not converge"
    return "singular" if model.singular else "regular"


def model_tables(model: FittedModel) -> tuple[Table, ...]:
    """Fixed effects, thresholds where there are any, random effects, and the steps of the rule."""
    coefficients = (
        Column("term", "Term", "code"),
        Column("estimate", "Estimate (scale of the link)", "signed", 3, ("low", "high")),
        Column("se", "SE", "number", 3),
        Column("statistic", "t" if model.family == "gaussian" else "z", "number"),
        Column("df", "df", "number", 1),
        Column("p", "p", "p"),
    )
    tables = [Table(f"{model.name}-fixed", "Fixed effects.", model.fixed, coefficients)]
    if len(model.thresholds):
        thresholds = Table(f"{model.name}-thresholds", "Thresholds.", model.thresholds, coefficients)
        tables.append(thresholds)
    random = (
        Column("group", "Group", "code"),
        Column("term", "Term", "code"),
        Column("sd", "SD (scale of the link)", "number", 3),
        Column("corr", "Correlation with the first term", "number"),
    )
    tables.append(Table(f"{model.name}-random", "Random effects.", model.random, random))
    tables.append(_steps(model))
    return tuple(tables)


def _steps(model: FittedModel) -> Table:
    columns = tuple(_step_column(str(name)) for name in model.steps.columns)
    caption = "Steps of the rule for random effects, the first tried first."
    return Table(f"{model.name}-steps", caption, model.steps, columns)


def _step_column(name: str) -> Column:
    heading = _STEP_HEADINGS.get(name, name.replace("_", " "))
    heading = heading[0].upper() + heading[1:]
    if name in ("singular", "converged"):
        return Column(name, heading, "yes")
    if name in ("step", "n_parameters"):
        return Column(name, heading, "count")
    if name == "loglik":
        return Column(name, heading, "number")
    return Column(name, heading, "code" if name == "formula" else "words")
