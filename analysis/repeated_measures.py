"""Analysis of variance of repeated measures, alone or with groups of people: as many studies publish it.

It averages over pictures first, so that only people are a sample: an effect found here need not hold for
other pictures. ``analysis.mixed`` takes both as samples; this is for comparing with what was published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import helmert
from scipy.stats import f as f_distribution

Floats = NDArray[np.float64]
Term = frozenset[str]
SumsOfSquares = Literal["II", "III"]


@dataclass(frozen=True)
class AnovaTable:
    """``effects``: index the term (``age_group:origin``), columns ss, df, ss_error, df_error, f, p,
    partial_eta2, epsilon, p_corrected.

    ``epsilon`` is Greenhouse & Geisser's and ``p_corrected`` the p with its degrees of freedom; they are 1
    and p where an effect has one degree of freedom within participants. ``means`` has a line per cell: the
    factors, mean and sd over participants, and n.
    """

    effects: pd.DataFrame
    means: pd.DataFrame
    n_participants: int
    sums_of_squares: SumsOfSquares


def repeated_measures_anova(
    table: pd.DataFrame,
    *,
    value: str,
    within: Sequence[str],
    between: Sequence[str] = (),
    participant: str = "participant",
    sums_of_squares: SumsOfSquares = "II",
) -> AnovaTable:
    """Factors within participants, and groups of participants, all with all their interactions.

    ``table`` has one or more rows per participant and cell of the ``within`` factors; their means are
    analysed. ``between`` factors have one value per participant. With groups of unequal size, sums of
    squares of type II test each effect after those that do not contain it (R's ``aov`` with one group factor,
    pingouin), of type III after all others with means weighted equally (SPSS, afex).

    Each effect is tested on orthonormal contrasts of the participants' cell means: the univariate F of the
    general linear model, with Greenhouse & Geisser's epsilon from the residual covariance pooled over groups.
    Raises ``ValueError`` naming participants without all cells or with several values of a group factor.
    """
    if sums_of_squares not in ("II", "III"):
        raise ValueError(f'sums_of_squares: expected "II" or "III", found {sums_of_squares!r}')
    if not within:
        raise ValueError("within: expected at least one factor that varies within participants, found none")
    _check_columns(table, [participant, value, *within, *between])
    known = table.dropna(subset=[participant, value, *within, *between])
    cells = _cell_means(known, participant, value, within)
    groups = _groups(known, participant, between, cells.index)
    design = {term: _columns(groups, term) for term in _terms(between)}
    n_parameters = int(np.linalg.matrix_rank(np.hstack(list(design.values()))))
    if len(cells) <= n_parameters:
        raise ValueError(f"expected more participants than groups; found {len(cells)} and {n_parameters}")
    levels = [list(cells.columns.get_level_values(name).unique()) for name in within]
    rows: dict[str, dict[str, float]] = {}
    for inside in _terms(within):
        scores = cells.to_numpy() @ _contrasts(within, levels, inside)
        errors = _errors(np.hstack(list(design.values())), scores)
        for group in design:
            if inside or group:
                compared = _compared(design, group, sums_of_squares)
                effect = _sum_of_squares(scores, *compared)
                df = _added_rank(*compared) * scores.shape[1]
                name = ":".join(
                    [each for each in between if each in group] + [w for w in within if w in inside]
                )
                rows[name] = _line(effect, df, errors, len(cells) - n_parameters)
    order = sorted(rows, key=lambda name: name.count(":"))
    return AnovaTable(
        pd.DataFrame([rows[name] for name in order], index=pd.Index(order, name="term")),
        _means(cells, groups, within, between, value),
        len(cells),
        sums_of_squares,
    )


def _check_columns(table: pd.DataFrame, names: list[str]) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        there = ", ".join(map(str, table.columns))
        raise ValueError(f"expected columns {', '.join(names)}; {', '.join(missing)} not among {there}")


def _cell_means(table: pd.DataFrame, participant: str, value: str, within: Sequence[str]) -> pd.DataFrame:
    """Participants x cells of the within factors."""
    means = table.groupby([participant, *within], observed=True)[value].mean().unstack(list(within))
    if len(within) == 1:
        means.columns = pd.MultiIndex.from_arrays([means.columns], names=list(within))
    levels = [sorted(table[name].unique()) for name in within]
    means = means.reindex(columns=pd.MultiIndex.from_product(levels, names=list(within)))
    incomplete = means.index[means.isna().any(axis=1)]
    if len(incomplete):
        raise ValueError(
            f"expected an answer of every {participant} in every cell of {', '.join(within)}; "
            f"{len(incomplete)} lack some, the first {incomplete[0]}; leave them out or fit a mixed model"
        )
    return means


def _groups(
    table: pd.DataFrame, participant: str, between: Sequence[str], people: pd.Index[Any]
) -> pd.DataFrame:
    each = table.groupby(participant)
    for name in between:
        several = each[name].nunique()
        wrong = several.index[several > 1]
        if len(wrong):
            raise ValueError(
                f"{name}: expected one value per {participant}, found {several[wrong[0]]} of {wrong[0]}; "
                "a factor that varies within participants belongs into within"
            )
    return each[list(between)].first().loc[people]


def _terms(factors: Sequence[str]) -> Iterator[Term]:
    """Every set of factors, the empty one first."""
    for size in range(len(factors) + 1):
        for names in combinations(factors, size):
            yield frozenset(names)


def _contrasts(within: Sequence[str], levels: Sequence[list[Any]], term: Term) -> Floats:
    """Orthonormal contrasts of one effect: of the factors in it, averages over the others."""
    parts = [
        helmert(len(values)).T if name in term else np.full((len(values), 1), len(values) ** -0.5)
        for name, values in zip(within, levels, strict=True)
    ]
    return np.asarray(reduce(np.kron, parts))


def _columns(groups: pd.DataFrame, term: Term) -> Floats:
    """Design columns of one term between participants, coded to sum to zero over levels."""
    columns = np.ones((len(groups), 1))
    for name in groups.columns:
        if name in term:
            codes, levels = pd.factorize(groups[name], sort=True)
            coding = np.vstack([np.eye(len(levels) - 1), -np.ones(len(levels) - 1)])[codes]
            columns = np.einsum("ra,rb->rab", columns, coding).reshape(len(groups), -1)
    return columns


def _compared(design: dict[Term, Floats], term: Term, kind: SumsOfSquares) -> tuple[Floats, Floats]:
    """The smaller and the larger model whose difference is the term."""
    if kind == "III":
        others = [columns for other, columns in design.items() if other != term]
    else:
        others = [columns for other, columns in design.items() if not term <= other]
    n = len(design[term])
    smaller = np.hstack(others) if others else np.zeros((n, 0))
    return smaller, np.hstack([smaller, design[term]])


def _residuals(columns: Floats, scores: Floats) -> Floats:
    if not columns.shape[1]:
        return scores
    return np.asarray(scores - columns @ np.linalg.lstsq(columns, scores, rcond=None)[0])


def _sum_of_squares(scores: Floats, smaller: Floats, larger: Floats) -> float:
    return float((_residuals(smaller, scores) ** 2).sum() - (_residuals(larger, scores) ** 2).sum())


def _added_rank(smaller: Floats, larger: Floats) -> int:
    before = int(np.linalg.matrix_rank(smaller)) if smaller.shape[1] else 0
    return int(np.linalg.matrix_rank(larger)) - before


def _errors(columns: Floats, scores: Floats) -> Floats:
    """Residual cross-products of the contrasts: their trace is the error sum of squares."""
    residuals = _residuals(columns, scores)
    return np.asarray(residuals.T @ residuals)


def _line(effect: float, df: int, errors: Floats, df_between: int) -> dict[str, float]:
    error, n_contrasts = float(np.trace(errors)), len(errors)
    df_error = n_contrasts * df_between
    f = effect / df / (error / df_error) if error > 0 else np.nan
    epsilon = error**2 / (n_contrasts * float((errors**2).sum())) if error > 0 else np.nan
    return {
        "ss": effect,
        "df": df,
        "ss_error": error,
        "df_error": df_error,
        "f": f,
        "p": float(f_distribution.sf(f, df, df_error)),
        "partial_eta2": effect / (effect + error) if error > 0 else np.nan,
        "epsilon": epsilon,
        "p_corrected": float(f_distribution.sf(f, epsilon * df, epsilon * df_error)),
    }


def _means(
    cells: pd.DataFrame, groups: pd.DataFrame, within: Sequence[str], between: Sequence[str], value: str
) -> pd.DataFrame:
    long = cells.melt(ignore_index=False, value_name=value).reset_index()
    long = long.merge(groups.reset_index(), on=cells.index.name)
    summary = long.groupby([*between, *within])[value].agg(["mean", "std", "size"]).reset_index()
    return summary.rename(columns={"std": "sd", "size": "n"})
