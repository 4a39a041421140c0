"""Curves of d' over exposure or dose: a straight line, and one that saturates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, ndtri

from analysis.detection_model import DetectionModel, Judgements, contrasts, try_to_fit
from analysis.estimate import Floats

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit

Over = Literal["exposure_ms", "dose"]
CurveName = Literal["straight", "saturating"]

_N_POINTS = 121
#: Of the log pace, for derivatives along the profile.
_STEP = 0.1
_AT_EDGE = (
    "The pace stands at the edge of what the levels shown could tell; the curve is no more than a summary, "
    "and its interval takes the pace as known."
)


@dataclass(frozen=True)
class Curve:
    """A curve of d' over the range shown, in equal steps of log exposure or of dose.

    ``points``: x (ms or dose), d_prime, low, high, share_correct (of pairs, without bias: Phi(d' / sqrt(2))).
    ``parameters`` in words and numbers; ``note`` where one stands at the edge of what was shown.
    """

    name: CurveName
    points: pd.DataFrame = field(repr=False)
    parameters: dict[str, float]
    aic: float
    note: str = ""


@dataclass(frozen=True)
class CurveData:
    """Answers with the exposure or dose of each (NaN: a real face shown alone), and the random part."""

    judgements: Judgements
    over: Over
    x: Floats
    random: str

    @property
    def of_made(self) -> bool:
        """Real faces shown alone have no dose: every dose is compared with all of them."""
        return self.over == "dose" and self.judgements.layout == "single"

    @property
    def scale(self) -> str:
        return "log2_exposure" if self.over == "exposure_ms" else "dose"

    def scaled(self, x: Any) -> Floats:
        values = np.asarray(x, dtype=float)
        return np.log2(values) - self._centre if self.over == "exposure_ms" else values - self._centre

    @property
    def _centre(self) -> float:
        levels = np.unique(self.x[np.isfinite(self.x)])
        return float(np.mean(np.log2(levels) if self.over == "exposure_ms" else levels))

    def points(self) -> Floats:
        low, high = self.x[np.isfinite(self.x)].min(), self.x[np.isfinite(self.x)].max()
        space = np.geomspace if self.over == "exposure_ms" else np.linspace
        return np.asarray(space(low, high, _N_POINTS))


def straight_curve(straight: DeclaredFit, data: CurveData, level: float) -> Curve:
    """The line of a fit of ``straight_formula``."""
    points, one = data.points(), data.judgements
    scaled = data.scaled(points)
    with_made = pd.DataFrame({one.signal: 0.5, data.scale: scaled})
    without = pd.DataFrame({one.signal: -0.5, data.scale: 0.0 if data.of_made else scaled})
    (d_prime, se), _ = contrasts(straight.fit, one, with_made, without)
    term = data.scale if data.of_made else f"{data.scale}:{one.signal}"
    name = "d' per doubling" if data.over == "exposure_ms" else "d' per unit of dose"
    slope = float(straight.fit.fixed["estimate"][term]) / one.per_d_prime
    return Curve("straight", _points(points, d_prime, se, level), {name: slope}, straight.fit.aic)


def saturating_curve(data: CurveData, level: float) -> Curve | None:
    """Profile likelihood over the pace; its uncertainty enters through the curvature of the profile."""
    levels = np.unique(data.x[np.isfinite(data.x)])
    low, high = np.log(max(levels[levels > 0][0], 1e-9) / 8), np.log(levels[-1] * 4)

    def deviance(log_pace: float) -> float:
        fitted, _ = _saturating_fit(data, log_pace)
        return -2 * fitted.fit.loglik if fitted is not None else np.inf

    best = minimize_scalar(deviance, bounds=(low, high), method="bounded", options={"xatol": 0.02})
    if not np.isfinite(best.fun):
        return None
    log_pace = float(best.x)
    shifts = (log_pace - _STEP, log_pace, log_pace + _STEP)
    fits = [one for one, _ in (_saturating_fit(data, shift) for shift in shifts) if one is not None]
    if len(fits) < len(shifts):
        return None
    points = data.points()
    curves = [_saturated(fit, data, points, shift) for fit, shift in zip(fits, shifts, strict=True)]
    (d_prime, se), at_edge = curves[1], min(log_pace - low, high - log_pace) < _STEP
    if not at_edge:
        se = _with_uncertain_pace(se, (curves[2][0] - curves[0][0]) / (2 * _STEP), fits)
    top = float(d_prime[-1] / _saturation(points[-1], log_pace))
    unit = "pace (ms)" if data.over == "exposure_ms" else "pace (dose)"
    # The pace is a parameter beside those of the fit.
    aic = fits[1].fit.aic + 2
    parameters = {"top d'": top, unit: float(np.exp(log_pace))}
    return Curve(
        "saturating", _points(points, d_prime, se, level), parameters, aic, _AT_EDGE if at_edge else ""
    )


def _with_uncertain_pace(se: Floats, change: Floats, fits: list[DeclaredFit]) -> Floats:
    """Standard errors that add what the pace's own does to the curve (``change`` per unit of log pace)."""
    below, best, above = (-2 * one.fit.loglik for one in fits)
    information = (below - 2 * best + above) / (2 * _STEP**2)
    return np.sqrt(se**2 + change**2 / information) if information > 1e-6 else se


def curve_data(model: DetectionModel, x: pd.Series[Any], over: Over) -> CurveData | None:
    """The rows that have a place on the axis; None with fewer than two levels."""
    judgements, values = model.judgements, x.to_numpy(dtype=float)
    real_alone = np.zeros(len(values), dtype=bool)
    if over == "dose" and judgements.layout == "single":
        real_alone = (judgements.table[judgements.signal] < 0).to_numpy()
    kept = np.isfinite(values) | real_alone
    data = CurveData(judgements.where(kept), over, np.where(real_alone, np.nan, values)[kept], model.random)
    return data if len(np.unique(data.x[np.isfinite(data.x)])) > 1 else None


def model_rows(data: CurveData, columns: dict[str, Floats]) -> Judgements:
    """The rows of the model; a predictor is 0 for faces without a dose."""
    scaled = np.nan_to_num(data.scaled(data.x))
    table = data.judgements.table.assign(**{data.scale: scaled}, **columns)
    return Judgements(table, data.judgements.layout)


def fit_curve(data: CurveData, formula: str, columns: dict[str, Floats]) -> tuple[DeclaredFit | None, str]:
    """A fit with the random part of the data, or why there is none."""
    return try_to_fit(f"{formula} + {data.random}", model_rows(data, columns))


def straight_formula(data: CurveData) -> str:
    """Fixed part with d' and bias (of pairs and exposures) in a straight line."""
    one = data.judgements
    return f"{one.response} ~ {data.scale} {'+' if data.of_made else '*'} {one.signal}"


def constant_formula(data: CurveData, random: str) -> str:
    """The same with one d' for all levels."""
    one = data.judgements
    bias = "" if data.of_made else f"{data.scale} + "
    return f"{one.response} ~ {bias}{one.signal} + {random}"


def _saturation(x: Any, log_pace: float) -> Any:
    return 1 - np.exp(-np.asarray(x, dtype=float) / np.exp(log_pace))


def _saturating_fit(data: CurveData, log_pace: float) -> tuple[DeclaredFit | None, str]:
    one = data.judgements
    share = np.nan_to_num(_saturation(data.x, log_pace))
    if data.of_made:
        return fit_curve(data, f"{one.response} ~ saturation", {"saturation": share})
    columns = {"saturation": share * one.table[one.signal].to_numpy()}
    return fit_curve(data, f"{one.response} ~ {data.scale} + saturation", columns)


def _saturated(
    fitted: DeclaredFit, data: CurveData, points: Floats, log_pace: float
) -> tuple[Floats, Floats]:
    row: Any = fitted.fit.fixed.loc["saturation"]
    share = _saturation(points, log_pace) / data.judgements.per_d_prime
    return share * float(row["estimate"]), share * float(row["se"])


def _points(x: Floats, d_prime: Floats, se: Floats, level: float) -> pd.DataFrame:
    half = float(ndtri(0.5 + level / 2)) * se
    return pd.DataFrame(
        {
            "x": x,
            "d_prime": d_prime,
            "low": d_prime - half,
            "high": d_prime + half,
            "share_correct": ndtr(d_prime / np.sqrt(2)),
        }
    )
