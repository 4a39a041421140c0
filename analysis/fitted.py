"""A fitted mixed model as it is reported: the question, the formula, all estimates, how it got there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit, MixedFit


@dataclass(frozen=True)
class FittedModel:
    """A model in full, without the data.

    ``name`` is its file name in downloads, ``question`` what it answers, in a sentence. ``fixed``, ``random``
    and ``thresholds`` are the tables of ``MixedFit``, the first with a column ``term`` before the others;
    ``steps`` those of ``DeclaredFit``, one row where nothing had to be simplified.
    """

    name: str
    question: str
    formula: str
    family: str
    link: str
    method: str
    n_observations: int
    groups: Mapping[str, int]
    loglik: float
    n_parameters: int
    converged: bool
    singular: bool
    messages: tuple[str, ...]
    fixed: pd.DataFrame = field(repr=False)
    thresholds: pd.DataFrame = field(repr=False)
    random: pd.DataFrame = field(repr=False)
    steps: pd.DataFrame = field(repr=False)


def fitted_model(name: str, question: str, declared: DeclaredFit, *, level: float = 0.95) -> FittedModel:
    """What ``fit_declared`` found, with intervals at ``level``."""
    fit = declared.fit
    return FittedModel(
        name=name,
        question=question,
        formula=fit.formula,
        family=fit.family,
        link=fit.link,
        method=_method(fit),
        n_observations=fit.n_observations,
        groups=dict(fit.groups),
        loglik=fit.loglik,
        n_parameters=fit.n_parameters,
        converged=fit.converged,
        singular=fit.singular,
        messages=fit.messages,
        fixed=fit.fixed_at(level).rename_axis("term").reset_index(),
        thresholds=_thresholds(fit),
        random=fit.random,
        steps=declared.steps,
    )


def _method(fit: MixedFit) -> str:
    if fit.family != "gaussian":
        return "maximum likelihood, Laplace approximation"
    return "REML, Satterthwaite degrees of freedom" if fit.reml else "maximum likelihood"


def _thresholds(fit: MixedFit) -> pd.DataFrame:
    if fit.family != "ordinal":
        return pd.DataFrame(columns=["term", "estimate", "se", "statistic", "df", "p", "low", "high"])
    return fit.thresholds.rename_axis("term").reset_index()
