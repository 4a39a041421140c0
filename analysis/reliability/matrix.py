"""Ratings as a matrix of targets by raters."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rating_matrix(table: pd.DataFrame, *, target: str, rater: str, value: str) -> pd.DataFrame:
    """One row per target, one column per rater; NaN where somebody did not rate something.

    Raises ``ValueError`` where a column is missing or a target was rated twice by the same rater.
    """
    missing = [name for name in (target, rater, value) if name not in table.columns]
    if missing:
        raise ValueError(
            f"expected columns {target}, {rater} and {value}; {', '.join(missing)} is missing; "
            "name the columns with target=, rater= and value="
        )
    known = table.dropna(subset=[value])
    twice = known.duplicated([target, rater])
    if twice.any():
        who, what = known.loc[twice, rater].iloc[0], known.loc[twice, target].iloc[0]
        raise ValueError(
            f"expected one {value} per {target} and {rater}; found several for {target} {what} and "
            f"{rater} {who} ({int(twice.sum())} repetitions in all); take the mean of each, or one"
        )
    return known.astype({value: float}).pivot(index=target, columns=rater, values=value)


def complete_matrix(table: pd.DataFrame, *, target: str, rater: str, value: str) -> Floats:
    """The matrix where everybody rated everything; ``ValueError`` saying what is missing otherwise."""
    matrix = rating_matrix(table, target=target, rater=rater, value=value)
    holes = int(matrix.isna().to_numpy().sum())
    if holes:
        where = matrix.isna().to_numpy().nonzero()
        example = f"{target} {matrix.index[where[0][0]]} by {rater} {matrix.columns[where[1][0]]}"
        raise ValueError(
            f"expected every {target} rated by every {rater}; {holes} of {matrix.size} ratings are missing, "
            f"the first of {example}; leave out who or what is incomplete"
        )
    return matrix.to_numpy()


def enough(n_targets: int, n_raters: int) -> None:
    """Refuse what has too few targets or raters for any reliability."""
    if n_targets < 2 or n_raters < 2:
        raise ValueError(
            f"reliability needs at least 2 targets and 2 raters; found {n_targets} and {n_raters}"
        )
