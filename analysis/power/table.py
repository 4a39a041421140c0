"""From simulated studies to power, with Monte Carlo intervals, and to what no number of people can pass."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.power.assumptions import Assumptions
from analysis.power.grid import Cell
from analysis.power.study import TRUST_CLAIMS, PlannedStudy

_CELL = [field.name for field in fields(Cell)]


def power_table(
    outcomes: pd.DataFrame,
    study: PlannedStudy,
    *,
    assumptions: Assumptions | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """One row per cell.

    Needs the columns of ``simulate_power``. Returned columns: those of ``Cell``; ``alpha``; ``power``,
    ``power_low``, ``power_high``: share of studies with p below alpha and the sign of the effect (with an
    effect of 0: either sign, which is the rate of false alarms), Wilson interval over the simulations;
    ``equivalent`` and its bounds: share in which two one-sided tests rule out the smallest effect of interest
    (trust claims only); ``ceiling``: power with any number of people, see ``people_ceiling``;
    ``mean_estimate``; ``covered``: share of 95 % intervals that hold the effect; ``median_se``; ``n_kept``:
    mean number of people after exclusions; ``n_simulations``; ``n_failed``: studies to which the model could
    not be fitted, which count as finding nothing.
    """
    assumptions = assumptions or Assumptions()
    rows = []
    key: Any
    for key, group in outcomes.groupby(_CELL, sort=True):
        cell = Cell(*key)
        rows.append({**asdict(cell), **_summary(group, cell, study, assumptions, level)})
    return pd.DataFrame(rows)


def people_ceiling(cell: Cell, study: PlannedStudy, assumptions: Assumptions) -> float:
    """The power that is left when the number of people is without limit.

    Then only the pictures vary: the standard error of the effect is that of a mean over ``n_pairs`` pairs,
    sd / sqrt(n_pairs), tested by t with n_pairs - 1 degrees of freedom (trust) or z (d'); see Westfall, Kenny
    & Judd 2014, J. Exp. Psychol. Gen. 143:2020-2045.
    """
    trust = cell.claim in TRUST_CLAIMS
    a = assumptions.scaled_to(study.claims[cell.claim].scale)
    sd = a.effect_pair_sd if trust else a.gain_pair_sd if cell.claim == "closer-look" else a.d_pair_sd
    if sd == 0:
        return 1.0 if cell.effect else study.alpha(cell.claim)
    shift = abs(cell.effect) / (sd / np.sqrt(cell.n_pairs))
    alpha = study.alpha(cell.claim)
    if not trust:
        return float(stats.norm.sf(stats.norm.isf(alpha / 2) - shift))
    df = cell.n_pairs - 1
    return float(stats.nct.sf(stats.t.isf(alpha / 2, df), df, shift))


def _summary(
    group: pd.DataFrame, cell: Cell, study: PlannedStudy, assumptions: Assumptions, level: float
) -> dict[str, object]:
    alpha, n = study.alpha(cell.claim), len(group)
    estimate, se, df = (group[name].to_numpy(dtype=float) for name in ("estimate", "se", "df"))
    found = _found(estimate, se, df, cell.effect, alpha)
    equivalent: dict[str, float] = dict.fromkeys(
        ("equivalent", "equivalent_low", "equivalent_high"), float("nan")
    )
    if cell.claim in TRUST_CLAIMS:
        ruled_out = _within(estimate, se, df, study.plan.smallest_effect, study.plan.alpha)
        equivalent = _share("equivalent", ruled_out, level)
    return {
        "alpha": alpha,
        **_share("power", found, level),
        **equivalent,
        "ceiling": people_ceiling(cell, study, assumptions),
        "mean_estimate": float(np.nanmean(estimate)),
        "covered": float(np.mean(np.abs(estimate - cell.effect) <= _critical(df, 0.05) * se)),
        "median_se": float(np.nanmedian(se)),
        "n_kept": float(group["n_kept"].mean()),
        "n_simulations": n,
        "n_failed": int(np.isnan(se).sum()),
    }


def _found(
    estimate: NDArray[np.float64],
    se: NDArray[np.float64],
    df: NDArray[np.float64],
    effect: float,
    alpha: float,
) -> NDArray[np.bool_]:
    significant = np.abs(estimate) > _critical(df, alpha) * se
    return significant if effect == 0 else significant & (np.sign(estimate) == np.sign(effect))


def _within(
    estimate: NDArray[np.float64],
    se: NDArray[np.float64],
    df: NDArray[np.float64],
    smallest: float,
    alpha: float,
) -> NDArray[np.bool_]:
    half = _critical(df, 2 * alpha) * se
    inside: NDArray[np.bool_] = (estimate - half > -smallest) & (estimate + half < smallest)
    return inside


def _critical(df: NDArray[np.float64], alpha: float) -> NDArray[np.float64]:
    critical: NDArray[np.float64] = stats.t.isf(alpha / 2, df)
    return critical


def _share(name: str, yes: NDArray[np.bool_], level: float) -> dict[str, float]:
    low, high = proportion_confint(int(yes.sum()), len(yes), alpha=1 - level, method="wilson")
    return {name: float(yes.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
