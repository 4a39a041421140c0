"""d' at every level of a factor from one probit mixed model, with a joint test that the levels differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.detection_model import (
    METHOD,
    DetectionModel,
    Judgements,
    contrasts,
    d_prime_weights,
    estimated,
    no_estimate,
    no_finite_d_prime,
    pooled_d_prime,
    share_correct,
    try_to_fit,
    weighted,
)
from analysis.estimate import Estimate
from analysis.fitted import FittedModel, fitted_model
from analysis.intervals import Resampling

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit, LikelihoodRatio

_REAL = "real"


@dataclass(frozen=True)
class Grouping:
    """How answers are put into levels.

    ``labels`` has a level for each row of the judgements (missing: left out), ``order`` the levels in order;
    the first is the reference. ``of_made``: the levels are kinds of made faces, so that faces shown one at a
    time compare each with *all* real faces. ``own_bias``: side bias or criterion may differ between levels.
    With ``min_items`` smaller levels stay out of the model.
    """

    name: str
    title: str
    labels: pd.Series[Any]
    order: tuple[str, ...]
    of_made: bool = False
    own_bias: bool = True
    min_items: int = 1


@dataclass(frozen=True)
class LevelDetection:
    """Detection at one level; ``note`` says why d' is not of the model, or is not there."""

    level: str
    d_prime: Estimate
    bias: Estimate
    share_correct: Estimate
    note: str = ""


@dataclass(frozen=True)
class LevelsOfDetection:
    """``test``: do d' of the levels in the model differ (likelihood ratio)? ``gain``: last minus first.

    Both are None with fewer than two levels in the model; ``note`` says what to know of model and test.
    """

    name: str
    title: str
    levels: tuple[LevelDetection, ...]
    test: LikelihoodRatio | None
    gain: Estimate | None
    model: FittedModel | None
    note: str = ""


def detection_by_level(
    whole: DetectionModel, grouping: Grouping, resampling: Resampling, *, level: float = 0.95
) -> LevelsOfDetection:
    """d', bias and share correct at each level of one grouping.

    The random part is that of ``whole``, the model of all answers: people differ in d' as a whole, not in how
    much a level matters to them, and pairs (faces) have their own. Levels whose answers are all alike have no
    finite d' and stay out of the model, as do small ones, of which the pooled d' is given.
    """
    parts = {name: _rows_at(whole.judgements, grouping, name) for name in grouping.order}
    notes = {name: _reason(part, grouping) for name, part in parts.items()}
    modelled = tuple(name for name in grouping.order if not notes[name])
    data = _model_rows(whole.judgements, grouping, modelled)
    declared, reason = _fit(whole, data, grouping, modelled)
    bare = {
        name: LevelDetection(
            name,
            _unmodelled(part, notes[name], resampling, level),
            no_estimate(part.counts(), level),
            share_correct(part, resampling),
            notes[name] or reason,
        )
        for name, part in parts.items()
        if len(part.table)
    }
    if declared is None:
        return LevelsOfDetection(
            grouping.name, grouping.title, tuple(bare.values()), None, None, None, reason
        )
    tables = _contrast_tables(data, grouping, modelled)
    d_prime, bias = contrasts(declared.fit, data, *tables)
    for place, name in enumerate(modelled):
        sample = parts[name].counts()
        bare[name] = replace(
            bare[name],
            d_prime=estimated(d_prime, sample, level, place=place),
            bias=estimated(bias, sample, level, place=place),
        )
    test, note = _test(declared, data, grouping, modelled)
    return LevelsOfDetection(
        grouping.name,
        grouping.title,
        tuple(bare.values()),
        test,
        _gain(declared, data, tables, level),
        fitted_model(f"{data.prefix}-by-{grouping.name}", _question(grouping), declared, level=level),
        " ".join([*([note] if note else []), *declared.fit.messages]),
    )


def _rows_at(judgements: Judgements, grouping: Grouping, name: str) -> Judgements:
    chosen = grouping.labels == name
    if grouping.of_made and judgements.layout == "single":
        chosen |= judgements.table[judgements.signal] < 0
    return judgements.where(chosen.to_numpy())


