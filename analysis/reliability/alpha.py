"""Cronbach's alpha with Feldt's interval."""

from __future__ import annotations

import pandas as pd
from scipy.stats import f as f_distribution

from analysis.reliability.coefficient import Coefficient
from analysis.reliability.matrix import complete_matrix, enough


def cronbach_alpha(
    table: pd.DataFrame,
    *,
    target: str = "participant",
    item: str = "stimulus",
    value: str = "correct",
    level: float = 0.95,
) -> Coefficient:
    """Cronbach's alpha: how consistently ``item``s order the ``target``s, as the reliability of their sum.

    The default asks whether pictures agree on who detects well. alpha = k / (k - 1) (1 - sum of item
    variances / variance of sums), which is ICC(3,k). Interval after Feldt (1965, Psychometrika 30:357-370):
    (1 - alpha) / (1 - estimate) is F with n - 1 and (n - 1)(k - 1) degrees of freedom, for targets drawn at
    random and items fixed. Needs every item of every target.
    """
    matrix = complete_matrix(table, target=target, rater=item, value=value)
    n, k = matrix.shape
    enough(n, k)
    sums = matrix.sum(axis=1).var(ddof=1)
    if not sums > 0:
        raise ValueError(f"every {target} has the same sum: nothing differs, and alpha is not defined")
    alpha = k / (k - 1) * (1 - matrix.var(axis=0, ddof=1).sum() / sums)
    tail = (1 - level) / 2
    low, high = (1 - (1 - alpha) * f_distribution.ppf(p, n - 1, (n - 1) * (k - 1)) for p in (1 - tail, tail))
    return Coefficient(
        "alpha", float(alpha), float(low), float(high), level, n, k, "Cronbach's alpha; interval after Feldt"
    )
