"""The left side of a formula, read as the family needs it: numbers, yes and no, or ordered categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from analysis.mixed.design import Design, DesignError, evaluate
from analysis.mixed.messages import constant_response

Floats = NDArray[np.float64]
Family = Literal["gaussian", "bernoulli", "ordinal"]


@dataclass(frozen=True)
class Answers:
    """Responses in the design's row order.

    ``y``: numbers (gaussian), shares of 1 between 0 and 1 (bernoulli), codes 0, 1, … (ordinal).
    ``weight``: residual precision (gaussian) or number of times observed. ``constant`` is what the
    log likelihood contains besides the model: binomial coefficients, as in R.
    """

    y: Floats
    weight: Floats
    categories: tuple[str, ...] = ()
    constant: float = 0.0
    messages: tuple[str, ...] = ()


def read_answers(design: Design, family: Family) -> Answers:
    """The responses of the rows that the design uses."""
    column = evaluate(design.formula.response, design.frame)
    if design.formula.failures is not None:
        if family != "bernoulli":
            raise DesignError("cbind(successes, failures) belongs to family='bernoulli'")
        return _counts(column, evaluate(design.formula.failures, design.frame), design.weight)
    if family == "bernoulli":
        return _bernoulli(column, design)
    if family == "ordinal":
        return _ordinal(column, design)
    y = _numbers(column, design.formula.response)
    if np.ptp(y) == 0:
        raise DesignError(f"{design.formula.response}: {constant_response(y[0])}")
    own_level = [group.name for group in design.structure.groups if group.n_levels >= design.n]
    if own_level:
        raise DesignError(
            f"{', '.join(own_level)} has a level of its own for every row; what varies by it cannot be told "
            "from the residual: drop the term"
        )
    return Answers(y, design.weight)


def _numbers(column: pd.Series[Any], name: str) -> Floats:
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        found = ", ".join(map(repr, column.unique()[:3]))
        raise DesignError(f"{name}: expected numbers, found {found}")
    y = column.to_numpy(dtype=float)
    if not np.isfinite(y).all():
        raise DesignError(f"{name}: not finite in {int((~np.isfinite(y)).sum())} rows; exclude these first")
    return y


def _counts(successes: pd.Series[Any], failures: pd.Series[Any], weight: Floats) -> Answers:
    yes, no = _numbers(successes, "successes"), _numbers(failures, "failures")
    if (yes < 0).any() or (no < 0).any():
        raise DesignError("cbind(successes, failures): expected counts of 0 or more, found negative ones")
    total = yes + no
    share = np.divide(yes, total, out=np.zeros_like(yes), where=total > 0)
    if not 0 < yes.sum() < total.sum():
        raise DesignError(constant_response(int(yes.sum() > 0)))
    return Answers(share, weight * total, constant=_log_binomial(share, weight * total))


def _bernoulli(column: pd.Series[Any], design: Design) -> Answers:
    name, messages = design.formula.response, []
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        y = _numbers(column, name)
    else:
        codes, levels = pd.factorize(column, sort=True)
        if len(levels) != 2:
            raise DesignError(f"{name}: expected two different answers, found {len(levels)}")
        y = codes.astype(float)
        messages.append(f"{name}: {levels[1]!r} counts as 1, {levels[0]!r} as 0.")
    if ((y < 0) | (y > 1)).any():
        raise DesignError(f"{name}: expected 0 and 1 (or shares between), found {y.min():g} to {y.max():g}")
    shares = (y > 0) & (y < 1)
    if shares.any() and (design.weight == 1).all():
        raise DesignError(
            f"{name}: {int(shares.sum())} rows are shares between 0 and 1; give the number of trials each "
            "rests on as weights"
        )
    if np.ptp(y) == 0 and not shares.any():
        raise DesignError(f"{name}: {constant_response(int(y[0]))}")
    return Answers(y, design.weight, constant=_log_binomial(y, design.weight), messages=tuple(messages))


def _ordinal(column: pd.Series[Any], design: Design) -> Answers:
    codes, levels = pd.factorize(column, sort=True)
    if len(levels) < 2:
        raise DesignError(f"{design.formula.response}: {constant_response(levels[0])}")
    messages = []
    if isinstance(column.dtype, pd.CategoricalDtype):
        unused = [str(c) for c in column.cat.categories if c not in set(levels)]
        if unused:
            messages.append(f"Nobody answered {', '.join(unused)}: thresholds are between the answers given.")
    return Answers(
        codes.astype(float),
        design.weight,
        categories=tuple(_label(level) for level in levels),
        messages=tuple(messages),
    )


def _label(level: Any) -> str:
    return f"{level:g}" if isinstance(level, float) else str(level)


def _log_binomial(share: Floats, trials: Floats) -> float:
    yes = share * trials
    each = gammaln(trials + 1) - gammaln(yes + 1) - gammaln(trials - yes + 1)
    return float(each[(share > 0) & (share < 1)].sum())
