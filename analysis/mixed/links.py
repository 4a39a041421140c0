"""Link functions as local Taylor tables: log F and its derivatives without exp, log or erfc per row.

F is the logistic or the standard normal distribution function. Both are symmetric, so one table of
log F(t) serves y = 1 (t = eta) and y = 0 (t = -eta), and one of F(-t), t >= 0, all differences of F.
Around each node the coefficients follow exactly from the differential equation of the link:

- logit: (log F)' = 1 - F, F' = F (1 - F)
- probit: (log F)' = r with r' = -r (r + t), r being the inverse Mills ratio

so that eight coefficients at a spacing of 1/32 hold log F to about 1e-15 and its third derivative to
about 1e-9 of their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_ndtr, ndtr

from analysis.mixed.row_loops import LOWEST, N_COEFFICIENTS, STEPS_PER_UNIT

Link = Literal["logit", "probit"]
Floats = NDArray[np.float64]

#: Above these arguments 1 - F is below half an ulp of 1: log F and all derivatives are 0.
_HIGHEST = {"logit": 40.0, "probit": 12.0}
#: Up to here F(-t) is an ordinary floating-point number.
_LAST_TAIL = {"logit": 700, "probit": 37}


@dataclass(frozen=True)
class LinkTable:
    """Taylor coefficients, node after node, ``STEPS_PER_UNIT`` nodes to the unit.

    ``coefficients`` are those of log F from ``LOWEST`` on, ``tails`` those of F(-t) from t = 0 on.
    ``probit`` tells the loops which formulas hold.
    """

    link: Link
    coefficients: Floats
    tails: Floats

    @property
    def probit(self) -> bool:
        return self.link == "probit"


@cache
def link_table(link: Link) -> LinkTable:
    """The table of a link; computed once per process, in a few milliseconds."""
    log_nodes = LOWEST + np.arange(int((_HIGHEST[link] - LOWEST) * STEPS_PER_UNIT) + 1) / STEPS_PER_UNIT
    tail_nodes = np.arange(_LAST_TAIL[link] * STEPS_PER_UNIT + 1) / STEPS_PER_UNIT
    if link == "probit":
        coefficients, tails = _probit_series(log_nodes), _probit_tails(tail_nodes)
    else:
        coefficients, tails = _logit_series(log_nodes), _logit_tails(tail_nodes)
    for table in (coefficients, tails):
        table.setflags(write=False)
    return LinkTable(link, coefficients.ravel(), tails.ravel())


def residual_variance(link: Link) -> float:
    """Variance of the latent response given the linear predictor: 1 or pi^2 / 3."""
    return 1.0 if link == "probit" else float(np.pi**2 / 3)


def _probit_series(nodes: Floats) -> Floats:
    series = np.zeros((len(nodes), N_COEFFICIENTS))
    series[:, 0] = log_ndtr(nodes)
    ratio = np.zeros((len(nodes), N_COEFFICIENTS))
    ratio[:, 0] = np.exp(-0.5 * nodes**2 - 0.5 * np.log(2 * np.pi) - series[:, 0])
    shifted = np.zeros_like(ratio)  # r + t as a series
    for n in range(N_COEFFICIENTS - 1):
        shifted[:, n] = ratio[:, n] + (nodes if n == 0 else float(n == 1))
        product = sum(ratio[:, m] * shifted[:, n - m] for m in range(n + 1))
        ratio[:, n + 1] = -product / (n + 1)
        series[:, n + 1] = ratio[:, n] / (n + 1)
    return series


def _logit_series(nodes: Floats) -> Floats:
    series = np.zeros((len(nodes), N_COEFFICIENTS))
    series[:, 0] = log_expit(nodes)
    below = np.zeros_like(series)  # F as a series
    above = np.zeros_like(series)  # 1 - F as a series
    below[:, 0], above[:, 0] = np.exp(log_expit(nodes)), np.exp(log_expit(-nodes))
    for n in range(N_COEFFICIENTS - 1):
        product = sum(below[:, m] * above[:, n - m] for m in range(n + 1))
        below[:, n + 1] = product / (n + 1)
        above[:, n + 1] = -product / (n + 1)
        series[:, n + 1] = above[:, n] / (n + 1)
    return series


def _probit_tails(nodes: Floats) -> Floats:
    series, density = np.zeros((2, len(nodes), N_COEFFICIENTS))
    series[:, 0] = ndtr(-nodes)
    density[:, 0] = np.exp(-0.5 * nodes**2) / np.sqrt(2 * np.pi)
    for n in range(N_COEFFICIENTS - 1):
        series[:, n + 1] = -density[:, n] / (n + 1)
        density[:, n + 1] = -(nodes * density[:, n] + (density[:, n - 1] if n else 0.0)) / (n + 1)
    return series


def _logit_tails(nodes: Floats) -> Floats:
    series = np.zeros((len(nodes), N_COEFFICIENTS))
    series[:, 0] = expit(-nodes)
    above = np.zeros_like(series)  # 1 - F(-t) as a series
    above[:, 0] = expit(nodes)
    for n in range(N_COEFFICIENTS - 1):
        product = sum(series[:, m] * above[:, n - m] for m in range(n + 1))
        series[:, n + 1] = -product / (n + 1)
        above[:, n + 1] = product / (n + 1)
    return series
