"""What a fit expects: linear predictors and responses for old and new rows, and simulated answers."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.mixed.answers import Answers
from analysis.mixed.modes import mode_values
from analysis.mixed.response import inverse_link
from analysis.mixed.variables import model_matrix_of_known_levels, variables

if TYPE_CHECKING:
    from analysis.mixed.fit import MixedFit

Floats = NDArray[np.float64]
Scale = Literal["response", "link"]


def predict(
    fit: MixedFit,
    new_data: pd.DataFrame | None,
    *,
    include: Sequence[str] | None,
    scale: Scale,
    offset: Sequence[float] | None,
) -> pd.Series[Any] | pd.DataFrame:
    """Expected answers per row; see ``MixedFit.predict``."""
    chosen = tuple(fit.groups) if include is None else tuple(include)
    for group in chosen:
        fit.place_of(group)
    if new_data is None:
        eta, index = _fitted(fit, chosen), fit.model.design.index
        order = np.argsort(fit.model.design.rows, kind="stable")
        eta, index = eta[order], index[order]
    else:
        eta, index = _linear_predictor(fit, new_data, chosen), new_data.index
        if offset is not None:
            eta = eta + np.asarray(offset, dtype=float)
    if scale == "link" or fit.family == "gaussian":
        return pd.Series(eta, index=index, name="eta" if scale == "link" else "expected")
    if fit.family == "bernoulli":
        return pd.Series(inverse_link(fit.model.link or "logit", eta), index=index, name="probability")
    return pd.DataFrame(
        category_probabilities(fit, eta), index=index, columns=list(fit.model.answers.categories)
    )


def category_probabilities(fit: MixedFit, eta: Floats) -> Floats:
    """Probability of every category of an ordinal model: rows x categories."""
    cumulative = inverse_link(fit.model.link or "logit", fit.estimates.thresholds - eta[:, None])
    edges = np.column_stack([np.zeros(len(eta)), cumulative, np.ones(len(eta))])
    return np.asarray(np.diff(edges, axis=1))


def simulated_answers(fit: MixedFit, rng: np.random.Generator) -> Answers:
    """New answers of new people to new pictures on the same design: random effects are drawn anew."""
    design = fit.model.design
    eta = design.x @ fit.estimates.beta + design.offset
    for place, group in enumerate(design.structure.groups):
        factor = design.structure.factors(fit.estimates.theta)[place]
        if fit.family == "gaussian":
            factor = factor * fit.sigma
        effects = rng.standard_normal((group.n_levels, len(group.terms))) @ factor.T
        eta += (group.raw * effects[group.codes]).sum(axis=1)
    old = fit.model.answers
    y = _drawn(fit, eta, old.weight, rng)
    return Answers(y, old.weight, categories=old.categories)


def simulate(fit: MixedFit, rng: np.random.Generator) -> pd.Series[Any]:
    """Simulated answers as a column beside the used rows of the table, in its order."""
    design, answers = fit.model.design, simulated_answers(fit, rng)
    order = np.argsort(design.rows, kind="stable")
    y = answers.y[order]
    if fit.family == "ordinal":
        labels = np.array(answers.categories, dtype=object)[y.astype(int)]
        values: Any = pd.Categorical(labels, categories=list(answers.categories), ordered=True)
        if pd.api.types.is_numeric_dtype(design.frame[design.formula.response]):
            values = pd.to_numeric(pd.Series(labels)).to_numpy()
    else:
        values = y
    return pd.Series(values, index=design.index[order], name=design.formula.response)


def _drawn(fit: MixedFit, eta: Floats, weight: Floats, rng: np.random.Generator) -> Floats:
    if fit.family == "gaussian":
        return np.asarray(eta + fit.sigma * rng.standard_normal(len(eta)) / np.sqrt(weight))
    if fit.family == "ordinal":
        chances = np.cumsum(category_probabilities(fit, eta), axis=1)
        return np.asarray((rng.random(len(eta))[:, None] > chances[:, :-1]).sum(axis=1), dtype=float)
    trials = np.rint(weight)
    if not np.allclose(trials, weight):
        raise ValueError(
            "simulating binomial answers needs weights that are numbers of trials, found fractions"
        )
    yes = rng.binomial(trials.astype(int), inverse_link(fit.model.link or "logit", eta))
    return np.asarray(yes / np.maximum(trials, 1.0), dtype=float)


def _fitted(fit: MixedFit, groups: tuple[str, ...]) -> Floats:
    design = fit.model.design
    eta = design.x @ fit.estimates.beta + design.offset
    for name in groups:
        place = fit.place_of(name)
        group = design.structure.groups[place]
        values = mode_values(fit, place) * group.scales
        eta = eta + (group.raw * values[group.codes]).sum(axis=1)
    return np.asarray(eta)


def _linear_predictor(fit: MixedFit, table: pd.DataFrame, groups: tuple[str, ...]) -> Floats:
    eta = fixed_columns(fit, table) @ fit.estimates.beta
    for name in groups:
        place = fit.place_of(name)
        levels, known = _level_places(fit, table, name)
        columns = random_columns(fit, table, name)
        values = mode_values(fit, place)[levels] * known[:, None]
        eta = eta + (columns * values).sum(axis=1)
    return np.asarray(eta)


def fixed_columns(fit: MixedFit, table: pd.DataFrame) -> Floats:
    """The fixed part's columns for other rows; NaN where something is missing."""
    design = fit.model.design
    columns = _columns(fit, design.formula.fixed, design.fixed_spec, table)
    places = [design.fixed_spec.column_names.index(name) for name in design.fixed_names]
    return columns[:, places]


def random_columns(fit: MixedFit, table: pd.DataFrame, group: str) -> Floats:
    """The random part's columns of one group for other rows; NaN where something is missing."""
    terms = fit.model.design.term_specs
    return np.hstack(
        [_columns(fit, term.columns, spec, table) for name, term, spec in terms if name == group]
    )


def _columns(fit: MixedFit, expression: str, spec: Any, table: pd.DataFrame) -> Floats:
    """What one expression of the formula makes of other rows. Formulaic would take a missing category for
    the one that the others are compared with, so it gets complete rows only."""
    used = sorted(variables(expression, set(fit.model.design.frame.columns)))
    absent = [name for name in used if name not in table.columns]
    if absent:
        raise KeyError(f"the new table has no column {', '.join(absent)}, which the formula uses; add it")
    complete = table[used].notna().all(axis=1).to_numpy()
    columns = np.full((len(table), len(spec.column_names)), np.nan)
    if complete.any():
        columns[complete] = model_matrix_of_known_levels(spec, table[complete])
    return columns


def _level_places(fit: MixedFit, table: pd.DataFrame, group: str) -> tuple[NDArray[np.int64], Floats]:
    factors = group.split(":")
    absent = [name for name in factors if name not in table.columns]
    if absent:
        raise KeyError(
            f"the new table has no column {', '.join(absent)}; add it, or leave {group} out of include"
        )
    levels = fit.model.design.structure.groups[fit.place_of(group)].levels
    wanted = pd.Index(table[factors[0]])
    if len(factors) > 1:
        wanted = pd.Index(table[factors].astype(str).agg(":".join, axis=1))
    places = levels.get_indexer(wanted)
    if (places < 0).any():
        n = int(pd.Index(wanted[places < 0]).nunique(dropna=False))
        warnings.warn(
            f"{n} levels of {group} were not in the data of the fit: their random effects are taken as 0, "
            "the average",
            stacklevel=4,
        )
    return np.maximum(places, 0).astype(np.int64), (places >= 0).astype(float)
