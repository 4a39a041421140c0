"""Link functions as local Taylor tables: log F and its derivatives without exp, log or erfc per row.

F is the logistic or the standard normal distribution function. Both are symmetric, so one table of
log F(t) serves y = 1 (t = eta) and y = 0 (t = -eta). Around each node the coefficients follow exactly
from the differential equation of the link:

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
from scipy.special import log_expit, log_ndtr

from analysis.mixed.row_loops import LOWEST, N_COEFFICIENTS, STEPS_PER_UNIT

Link = Literal["logit", "probit"]
Floats = NDArray[np.float64]

#: Above these arguments 1 - F is below half an ulp of 1: log F and all derivatives are 0.
_HIGHEST = {"logit": 40.0, "probit": 12.0}


@dataclass(frozen=True)
class LinkTable:
    """Taylor coefficients of log F, node after node; node i is at ``LOWEST + i / STEPS_PER_UNIT``.

    ``probit`` tells the loops which tail formula holds below ``LOWEST``.
    """

    link: Link
    coefficients: Floats

    @property
    def probit(self) -> bool:
        return self.link == "probit"


@cache
def link_table(link: Link) -> LinkTable:
    """The table of a link; computed once per process, in a few milliseconds."""
    n_nodes = int((_HIGHEST[link] - LOWEST) * STEPS_PER_UNIT) + 1
    nodes = LOWEST + np.arange(n_nodes) / STEPS_PER_UNIT
    coefficients = (_probit_series(nodes) if link == "probit" else _logit_series(nodes)).ravel()
    coefficients.setflags(write=False)
    return LinkTable(link, coefficients)


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
