"""How detection grows with exposure or dose: curves compared, thresholds, lapses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from analysis.detection_levels import likelihood_ratio
from analysis.detection_model import DetectionModel, try_to_fit
from analysis.estimate import Floats
from analysis.fitted import FittedModel, fitted_model
from analysis.psychometric_curves import (
    Curve,
    CurveData,
    CurveName,
    Over,
    constant_formula,
    curve_data,
    fit_curve,
    model_rows,
    saturating_curve,
    straight_curve,
    straight_formula,
)

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit, LikelihoodRatio

#: The d' at which an unbiased observer gets 75 % of pairs right: sqrt(2) z(.75).
THRESHOLD_D_PRIME = float(np.sqrt(2) * ndtri(0.75))
#: Below this difference in AIC two curves describe the data about equally well (Burnham & Anderson 2002).
_CLOSE_AIC = 2.0

Status = Literal["reached", "not reached", "exceeded throughout", "does not rise"]


@dataclass(frozen=True)
class Threshold:
    """Where the curve crosses ``THRESHOLD_D_PRIME`` within the range shown.

    ``at`` is NaN unless ``status`` is "reached". ``low`` and ``high`` are where the edges of the interval of
    the curve cross it (Fieller's interval for a straight line); NaN: beyond the range shown, on that side.
    """

    at: float
    low: float
    high: float
    status: Status
    level: float


@dataclass(frozen=True)
class Psychometric:
    """``curves`` straight first; ``aic`` compares them with a constant d' and with one for each level.

    ``aic``: model, n_parameters, loglik, aic, difference. ``preferred`` names the curve that ``threshold`` is
    of: the straight one unless the other is better by more than 2. ``trend`` tests the straight line against
    a constant d'. ``lapses``: share_lapses, threshold, loglik of pooled answers (pairs only, else empty).
    """

    over: Over
    range: tuple[float, float]
    n_levels: int
    curves: tuple[Curve, ...]
    aic: pd.DataFrame
    preferred: CurveName
    threshold: Threshold
    trend: LikelihoodRatio | None
    lapses: pd.DataFrame
    model: FittedModel


def psychometric(
    model: DetectionModel, x: pd.Series[Any], over: Over, *, level: float = 0.95
) -> Psychometric | str:
    """d' over ``x``, one value for each row of the model's judgements; or why there is no curve, in words.

    Two curves with two parameters each: a straight line in log exposure (or dose), and one that rises from 0
    and saturates, d' = top (1 - exp(-x / pace)). Both have the random effects of ``model`` and a bias that
    changes with x in a straight line. Unlimited exposures have no place on the axis and are left out; real
    faces shown alone take part at every dose. Lapses (answers given blindly) are taken as 0 here: the engine
    has no such parameter, and with a handful of levels they could not be told from a lower top. ``lapses``
    says how far some would move the threshold.
    """
    data = curve_data(model, x, over)
    if data is None or model.reason:
        return model.reason or f"fewer than two levels of {'exposure' if over == 'exposure_ms' else 'dose'}"
    straight, reason = fit_curve(data, straight_formula(data), {})
    if straight is None:
        return reason
    curves = [straight_curve(straight, data, level)]
    levels = np.unique(data.x[np.isfinite(data.x)])
    if len(levels) > 2 and (saturating := saturating_curve(data, level)) is not None:
        curves.append(saturating)
    preferred = curves[0]
    if len(curves) > 1 and curves[1].aic < curves[0].aic - _CLOSE_AIC:
        preferred = curves[1]
    random = " + ".join(str(term) for term in straight.fit.model.design.formula.random)
    trend, _ = likelihood_ratio(straight, constant_formula(data, random), model_rows(data, {}))
    return Psychometric(
        over=over,
        range=(float(levels[0]), float(levels[-1])),
        n_levels=len(levels),
        curves=tuple(curves),
        aic=_aic_table(data, straight, curves, random),
        preferred=preferred.name,
        threshold=threshold(preferred, level=level),
        trend=trend,
        lapses=_lapses(data),
        model=fitted_model(
            f"{model.judgements.prefix}-over-{over.removesuffix('_ms')}",
            f"How does sensitivity change with {'log exposure' if over == 'exposure_ms' else 'dose'}?",
            straight,
            level=level,
        ),
    )


def threshold(curve: Curve, *, level: float, d_prime: float = THRESHOLD_D_PRIME) -> Threshold:
    """Where a rising curve crosses ``d_prime``, within its own points only."""
    x, y = curve.points["x"].to_numpy(), curve.points["d_prime"].to_numpy()
    if y[-1] <= y[0]:
        return Threshold(np.nan, np.nan, np.nan, "does not rise", level)
    low = _crossing(x, curve.points["high"].to_numpy(), d_prime)
    high = _crossing(x, curve.points["low"].to_numpy(), d_prime)
    status: Status = "reached"
    if y[-1] < d_prime:
        status = "not reached"
    elif y[0] > d_prime:
        status = "exceeded throughout"
    at = _crossing(x, y, d_prime) if status == "reached" else np.nan
    return Threshold(at, low, high, status, level)


def _crossing(x: Floats, y: Floats, height: float) -> float:
    """First place at which y rises through a height; NaN where it begins above or never gets there."""
    above = np.flatnonzero(y >= height)
    if not len(above) or above[0] == 0:
        return float(x[0]) if len(above) and y[0] == height else float("nan")
    place = above[0]
    share = (height - y[place - 1]) / (y[place] - y[place - 1])
    return float(x[place - 1] + share * (x[place] - x[place - 1]))


def _aic_table(data: CurveData, straight: DeclaredFit, curves: list[Curve], random: str) -> pd.DataFrame:
    one = data.judgements
    constant, _ = try_to_fit(constant_formula(data, random), model_rows(data, {}))
    own = None
    if not data.of_made:
        formula = f"{one.response} ~ {data.scale} + C({data.scale}):{one.signal} + {random}"
        own, _ = try_to_fit(formula, model_rows(data, {}))
    rows: list[dict[str, Any]] = []
    for name, fit in (
        ("constant d′", constant),
        ("straight line", straight),
        ("saturating", None),
        ("each level its own d′", own),
    ):
        if fit is not None:
            rows.append(_aic_row(name, fit.fit.n_parameters, fit.fit.aic))
        elif name == "saturating" and len(curves) > 1:
            # Its pace is a parameter too, so that it has as many as the straight line.
            rows.append(_aic_row(name, straight.fit.n_parameters, curves[1].aic))
    table = pd.DataFrame(rows)
    return table.assign(difference=table["aic"] - table["aic"].min())


def _aic_row(name: str, n_parameters: int, aic: float) -> dict[str, Any]:
    return {"model": name, "n_parameters": n_parameters, "loglik": n_parameters - aic / 2, "aic": aic}


def _lapses(data: CurveData) -> pd.DataFrame:
    """The straight line of pooled answers to pairs, with some answers given blindly."""
    columns = ["share_lapses", "threshold", "loglik"]
    if data.judgements.layout != "pair":
        return pd.DataFrame(columns=columns)
    counts = data.judgements.table.groupby(data.x)["correct"].agg(["sum", "size"])
    x, k, n = data.scaled(counts.index), counts["sum"].to_numpy(float), counts["size"].to_numpy(float)
    rows = []
    for share in (0.0, 0.02, 0.05):
        line, loglik = _line_with_lapses(x, k, n, share)
        rows.append({"share_lapses": share, "threshold": _unscaled(data, line), "loglik": loglik})
    return pd.DataFrame(rows, columns=columns)


def _line_with_lapses(x: Floats, k: Floats, n: Floats, share: float) -> tuple[Floats, float]:
    from scipy.optimize import minimize

    def surprise(line: Floats) -> float:
        p = share / 2 + (1 - share) * ndtr((line[0] + line[1] * x) / np.sqrt(2))
        p = np.clip(p, 1e-12, 1 - 1e-12)
        return float(-(k * np.log(p) + (n - k) * np.log(1 - p)).sum())

    best = minimize(
        surprise, np.array([0.5, 0.1]), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}
    )
    return np.asarray(best.x), -float(best.fun)


def _unscaled(data: CurveData, line: Floats) -> float:
    """The threshold of a line in the unit of x; NaN outside the range shown."""
    if line[1] <= 0:
        return float("nan")
    points = data.points()
    place = (THRESHOLD_D_PRIME - line[0]) / line[1]
    inside = data.scaled(points[0]) <= place <= data.scaled(points[-1])
    if not inside:
        return float("nan")
    shift = place - float(data.scaled(points[0]))
    return float(points[0] * 2**shift) if data.over == "exposure_ms" else float(points[0] + shift)
