"""From numbers to one of four words, and the correction for testing several claims."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from analysis.estimate import Estimate
from analysis.trust import Equivalence


class Verdict(StrEnum):
    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    EQUIVALENT = "equivalent to no difference"
    INCONCLUSIVE = "inconclusive"


def holm(p_values: Mapping[str, float], *, n_declared: int | None = None) -> dict[str, float]:
    """Holm's step-down correction (Holm 1979).

    A p value that is missing counts as 1. ``n_declared`` hypotheses declared beforehand keep their
    weight even when some of them could not be tested.

    >>> holm({"a": 0.01, "b": 0.04})
    {'a': 0.02, 'b': 0.04}
    """
    n = max(len(p_values), n_declared or 0)
    finite = {name: 1.0 if np.isnan(p) else p for name, p in p_values.items()}
    corrected: dict[str, float] = {}
    largest = 0.0
    for rank, name in enumerate(sorted(finite, key=lambda name: finite[name])):
        largest = max(largest, min(1.0, (n - rank) * finite[name]))
        corrected[name] = largest
    return {name: corrected[name] for name in p_values}


def reach_verdict(
    estimate: Estimate,
    *,
    direction: int,
    p_value: float,
    alpha: float,
    null: float = 0.0,
    equivalence: Equivalence | None = None,
) -> Verdict:
    """From numbers to one of four words.

    Equivalence is asked first: an effect that is surely smaller than the smallest one declared to
    matter is no support for a claim, however surely it differs from 0. Otherwise an effect that
    differs from ``null`` supports or contradicts the claim by its sign.
    """
    if not np.isfinite(estimate.low) or np.isnan(p_value):
        return Verdict.INCONCLUSIVE
    if equivalence is not None and equivalence.equivalent:
        return Verdict.EQUIVALENT
    if p_value >= alpha:
        return Verdict.INCONCLUSIVE
    predicted = np.sign(estimate.estimate - null) == direction
    return Verdict.SUPPORTED if predicted else Verdict.CONTRADICTED
