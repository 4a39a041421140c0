"""What a fit has to say, in words: what was left out, what cannot be trusted, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FEW_LEVELS = 5


def missing_rows(n_left_out: int, n_given: int, by_column: Mapping[str, int]) -> str:
    where = ", ".join(f"{name.strip('()')} in {n}" for name, n in by_column.items())
    return f"{n_left_out} of {n_given} rows were left out because something is missing: {where}."


def absent_columns(absent: Sequence[str], formula: str, present: Sequence[str]) -> str:
    """``absent`` as formulaic names them; it takes `resp.time` for an attribute of `resp`."""
    written = [_as_written(name, formula) for name in absent]
    hints = [
        f"; {name} has a dot, so rename it to use it in a computation" for name in written if name in present
    ]
    if "factor" in absent:
        hints.append("; R's factor(x) is C(x) here")
    return (
        f"the formula names {', '.join(written)}, which the table does not have; "
        f"it has {', '.join(present)}{''.join(hints)}"
    )


def _as_written(name: str, formula: str) -> str:
    found = re.search(rf"(?<![\w.]){re.escape(name)}(\.\w+)+(?!\w|\s*\()", formula)
    return found.group() if found else name


def dropped_columns(described: Mapping[str, str]) -> str:
    each = "; ".join(f"{name} = {made_of}" for name, made_of in described.items())
    return (
        f"The fixed part has dependent columns and {', '.join(described)} was dropped: {each}. "
        "Its effect is part of the others' estimates; take it out of the formula, or recode it."
    )


def dependent_slopes(group: str, described: Mapping[str, str]) -> str:
    each = "; ".join(f"{name} = {made_of}" for name, made_of in described.items())
    return (
        f"What varies by {group} has dependent columns: {each}. Their variances cannot be told apart: take "
        f"{', '.join(described)} out of the random term."
    )


def constant_slopes(group: str, names: Sequence[str], beside: str) -> str:
    is_, its, it = ("is", "its", "it") if len(names) == 1 else ("are", "their", "them")
    return (
        f"{' and '.join(names)} {is_} the same in all rows of each level of {group}, so that {its} variance "
        f"by {group} can hardly be told from that of {beside}: take {it} out of the random term."
    )


def few_levels(group: str, n_levels: int) -> str:
    """Empty where there are enough."""
    if n_levels >= _FEW_LEVELS:
        return ""
    return (
        f"{group} has only {n_levels} levels: its variance is hardly estimable and standard errors that rest "
        f"on it are too small. Treat {group} as a fixed effect, or collect more."
    )


def singular(zeroed: Sequence[str]) -> str:
    return (
        f"The fit is singular: {'; '.join(zeroed)}. The data do not support this many random effects. "
        "Fixed effects and log likelihood hold; standard errors take the boundary as known. Drop "
        "correlations first, then the smallest slope (fit_declared does so by rule), or keep the model and "
        "say so."
    )


def perfect_combination(term: str, group: str, others: Sequence[str]) -> str:
    if len(others) == 1:
        return f"{term} and {others[0]} by {group} are perfectly correlated"
    return f"{term} by {group} is a perfect combination of {', '.join(others[:-1])} and {others[-1]}"


def not_converged(decrement: float, gradient: Floats, names: Sequence[str], *, definite: bool) -> str:
    worst = int(np.argmax(np.abs(gradient)))
    text = (
        f"The search did not converge: the largest gradient is {gradient[worst]:.3g} at {names[worst]}, and "
        f"the estimates are about {np.sqrt(max(decrement, 0.0)):.2g} standard errors from the maximum. "
    )
    if not definite:
        text += "The likelihood is flat in some direction, so that standard errors cannot be trusted. "
    return text + (
        "Centre and scale the predictors, look for separation and for cells without answers, or fit a "
        "simpler random part."
    )


def ran_off(term: str, group: str, *, beside_residual: bool) -> str:
    beyond = "the residual's is next to nothing beside it" if beside_residual else "on the latent scale"
    return (
        f"The search did not converge: the standard deviation of {term} by {group} grows without bound "
        f"({beyond}), since nothing holds it back: there are too few answers for this many effects, or the "
        "answers within a level are all alike. There are no standard errors. Fit a simpler random part, or "
        "collect more answers per level."
    )


def separation(columns: Sequence[str]) -> str:
    return (
        f"Separation: {' and '.join(columns)} predict{'s' if len(columns) == 1 else ''} some answers "
        "perfectly, so that the estimate "
        "runs off to infinity and its standard error means nothing. Look at the table of answers by these "
        "predictors; join levels, or compare models without them by likelihood ratio."
    )


def constant_response(value: object) -> str:
    return f"every answer is {value}; there is nothing to explain"
