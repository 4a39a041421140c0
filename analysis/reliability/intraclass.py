"""Intraclass correlations: do raters agree, one by one and as a panel?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri
from scipy.stats import f as f_distribution

from analysis.reliability.coefficient import Coefficient, spearman_brown
from analysis.reliability.matrix import Floats, complete_matrix, enough, rating_matrix

_NOTHING = 1e-12


@dataclass(frozen=True)
class Intraclass:
    """``single`` is ICC(2,1), the reliability of one rater; ``average`` ICC(2,k), that of the mean of k.

    ``forms``: all six forms of Shrout & Fleiss, index the form, columns icc, low, high, f, df1, df2, p;
    empty where the design is not complete. ``variances`` of target, rater and residual.
    """

    single: Coefficient
    average: Coefficient
    forms: pd.DataFrame
    variances: pd.Series[float]


def intraclass_correlations(
    table: pd.DataFrame,
    *,
    target: str = "stimulus",
    rater: str = "participant",
    value: str = "rating",
    level: float = 0.95,
) -> Intraclass:
    """ICC(2,1) and ICC(2,k): raters and targets both drawn at random, absolute agreement.

    ``table`` has one row per rating. Where every rater rated every target once, from mean squares, with the
    F-based intervals of Shrout & Fleiss (1979, Psychological Bulletin 86:420-428) and McGraw & Wong (1996,
    Psychological Methods 1:30-46). Otherwise from the variance components of a crossed mixed model fitted by
    REML, with k the harmonic mean of the numbers of raters per target, and delta-method intervals on the
    logit scale; complete data give the same estimates either way (unless a variance is 0).

    A high ICC(2,k) may only say that there were many raters; report ICC(2,1) beside it.
    """
    matrix = rating_matrix(table, target=target, rater=rater, value=value)
    enough(*matrix.shape)
    if matrix.isna().to_numpy().any():
        return components_intraclass(table, target=target, rater=rater, value=value, level=level)
    return _from_mean_squares(complete_matrix(table, target=target, rater=rater, value=value), level)


def components_intraclass(
    table: pd.DataFrame,
    *,
    target: str = "stimulus",
    rater: str = "participant",
    value: str = "rating",
    level: float = 0.95,
) -> Intraclass:
    """The same from the variance components of a mixed model, whatever was rated by whom and how often.

    The interval takes a variance estimated as 0 for known; where that is the targets' own, there is none.
    """
    from analysis.mixed import fit_mixed

    known = table[[target, rater, value]].dropna()
    known.columns = pd.Index(["target", "rater", "value"])
    known = known.astype({"target": str, "rater": str, "value": float})
    raters = known.groupby("target")["rater"].nunique()
    enough(len(raters), known["rater"].nunique())
    fit = fit_mixed("value ~ 1 + (1 | target) + (1 | rater)", known)
    k = float(len(raters) / (1 / raters).sum())
    names = ["target: Intercept", "rater: Intercept"]
    theta = fit.random.set_index("group").loc[["target", "rater"], "sd"].to_numpy() / fit.sigma
    covariance = np.nan_to_num(fit.covariance.loc[names, names].to_numpy())
    icc = theta[0] ** 2 / (theta[0] ** 2 + theta[1] ** 2 + 1)
    low = high = np.nan
    if theta[0] > 0 and covariance[0, 0] > 0:
        # The logit of ICC(2,1) is 2 log theta_target - log(theta_rater^2 + 1).
        slope = np.array([2 / theta[0], -2 * theta[1] / (theta[1] ** 2 + 1)])
        half = ndtri(0.5 + level / 2) * np.sqrt(slope @ covariance @ slope)
        low, high = expit(logit(icc) - half), expit(logit(icc) + half)
    method = "REML variance components; delta-method interval on the logit scale"
    variances = pd.Series([*(theta * fit.sigma) ** 2, fit.sigma**2], ["target", "rater", "residual"])
    return _both((icc, low, high), level, len(raters), k, method, pd.DataFrame(), variances)


def _from_mean_squares(matrix: Floats, level: float) -> Intraclass:
    n, k = matrix.shape
    rows, columns, error, within = _mean_squares(matrix)
    if not error > _NOTHING * matrix.var():
        raise ValueError(
            "the raters differ in nothing but their level, or all ratings are the same: there is no "
            "residual to compare targets with, and no intraclass correlation; look at the ratings"
        )
    forms = _forms(n, k, rows, columns, error, within, level)
    icc, low, high = map(float, forms.loc["ICC(2,1)", ["icc", "low", "high"]].to_numpy())
    variances = pd.Series([(rows - error) / k, (columns - error) / n, error], ["target", "rater", "residual"])
    method = "mean squares of a complete design; F-based interval (McGraw & Wong)"
    return _both((icc, low, high), level, n, k, method, forms, variances)


def _both(
    single: tuple[float, float, float],
    level: float,
    n: int,
    k: float,
    method: str,
    forms: pd.DataFrame,
    variances: pd.Series[float],
) -> Intraclass:
    # ICC(2,k) and its limits are those of ICC(2,1), stepped up.

    def coefficient(name: str, factor: float) -> Coefficient:
        icc, low, high = (float(spearman_brown(each, factor)) for each in single)
        return Coefficient(name, icc, low, high, level, n, k, method)

    return Intraclass(coefficient("ICC(2,1)", 1), coefficient("ICC(2,k)", k), forms, variances)


def _mean_squares(matrix: Floats) -> tuple[float, float, float, float]:
    """Mean squares of targets, raters, residual, and within targets."""
    n, k = matrix.shape
    mean, of_rows, of_columns = matrix.mean(), matrix.mean(axis=1), matrix.mean(axis=0)
    rows = k * ((of_rows - mean) ** 2).sum()
    columns = n * ((of_columns - mean) ** 2).sum()
    residual = matrix - of_rows[:, None] - of_columns + mean
    error = (residual**2).sum()
    return (
        float(rows / (n - 1)),
        float(columns / (k - 1)),
        float(error / ((n - 1) * (k - 1))),
        float((columns + error) / (n * (k - 1))),
    )


def _forms(
    n: int, k: int, rows: float, columns: float, error: float, within: float, level: float
) -> pd.DataFrame:
    """The six forms of Shrout & Fleiss with F tests of 0 and intervals."""
    tail = (1 - level) / 2
    lines = {}
    for number, noise, df2 in ((1, within, n * (k - 1)), (3, error, (n - 1) * (k - 1))):
        f = rows / noise
        low = f / f_distribution.ppf(1 - tail, n - 1, df2)
        high = f * f_distribution.ppf(1 - tail, df2, n - 1)
        bounds = [(each - 1) / (each + k - 1) for each in (f, low, high)]
        lines[f"ICC({number},1)"] = (*bounds, f, df2)
        lines[f"ICC({number},k)"] = (*(1 - 1 / each for each in (f, low, high)), f, df2)
    two = _two_way(n, k, rows, columns, error, tail)
    lines["ICC(2,1)"] = (*two, rows / error, (n - 1) * (k - 1))
    lines["ICC(2,k)"] = (*(spearman_brown(each, k) for each in two), rows / error, (n - 1) * (k - 1))
    table = pd.DataFrame(lines, index=["icc", "low", "high", "f", "df2"]).T
    table.insert(4, "df1", n - 1)
    return table.assign(p=f_distribution.sf(table["f"], table["df1"], table["df2"])).sort_index()


def _two_way(
    n: int, k: int, rows: float, columns: float, error: float, tail: float
) -> tuple[float, float, float]:
    """ICC(2,1) and its limits; their degrees of freedom are Satterthwaite's."""
    icc = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    v = (a * columns + b * error) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    rest = k * columns + (k * n - k - n) * error
    f_low, f_high = f_distribution.ppf(1 - tail, n - 1, v), f_distribution.ppf(1 - tail, v, n - 1)
    low = n * (rows - f_low * error) / (f_low * rest + n * rows)
    high = n * (f_high * rows - error) / (rest + n * f_high * rows)
    return float(icc), float(low), float(high)