def _reason(part: Judgements, grouping: Grouping) -> str:
    made = part.table
    if grouping.of_made and part.layout == "single":
        made = made[made[part.signal] > 0]
    n = made[part.item].nunique()
    things = "pairs" if part.layout == "pair" else "faces"
    if n < grouping.min_items:
        return f"fewer than {grouping.min_items} {things}: pooled answers, not of the model"
    return no_finite_d_prime(part)


def _unmodelled(part: Judgements, note: str, resampling: Resampling, level: float) -> Estimate:
    if note.startswith("fewer than") and not no_finite_d_prime(part):
        return pooled_d_prime(part, resampling)
    return no_estimate(part.counts(), level)


def _model_rows(judgements: Judgements, grouping: Grouping, modelled: tuple[str, ...]) -> Judgements:
    labels = grouping.labels.astype(object)
    categories = list(modelled)
    if grouping.of_made and judgements.layout == "single":
        labels = labels.where(judgements.table[judgements.signal] > 0, _REAL)
        categories = [_REAL, *modelled]
    column = pd.Categorical(labels.where(labels.isin(categories)), categories=categories)
    table = judgements.table.assign(**{grouping.name: column})
    return Judgements(table[table[grouping.name].notna()], judgements.layout)


def _fixed_parts(data: Judgements, grouping: Grouping, n_levels: int) -> tuple[str, str]:
    """With d' differing between levels, and alike."""
    signal, name = data.signal, grouping.name
    if n_levels < 2:
        return signal, signal
    if grouping.of_made and data.layout == "single":
        return name, signal
    if grouping.own_bias:
        return f"{name} * {signal}", f"{name} + {signal}"
    return f"{signal} + {signal}:{name}", signal


def _fit(
    whole: DetectionModel, data: Judgements, grouping: Grouping, modelled: tuple[str, ...]
) -> tuple[DeclaredFit | None, str]:
    if not modelled or not whole.random:
        return None, "" if whole.random else whole.reason
    fixed, _ = _fixed_parts(data, grouping, len(modelled))
    return try_to_fit(f"{data.response} ~ {fixed} + {whole.random}", data)


def _contrast_tables(
    data: Judgements, grouping: Grouping, modelled: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    categories = data.table[grouping.name].cat.categories
    shared = grouping.of_made and data.layout == "single"
    others = [_REAL] * len(modelled) if shared else list(modelled)
    with_made, without = (
        pd.DataFrame({grouping.name: pd.Categorical(names, categories=categories), data.signal: value})
        for names, value in ((list(modelled), 0.5), (others, -0.5))
    )
    return with_made, without


def _gain(
    declared: DeclaredFit, data: Judgements, tables: tuple[pd.DataFrame, pd.DataFrame], level: float
) -> Estimate | None:
    if len(tables[0]) < 2:
        return None
    weights = d_prime_weights(declared.fit, data, *tables)
    difference = weighted(declared.fit, weights[-1:] - weights[:1])
    return estimated(difference, data.counts(), level, method=f"{METHOD}; last level minus first")


def _test(
    declared: DeclaredFit,
    data: Judgements,
    grouping: Grouping,
    modelled: tuple[str, ...],
) -> tuple[LikelihoodRatio | None, str]:
    """Against the model with one d'; its random part is what the larger model ended with."""
    if len(modelled) < 2:
        return None, ""
    random = " + ".join(str(term) for term in declared.fit.model.design.formula.random)
    return likelihood_ratio(
        declared, f"{data.response} ~ {_fixed_parts(data, grouping, len(modelled))[1]} + {random}", data
    )


def likelihood_ratio(
    declared: DeclaredFit, smaller: str, data: Judgements
) -> tuple[LikelihoodRatio | None, str]:
    """The test against a smaller model of the same rows, or why there is none."""
    from analysis.mixed import compare, fit_mixed

    try:
        return compare(fit_mixed(smaller, data.table, family="bernoulli", link="probit"), declared.fit), ""
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return None, f"No joint test: {error}."


def _question(grouping: Grouping) -> str:
    return f"Does sensitivity differ {grouping.title}?"
