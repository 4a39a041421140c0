"""Whether the fixed part predicts some answers perfectly, so that its estimates run off to infinity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]

#: Linear predictors beyond this are suspicious (1 in 3000 on the logit); only then is it worth a look.
_SUSPICIOUS = {"logit": 8.0, "probit": 4.0}


def suspicious(x: Floats, beta: Floats, link: str) -> bool:
    """Whether any column moves the linear predictor further than plausible answers would."""
    if not len(beta):
        return False
    centred = np.abs(beta) * np.ptp(x, axis=0)
    return bool((centred > _SUSPICIOUS[link]).any() or (np.abs(x @ beta) > _SUSPICIOUS[link]).any())


def separated_columns(x: Floats, yes: NDArray[np.bool_], names: tuple[str, ...]) -> list[str]:
    """Columns of a direction along which the likelihood of the fixed part never stops rising.

    Solves the linear programme of Konis (2007, Linear programming algorithms for detecting separated
    data in binary logistic regression): maximise the sum of the signed margins under margins >= 0 and a
    bounded direction. Complete and quasi-complete separation both show; none gives an empty list.
    """
    signed = np.unique(np.where(yes[:, None], x, -x), axis=0)
    scale = np.abs(signed).max(axis=0)
    signed = signed / np.where(scale > 0, scale, 1.0)
    found = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=[(-1, 1)] * x.shape[1]
    )
    if found.status != 0 or -found.fun < 1e-7 * max(1, len(signed)):
        return []
    return [name for name, weight in zip(names, found.x, strict=True) if abs(weight) > 1e-6]
