"""Estimate one effect in the way a specification says: mixed model, t test of means, or bootstrap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.claims.formulas import TestingModel
from analysis.claims.ordinal import points_per_z
from analysis.claims.specification import Specification
from analysis.claims.statistics import Statistic
from analysis.estimate import Estimate, model_estimate, sample_of
from analysis.fitted import FittedModel, fitted_model
from analysis.intervals import resample

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit, MixedFit

N_RESAMPLES = 1000
#: Standard errors beyond this many units of z tell of an estimate that ran off to infinity.
_ENDLESS_SE = 50.0
# No face is that easily told: the answers to a few pictures are nearly all alike, and the search ran off.
_ENDLESS_Z = 10.0


@dataclass(frozen=True)
class Question:
    """One effect to estimate.

    ``table`` has one row per answer with participant, pair, left, right and the columns of ``model``;
    ``plain`` is the same effect without a model. ``name`` and ``question`` are those of the fitted model,
    ``unit`` that of the effect, ``level`` that of intervals, ``seed`` that of the bootstrap. ``in_points``:
    the effect of an ordinal model is put back into points of the scale.
    """

    name: str
    question: str
    unit: str
    table: pd.DataFrame
    model: TestingModel
    plain: Statistic
    level: float
    seed: int
    in_points: bool = False


@dataclass(frozen=True)
class Answer:
    """An estimate, the model it is from if it is from one, and what a reader should know of it.

    ``trouble`` tells why it cannot be trusted as it stands; empty where it can.
    """

    estimate: Estimate
    model: FittedModel | None = None
    notes: tuple[str, ...] = ()
    trouble: str = ""


def estimate(question: Question, specification: Specification) -> Answer:
    """By the specification's model.

    A mixed model that cannot be used (impossible to fit, separated, not converged) gives way to the
    bootstrap over participants and pairs, and the notes say so.
    """
    if specification.model == "means":
        return Answer(by_means(question))
    if specification.model == "bootstrap":
        return Answer(by_bootstrap(question))
    intercepts = specification.model == "intercepts"
    model = question.model.with_intercepts_only if intercepts else question.model
    found = by_model(replace(question, model=model))
    if found.trouble:
        note = f"{found.trouble} The estimate is from a bootstrap over participants and pairs instead."
        return Answer(by_bootstrap(question), found.model, (*found.notes, note))
    return found


def by_model(question: Question) -> Answer:
    """The declared mixed model, simplified by the rule; ``trouble`` where it cannot be used."""
    from analysis.mixed import fit_declared

    model = question.model
    options: dict[str, Any] = {"family": model.family, "link": model.link}
    try:
        declared = fit_declared(model.formula, question.table, protected=model.protected, **options)
    except ValueError as error:
        return Answer(_nothing(question), trouble=f"The mixed model could not be fitted: {error}.")
    fitted = fitted_model(question.name, question.question, declared, level=question.level)
    value, se, df = _effect(declared.fit, model)
    if question.in_points:
        value, se = (points_per_z(declared.fit, value) * number for number in (value, se))
    method = f"{fitted.family} mixed model ({fitted.link}), {fitted.method}: {fitted.formula}"
    found = model_estimate(
        value, se, df, sample_of(question.table), level=question.level, unit=question.unit, method=method
    )
    return Answer(found, fitted, _notes(declared), _trouble(declared, found, model))


def by_means(question: Question) -> Estimate:
    """One number per participant, and a t test of their mean: says nothing about other pictures."""
    own = question.plain.of_participants(question.table).dropna()
    n = len(own)
    se = float(own.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return model_estimate(
        float(own.mean()) if n else float("nan"),
        se,
        max(n - 1.0, 1.0),
        sample_of(question.table),
        level=question.level,
        unit=question.unit,
        method=f"{question.plain.words} of each participant, t test of {n} means",
    )


def by_bootstrap(question: Question) -> Estimate:
    """Participants and pairs (or pictures) drawn anew, each with replacement."""
    table, unit = question.table, question.model.unit
    grouped = table.assign(pair=table[unit])
    weights = resample(
        grouped["participant"],
        grouped["pair"],
        seed=question.seed,
        n_resamples=N_RESAMPLES,
        level=question.level,
    )
    sums = weights.totals(weights.sums(grouped, question.plain.columns(table)))
    return weights.estimate(
        question.plain.value(sums), sample_of(table), unit=question.unit, method=question.plain.words
    )


def _effect(fit: MixedFit, model: TestingModel) -> tuple[float, float, float]:
    if model.term not in fit.fixed.index:
        return float("nan"), float("nan"), float("inf")
    value, se, df = fit.fixed.loc[model.term, ["estimate", "se", "df"]].to_numpy(dtype=float)
    return float(model.per_term * value), float(model.per_term * se), float(df)


def _trouble(declared: DeclaredFit, found: Estimate, model: TestingModel) -> str:
    fit = declared.fit
    if any(message.startswith("Separation") for message in fit.messages):
        return "Some answers are predicted perfectly, so that the mixed model has no finite estimate."
    if not fit.converged:
        return "The mixed model did not converge."
    if not np.isfinite(found.low) or (model.family != "gaussian" and found.se > _ENDLESS_SE):
        return "The mixed model gives no standard error."
    if model.family != "gaussian" and abs(found.estimate) > _ENDLESS_Z:
        return "Some answers are predicted almost perfectly, so that the mixed model's estimate runs off."
    return ""


def _notes(declared: DeclaredFit) -> tuple[str, ...]:
    if declared.settled:
        return ()
    return (
        "The mixed model stays singular: a variance that may not be dropped is estimated as 0, and the "
        "interval takes that as known.",
    )


def _nothing(question: Question) -> Estimate:
    nan = float("nan")
    return model_estimate(
        nan,
        nan,
        float("inf"),
        sample_of(question.table),
        level=question.level,
        unit=question.unit,
        method="none",
    )
