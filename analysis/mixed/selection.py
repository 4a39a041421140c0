"""The declared random-effects rule: start maximal and simplify only on a singular fit, in a fixed order.

1. Fit the model as declared.
2. If correlated effects are at the boundary (a variance of 0, a correlation of 1), drop all correlations
   between random effects (`|` becomes `||`).
3. While slopes are estimated as 0, drop the smallest that is not protected.

Intercepts and protected slopes are never dropped, and a slope that varies stays however small it is: where
the variance at 0 is an intercept's or a protected slope's, the rule ends. Dropping another slope would not
make the fit regular, and tests of that effect would take people or pictures for alike that are not; a
variance of 0 that stays leaves the likelihood as it is.

A categorical slope is at 0 when one of its columns is. Sizes of slopes are compared on the scale of the
predictor's own spread (standard deviation times root mean square of the column), so that a slope over
milliseconds and one over a contrast can be compared. The start is Barr et al.'s (2013, Journal of Memory
and Language 68:255-278) maximal model, the order of simplification near Matuschek et al.'s (2017,
94:305-315); the field does not agree on one order, which is why it is declared beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula

from analysis.mixed.fit import MixedFit, fit_mixed
from analysis.mixed.formula import MixedFormula, RandomTerm, read_formula

_MAX_STEPS = 30
_INTERCEPT = "1"


@dataclass(frozen=True)
class DeclaredFit:
    """The model the rule ends with, and how it got there.

    ``steps``: step, change, formula, n_parameters, loglik, singular, converged. ``settled`` is False
    where the last fit is singular still and what is at the boundary may not be dropped.
    """

    fit: MixedFit
    steps: pd.DataFrame

    @property
    def settled(self) -> bool:
        return not self.fit.singular

    def __str__(self) -> str:
        lines = [f"{row.step}. {row.change}: {row.formula}" for row in self.steps.itertuples()]
        end = (
            "The last fit is not singular."
            if self.settled
            else "The last fit is singular still: what is estimated as 0 is an intercept or protected."
        )
        return "\n".join([*lines, end])


def fit_declared(
    formula: str, data: pd.DataFrame, *, protected: Iterable[str | tuple[str, str]] = (), **options: Any
) -> DeclaredFit:
    """Fit by the rule. ``protected`` are slopes that stay, as `term` or `(group, term)`.

    ``options`` are those of ``fit_mixed``. Terms are those of the formula: all columns of a categorical
    predictor go together.
    """
    kept = frozenset(protected)
    parts = read_formula(formula)
    _check_protected(parts, kept)
    fit = fit_mixed(formula, data, **options)
    rows = [_row(1, "as declared", fit)]
    for step in range(2, _MAX_STEPS):
        if not fit.singular:
            break
        simpler = _simpler(parts, fit, kept)
        if simpler is None:
            break
        parts, change = simpler
        fit = fit_mixed(str(parts), data, **options)
        rows.append(_row(step, change, fit))
    return DeclaredFit(fit, pd.DataFrame(rows))


def _simpler(
    parts: MixedFormula, fit: MixedFit, protected: frozenset[str | tuple[str, str]]
) -> tuple[MixedFormula, str] | None:
    """The next simpler formula and what changed; None where the rule ends."""
    boundaries = _boundaries(fit)
    if any(len(members) > 1 for _, members in boundaries):
        terms = tuple(
            replace(term, correlated=term.correlated and _is_single(fit, term)) for term in parts.random
        )
        groups = fit.model.design.structure.groups
        names = " and ".join(group.name for group in groups if any(len(b) > 1 for b in group.blocks))
        return replace(parts, random=terms), f"singular: correlations by {names} dropped"
    absent = {(name, term) for name, members in boundaries for term in members}
    sizes = {
        (place, slope): size
        for place, term in enumerate(parts.random)
        for slope, (size, columns) in _slopes(fit, term).items()
        if slope not in protected
        and (term.group, slope) not in protected
        and absent & {(term.group, column) for column in columns}
    }
    if not sizes:
        return None
    place, slope = min(sizes, key=lambda key: (sizes[key], key))
    term = parts.random[place]
    smaller = _without(term, slope)
    random = (*parts.random[:place], *((smaller,) if smaller else ()), *parts.random[place + 1 :])
    if not random:
        return None
    return replace(parts, random=random), f"singular: slope {slope} by {term.group} dropped"


def _boundaries(fit: MixedFit) -> list[tuple[str, tuple[str, ...]]]:
    """Group and terms of every block of correlated effects that has no full rank."""
    structure = fit.model.design.structure
    at_zero = structure.boundary(fit.estimates.theta)
    found = dict.fromkeys(
        (entry.group, entry.block) for entry, zero in zip(structure.entries, at_zero, strict=True) if zero
    )
    groups = structure.groups
    return [
        (groups[g].name, tuple(groups[g].terms[column] for column in groups[g].blocks[block]))
        for g, block in found
    ]


def _spec(fit: MixedFit, term: RandomTerm) -> Any:
    """Formulaic's record of a random term's columns, found by its text: correlations may have gone."""
    for group, known, spec in fit.model.design.term_specs:
        if group == term.group and known.columns == term.columns:
            return spec
    raise KeyError(str(term))


def _is_single(fit: MixedFit, term: RandomTerm) -> bool:
    return len(_spec(fit, term).column_names) == 1


def _slopes(fit: MixedFit, term: RandomTerm) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Of every slope of a random term its columns, and its size: the largest among them."""
    group = fit.model.design.structure.groups[fit.place_of(term.group)]
    sds = np.sqrt(np.diag(fit.random_covariance(term.group)))
    spread = dict(
        zip(group.terms, sds * np.sqrt(np.mean((group.raw * group.scales) ** 2, axis=0)), strict=True)
    )
    spec = _spec(fit, term)
    found = {}
    for each, places in spec.term_slices.items():
        if str(each) != _INTERCEPT:
            columns = tuple(spec.column_names[places])
            found[str(each)] = max(float(spread[name]) for name in columns), columns
    return found


def _without(term: RandomTerm, slope: str) -> RandomTerm | None:
    """The random term without one slope; None where nothing is left."""
    terms = [str(each) for each in Formula(term.columns)]
    left = [each for each in terms if each != slope]
    if not left:
        return None
    columns = " + ".join(left if _INTERCEPT in left else ["0", *left])
    return replace(term, columns=columns, correlated=term.correlated or left == [_INTERCEPT])


def _check_protected(parts: MixedFormula, protected: frozenset[str | tuple[str, str]]) -> None:
    known = {(term.group, str(each)) for term in parts.random for each in Formula(term.columns)}
    names = {slope for _, slope in known}
    unknown = [str(each) for each in protected if each not in known and each not in names]
    if unknown:
        raise ValueError(
            f"protected: {', '.join(sorted(unknown))} is no random slope of the formula; there are "
            f"{', '.join(sorted(names - {_INTERCEPT}))}"
        )


def _row(step: int, change: str, fit: MixedFit) -> dict[str, object]:
    return {
        "step": step,
        "change": change,
        "formula": fit.formula,
        "n_parameters": fit.n_parameters,
        "loglik": fit.loglik,
        "singular": fit.singular,
        "converged": fit.converged,
    }
