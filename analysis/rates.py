"""Hit and false alarm rates, and the sensitivity and criterion they come to."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Correction = Literal["log-linear", "snodgrass-corwin", "1/(2N)", "none"]

#: How results name what was done.
CORRECTED: dict[Correction, str] = {
    "log-linear": "log-linear corrected",
    "snodgrass-corwin": "corrected after Snodgrass & Corwin",
    "1/(2N)": "rates of 0 and 1 moved by 1/(2N)",
    "none": "uncorrected",
}


def corrected_rate(count: Any, n: Any, correction: Correction = "log-linear") -> Floats:
    """``count`` of ``n`` as a rate whose z is finite, by one of the usual corrections.

    - ``log-linear``: (k + 0.5) / (n + 1) for everybody (Hautus 1995). ``snodgrass-corwin`` is the same
      formula under the name of Snodgrass & Corwin (1988). Biased towards 0, but little, and never wildly.
    - ``1/(2N)``: only 0 becomes 1 / (2n) and only 1 becomes 1 - 1 / (2n) (Macmillan & Kaplan 1985). The bias
      is larger and of either sign; it is the commonest in older papers.
    - ``none``: k / n; a z of 0 or 1 is infinite, and so are d' and means over participants then.
    """
    if correction not in get_args(Correction):
        raise ValueError(
            f"correction: expected one of {', '.join(get_args(Correction))}; found {correction!r}"
        )
    count, n = np.asarray(count, dtype=float), np.asarray(n, dtype=float)
    if correction in ("log-linear", "snodgrass-corwin"):
        return np.asarray((count + 0.5) / (n + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.asarray(count / n)
        half = np.asarray(0.5 / n)
    return rate if correction == "none" else np.asarray(np.clip(rate, half, 1 - half))


def z_difference(
    hits: Any, n_signal: Any, false_alarms: Any, n_noise: Any, *, correction: Correction = "log-linear"
) -> Floats:
    """z(H) - z(F): d' of faces shown one at a time. NaN where one kind of trial was never seen."""
    hit_z, false_z = _both_z(hits, n_signal, false_alarms, n_noise, correction)
    with np.errstate(invalid="ignore"):
        return _where_both(hit_z - false_z, n_signal, n_noise)


def z_middle(
    hits: Any, n_signal: Any, false_alarms: Any, n_noise: Any, *, correction: Correction = "log-linear"
) -> Floats:
    """-(z(H) + z(F)) / 2: criterion or side bias. NaN where one kind of trial was never seen."""
    hit_z, false_z = _both_z(hits, n_signal, false_alarms, n_noise, correction)
    with np.errstate(invalid="ignore"):
        return _where_both(-(hit_z + false_z) / 2, n_signal, n_noise)


def _both_z(
    hits: Any, n_signal: Any, false_alarms: Any, n_noise: Any, correction: Correction
) -> tuple[Floats, Floats]:
    return (
        ndtri(corrected_rate(hits, n_signal, correction)),
        ndtri(corrected_rate(false_alarms, n_noise, correction)),
    )


def _where_both(values: Any, n_signal: Any, n_noise: Any) -> Floats:
    return np.where((np.asarray(n_signal) > 0) & (np.asarray(n_noise) > 0), values, np.nan)
