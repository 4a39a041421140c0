"""Whether a fact goes with origin more than chance would have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

CHANCE = 0.01
"""How seldom chance alone may call a fact telling that differs between pictures without telling origin."""

_N_DRAWS = 1999


def goes_with_origin(values: Sequence[str], is_real: Sequence[bool]) -> bool:
    """Whether real and other pictures share no value, or fewer than chance would give them.

    By lot: how unevenly the values fall on the two groups (chi-squared of the table) against 1,999
    ways of dealing the same values out. Small sets cannot show that, so groups without a value in
    common also count, if each value stands for two pictures on average.
    """
    n_values = Counter(values)
    if len(n_values) < 2 or all(is_real) or not any(is_real):
        return False
    n_of_real = Counter(value for value, real in zip(values, is_real, strict=True) if real)
    apart = all(n_of_real[value] in (0, count) for value, count in n_values.items())
    if apart and len(n_values) <= len(values) / 2:
        return True
    totals = np.array(list(n_values.values()))
    real = np.array([n_of_real[value] for value in n_values])
    dealt = np.random.default_rng(3).multivariate_hypergeometric(totals, sum(is_real), size=_N_DRAWS)
    uneven = (real**2 / totals).sum()
    n_as_uneven = int(((dealt**2 / totals).sum(axis=1) >= uneven - 1e-9).sum())
    return (1 + n_as_uneven) / (1 + _N_DRAWS) <= CHANCE


def share_told(values: Sequence[str], is_real: Sequence[bool]) -> float:
    """Share of the pictures whose origin is the more frequent one among those of the same value."""
    n_real = Counter(value for value, real in zip(values, is_real, strict=True) if real)
    n_all = Counter(values)
    return sum(max(n_real[value], count - n_real[value]) for value, count in n_all.items()) / len(values)
